"""Combine passages of text into scenes, each generated in one run, with their speakers.

The model generates a scene as a whole, so that speakers respond to each other and voices stay consistent. It supports up to four speakers,
and quality declines with length, so a long text is split into several scenes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from voicebridge import AudioChunk, InputError, Line, TtsRequest, UnknownNameError

from voicebridge_vibevoice.catalog import SAMPLE_RATE

SPEAKERS = 4
"""Maximum number of speakers that the model was trained to distinguish."""
LENGTH = 4000
"""Maximum number of characters in a scene, about four to five minutes."""

_SPECIAL = re.compile(r"<\|[^<>|]*\|>")  # text that the tokenizer would interpret as a special token
_SENTENCE_END = re.compile(r"[.!?…]['\")\]”’]*\s|[。！？]")  # noqa: RUF001 - Chinese full stops
_PACE, _ROOM = 5, 10.0  # characters per second of the slowest speech, and seconds for a late start


@dataclass(slots=True)
class Scene:
    """Text that is generated in one run, with its speakers."""

    turns: list[tuple[int, str]] = field(default_factory=list)
    """(number of the speaker, text), in order; consecutive turns have different speakers."""
    samples: dict[int, npt.NDArray[np.float32] | None] = field(default_factory=dict)
    """The number of each speaker with a sample of their voice, at :data:`SAMPLE_RATE`, in the order of their first turns."""
    length: int = 0
    """Number of characters."""

    @property
    def longest(self) -> float:
        """Maximum duration in seconds: about three times the expected one."""
        wide = sum(unicodedata.east_asian_width(letter) in "WF" for _, text in self.turns for letter in text)
        return _ROOM + (self.length + 3 * wide) / _PACE

    def has_room(self, speaker: int, text: str) -> bool:
        """Whether another turn of this speaker fits into the scene."""
        return self.length + len(text) <= LENGTH and (speaker in self.samples or len(self.samples) < SPEAKERS)

    def add(self, speaker: int, text: str, sample: npt.NDArray[np.float32] | None) -> None:
        """Add text of a speaker; consecutive texts of one speaker form one turn."""
        if self.turns and self.turns[-1][0] == speaker:
            self.turns[-1] = (speaker, f"{self.turns[-1][1]} {text}")
        else:
            self.turns.append((speaker, text))
        self.samples.setdefault(speaker, sample)
        self.length += len(text)


def scenes(pieces: Iterable[str], request: TtsRequest) -> Iterator[Scene]:
    """Split text into scenes: lines of a script are collected, any other passage becomes a scene immediately.

    Raises:
        InputError: if a sample has another sample rate, or is empty.
        UnknownNameError: if a line requests a voice by name.
    """
    scene = Scene()
    for piece in pieces:
        if isinstance(piece, Line):
            refuse_voice(piece.voice)
            speaker, sample = piece.speaker, samples_of(piece.sample or request.sample)
        else:
            speaker, sample = 0, samples_of(request.sample)
        for text in _parts(_clean(piece)):
            if scene.turns and not scene.has_room(speaker, text):
                yield scene
                scene = Scene()
            scene.add(speaker, text, sample)
        if scene.turns and not isinstance(piece, Line):
            yield scene
            scene = Scene()
    if scene.turns:
        yield scene


def chat_of(scene: Scene, samples: Mapping[int, npt.NDArray[np.float32] | None]) -> list[dict[str, object]]:
    """The scene as a chat for the processor's template: a role per speaker, and each sample with its speaker's first turn."""
    roles = {speaker: str(role) for role, speaker in enumerate(scene.samples)}
    chat: list[dict[str, object]] = []
    introduced: set[int] = set()
    for speaker, text in scene.turns:
        content: list[dict[str, object]] = [{"type": "text", "text": text}]
        sample = samples[speaker]
        if sample is not None and speaker not in introduced:
            content.append({"type": "audio", "audio": sample})
        introduced.add(speaker)
        chat.append({"role": roles[speaker], "content": content})
    return chat


def refuse_voice(name: str | None) -> None:
    """Reject a voice name, because VibeVoice has no named voices.

    Raises:
        UnknownNameError: if there is a name.
    """
    if name is not None:
        raise UnknownNameError(
            f"VibeVoice has no voice {name!r}: it uses the voice of a sample (voicebridge voices add), or a generated one "
            "(-O voice_seed=1)."
        )


def samples_of(sample: AudioChunk | None) -> npt.NDArray[np.float32] | None:
    """The samples of a voice, checked.

    Raises:
        InputError: if they have another sample rate, or there are none.
    """
    if sample is None:
        return None
    if sample.sample_rate != SAMPLE_RATE:
        raise InputError(f"VibeVoice takes voice samples at {SAMPLE_RATE} Hz, not at {sample.sample_rate} Hz. Resample it.")
    if not len(sample.samples):
        raise InputError("The voice sample is empty. Give one of 5 to 30 seconds of clear speech.")
    return sample.samples


def _clean(text: str) -> str:
    # Tokenizers reject lone surrogates, a line break would start another turn in the model's script, and the model was trained on
    # straight apostrophes.
    text = text.encode("utf-8", "replace").decode("utf-8")
    return " ".join(_SPECIAL.sub(" ", text).replace("\u2019", "'").split())


def _parts(text: str) -> Iterator[str]:
    while len(text) > LENGTH:
        ends = [match.end() for match in _SENTENCE_END.finditer(text, 0, LENGTH)]
        at = ends[-1] if ends else max(text.rfind(" ", 0, LENGTH), 0) or LENGTH
        part, text = text[:at].strip(), text[at:].strip()
        if is_speakable(part):
            yield part
    if is_speakable(text):
        yield text


def is_speakable(text: str) -> bool:
    """Whether there is anything to speak; for punctuation alone, the model would invent speech."""
    return any(letter.isalnum() for letter in text)
