"""The data types exchanged between sources, engines and outputs.

Times are seconds from the start of the recording. Audio is always mono ``float32`` in [-1, 1]; only the sample rate varies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # numpy is slow to import, and not needed for `voicebridge --help`
    from collections.abc import Iterable

    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class AudioChunk:
    """A section of audio with its sample rate and time."""

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
    """A spoken word with its times."""

    start: float
    """Seconds."""
    end: float
    """Seconds."""
    text: str
    """The word with adjacent punctuation, without surrounding spaces."""
    probability: float | None = None
    """0 to 1, if the engine provides it."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A section of speech with its text: a sentence, a clause, or the speech between two pauses."""

    start: float
    """Seconds."""
    end: float
    """Seconds; never before ``start``."""
    text: str
    """Without surrounding spaces."""
    words: tuple[Word, ...] = ()
    """Empty unless word timestamps were requested."""
    speaker: str | None = None
    """The speaker, if the engine labels speakers."""
    language: str | None = None
    """ISO 639-1 code of the spoken language, if the engine provides it."""
    final: bool = True
    """False for a draft that a later segment replaces; only final text is written or inserted."""
    avg_logprob: float | None = None
    """Mean log probability per token, if the engine provides it."""
    no_speech_prob: float | None = None
    """Probability that there is no speech, if the engine provides it."""


@dataclass(frozen=True, slots=True)
class TranscriptInfo:
    """Information about a recording, after it has been transcribed to its end."""

    duration: float
    """Seconds."""
    language: str | None
    """ISO 639-1 code."""
    model: str
    """Full name."""
    task: str
    """``transcribe`` or ``translate``."""
    start: float = 0.0
    """Start within the recording, in seconds."""


class TranscriptWriter(Protocol):
    """Writes one transcript to one file."""

    def write(self, segment: Segment) -> None:
        """Process the next segment."""
        ...

    def finish(self, heard: TranscriptInfo) -> None:
        """Write the end of the document; the file stays open."""
        ...


_WIDE = (("\u2e80", "\u30ff"), ("\u3400", "\u9fff"), ("\uf900", "\ufaff"), ("\uff00", "\uffef"), ("\U00020000", "\U0003ffff"))
"""Chinese and Japanese characters and their punctuation; other scripts, including Thai and Korean, put spaces between sentences."""


def joined_text(segments: Iterable[Segment]) -> str:
    """Join the segments' text with spaces, but without one between Chinese or Japanese sentences."""
    text = ""
    for segment in segments:
        spaced = bool(text and segment.text) and not (_is_wide(text[-1]) and _is_wide(segment.text[0]))
        text += f" {segment.text}" if spaced else segment.text
    return text


def main_language(segments: Iterable[Segment]) -> str | None:
    """The language spoken for most of the time; a greeting in another language doesn't change it."""
    seconds: dict[str, float] = {}
    for segment in segments:
        if segment.language:
            seconds[segment.language] = seconds.get(segment.language, 0.0) + segment.end - segment.start
    return max(seconds, key=seconds.__getitem__, default=None)


def _is_wide(character: str) -> bool:
    return any(first <= character <= last for first, last in _WIDE)


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice of a text-to-speech model."""

    name: str
    language: str | None = None
    """ISO 639-1 code, or ``None`` when the voice speaks several."""
    description: str = ""


@dataclass(frozen=True, slots=True)
class SttRequest:
    """The parameters of a transcription, for any engine."""

    language: str | None = None
    """ISO 639-1 code of the spoken language; ``None`` to detect it."""
    translate: bool = False
    """Write an English translation instead of a transcript."""
    words: bool = False
    """Fill in :attr:`Segment.words`."""
    prompt: str | None = None
    """Text that sets style and spelling, as if it preceded the recording."""
    hotwords: tuple[str, ...] = ()
    """Names and terms to expect."""
    after: float = 0.0
    """Seconds: results that end by then are already known, and an engine that can resume omits them. The audio still starts at the
    beginning of the recording, and the other segments are the same as without this.
    """
    partials: bool = False
    """Yield drafts, too: segments with ``final=False``, each of which the next segment replaces. Models without them yield final ones."""

    @property
    def capabilities(self) -> tuple[str, ...]:
        """The capabilities that a model needs for this request, named as in :class:`voicebridge.SttSpec`."""
        return tuple(name for name in ("translate", "words", "prompt", "hotwords") if getattr(self, name))

    @property
    def task(self) -> str:
        """``translate`` or ``transcribe``."""
        return "translate" if self.translate else "transcribe"

    def text_language(self, spoken: str | None) -> str | None:
        """ISO 639-1 code of the text, if known: ``en`` for a translation.

        Args:
            spoken: the spoken language that the engine has found, if any, as an ISO 639-1 code.
        """
        return "en" if self.translate else spoken or self.language


@dataclass(frozen=True, slots=True)
class TtsRequest:
    """The parameters of a reading, for any engine."""

    voice: str | None = None
    """Name of one of the model's voices; ``None`` for the model's default."""
    sample: AudioChunk | None = None
    """Clone the voice of this sample, which has the spec's sample rate. Only for models with ``cloning``, and instead of a voice."""
    language: str | None = None
    """ISO 639-1 code."""
    speed: float = 1.0
    """1.0 is the voice's natural rate, 2.0 twice as fast."""
    seed: int | None = None
    """Makes the reading reproducible if the engine supports it; ``None`` uses the engine's own randomness."""

    @property
    def capabilities(self) -> tuple[str, ...]:
        """The capabilities that a model needs for this request, named as in :class:`voicebridge.TtsSpec`."""
        wanted = {"cloning": self.sample is not None, "speed": self.speed != 1.0, "seed": self.seed is not None}
        return tuple(name for name, is_wanted in wanted.items() if is_wanted)


class Line(str):
    """A passage of a script: text with its speaker. Only models whose spec has several ``speakers`` receive lines.

    The ``str`` itself is the text, so engines can treat it like any other.
    """

    __slots__ = ("sample", "speaker", "voice")

    speaker: int
    """Number of the speaker, from 0 in order of first appearance."""
    voice: str | None
    """Like :attr:`TtsRequest.voice`, for this speaker."""
    sample: AudioChunk | None
    """Like :attr:`TtsRequest.sample`, for this speaker."""

    def __new__(cls, text: str, speaker: int, voice: str | None = None, sample: AudioChunk | None = None) -> Line:
        """Assign ``text`` to a speaker."""
        line = super().__new__(cls, text)
        line.speaker, line.voice, line.sample = speaker, voice, sample
        return line
