"""Whether what was spoken is what was written: a piece's sound is transcribed back, and its words and its shape are compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voicebridge.audio.resample import chunks_of
from voicebridge.pipeline.alignment import ALIKE, Step, align, likeness
from voicebridge.pipeline.pace import Pace, Said, oddity, syllables_of
from voicebridge.pipeline.transcribe import Transcription
from voicebridge.pipeline.wording import Spelled, forgivable, has_words, told, words_of
from voicebridge.ports import SpeechToText
from voicebridge.speech import Segment, SttRequest, Word, joined_text

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Sound = npt.NDArray[np.float32]

OTHER_PACES = (1.07, 0.94)
"""How much faster a piece is heard again where its words seem wrong."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a piece as it was spoken; nothing, mostly."""

    missing: tuple[str, ...] = ()
    """Runs of written words that can't be heard, in the order of the text."""
    invented: tuple[str, ...] = ()
    """Runs of words that can be heard and were not written, repetitions among them."""
    implausible: str | None = None
    """What about the sound can't be right, as one phrase: too short for its text, a long silence inside, sound without words."""
    wrong: int = 0
    """How many words are missing or invented."""
    repeated: bool = False
    """Whether some of what was invented says again what is beside it."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.missing or self.invented or self.implausible)


class Checker:
    """Listens to pieces with a speech-to-text engine; may be used by several threads at once."""

    def __init__(
        self, engine: SpeechToText, sample_rate: int, language: str | None = None, *, speed: float = 1.0, words: bool = False
    ) -> None:
        """Prepare.

        Args:
            engine: a loaded speech-to-text model.
            sample_rate: that it is fed with, in Hz.
            language: ISO 639-1 code of the text; ``None`` leaves it to the engine.
            speed: that the pieces were asked to be spoken with; 1 is the voice's natural pace.
            words: whether the model times single words; repetitions that it does not write down are found by them.
        """
        self._engine, self._rate, self._language, self._speed, self._words = engine, sample_rate, language, speed, words
        self._pace = Pace()

    def check(self, written: str, sound: Sound, rate: int, *, spelled: str | None = None) -> Finding:
        """Compare a piece with its sound.

        Args:
            written: the text.
            sound: ``float32[n]``, mono, as the engine spoke it.
            rate: of the sound, in Hz.
            spelled: the same text as the engine was given it, with numbers in words; what is right by either is right.

        Raises:
            VoiceBridgeError: when the engine fails.
        """
        segments = self._heard(sound, rate)
        texts = list(dict.fromkeys([written, spelled or written]))
        finding, language = self._compared(texts, segments)
        if finding.wrong and not finding.repeated:
            finding = self._second_opinion(finding, texts, sound, rate)
        heard = joined_text(segments)
        syllables = syllables_of(word.letters for word in words_of(texts[-1], heard, language))
        said = _said(segments, texts[-1], language)
        finding = replace(finding, implausible=oddity(sound, rate, syllables, said, speed=self._speed, usual=self._pace.usual))
        if finding.ok:
            self._pace.learn(sound, rate, syllables)
        return finding

    def _second_opinion(self, first: Finding, texts: Sequence[str], sound: Sound, rate: int) -> Finding:
        """What is wrong each time, heard a little faster and a little slower: a fault of the voice stays, and one of the ear mostly goes.

        That something is heard twice in a row is believed at once, before this: engines rather leave out what they heard before.
        """
        faulty = [first]
        for pace in OTHER_PACES:
            again, _ = self._compared(texts, self._heard(sound, round(rate * pace)))
            if not again.wrong:
                return again
            faulty.append(again)
        return min(faulty, key=lambda finding: finding.wrong)

    def _compared(self, texts: Sequence[str], segments: Sequence[Segment]) -> tuple[Finding, str | None]:
        language = self._language or next((segment.language for segment in segments if segment.language), None)
        heard = joined_text(segments)
        found = [compare(text, heard, language) for text in texts] if has_words(language) else [Finding()]
        return min(found, key=lambda finding: finding.wrong), language

    def _heard(self, sound: Sound, rate: int) -> list[Segment]:
        if not len(sound):
            return []
        # No prompt and no hotwords: the engine would hear what it was told to expect.
        request = SttRequest(language=self._language, words=self._words)
        with closing(iter(Transcription(self._engine, "The model that checks", chunks_of(sound, rate, self._rate), request))) as segments:
            return list(segments)


def _said(segments: Sequence[Segment], written: str, language: str | None) -> list[Said]:
    units: list[Word | Segment] = [unit for segment in segments for unit in (segment.words or (segment,))]
    spelled = [(unit, words_of(unit.text, written, language)) for unit in units]
    return [
        Said(unit.start, unit.end, max(1, syllables_of(word.letters for word in words)), len(words), any(map(str.isdigit, unit.text)))
        for unit, words in spelled
    ]


def compare(written: str, heard: str, language: str | None = None) -> Finding:
    """Compare a text with the transcript of its sound, word by word.

    Args:
        written: the text.
        heard: the transcript.
        language: ISO 639-1 code of both, where it is known.
    """
    said, listened = words_of(written, heard, language), words_of(heard, written, language)
    forgiven = forgivable(written, heard)
    steps = align(said, listened)
    again = {place for place in range(len(steps)) if _is_repetition(steps, place, listened)}
    missing: list[list[Spelled]] = []
    invented: list[list[Spelled]] = []
    for place, step in enumerate(steps):
        if step.fits or (place not in again and _is_slip(steps, place, said, listened)):
            continue
        if place == 0 or steps[place - 1].fits or not missing:
            missing.append([])
            invented.append([])
        missing[-1] += [word for word in said[slice(*step.written)] if word.letters not in forgiven]
        invented[-1] += [word for word in listened[slice(*step.heard)] if word.letters not in forgiven]
    return Finding(
        missing=tuple(told(run) for run in missing if run),
        invented=tuple(told(run) for run in invented if run),
        wrong=sum(map(len, [*missing, *invented])),
        repeated=bool(again),
    )


def _is_repetition(steps: Sequence[Step], place: int, listened: Sequence[Spelled]) -> bool:
    """Whether a run of invented words that begins here says what was heard just before it, or will be just after."""
    last = place
    while last < len(steps) and steps[last].written[0] == steps[last].written[1]:
        last += 1
    if last == place or (place and steps[place - 1].written[0] == steps[place - 1].written[1]):
        return False
    begin, end = steps[place].heard[0], steps[last - 1].heard[1]
    run, size = [word.letters for word in listened[begin:end]], end - begin
    if sum(map(len, run)) <= _LITTLE:
        return False
    return run in ([word.letters for word in listened[max(0, begin - size) : begin]], [word.letters for word in listened[end : end + size]])


_LITTLE, _ADDED = 3, 4
"""Letters up to which a word may be one that is hardly spoken, as ``the`` or ``of``, and up to which an ear may add or exchange one."""
_SLIP = 0.4
"""Likeness from which a longer word may have been heard as another."""


def _is_slip(steps: Sequence[Step], place: int, said: Sequence[Spelled], listened: list[Spelled]) -> bool:
    """Whether words are the ear's mistake rather than the voice's; what is beside them must have been heard as it is written.

    A word is heard as one that is somewhat like it, one little word is heard as another, or is heard where there is none, as in
    "we'll" for "we". A word that can't be heard at all is never a slip.
    """
    step = steps[place]
    if len(steps) == 1 or not all(steps[beside].fits for beside in (place - 1, place + 1) if 0 <= beside < len(steps)):
        return False
    written, heard = said[slice(*step.written)], listened[slice(*step.heard)]
    if written and heard:
        return step.likeness >= _SLIP or max(len(written[0].letters), len(heard[0].letters)) <= _ADDED
    if written:
        return False
    beside = listened[max(0, step.heard[0] - 1) : step.heard[0]] + listened[step.heard[1] : step.heard[1] + 1]
    if any(each.origin == heard[0].origin for each in beside):
        return True
    is_echo = any(likeness(each.letters, heard[0].letters) >= ALIKE for each in beside)  # "move moved": begun, and begun again
    return len(heard[0].letters) <= _ADDED and not is_echo


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """The best of several attempts at a piece."""

    sound: Sound
    """``float32[n]``."""
    finding: Finding
    attempts: int
    """How often it was spoken."""


def spoken_right(
    speak: Callable[[int | None], Sound], check: Callable[[Sound], Finding], attempts: int = 3, seed: int | None = None
) -> Spoken:
    """Speak a piece, again with other seeds while something is wrong with it, and keep the best.

    The best has the fewest words missing or invented, where a sound that is implausible counts for three; among equals the first.

    Args:
        speak: speaks it with a seed; ``None`` leaves the engine its own.
        check: says what is wrong with the sound.
        attempts: how often to speak at the most; 1 for an engine without seeds, which is only reported.
        seed: for the first attempt; those that follow have the next ones.
    """
    sound = speak(seed)
    best, finding, spoken = sound, check(sound), 1
    while not finding.ok and spoken < attempts:
        sound = speak((seed or 0) + spoken)
        another, spoken = check(sound), spoken + 1
        if _badness(another) < _badness(finding):
            best, finding = sound, another
    return Spoken(best, finding, spoken)


def _badness(finding: Finding) -> int:
    return finding.wrong + 3 * (finding.implausible is not None)
