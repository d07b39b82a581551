"""Reads a recording that is to become a voice sample: any audio, and nothing that could hold code."""

from __future__ import annotations

import pickletools
from pathlib import Path

import numpy as np

from voicebridge.audio.decode import AudioReader
from voicebridge.errors import InputError
from voicebridge.speech import AudioChunk
from voicebridge.voices.check import LONGEST

RATE = 48_000
"""Hertz: no model speaks at more, and none would gain by it."""

_LARGEST_PICKLE = 1 << 20
"""Bytes up to which a file is looked through for a pickle of the oldest kind, which has no mark at its beginning."""


def read_sample(path: Path, start: float = 0.0, end: float | None = None) -> AudioChunk:
    """A recording's sound at 48 kHz, or that of a stretch of it; a second more than a sample may have at the most.

    Args:
        path: any file that FFmpeg's libraries can decode.
        start: seconds at which the stretch begins.
        end: seconds at which it ends.

    Raises:
        InputError: when it can't be read, holds no audio, or is a file of Python objects.
    """
    refuse_pickle(path)
    limit = start + LONGEST + 1.0
    with AudioReader(path, start=start, end=limit if end is None else min(end, limit)) as reader:
        samples = np.concatenate([chunk.samples for chunk in reader.chunks(RATE)])
        if reader.damage:
            raise InputError(f"{reader.damage} A voice sample must be whole.")
    return AudioChunk(samples, RATE)


def refuse_pickle(path: Path) -> None:
    """Refuse a file of Python objects, whatever it is called: opening one runs the code in it.

    Raises:
        InputError: when it is a pickle, a PyTorch or NumPy file, or any other archive.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_LARGEST_PICKLE + 1)
    except OSError:
        return  # the reader says what is wrong
    if kind := _kind(head):
        told = f"{path.name} is {kind}, which can run code when it is loaded, so VoiceBridge never does."
        raise InputError(f"{told} Give it a recording of the voice instead.")


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
    # genops reads the instructions and follows none. A file that is a pickle from its first byte to its end is one; sound never is.
    count, stop = 0, None
    try:
        for operation, _, at in pickletools.genops(head):
            count, stop = count + 1, at if operation.name == "STOP" else None
            if marked and count >= 3:
                return True
    except Exception:  # it fails in as many ways as there are bytes
        return False
    return stop is not None and not head[stop + 1 :].strip()
