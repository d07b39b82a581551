"""Verify speech: a passage's audio is transcribed, and its words and duration are compared with the text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voicebridge.audio.resample import chunks_of
from voicebridge.ports import SpeechToText
from voicebridge.speech import Segment, SttRequest, Word, joined_text
from voicebridge.stt.transcribe import Transcription
from voicebridge.tts.verify.alignment import ALIKE, AlignmentStep, align, likeness
from voicebridge.tts.verify.pace import HeardWord, Pace, oddity, syllables_of
from voicebridge.tts.verify.wording import Spelled, forgivable, has_words, told, words_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Sound = npt.NDArray[np.float32]

OTHER_PACES = (1.07, 0.94)
"""The speed factors for transcribing a passage again if words seem wrong."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """The errors of a spoken passage, usually none."""

    missing: tuple[str, ...] = ()
    """Runs of missing words, in the order of the text."""
    invented: tuple[str, ...] = ()
    """Runs of added words, including repetitions."""
    implausible: str | None = None
    """What is implausible about the audio, as one phrase: too short for its text, a long silence inside, sound without words."""
    wrong: int = 0
    """The number of missing or added words."""
    repeated: bool = False
    """Whether an added word repeats an adjacent one."""

    @property
    def ok(self) -> bool:
        """Whether there are no errors."""
        return not (self.missing or self.invented or self.implausible)


class Checker:
    """Transcribes passages with a speech-to-text engine; thread-safe."""

    def __init__(
        self, engine: SpeechToText, sample_rate: int, language: str | None = None, *, speed: float = 1.0, words: bool = False
    ) -> None:
        """Prepare.

        Args:
            engine: a loaded speech-to-text model.
            sample_rate: its sample rate, in Hz.
            language: ISO 639-1 code of the text; ``None`` to detect it.
            speed: the requested speaking rate of the passages; 1 is the voice's natural rate.
            words: whether the model supports word timestamps, from which repetitions are found that it doesn't write.
        """
        self._engine, self._rate, self._language, self._speed, self._words = engine, sample_rate, language, speed, words
        self._pace = Pace()

    def check(self, written: str, sound: Sound, rate: int, *, spelled: str | None = None) -> Deviation:
        """Compare a passage with its audio.

        Args:
            written: the text.
            sound: ``float32[n]``, mono, from the engine.
            rate: of the audio, in Hz.
            spelled: the engine's input, with numbers in words; a word is correct if it matches either text.

        Raises:
            VoiceBridgeError: if the engine fails.
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

    def _second_opinion(self, first: Deviation, texts: Sequence[str], sound: Sound, rate: int) -> Deviation:
        """Transcribe slightly faster and slower too, and return the fewest errors: those of the recogniser usually vary, the voice's don't.

        Repetitions are accepted as errors before this: engines tend to omit repetitions rather than invent them.
        """
        faulty = [first]
        for pace in OTHER_PACES:
            again, _ = self._compared(texts, self._heard(sound, round(rate * pace)))
            if not again.wrong:
                return again
            faulty.append(again)
        return min(faulty, key=lambda finding: finding.wrong)

    def _compared(self, texts: Sequence[str], segments: Sequence[Segment]) -> tuple[Deviation, str | None]:
        language = self._language or next((segment.language for segment in segments if segment.language), None)
        heard = joined_text(segments)
        found = [compare(text, heard, language) for text in texts] if has_words(language) else [Deviation()]
        return min(found, key=lambda finding: finding.wrong), language

    def _heard(self, sound: Sound, rate: int) -> list[Segment]:
        if not len(sound):
            return []
        # No prompt and hotwords, because the engine would recognise what it expects.
        request = SttRequest(language=self._language, words=self._words)
        with closing(iter(Transcription(self._engine, "The model that checks", chunks_of(sound, rate, self._rate), request))) as segments:
            return list(segments)


def _said(segments: Sequence[Segment], written: str, language: str | None) -> list[HeardWord]:
    units: list[Word | Segment] = [unit for segment in segments for unit in (segment.words or (segment,))]
    spelled = [(unit, words_of(unit.text, written, language)) for unit in units]
    return [
        HeardWord(unit.start, unit.end, max(1, syllables_of(word.letters for word in words)), len(words), any(map(str.isdigit, unit.text)))
        for unit, words in spelled
    ]


def compare(written: str, heard: str, language: str | None = None) -> Deviation:
    """Compare a text with the transcript of its audio, word by word.

    Args:
        written: the text.
        heard: the transcript.
        language: ISO 639-1 code of both, if known.
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
    return Deviation(
        missing=tuple(told(run) for run in missing if run),
        invented=tuple(told(run) for run in invented if run),
        wrong=sum(map(len, [*missing, *invented])),
        repeated=bool(again),
    )


def _is_repetition(steps: Sequence[AlignmentStep], place: int, listened: Sequence[Spelled]) -> bool:
    """Whether a run of added words repeats the preceding or following words."""
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
"""Maximum letters of a word that is hardly audible, such as ``the`` or ``of``, and that a recogniser may add or replace."""
_SLIP = 0.4
"""Minimum similarity of a longer word to be a misrecognition."""


def _is_slip(steps: Sequence[AlignmentStep], place: int, said: Sequence[Spelled], listened: list[Spelled]) -> bool:
    """Whether an error comes from the recogniser rather than the voice; the adjacent words must be correct.

    A word may be recognised as a similar one, a short word as another, or added as in "we'll" for "we". A missing word is never the
    recogniser's error.
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
    is_echo = any(likeness(each.letters, heard[0].letters) >= ALIKE for each in beside)  # "move moved": started twice
    return len(heard[0].letters) <= _ADDED and not is_echo


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """The best of several attempts at a passage."""

    sound: Sound
    """``float32[n]``."""
    finding: Deviation
    attempts: int
    """The number of attempts."""


def spoken_right(
    speak: Callable[[int | None], Sound], check: Callable[[Sound], Deviation], attempts: int = 3, seed: int | None = None
) -> Spoken:
    """Speak a passage, again with other seeds while it has errors, and return the best attempt.

    The best has the fewest missing or added words, where implausible audio counts as three; among equals, the first.

    Args:
        speak: speaks it with a seed; ``None`` uses the engine's own.
        check: returns the errors of the audio.
        attempts: maximum number of attempts; 1 for an engine without seeds, whose errors are only reported.
        seed: for the first attempt; the others use the following ones.
    """
    sound = speak(seed)
    best, finding, spoken = sound, check(sound), 1
    while not finding.ok and spoken < attempts:
        sound = speak((seed or 0) + spoken)
        another, spoken = check(sound), spoken + 1
        if _badness(another) < _badness(finding):
            best, finding = sound, another
    return Spoken(best, finding, spoken)


def _badness(finding: Deviation) -> int:
    return finding.wrong + 3 * (finding.implausible is not None)
