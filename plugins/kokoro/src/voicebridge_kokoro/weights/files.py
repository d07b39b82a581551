"""The two files of a model: validation, and their location in our cache.

Our cache has a folder per model, ``kokoro/int8``. A name that starts with a dot is an unfinished download, a lock, or a file of
:mod:`voicebridge.weights.checks`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from voicebridge import paths

VOICES = "voices-v1.0.bin"
"""The official name of the file of voices, an archive of numpy arrays."""

_SMALLEST = 1024  # bytes; a Git LFS pointer has about 130, the smallest real file millions
_POSERS = {
    b"version https://git-lfs": "is a Git LFS pointer and not the model: run git lfs pull there",
    b"<": "is a web page: download the model again",
    b"\x80": "is a pickle, which is never loaded: give the model as ONNX",
    b"PK": "is an archive or a checkpoint, which is never loaded: give the model as ONNX",
}


@dataclass(frozen=True, slots=True)
class KokoroFiles:
    """A model on disk."""

    onnx: Path
    """The network."""
    voices: Path
    """The styles of its voices."""

    def flaw(self) -> str:
        """Why the files can't be loaded as a model, as a phrase; empty if they can. Reads little of them."""
        try:
            return self._flaw_of_onnx() or self._flaw_of_voices()
        except OSError as error:
            return f"can't be read: {error.strerror or error}"

    def _flaw_of_onnx(self) -> str:
        if not self.onnx.is_file():
            return f"there is no {self.onnx.name}" if self.onnx.parent.is_dir() else "no such folder"
        head = _head(self.onnx)
        if poser := next((verdict for start, verdict in _POSERS.items() if head.startswith(start)), None):
            return f"{self.onnx.name} {poser}"
        return "" if self.onnx.stat().st_size >= _SMALLEST else f"{self.onnx.name} is empty or cut short"

    def _flaw_of_voices(self) -> str:
        if not self.voices.is_file():
            return f"{self.voices.name} is missing: put it beside {self.onnx.name}"
        return "" if _head(self.voices).startswith(b"PK") else f"{self.voices.name} is not a file of voices: download it again"


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(64).lstrip()


def model_at(path: Path) -> KokoroFiles:
    """The model in a file, or in a folder with one model; check with :meth:`~KokoroFiles.flaw` whether it is complete.

    Raises:
        ValueError: with a phrase, if there is no model, or more than one.
    """
    folder = path if path.is_dir() else path.parent
    try:
        inside = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise ValueError(f"can't be read: {error.strerror or error}") from error
    voices = [each for each in inside if each.suffix == ".npz" or (each.suffix == ".bin" and each.name.startswith("voices"))]
    if path.is_dir():
        path = _only([each for each in inside if each.suffix == ".onnx"], "models", "give the file")
    elif path.suffix != ".onnx" and path.exists():
        raise ValueError("this is not an .onnx file")
    return KokoroFiles(path, _only(voices, "files of voices", "keep one") if voices else folder / VOICES)


def _only(found: list[Path], what: str, remedy: str) -> Path:
    if len(found) != 1:
        names = ", ".join(each.name for each in found[:5])
        raise ValueError(f"contains several {what} ({names}): {remedy}" if found else "contains no .onnx file")
    return found[0]


def cache_root() -> Path:
    """Our cache of models; it may not exist."""
    return paths.cache_dir() / "kokoro"
