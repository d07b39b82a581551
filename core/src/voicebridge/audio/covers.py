"""Cover images in audio files."""

from __future__ import annotations

import base64
import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import av
import av.error

NO_COVER = (av.error.FFmpegError, ValueError, IndexError)
"""Raised for data that is not an image, or not a supported one."""
_PICTURES = {b"\xff\xd8\xff": ("jpeg_pipe", b"image/jpeg"), b"\x89PNG": ("png_pipe", b"image/png")}
_MOST_PIXELS = "40000000"
_FRONT_COVER = 3
_BITS_PER_PIXEL = 24


@contextmanager
def opened_cover(picture: bytes) -> Iterator[tuple[Any, Any]]:
    """The stream of a JPEG or PNG file, with its width and height (pixels), and its only packet.

    Raises:
        FFmpegError, ValueError, IndexError: one of :data:`NO_COVER`, when it is none, or is damaged.
    """
    format, _ = _kind(picture)  # noqa: A001
    options: Any = [{"max_pixels": _MOST_PIXELS}]
    with av.open(io.BytesIO(picture), "r", format=format, stream_options=options) as source:
        found = source.streams.video[0]
        packet = next((each for each in source.demux(found) if each.size), None)
        if packet is None or not found.width or not found.height:
            raise ValueError("no picture")
        yield found, packet


def cover_tag(picture: bytes) -> str:
    """The value of the Vorbis comment METADATA_BLOCK_PICTURE: a picture as FLAC keeps it, in base64.

    Raises:
        FFmpegError, ValueError, IndexError: as :func:`opened_cover`.
    """
    _, mime = _kind(picture)
    with opened_cover(picture) as (found, _):
        size = struct.pack(">4I", found.width, found.height, _BITS_PER_PIXEL, 0)
    block = struct.pack(">2I", _FRONT_COVER, len(mime)) + mime + struct.pack(">I", 0) + size + struct.pack(">I", len(picture)) + picture
    return base64.b64encode(block).decode("ascii")


def _kind(picture: bytes) -> tuple[str, bytes]:
    for magic, kind in _PICTURES.items():
        if picture.startswith(magic):
            return kind
    raise ValueError("neither JPEG nor PNG")
