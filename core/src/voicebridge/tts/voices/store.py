"""Store the user's voice samples: a folder for each, with the audio, its hash, and the consent.

Only the user can read them. Samples are audio and metadata is JSON; nothing stored here can contain code, and nothing is unpickled.
"""

from __future__ import annotations

import builtins
import json
import os
import re
import shutil
import wave
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicebridge import paths
from voicebridge.errors import InputError, OutputError, PluginError, UnknownNameError, UsageError, nearest
from voicebridge.files import unfinished
from voicebridge.spec_fields import check_name
from voicebridge.speech import AudioChunk

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_SOUND = "sample.wav"
_ABOUT = "voice.json"
_UNFINISHED = re.compile(r"\..+\.(?P<pid>\d+)")


@dataclass(frozen=True, slots=True)
class StoredVoice:
    """One of the user's own voice samples."""

    name: str
    path: Path
    """The audio: a 16-bit mono WAV file."""
    sha256: str
    """The file's hash when it was added."""
    duration: float
    """Seconds."""
    added: date
    consent: date
    """When the user confirmed that it is their own voice, or that its owner has agreed."""

    def sample(self, rate: int) -> AudioChunk:
        """The audio at ``rate`` (Hz), for :attr:`voicebridge.TtsRequest.sample`.

        Raises:
            InputError: if the file is missing, or has been modified.
        """
        from voicebridge.audio.resample import chunks_of

        samples, own_rate = self._read()
        import numpy as np

        return AudioChunk(np.concatenate([chunk.samples for chunk in chunks_of(samples, own_rate, rate)]), rate)

    def _read(self) -> tuple[npt.NDArray[np.int16], int]:
        import numpy as np

        again = f"Remove it and add it again: voicebridge voices remove {self.name}"
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise InputError(f"The voice {self.name} can't be read: {error.strerror}. {again}") from error
        if sha256(data).hexdigest() != self.sha256:  # hash of the bytes in use, so that nothing can change in between
            raise InputError(f"The voice {self.name} has changed since it was added: {self.path}. {again}")
        with wave.open(BytesIO(data)) as file:
            return np.frombuffer(file.readframes(file.getnframes()), "<i2"), file.getframerate()


class VoiceStore:
    """The user's voice samples in a folder."""

    def __init__(self, folder: Path) -> None:
        """Use ``folder``, usually ``voices`` in :func:`voicebridge.paths.data_dir`; it is created with the first voice."""
        self.folder = folder

    def list(self) -> list[StoredVoice]:
        """All readable voices, sorted by name."""
        found = []
        for name in self.names():
            with suppress(InputError):  # a damaged one must not hide the others; its error is raised when it is used
                found.append(self._load(name))
        return found

    def damaged(self) -> builtins.list[str]:
        """The names of unreadable voices."""
        readable = {voice.name for voice in self.list()}
        return [name for name in self.names() if name not in readable]

    def get(self, name: str) -> StoredVoice:
        """The voice of that name.

        Raises:
            UnknownNameError: if there is none, with the closest name.
            InputError: if its files are damaged.
        """
        names = self.names()
        if name not in names:
            raise UnknownNameError(f"You have no voice named {name!r}.{nearest(name, names)} List them with: voicebridge voices")
        return self._load(name)

    def add(self, name: str, sound: AudioChunk, consent: date) -> StoredVoice:
        """Save a copy of ``sound`` under ``name``.

        Args:
            name: the voice's name: lower-case letters, digits, ``.``, ``_`` and ``-``.
            sound: accepted by :func:`voicebridge.tts.voices.check.check_sample`.
            consent: when the user confirmed that this voice may be used.

        Raises:
            UsageError: if the name is invalid or used.
            OutputError: if it can't be written.
        """
        check_voice_name(name)
        self.check_free(name)
        data = _as_wav(sound)
        about = {
            "sha256": sha256(data).hexdigest(),
            "duration": round(sound.duration, 3),
            "added": date.today().isoformat(),
            "consent": consent.isoformat(),
        }
        under_way = self.folder / f".{name}.{os.getpid()}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(0o700)
            under_way.mkdir(mode=0o700)
            _write(under_way / _SOUND, data)
            _write(under_way / _ABOUT, (json.dumps(about, indent=2) + "\n").encode())
            under_way.rename(self.folder / name)
        except OSError as error:
            reason = error.strerror or str(error)
            raise OutputError(
                f"The voice {name} can't be saved in {self.folder}: {reason}. Fix that folder, or set VOICEBRIDGE_HOME."
            ) from error
        finally:
            shutil.rmtree(under_way, ignore_errors=True)
        return self._load(name)

    def check_free(self, name: str) -> None:
        """Reject a used name.

        Raises:
            UsageError: with a remedy.
        """
        if name in self.names():
            raise UsageError(
                f"You already have a voice named {name!r}. Choose another name, or remove it: voicebridge voices remove {name}"
            )

    def remove(self, name: str) -> None:
        """Delete a voice and its metadata, damaged or not.

        Raises:
            UnknownNameError: if there is none, with the closest name.
            OutputError: if it can't be deleted.
        """
        if name not in self.names():
            self.get(name)
        try:
            shutil.rmtree(self.folder / name)
        except OSError as error:
            raise OutputError(f"The voice {name} can't be removed: {error.strerror}. Delete {self.folder / name} by hand.") from error

    def names(self) -> builtins.list[str]:
        """All names, including damaged voices, sorted."""
        try:
            return sorted(entry.name for entry in self.folder.iterdir() if not entry.name.startswith(".") and entry.is_dir())
        except OSError:
            return []

    def _load(self, name: str) -> StoredVoice:
        path = self.folder / name / _ABOUT
        try:
            about: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return StoredVoice(
                name=name,
                path=self.folder / name / _SOUND,
                sha256=str(about["sha256"]),
                duration=float(about["duration"]),
                added=date.fromisoformat(about["added"]),
                consent=date.fromisoformat(about["consent"]),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"The voice {name} is damaged: {path} can't be read. Remove it: voicebridge voices remove {name}") from error


def user_voices() -> VoiceStore:
    """The voices of the current user."""
    store = VoiceStore(paths.data_dir() / "voices")
    unfinished.sweep(store.folder, _UNFINISHED)
    return store


def check_voice_name(name: str) -> None:
    """Reject an invalid voice name.

    Raises:
        UsageError: with the rule.
    """
    try:
        check_name(name)
    except PluginError as error:
        raise UsageError(str(error)) from None


def _as_wav(sound: AudioChunk) -> bytes:
    import numpy as np

    data = BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sound.sample_rate)
        file.writeframes((np.clip(sound.samples, -1, 1) * 32767).round().astype("<i2").tobytes())
    return data.getvalue()


def _write(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
