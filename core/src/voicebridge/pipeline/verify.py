"""Whether what was spoken is what was written: a piece's sound is transcribed back, and its words and its length are compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voicebridge.ports import SpeechToText

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Sound = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a piece as it was spoken; nothing, mostly."""

    missing: tuple[str, ...] = ()
    """Runs of written words that can't be heard, in the order of the text."""
    invented: tuple[str, ...] = ()
    """Runs of words that can be heard and were not written, repetitions among them."""
    implausible: str | None = None
    """What about the sound can't be right, as one phrase: too short for its text, a long silence inside, sound without words."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.missing or self.invented or self.implausible)


class Checker:
    """Listens to pieces with a speech-to-text engine; may be used by several threads at once."""

    def __init__(self, engine: SpeechToText, sample_rate: int, language: str | None = None) -> None:
        """Prepare.

        Args:
            engine: a loaded speech-to-text model.
            sample_rate: that it is fed with, in Hz.
            language: ISO 639-1 code of the text; ``None`` leaves it to the engine.
        """
        self._engine, self._rate, self._language = engine, sample_rate, language

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
        raise NotImplementedError


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

    Args:
        speak: speaks it with a seed; ``None`` leaves the engine its own.
        check: says what is wrong with the sound.
        attempts: how often to speak at the most; 1 for an engine without seeds, which is only reported.
        seed: for the first attempt.
    """
    raise NotImplementedError
