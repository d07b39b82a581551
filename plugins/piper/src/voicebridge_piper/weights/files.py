"""The two files of a voice: validation, and their location in our cache.

Our cache has a folder per voice, ``piper/en_US-joe-medium``. A name that starts with a dot is not a voice, but an unfinished download, a
lock, or a file of :mod:`voicebridge.weights.checks`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from voicebridge import paths

_SMALLEST_VOICE = 1024  # bytes; a Git LFS pointer has about 130, the smallest real voice millions
_POSERS = {
    b"version https://git-lfs": "is a Git LFS pointer and not the voice: run git lfs pull there",
    b"<": "is a web page: download the voice again",
    b"\x80": "is a pickle, which is never loaded: give the voice as ONNX",
    b"PK": "is an archive or a checkpoint, which is never loaded: give the voice as ONNX",
}


@dataclass(frozen=True, slots=True)
class VoiceFiles:
    """A voice on disk."""

    onnx: Path
    """The network, ``NAME.onnx``."""
    config: Path
    """Its description, ``NAME.onnx.json``."""

    @classmethod
    def of(cls, onnx: Path) -> VoiceFiles:
        """The voice with the network ``onnx``."""
        return cls(onnx, onnx.with_name(f"{onnx.name}.json"))

    def flaw(self) -> str:
        """Why the files can't be loaded as a voice, as a phrase; empty if they can. Reads little of them."""
        try:
            return self._flaw_of_onnx() or self._flaw_of_config()
        except OSError as error:
            return f"can't be read: {error.strerror or error}"

    def _flaw_of_onnx(self) -> str:
        if not self.onnx.is_file():
            return f"there is no {self.onnx.name}" if self.onnx.parent.is_dir() else "no such folder"
        with self.onnx.open("rb") as file:
            head = file.read(64).lstrip()
        for start, verdict in _POSERS.items():
            if head.startswith(start):
                return f"{self.onnx.name} {verdict}"
        return "" if self.onnx.stat().st_size >= _SMALLEST_VOICE else f"{self.onnx.name} is empty or cut short"

    def _flaw_of_config(self) -> str:
        if not self.config.is_file():
            return f"{self.config.name} is missing: put it beside {self.onnx.name}, it comes with the voice"
        if not self.config.read_bytes().rstrip().endswith(b"}"):
            return f"{self.config.name} is empty or cut short"
        return ""


def voice_at(path: Path) -> VoiceFiles:
    """The voice in a file, or in a folder with one voice; check with :meth:`~VoiceFiles.flaw` whether it is complete.

    Raises:
        ValueError: with a phrase, if there is no voice, or more than one.
    """
    if not path.is_dir():
        if path.suffix == ".json" and path.stem.endswith(".onnx"):
            return VoiceFiles.of(path.with_name(path.stem))
        if path.suffix != ".onnx" and path.exists():
            raise ValueError("this is not an .onnx file")
        return VoiceFiles.of(path)
    try:
        found = sorted(each for each in path.iterdir() if each.suffix == ".onnx")
    except OSError as error:
        raise ValueError(f"can't be read: {error.strerror or error}") from error
    if len(found) != 1:
        names = ", ".join(each.name for each in found[:5])
        raise ValueError(f"contains several voices ({names}): give the file" if found else "contains no .onnx file")
    return VoiceFiles.of(found[0])


def cache_root() -> Path:
    """Our cache of voices; it may not exist."""
    return paths.cache_dir() / "piper"


def cached(code: str) -> VoiceFiles:
    """The location of a voice in our cache; it may not exist."""
    return VoiceFiles.of(cache_root() / code / f"{code}.onnx")
