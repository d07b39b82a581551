"""WAV and AIFF files with wrong headers: how the file would look with a correct header.

Recorders that crash leave sizes of zero or outdated ones, sizes above 4 GiB wrap in 32 bits, and some programs write a second chunk of
samples after the first. FFmpeg treats 24 bits in 32 as floating point, and misreads big-endian numbers (RIFX). Files with correct headers,
and truncated files, are left unchanged.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import IO

from voicebridge.audio.splice import Piece

_UNKNOWN = 0xFFFFFFFF
_LARGEST = 0x7FFF0000
"""Programs that don't know the size yet write the largest value, or nearly."""
_IMPOSSIBLE = 1 << 48
"""Larger than any file: a size that was never filled in."""
_MOST_CHUNKS = 10_000
_WAVES = {b"RIFF": "<", b"RF64": "<", b"BW64": "<", b"RIFX": ">"}
"""The byte order of each kind of WAV, for :mod:`struct`."""
_LARGE = (b"RF64", b"BW64")
_EXTENSIBLE, _PCM, _FLOAT = 0xFFFE, 1, 3
_AU_CODINGS = {(_PCM, 2): 3, (_PCM, 3): 4, (_PCM, 4): 5, (_FLOAT, 4): 6, (_FLOAT, 8): 7}
"""The codes for encoding and sample size in AU files, which are big-endian."""
_LEAST = 0.25
"""Minimum seconds after the samples to be treated as audio: tags outside a chunk are shorter."""
_KNOWN = frozenset([b"data", b"LIST", b"bext", b"id3 ", b"ID3 ", b"iXML", b"cue ", b"SSND", *_WAVES])
_SLACK = 8
"""Maximum bytes after the last chunk."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    kind: bytes
    begin: int
    """Where its content starts."""
    size: int
    """The size in its header."""


def repaired(file: IO[bytes], begin: int = 0) -> Sequence[Piece] | None:
    """The pieces of a corrected WAV or AIFF; ``None`` if it is correct, or neither.

    Args:
        file: open for reading, seekable.
        begin: the byte at which the WAV or AIFF starts.
    """
    end = file.seek(0, 2)
    file.seek(begin)
    head = file.read(12)
    if head[:4] in _WAVES and head[8:] == b"WAVE":
        return _repaired_wave(file, begin, end, head[:4])
    if head[:4] == b"FORM" and head[8:] in (b"AIFF", b"AIFC"):
        return _repaired_aiff(file, begin, end, head[8:])
    return None


def next_wave(file: IO[bytes], position: int) -> int | None:
    """Where, after the byte ``position``, a concatenated WAV starts."""
    end, begin = file.seek(0, 2), 0
    while begin + 12 <= end:
        file.seek(begin)
        order = _WAVES.get(file.read(4))
        if order is None:
            return None
        if begin > position:
            return begin
        after = next((chunk for chunk in _chunks(file, begin + 12, end, order) if chunk.kind in _WAVES), None)
        if after is None:
            return None
        begin = after.begin - 8
    return None


def repaired_head(head: bytes) -> bytes:
    """The start of a stream of unknown length, with a header that FFmpeg can read if it is a WAV."""
    if head[:4] not in _WAVES or head[8:12] != b"WAVE":
        return head
    kind = head[:4]
    form, data, large_size = _described(BytesIO(head), 0, len(head), _WAVES[kind])
    if form is None or data is None:
        return head
    size = _stated_size(kind, data, large_size, 0)
    if _is_understood(kind, form, size, large_size):
        return head
    return _header(kind, _plain(form), size) + head[data.begin :]


def stated_end(head: bytes) -> int | None:
    """The byte of a stream at which the samples end, according to a WAV header; ``None`` if unknown."""
    if head[:4] not in _WAVES or head[8:12] != b"WAVE":
        return None
    _, data, large_size = _described(BytesIO(head), 0, len(head), _WAVES[head[:4]])
    size = None if data is None else _stated_size(head[:4], data, large_size, 0)
    return data.begin + size if data is not None and size is not None else None


def is_chunk(head: bytes) -> bool:
    """Whether these bytes may start a chunk in a WAV."""
    return len(head) < 8 or all(32 <= byte < 127 for byte in head[:4])


def _described(file: IO[bytes], begin: int, end: int, order: str) -> tuple[bytes | None, _Chunk | None, int | None]:
    """A WAV's format (little-endian), the first chunk of samples, and their size if it is above 4 GiB."""
    form = large_size = None
    for chunk in _chunks(file, begin + 12, end, order):
        if chunk.kind == b"ds64" and chunk.size >= 24:
            file.seek(chunk.begin + 8)
            (large_size,) = struct.unpack("<Q", file.read(8).ljust(8, b"\0"))
        elif chunk.kind == b"fmt " and 16 <= chunk.size <= 4096:
            file.seek(chunk.begin)
            form = file.read(chunk.size)
            form = form if order == "<" else _reversed(form)
        elif chunk.kind == b"data":
            return form, chunk, large_size
    return form, None, large_size


def _reversed(form: bytes) -> bytes:
    """Convert a big-endian format to little-endian."""
    plain = struct.pack("<HHIIHH", *struct.unpack(">HHIIHH", form[:16]))
    if len(form) < 28:
        return plain
    length, used, speakers, coding = struct.unpack(">HHII", form[16:28])
    coding = coding if coding <= 0xFFFF else int.from_bytes(form[24:28], "little")  # some programs write this field in little-endian
    return plain + struct.pack("<HHII", length, used, speakers, coding) + form[28:]


def _stated_size(kind: bytes, data: _Chunk, large_size: int | None, present: int) -> int | None:
    """The bytes of samples according to the header; ``None`` if it was written before the size was known.

    Args:
        kind: of WAV.
        data: the first chunk of samples.
        large_size: the size for files above 4 GiB.
        present: the existing bytes, 0 if unknown.
    """
    if kind not in _LARGE:
        return data.size if data.size and not data.size >= _LARGEST > present else None
    size = data.size
    if large_size is not None and (size in (0, _UNKNOWN) or size == large_size & _UNKNOWN):
        size = large_size
    return size if 0 < size < _IMPOSSIBLE and size != _UNKNOWN else None


def _repaired_wave(file: IO[bytes], begin: int, end: int, kind: bytes) -> Sequence[Piece] | None:
    order = _WAVES[kind]
    form, data, large_size = _described(file, begin, end, order)
    if form is None or data is None:
        return None
    size = _stated_size(kind, data, large_size, end - data.begin)
    if size is None:
        ranges = [(data.begin, end)]
    else:
        ranges = _ranges(file, data.begin, size, end, order, b"data", _LEAST * struct.unpack("<I", form[8:12])[0])
    is_right = size is None or (len(ranges) == 1 and ranges[0][1] == min(data.begin + size, end))
    if is_right and _is_understood(kind, form, size, large_size) and (data.begin - begin) % 2 == 0:
        return None
    held = sum(last - first for first, last in ranges)
    # Truncation is detected from the size of the whole RIFF, which FFmpeg doesn't provide, or of an RF64's samples.
    return [_header(kind, _plain(form), max(held, size or 0) if kind in _LARGE else held), *ranges]


def _is_understood(kind: bytes, form: bytes, size: int | None, large_size: int | None) -> bool:
    """Whether FFmpeg reads these samples, and ``size`` of them, correctly; it reads a RIFF of unknown size to the end of the file."""
    return _plain(form) == form and (kind == b"RIFF" or (kind in _LARGE and size is not None and size == large_size))


def _plain(form: bytes) -> bytes:
    """The format without the number of used bits, because of which FFmpeg would treat 32-bit integers as floating point."""
    kind, channels, rate, speed, block, bits = struct.unpack("<HHIIHH", form[:16])
    if kind != _EXTENSIBLE or len(form) < 26:
        return form
    (used,), (coding,) = struct.unpack("<H", form[18:20]), struct.unpack("<H", form[24:26])
    if coding not in (_PCM, _FLOAT) or used in (0, bits):
        return form
    return struct.pack("<HHIIHH", coding, channels, rate, speed, block, bits)


def _header(kind: bytes, form: bytes, size: int | None) -> bytes:
    """The header for samples stored as in a WAV of this kind."""
    coding, channels, rate, _, block, bits = struct.unpack("<HHIIHH", form[:16])
    if coding == _EXTENSIBLE and len(form) >= 26:
        (coding,) = struct.unpack("<H", form[24:26])
    in_au = _AU_CODINGS.get((coding, block // channels if block and channels else -(-bits // 8)))
    if kind != b"RIFX" or in_au is None:
        return _wave_header(form, size, is_large=kind in _LARGE)
    return b".snd" + struct.pack(">IIIII", 24, _UNKNOWN if size is None else min(size, _UNKNOWN), in_au, rate, channels)


def _wave_header(form: bytes, size: int | None, *, is_large: bool) -> bytes:
    fmt = b"fmt " + struct.pack("<I", len(form)) + form + bytes(len(form) % 2)
    if size is not None and size < _UNKNOWN - 4096 and not is_large:
        return b"RIFF" + struct.pack("<I", 4 + len(fmt) + 8 + size) + b"WAVE" + fmt + b"data" + struct.pack("<I", size)
    coding, block = struct.unpack("<H10xH", form[:14])
    # The number of samples, from which FFmpeg computes the expected duration.
    count = size // block if size and block and coding in (_PCM, _FLOAT) else 0
    size = _UNKNOWN - 1 if size is None else size
    large = b"ds64" + struct.pack("<IQQQI", 28, 4 + 36 + len(fmt) + 8 + size, size, count, 0)
    return b"RF64" + struct.pack("<I", _UNKNOWN) + b"WAVE" + large + fmt + b"data" + struct.pack("<I", _UNKNOWN)


def _repaired_aiff(file: IO[bytes], begin: int, end: int, kind: bytes) -> Sequence[Piece] | None:
    common = sound = None
    for chunk in _chunks(file, begin + 12, end, ">"):
        if chunk.kind == b"COMM" and 18 <= chunk.size <= 4096:
            file.seek(chunk.begin)
            common = file.read(chunk.size)
        elif chunk.kind == b"SSND":
            sound = chunk
            break
    if common is None or sound is None:
        return None
    channels, _, bits = struct.unpack(">hIh", common[:8])
    first, stated = sound.begin + 8, max(sound.size - 8, 0)
    ranges = _ranges(file, first, stated, end, ">", b"SSND", 4096)
    if ranges[-1][1] == first + stated or first + stated > end:
        return None
    size = min(end - first, _UNKNOWN - 4096)
    common = common[:2] + struct.pack(">I", size // max(1, channels * bits // 8)) + common[6:]
    body = kind + b"COMM" + struct.pack(">I", len(common)) + common + bytes(len(common) % 2)
    body += b"SSND" + struct.pack(">III", size + 8, 0, 0)
    return [b"FORM" + struct.pack(">I", len(body) + size) + body, (first, first + size)]


def _ranges(file: IO[bytes], begin: int, size: int, end: int, order: str, kind: bytes, least: float) -> list[tuple[int, int]]:
    """The position of samples, from their start and the size in the header."""
    after = begin + size
    if end - after <= max(least, _SLACK):
        return [(begin, min(after, end))]
    following = _chain(file, after + after % 2, end, order) or _chain(file, after, end, order)
    if not following:
        return [(begin, end)]
    return [(begin, after), *((chunk.begin, min(chunk.begin + chunk.size, end)) for chunk in following if chunk.kind == kind)]


def _chain(file: IO[bytes], begin: int, end: int, order: str) -> list[_Chunk]:
    """The chunks up to the end of the file, or starting with a known one; empty if there are samples instead."""
    chunks = list(_chunks(file, begin, end, order))
    is_chain = bool(chunks) and (chunks[0].kind in _KNOWN or end - _SLACK <= chunks[-1].begin + chunks[-1].size <= end + 1)
    return chunks if is_chain else []


def _chunks(file: IO[bytes], begin: int, end: int, order: str) -> Iterator[_Chunk]:
    """The chunks from a position on, up to the first invalid one."""
    is_odd = False
    for _ in range(_MOST_CHUNKS):
        if begin + 8 > end:
            return
        file.seek(begin)
        kind, size = struct.unpack(f"{order}4sI", file.read(8))
        if not all(32 <= byte < 127 for byte in kind):
            if not is_odd:
                return
            begin, is_odd = begin - 1, False  # some programs don't pad chunks of odd size
            continue
        yield _Chunk(kind, begin + 8, size)
        begin, is_odd = begin + 8 + size + size % 2, bool(size % 2)
