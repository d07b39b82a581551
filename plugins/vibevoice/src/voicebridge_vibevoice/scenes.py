"""From pieces of text to scenes: what is spoken in one go, and by whom.

The model speaks a scene as a whole, so that speakers answer each other and a voice keeps its mood. It takes four speakers at most, and
the longer a scene the more it drifts, so a long text is several.
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
"""How many the model was trained to tell apart."""
LENGTH = 4000
"""Characters of a scene, some four to five minutes."""

_SPECIAL = re.compile(r"<\|[^<>|]*\|>")  # what the tokenizer would take for a mark of its own
_SENTENCE_END = re.compile(r"[.!?…]['\")\]”’]*\s|[。！？]")  # noqa: RUF001 - the full stops of Chinese
_PACE, _ROOM = 5, 10.0  # characters a second that even a slow reader keeps up, and seconds for whoever begins late


@dataclass(slots=True)
class Scene:
    """A stretch of text with its speakers."""

    turns: list[tuple[int, str]] = field(default_factory=list)
    """(number of the speaker, text), in order; no two in a row by one speaker."""
    samples: dict[int, npt.NDArray[np.float32] | None] = field(default_factory=dict)
    """Every speaker's number with the sample of their voice, at :data:`SAMPLE_RATE`, in the order in which they first speak."""
    length: int = 0
    """Characters."""

    @property
    def longest(self) -> float:
        """Seconds that the scene may take: about three times what it should."""
        wide = sum(unicodedata.east_asian_width(letter) in "WF" for _, text in self.turns for letter in text)
        return _ROOM + (self.length + 3 * wide) / _PACE

    def has_room(self, speaker: int, text: str) -> bool:
        """Whether the scene takes another turn of that speaker."""
        return self.length + len(text) <= LENGTH and (speaker in self.samples or len(self.samples) < SPEAKERS)

    def add(self, speaker: int, text: str, sample: npt.NDArray[np.float32] | None) -> None:
        """Let a speaker go on."""
        if self.turns and self.turns[-1][0] == speaker:
            self.turns[-1] = (speaker, f"{self.turns[-1][1]} {text}")
        else:
            self.turns.append((speaker, text))
        self.samples.setdefault(speaker, sample)
        self.length += len(text)


def scenes(pieces: Iterable[str], request: TtsRequest) -> Iterator[Scene]:
    """Cut text into scenes: the lines of a script are gathered, any other piece is spoken as soon as it is there.

    Raises:
        InputError: when a sample is at another rate, or empty.
        UnknownNameError: when a line asks for a voice by name.
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
    """The scene as the chat that the processor's template wants: a role a speaker, and each sample with its speaker's first turn."""
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
    """Refuse a voice by name, of which VibeVoice has none.

    Raises:
        UnknownNameError: when there is a name.
    """
    if name is not None:
        raise UnknownNameError(
            f"VibeVoice has no voice {name!r}: it speaks in the voice of a sample (voicebridge voices add), or in one that it makes up "
            "(-O voice_seed=1)."
        )


def samples_of(sample: AudioChunk | None) -> npt.NDArray[np.float32] | None:
    """The samples of a voice, checked.

    Raises:
        InputError: when they are at another rate, or there are none.
    """
    if sample is None:
        return None
    if sample.sample_rate != SAMPLE_RATE:
        raise InputError(f"VibeVoice takes voice samples at {SAMPLE_RATE} Hz, not at {sample.sample_rate} Hz. Resample it.")
    if not len(sample.samples):
        raise InputError("The voice sample is empty. Give one of 5 to 30 seconds of clear speech.")
    return sample.samples


def _clean(text: str) -> str:
    # Half a surrogate pair is nothing that a tokenizer takes, a line break would begin another turn in the model's script, and it was
    # trained on straight apostrophes.
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
    """Whether there is anything to say; for mere punctuation the model would make something up."""
    return any(letter.isalnum() for letter in text)
