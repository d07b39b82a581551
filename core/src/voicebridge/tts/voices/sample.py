"""Read a recording for a voice sample: any audio, but no file that could contain code."""

from __future__ import annotations

import pickletools
from pathlib import Path

import numpy as np

from voicebridge.audio.decode import AudioReader
from voicebridge.errors import InputError
from voicebridge.speech import AudioChunk
from voicebridge.tts.voices.check import LONGEST

RATE = 48_000
"""Hertz: no model outputs more or benefits from it."""

_LARGEST_PICKLE = 1 << 20
"""Maximum bytes of a file that is searched for a pickle of the oldest protocol, which has no magic number."""


def read_sample(path: Path, start: float = 0.0, end: float | None = None) -> AudioChunk:
    """The audio of a recording, or a section of it, at 48 kHz; at most a second more than a sample may have.

    Args:
        path: any file that FFmpeg's libraries can decode.
        start: seconds at which the section starts.
        end: seconds at which it ends.

    Raises:
        InputError: if it can't be read, has no audio, or is a file of Python objects.
    """
    refuse_pickle(path)
    limit = start + LONGEST + 1.0
    with AudioReader(path, start=start, end=limit if end is None else min(end, limit)) as reader:
        samples = np.concatenate([chunk.samples for chunk in reader.chunks(RATE)])
        if reader.damage:
            raise InputError(f"{reader.damage} A voice sample must be undamaged.")
    return AudioChunk(samples, RATE)


def refuse_pickle(path: Path) -> None:
    """Reject a file of Python objects, whatever its name: opening one executes code in it.

    Raises:
        InputError: if it is a pickle, a PyTorch or NumPy file, or any other archive.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_LARGEST_PICKLE + 1)
    except OSError:
        return  # the decoder reports the error
    if kind := _kind(head):
        told = f"{path.name} is {kind}, which can run code when loaded, so VoiceBridge doesn't load it."
        raise InputError(f"{told} Use a recording of the voice instead.")


def _kind(head: bytes) -> str | None:
    if head.startswith(b"\x93NUMPY"):
        return "a NumPy file"
    if head.startswith(b"PK\x03\x04"):
        return "an archive such as PyTorch and NumPy write"
    return "a Python pickle" if _is_pickle(head) else None


def _is_pickle(head: bytes) -> bool:
    marked = head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")
    if not marked and len(head) > _LARGEST_PICKLE:
        return False
    # genops parses the instructions without executing them. A file that is a valid pickle from start to end is one; audio never is.
    count, stop = 0, None
    try:
        for operation, _, at in pickletools.genops(head):
            count, stop = count + 1, at if operation.name == "STOP" else None
            if marked and count >= 3:
                return True
    except Exception:  # it can raise many kinds of errors
        return False
    return stop is not None and not head[stop + 1 :].strip()
