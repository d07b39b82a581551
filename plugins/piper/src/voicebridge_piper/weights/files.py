"""The two files of a voice: whether they are whole, and where our cache keeps them.

Our cache holds a folder per voice, ``piper/en_US-joe-medium``. A name there that starts with a dot is no voice: what is still being
fetched, locks, and the notes of :mod:`voicebridge.weights.checks`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from voicebridge import paths

_SMALLEST_VOICE = 1024  # bytes; a Git LFS pointer has some 130, the smallest real voice millions
_POSERS = {
    b"version https://git-lfs": "is a Git LFS pointer and not the voice: run git lfs pull there",
    b"<": "is a web page: fetch the voice anew",
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
        """The voice whose network is ``onnx``."""
        return cls(onnx, onnx.with_name(f"{onnx.name}.json"))

    def flaw(self) -> str:
        """What keeps the files from being a voice that can be loaded, as a phrase; empty when nothing does. Reads little of them."""
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
    """The voice that a file, or a folder with one voice in it, stands for; whether it is whole says its :meth:`~VoiceFiles.flaw`.

    Raises:
        ValueError: with a phrase, when that can't be told.
    """
    if not path.is_dir():
        if path.suffix == ".json" and path.stem.endswith(".onnx"):
            return VoiceFiles.of(path.with_name(path.stem))
        if path.suffix != ".onnx" and path.exists():
            raise ValueError("this is no .onnx file")
        return VoiceFiles.of(path)
    try:
        found = sorted(each for each in path.iterdir() if each.suffix == ".onnx")
    except OSError as error:
        raise ValueError(f"can't be read: {error.strerror or error}") from error
    if len(found) != 1:
        names = ", ".join(each.name for each in found[:5])
        raise ValueError(f"holds several voices ({names}): name the file" if found else "holds no .onnx file")
    return VoiceFiles.of(found[0])


def cache_root() -> Path:
    """Our cache of voices; it need not exist."""
    return paths.cache_dir() / "piper"


def cached(code: str) -> VoiceFiles:
    """Where our cache keeps a voice; it need not be there."""
    return VoiceFiles.of(cache_root() / code / f"{code}.onnx")
