"""The values that flow between sources, engines and sinks.

Times are seconds from the start of the recording. Audio is always mono ``float32`` in [-1, 1]; only the sample rate varies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # numpy is heavy: `voicebridge --help` must not pay for it
    from collections.abc import Iterable

    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class AudioChunk:
    """A stretch of sound that says of itself what it is."""

    samples: npt.NDArray[np.float32]
    """``float32[n]``, mono, in [-1, 1]."""
    sample_rate: int
    """Hertz."""
    start: float = 0.0
    """Seconds from the start of the recording to the first sample."""

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / self.sample_rate


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word and when it was spoken."""

    start: float
    """Seconds."""
    end: float
    """Seconds."""
    text: str
    """The word with the punctuation that belongs to it, without surrounding space."""
    probability: float | None = None
    """0 to 1, where the engine knows it."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech and its text: a sentence, a clause, or what an engine heard between two pauses."""

    start: float
    """Seconds."""
    end: float
    """Seconds; never before ``start``."""
    text: str
    """Stripped of surrounding space."""
    words: tuple[Word, ...] = ()
    """Empty unless word times were asked for."""
    speaker: str | None = None
    """Who spoke, where the engine tells speakers apart."""
    language: str | None = None
    """ISO 639-1 code of what was spoken, where the engine knows it."""
    final: bool = True
    """False for a guess that a later segment replaces; only final text is ever written or inserted."""
    avg_logprob: float | None = None
    """Mean log probability per token, where the engine knows it."""
    no_speech_prob: float | None = None
    """Probability that nothing was said, where the engine knows it."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole recording in words."""

    segments: tuple[Segment, ...]
    duration: float
    """Seconds of audio that were heard."""
    model: str
    """Full name of the model, ``plugin/model``."""
    language: str | None = None
    """ISO 639-1 code."""

    @property
    def text(self) -> str:
        """All the segments' text; see :func:`joined_text`."""
        return joined_text(self.segments)


_WIDE = (("\u2e80", "\u30ff"), ("\u3400", "\u9fff"), ("\uf900", "\ufaff"), ("\uff00", "\uffef"), ("\U00020000", "\U0003ffff"))
"""Chinese and Japanese characters and their punctuation; other scripts, Thai and Korean among them, put spaces between sentences."""


def joined_text(segments: Iterable[Segment]) -> str:
    """The segments' text, joined by spaces, but for none between Chinese or Japanese sentences."""
    text = ""
    for segment in segments:
        spaced = bool(text and segment.text) and not (_is_wide(text[-1]) and _is_wide(segment.text[0]))
        text += f" {segment.text}" if spaced else segment.text
    return text


def main_language(segments: Iterable[Segment]) -> str | None:
    """The language in which most of the time was spoken; a greeting in another one doesn't change it."""
    seconds: dict[str, float] = {}
    for segment in segments:
        if segment.language:
            seconds[segment.language] = seconds.get(segment.language, 0.0) + segment.end - segment.start
    return max(seconds, key=seconds.__getitem__, default=None)


def _is_wide(character: str) -> bool:
    return any(first <= character <= last for first, last in _WIDE)


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice that a text-to-speech model can speak with."""

    name: str
    language: str | None = None
    """ISO 639-1 code, or ``None`` when the voice speaks several."""
    description: str = ""


@dataclass(frozen=True, slots=True)
class SttRequest:
    """What one transcription asks of an engine, whatever the engine."""

    language: str | None = None
    """ISO 639-1 code of what is spoken; ``None`` lets the engine find out."""
    translate: bool = False
    """Write down an English translation instead of what was said."""
    words: bool = False
    """Fill in :attr:`Segment.words`."""
    prompt: str | None = None
    """Text that sets style and spelling, as though it came just before the recording."""
    hotwords: tuple[str, ...] = ()
    """Names and terms that are likely to be spoken."""
    after: float = 0.0
    """Seconds: what ends by then is known already, and an engine that can resume leaves it out. The audio still begins where the
    recording begins, and the segments that remain are those that would have come without this."""

    @property
    def capabilities(self) -> tuple[str, ...]:
        """The capabilities, named as on :class:`voicebridge.SttSpec`, that a model needs to do this."""
        return tuple(name for name in ("translate", "words", "prompt", "hotwords") if getattr(self, name))


@dataclass(frozen=True, slots=True)
class TtsRequest:
    """What one reading asks of an engine, whatever the engine."""

    voice: str | None = None
    """Name of one of the model's voices; ``None`` is the model's own choice."""
    sample: AudioChunk | None = None
    """Speak in the voice that is heard here, at the spec's sample rate. Only models with ``cloning`` are given one, and then no voice."""
    language: str | None = None
    """ISO 639-1 code."""
    speed: float = 1.0
    """1.0 is the voice's natural pace, 2.0 twice as fast."""
    seed: int | None = None
    """Makes the reading repeatable where the engine can; ``None`` leaves the engine its own dice."""

    @property
    def capabilities(self) -> tuple[str, ...]:
        """The capabilities, named as on :class:`voicebridge.TtsSpec`, that a model needs to do this."""
        wanted = {"cloning": self.sample is not None, "speed": self.speed != 1.0, "seed": self.seed is not None}
        return tuple(name for name, is_wanted in wanted.items() if is_wanted)


class Line(str):
    """A piece of a script: text that knows who speaks it. Only models whose spec has several ``speakers`` are given lines.

    ``str`` itself is the text, so that an engine may treat it as any other.
    """

    __slots__ = ("sample", "speaker", "voice")

    speaker: int
    """Number of the speaker, from 0 in the order in which they first speak."""
    voice: str | None
    """As :attr:`TtsRequest.voice`, for this speaker."""
    sample: AudioChunk | None
    """As :attr:`TtsRequest.sample`, for this speaker."""

    def __new__(cls, text: str, speaker: int, voice: str | None = None, sample: AudioChunk | None = None) -> Line:
        """Give ``text`` to a speaker."""
        line = super().__new__(cls, text)
        line.speaker, line.voice, line.sample = speaker, voice, sample
        return line
