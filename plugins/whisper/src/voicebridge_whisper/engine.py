"""Whisper as an engine: audio in, segments out, while the audio is still coming.

A recording is cut into pieces of speech (:mod:`voicebridge_whisper.segmenter`), which are decoded in batches by a few workers
(:mod:`voicebridge_whisper.jobs`) while the next ones are being cut. What looks wrong is decoded again, first in Whisper's full window,
then so that nothing can repeat itself, or left out (:mod:`voicebridge_whisper.guards`). All the state of one recording lives in its
:class:`_Utterance`, so one loaded model serves several at once.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from voicebridge import AudioChunk, Segment, SttRequest, Word

from voicebridge_whisper import guards
from voicebridge_whisper.bounds import ROOM, longest_piece, most_tokens
from voicebridge_whisper.decoder import FULL_WINDOW, Ask, Decoded, Decoder, Manner
from voicebridge_whisper.device import Share, load_on_best_device, share_of
from voicebridge_whisper.failures import ClosedError, while_transcribing
from voicebridge_whisper.halves import can_be_halved, halves, joined
from voicebridge_whisper.jobs import Job, JobQueue
from voicebridge_whisper.options import WhisperOptions
from voicebridge_whisper.segmenter import Piece, Segmenter
from voicebridge_whisper.sentences import sentences
from voicebridge_whisper.weights.store import WhisperWeights
from voicebridge_whisper.window import frames_for

log = logging.getLogger(__name__)

QUIET = 1e-3
"""A piece whose loudest sample is below this (-60 dBFS) holds nothing that anybody could have meant to say."""
CERTAIN = 0.7
"""A language that the short window finds less likely than this is found out in the full one, which is surer."""
REPETITION_PENALTY, NO_REPEAT_NGRAM_SIZE = 1.1, 4
"""What keeps text that looks wrong from looping. Whisper's authors raise the temperature; then no run gives the same text twice."""


class WhisperEngine:
    """A loaded Whisper model; see :class:`voicebridge.SpeechToText`."""

    def __init__(self, name: str, options: WhisperOptions) -> None:
        """Load the model called ``name`` (a catalogue name, a folder or a hub id), fetching it first where that is allowed.

        Raises:
            ModelError: when it can't be found, fetched or loaded.
        """
        folder = WhisperWeights().resolve(name)
        self._options = options
        self._manners = _manners(options)
        model = load_on_best_device(lambda device, compute: _load(folder, device, compute, options), _try_out, options)
        self._decoder: Decoder | None = Decoder(model, options)
        share = share_of(model.model.device, options)
        log.info("%s: %d workers of %d threads, batches of up to %d", model.model.device, *share, options.batch_size)
        self._queue = JobQueue(self._decode, share.workers, options.batch_size)

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Iterator[Segment]:
        """Yield segments piece by piece; see :meth:`voicebridge.SpeechToText.transcribe`."""
        if self._decoder is None:
            raise ClosedError
        language = request.language if self._decoder.multilingual else "en"
        return _Utterance(self._queue, self._options, request, language).run(audio)

    def close(self) -> None:
        """Free the model's memory."""
        self._queue.close()
        self._decoder = None

    def _decode(self, jobs: list[Job]) -> list[Job]:
        # Settles the jobs of one batch, which are alike; gives back those that need the full window.
        decoder, ask, again = self._decoder, jobs[0].ask, []
        if decoder is None:
            raise ClosedError
        encoded = decoder.encode([decoder.features(job.piece.samples, job.frames) for job in jobs])
        if ask.language is None:
            language, probability = decoder.language_of(encoded)
            if probability < CERTAIN and jobs[0].frames < FULL_WINDOW:
                log.debug("finding the language out again in the full window: %s is %.0f %% likely", language, 100 * probability)
                return [replace(jobs[0], frames=FULL_WINDOW)]
            ask = replace(ask, language=language)
            jobs[0].ask_in_full.set_result(ask)
        durations = [job.piece.duration for job in jobs]
        for job, decoded in zip(jobs, decoder.decode(encoded, durations, ask, self._manners[0], _limit(jobs[0], ask)), strict=True):
            unfinished = decoded.cut_off and not guards.repeats(decoded.text)
            if not self._is_doubtful(job, decoded):
                job.done.set_result(decoded)
            elif job.frames < FULL_WINDOW or (unfinished and not job.whole_room):
                log.debug("decoding %.1f s again in the full window: the text looks wrong", job.piece.duration)
                again.append(replace(job, ask=ask, frames=FULL_WINDOW, whole_room=unfinished))
            else:
                log.debug("decoding %.1f s again otherwise: the text looks wrong", job.piece.duration)
                settled = self._in_halves(decoder, job, ask) if unfinished and can_be_halved(job.piece) else None
                job.done.set_result(settled or self._otherwise(decoder, job, ask, decoded))
        return again

    def _otherwise(self, decoder: Decoder, job: Job, ask: Ask, decoded: Decoded) -> Decoded:
        # The first that looks right, or else the likeliest of those that don't run on without end.
        tries = [decoded]
        encoded = decoder.encode([decoder.features(job.piece.samples, job.frames)])
        for manner in self._manners[1:]:
            tries += decoder.decode(encoded, [job.piece.duration], ask, manner, _limit(job, ask))
            if not self._is_doubtful(job, tries[-1]):
                return tries[-1]
        return max(tries, key=lambda each: (not (each.cut_off or guards.repeats(each.text)), each.avg_logprob))

    def _in_halves(self, decoder: Decoder, job: Job, ask: Ask) -> Decoded:
        # More was said than fits into the decoder at one go.
        first, second = (self._alone(decoder, replace(job, piece=half), ask) for half in halves(job.piece))
        return joined(first, second, halves(job.piece)[0].duration)

    def _alone(self, decoder: Decoder, job: Job, ask: Ask) -> Decoded:
        encoded = decoder.encode([decoder.features(job.piece.samples, job.frames)])
        [decoded] = decoder.decode(encoded, [job.piece.duration], ask, self._manners[0], _limit(job, ask))
        if not self._is_doubtful(job, decoded):
            return decoded
        if decoded.cut_off and not guards.repeats(decoded.text) and can_be_halved(job.piece):
            return self._in_halves(decoder, job, ask)
        return self._otherwise(decoder, job, ask, decoded)

    def _is_doubtful(self, job: Job, decoded: Decoded) -> bool:
        if decoded.cut_off or (job.frames < FULL_WINDOW and guards.stutters(decoded.text)):
            return True
        seconds, language = job.piece.duration, decoded.language
        return guards.is_doubtful(decoded.text, decoded.tokens, seconds, decoded.avg_logprob, self._options, language)


class _Utterance:
    """One recording on its way through the model."""

    def __init__(self, queue: JobQueue, options: WhisperOptions, request: SttRequest, language: str | None) -> None:
        self._queue = queue
        self._options = options
        self._request = request
        self._ask = Ask(language, request.translate, request.prompt, ", ".join(request.hotwords) or None)
        self._segmenter = Segmenter(options)
        if language is not None:
            self._segmenter.keep_to(longest_piece(language))
        self._pending: deque[Job] = deque()
        self._pieces = 0
        self._first: Job | None = None
        self._end = 0.0

    def run(self, audio: Iterable[AudioChunk]) -> Iterator[Segment]:
        self._number = self._queue.enter()
        try:
            for chunk in audio:
                for piece in self._segmenter.feed(chunk):
                    self._add(piece)
                yield from self._ready(self._room)
            for piece in self._segmenter.finish():
                self._add(piece)
            yield from self._ready(0)
        except (RuntimeError, ValueError, MemoryError) as error:
            raise while_transcribing(error) from error
        finally:
            self._queue.leave(self._number)

    def _add(self, piece: Piece) -> None:
        if piece.time_at(piece.duration, end=True) <= self._request.after or np.abs(piece.samples).max(initial=0.0) <= QUIET:
            return
        ask = self._ask
        if ask.language is None and not self._options.multilingual and self._first is not None:
            ask = self._ask = self._first.ask_in_full.result()  # the language is found out once, on the first piece
            self._segmenter.keep_to(longest_piece(str(ask.language)))
        job = Job((self._number, self._pieces), piece, ask, frames_for(piece.duration, short=self._options.short_window))
        self._first = self._first or job
        self._pieces += 1
        self._pending.append(job)
        self._queue.add(job)

    @property
    def _room(self) -> int:
        # Little at first, lest the first words wait until the reader is far ahead; then as much as keeps the batches full.
        return min(self._queue.room, self._queue.workers + 2 * (self._pieces - len(self._pending)))

    def _ready(self, room: int) -> Iterator[Segment]:
        # What is done comes out in order; where more is under way than there is room for, the oldest is waited for.
        while self._pending and (len(self._pending) > room or room == 0 or self._pending[0].done.done()):
            job = self._pending.popleft()
            for segment in self._segments(job.piece, job.done.result()):
                if segment.end > self._request.after:
                    yield segment

    def _segments(self, piece: Piece, decoded: Decoded) -> Iterator[Segment]:
        if guards.is_made_up(decoded.text, decoded.avg_logprob, decoded.no_speech_prob, self._options):
            return
        # Words keep the space before them until here: languages that write none between words must not be given any.
        words = [self._in_recording(piece, word) for word in decoded.words]
        astray = guards.is_astray(decoded.text, decoded.tokens, piece.duration, self._options, decoded.language)
        if not words or (astray and guards.repeats(decoded.text)):
            words = [self._in_recording(piece, Word(0.0, piece.duration, guards.cut_loops(decoded.text)))]
        for sentence in sentences(words):
            text = "".join(word.text for word in sentence).strip()
            if text:
                yield Segment(
                    start=sentence[0].start,
                    end=sentence[-1].end,
                    text=text,
                    words=tuple(replace(word, text=word.text.strip()) for word in sentence) if self._request.words else (),
                    language=decoded.language,
                    avg_logprob=decoded.avg_logprob,
                    no_speech_prob=decoded.no_speech_prob,
                )

    def _in_recording(self, piece: Piece, word: Word) -> Word:
        # Times never go back, which those who resume build on.
        start = max(self._end, piece.time_at(word.start))
        self._end = max(start, piece.time_at(word.end, end=True))
        return replace(word, start=start, end=self._end)


def _limit(job: Job, ask: Ask) -> int:
    return ROOM if job.whole_room else most_tokens(ask.language or "en", job.seconds)


def _manners(options: WhisperOptions) -> list[Manner]:
    coolest, *warmer = (Manner(each, options.repetition_penalty, options.no_repeat_ngram_size) for each in options.temperature)
    penalty = max(options.repetition_penalty, REPETITION_PENALTY)
    return [coolest, replace(coolest, repetition_penalty=penalty, no_repeat_ngram_size=NO_REPEAT_NGRAM_SIZE), *warmer]


def _load(folder: Path, device: str, compute_type: str, options: WhisperOptions) -> Any:
    share: Share = share_of(device, options)
    return WhisperModel(str(folder), device=device, compute_type=compute_type, cpu_threads=share.threads, num_workers=share.workers)


def _try_out(model: Any) -> None:
    model.encode(np.zeros((model.model.n_mels, FULL_WINDOW), np.float32))
