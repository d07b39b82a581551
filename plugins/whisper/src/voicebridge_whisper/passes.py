"""Decode batches of pieces, and decode suspicious results again.

The first pass uses the short window. Suspicious results are decoded again in a wider window, and after Whisper's full one with parameters
that prevent repetition. If a piece has more text than fits into the decoder, it is halved; if there is no word for seconds of speech,
that part is decoded separately. If the language was detected rather than specified, every piece is checked for a change of language.
"""

from __future__ import annotations

import logging
from concurrent.futures import Future
from dataclasses import replace

from voicebridge.recognition.loops import repeats, stutters
from voicebridge.recognition.parts import between, can_be_halved, halves, wordless
from voicebridge.recognition.segmenter import SAMPLE_RATE, Piece

from voicebridge_whisper import guards
from voicebridge_whisper.bounds import ROOM, is_natural_pace, most_tokens, spelled_out
from voicebridge_whisper.decoder import FULL_WINDOW, Ask, Decoded, Decoder, Encoded, Manner
from voicebridge_whisper.jobs import Job
from voicebridge_whisper.options import WhisperOptions
from voicebridge_whisper.window import frames_for

log = logging.getLogger(__name__)

Part = tuple[Piece, Decoded]
"""A piece, or a part of one, with its result."""

CERTAIN = 0.7
"""If the language's probability in the short window is below this, it is detected again in the full window, which is more reliable."""
POSSIBLE, CHANGED = 0.5, 0.85
"""Probability of another language in the short window for checking it in the full one, and in the full one for switching to it."""
WIDER = 1600
"""Frames for decoding a phrase again that was repeated at a natural pace: half the cost of the full window."""
LANGUAGE_FROM = 2.4
"""Seconds: shorter pieces don't indicate a change of language; a single name often seems to be in another one."""
ALIKE = tuple(map(frozenset, (["hi", "ur"], ["zh", "yue"], ["no", "nn", "da", "sv"], ["hr", "sr", "bs", "sl"], ["id", "ms", "jw", "su"])))
"""Languages that Whisper confuses, so a change between them is ignored."""
REPETITION_PENALTY, NO_REPEAT_NGRAM_SIZE = 1.1, 4
"""Parameters that prevent loops. Whisper's authors raise the temperature instead, which makes results irreproducible."""


class Passes:
    """A decoder with the passes over pieces; thread-safe."""

    def __init__(self, decoder: Decoder, options: WhisperOptions) -> None:
        self._decoder = decoder
        self._options = options
        self._manners = _manners(options)

    def decode(self, jobs: list[Job]) -> list[Job]:
        """Finish the jobs of one batch, which have equal :attr:`Job.batch`; return those that need another pass."""
        decoder, ask, asked = self._decoder, jobs[0].ask, jobs[0].ask.language
        encoded = decoder.encode([decoder.features(job.piece.samples, job.frames) for job in jobs])
        languages: list[str | None] = [None] * len(jobs)
        if ask.language is None:
            ask = self._with_language(jobs[0], encoded)
            jobs[0].ask_in_full.set_result(ask)
            jobs = [replace(jobs[0], ask=ask)]
        if ask.found and (jobs[0].heard is not None or asked is not None):
            languages = [self._changed(job, *likely) for job, likely in zip(jobs, decoder.languages_of(encoded), strict=True)]
        decoded = decoder.decode(encoded, [job.piece.duration for job in jobs], ask, self._manners[0], _limit(jobs[0], ask))
        again: list[Job] = []
        for job, language, each in zip(jobs, languages, decoded, strict=True):
            if language is not None:
                again.append(replace(job, ask=replace(ask, language=language), heard=None))
            else:
                again += self._judge(replace(job, ask=ask), each)
        return again

    def _with_language(self, job: Job, encoded: Encoded) -> Ask:
        decoder, samples, frames = self._decoder, job.piece.samples, job.frames
        if job.heard is not None:
            samples, frames = job.heard, frames_for(len(job.heard) / SAMPLE_RATE, short=self._options.short_window)
            encoded = decoder.encode([decoder.features(samples, frames)])
        [(language, probability)] = decoder.languages_of(encoded)
        if probability < CERTAIN and frames < FULL_WINDOW:
            log.debug("finding the language out again in the full window: %s is %.0f %% likely", language, 100 * probability)
            [(language, _)] = decoder.languages_of(decoder.encode([decoder.features(samples, FULL_WINDOW)]))
        return replace(job.ask, language=language, found=True)

    def _changed(self, job: Job, language: str, probability: float) -> str | None:
        # The language of a piece, if it certainly differs from that of the recording.
        if job.piece.duration < LANGUAGE_FROM or probability < POSSIBLE or _alike(language, job.ask.language):
            return None
        encoded = self._decoder.encode([self._decoder.features(job.piece.samples, FULL_WINDOW)])
        [(language, probability)] = self._decoder.languages_of(encoded)
        if probability < CHANGED or _alike(language, job.ask.language):
            return None
        log.debug("decoding %.1f s again in another language: %s is %.0f %% likely", job.piece.duration, language, 100 * probability)
        return language

    def _judge(self, job: Job, decoded: Decoded) -> list[Job]:
        unfinished = decoded.cut_off and not repeats(decoded.text)
        if not self._is_doubtful(job, decoded):
            job.done.set_result(self._filled(job, decoded))
        elif (job.ask.prompt or job.ask.hotwords) and not unfinished:  # a long list of codes is continued, whatever is spoken
            log.debug("decoding %.1f s again without prompt and hotwords: the text looks wrong", job.piece.duration)
            return [replace(job, ask=replace(job.ask, prompt=None, hotwords=None))]
        elif job.frames < FULL_WINDOW or (unfinished and not job.whole_room):
            log.debug("decoding %.1f s again in a wider window: the text looks wrong", job.piece.duration)
            twice = job.frames < WIDER and not self._is_wrong(job, decoded) and self._is_natural(job, decoded)
            return [replace(job, frames=WIDER if twice else FULL_WINDOW, whole_room=unfinished, may_stutter=twice)]
        elif unfinished and can_be_halved(job.piece):
            log.debug("decoding %.1f s again in halves: the text is too long", job.piece.duration)
            job.done.set_result([part for half in halves(job.piece) for part in self._alone(replace(job, piece=half))])
        else:
            log.debug("decoding %.1f s again otherwise: the text looks wrong", job.piece.duration)
            job.done.set_result(self._filled(job, self._otherwise(job, decoded)))
        return []

    def _is_doubtful(self, job: Job, decoded: Decoded) -> bool:
        repeated = job.frames < FULL_WINDOW and not job.may_stutter and stutters(decoded.text)
        return repeated or self._is_wrong(job, decoded)

    def _is_wrong(self, job: Job, decoded: Decoded) -> bool:
        seconds, language = job.piece.duration, decoded.language
        return decoded.cut_off or guards.is_doubtful(decoded.text, decoded.tokens, seconds, decoded.avg_logprob, self._options, language)

    def _is_natural(self, job: Job, decoded: Decoded) -> bool:
        return is_natural_pace(decoded.language, decoded.tokens, job.piece.duration)

    def _otherwise(self, job: Job, decoded: Decoded) -> Decoded:
        # The first plausible result, or otherwise the most probable of those that don't loop.
        tries = [decoded]
        encoded = self._decoder.encode([self._decoder.features(job.piece.samples, job.frames)])
        for manner in self._others(job.ask.language or "en"):
            tries += self._decoder.decode(encoded, [job.piece.duration], job.ask, manner, _limit(job, job.ask))
            if not self._is_doubtful(job, tries[-1]):
                return tries[-1]
        return max(tries, key=lambda each: (not (each.cut_off or repeats(each.text)), each.avg_logprob))

    def _others(self, language: str) -> list[Manner]:
        # If a character takes several tokens, every word repeats some of them, so only the repetition of whole phrases is prevented.
        tokens = spelled_out(language)
        strict, *warmer = self._manners[1:]
        if tokens is not None:
            strict = replace(strict, repetition_penalty=self._options.repetition_penalty, no_repeat_ngram_size=tokens)
        return [strict, *warmer]

    def _filled(self, job: Job, decoded: Decoded) -> list[Part]:
        # Decode the parts where the decoder skipped speech, which happens if a phrase is repeated, or is in another language.
        seconds, parts, at = job.piece.duration, list[Part](), 0.0
        if guards.is_astray(decoded.text, decoded.tokens, seconds, self._options, decoded.language):
            return [(job.piece, decoded)]
        for begin, end in wordless(decoded.words, seconds):
            log.debug("decoding %.1f of %.1f s by themselves: they have no words", end - begin, seconds)
            missed = between(job.piece, begin, end)
            ask = replace(job.ask, language=None) if self._options.multilingual else job.ask
            frames = frames_for(missed.duration, short=self._options.short_window)
            parts.append((job.piece, _within(decoded, at, end)))
            parts += self._alone(replace(job, piece=missed, ask=ask, frames=frames, whole_room=False))
            at = end
        return [*parts, (job.piece, _within(decoded, at, seconds + 1))] if parts else [(job.piece, decoded)]

    def _alone(self, job: Job) -> list[Part]:
        waiting = [replace(job, done=Future(), ask_in_full=Future(), heard=None)]
        done = waiting[0].done
        while waiting:
            waiting = self.decode(waiting)
        return done.result()


def _within(decoded: Decoded, begin: float, end: float) -> Decoded:
    # The result restricted to the words that start from ``begin`` up to ``end`` (s).
    words = tuple(word for word in decoded.words if begin <= word.start < end)
    return replace(decoded, words=words, text="".join(word.text for word in words).strip())


def _alike(one: str, other: str | None) -> bool:
    return one == other or any(one in group and other in group for group in ALIKE)


def _limit(job: Job, ask: Ask) -> int:
    return ROOM if job.whole_room else most_tokens(ask.language or "en", job.seconds)


def _manners(options: WhisperOptions) -> list[Manner]:
    coolest, *warmer = (Manner(each, options.repetition_penalty, options.no_repeat_ngram_size) for each in options.temperature)
    penalty = max(options.repetition_penalty, REPETITION_PENALTY)
    return [coolest, replace(coolest, repetition_penalty=penalty, no_repeat_ngram_size=NO_REPEAT_NGRAM_SIZE), *warmer]
