"""WAV and AIFF whose headers don't say what they hold: what the file would be like with a right header.

Recorders that crash leave sizes of zero or old ones, sizes above 4 GiB wrap in 32 bits, some programs write a second stretch of samples
after the first, and 24 bits in 32 are taken for floating point by FFmpeg. Files whose headers are right, and files that were cut off, are
left as they are.
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
"""Who doesn't know the size yet puts down one that is as large, or nearly, as there is."""
_MOST_CHUNKS = 10_000
_WAVES = (b"RIFF", b"RF64", b"BW64")
_EXTENSIBLE, _PCM, _FLOAT = 0xFFFE, 1, 3
_LEAST = 0.25
"""Seconds that must be left after the samples to count: tags without a chunk around them are shorter."""
_KNOWN = frozenset([b"data", b"LIST", b"bext", b"id3 ", b"ID3 ", b"iXML", b"cue ", b"SSND", *_WAVES])
_SLACK = 8
"""Bytes that may follow the last chunk."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    kind: bytes
    begin: int
    """Where its content begins."""
    size: int
    """As it is stated."""


def repaired(file: IO[bytes], begin: int = 0) -> Sequence[Piece] | None:
    """The pieces of what a WAV or an AIFF should be like; ``None`` where it is right, or is neither.

    Args:
        file: open for reading, and able to seek.
        begin: the byte at which the WAV or AIFF begins.
    """
    end = file.seek(0, 2)
    file.seek(begin)
    head = file.read(12)
    if head[:4] in _WAVES and head[8:] == b"WAVE":
        return _repaired_wave(file, begin, end, is_large=head[:4] != b"RIFF")
    if head[:4] == b"FORM" and head[8:] in (b"AIFF", b"AIFC"):
        return _repaired_aiff(file, begin, end, head[8:])
    return None


def next_wave(file: IO[bytes], position: int) -> int | None:
    """Where, after the byte ``position``, a WAV begins that was joined to the end of another."""
    end, begin = file.seek(0, 2), 0
    while begin + 12 <= end:
        file.seek(begin)
        if file.read(4) not in _WAVES:
            return None
        if begin > position:
            return begin
        after = next((chunk for chunk in _chunks(file, begin + 12, end, "<") if chunk.kind in _WAVES), None)
        if after is None:
            return None
        begin = after.begin - 8
    return None


def repaired_head(head: bytes) -> bytes:
    """The beginning of a stream, whose length nobody knows, with a header that FFmpeg understands where it is a WAV's."""
    if head[:4] not in _WAVES or head[8:12] != b"WAVE":
        return head
    form, data, large_size = _described(BytesIO(head), 0, len(head))
    if form is None or data is None:
        return head
    size = data.size if large_size is None else large_size
    if _plain(form) == form and (size or head[:4] == b"RIFF"):
        return head
    return _wave_header(_plain(form), size or _UNKNOWN - 1) + head[data.begin :]


def stated_end(head: bytes) -> int | None:
    """The byte of a stream at which the samples end, as the header of a WAV states it; ``None`` where it doesn't, or is none."""
    if head[:4] not in _WAVES or head[8:12] != b"WAVE":
        return None
    _, data, large_size = _described(BytesIO(head), 0, len(head))
    size = 0 if data is None else data.size if large_size is None else large_size
    return data.begin + size if data is not None and 0 < size < _LARGEST else None


def is_chunk(head: bytes) -> bool:
    """Whether what begins so, in a WAV, may be a chunk."""
    return len(head) < 8 or all(32 <= byte < 127 for byte in head[:4])


def _described(file: IO[bytes], begin: int, end: int) -> tuple[bytes | None, _Chunk | None, int | None]:
    """A WAV's format, the first chunk of its samples, and their size where it is above 4 GiB."""
    form = large_size = None
    for chunk in _chunks(file, begin + 12, end, "<"):
        if chunk.kind == b"ds64" and chunk.size >= 24:
            file.seek(chunk.begin + 8)
            (large_size,) = struct.unpack("<Q", file.read(8))
        elif chunk.kind == b"fmt " and 16 <= chunk.size <= 4096:
            file.seek(chunk.begin)
            form = file.read(chunk.size)
        elif chunk.kind == b"data":
            return form, chunk, large_size
    return form, None, large_size


def _repaired_wave(file: IO[bytes], begin: int, end: int, *, is_large: bool) -> Sequence[Piece] | None:
    form, data, large_size = _described(file, begin, end)
    if form is None or data is None:
        return None
    size = large_size if is_large and large_size is not None and data.size in (_UNKNOWN, 0) else data.size
    if not is_large and (size == 0 or size >= _LARGEST > end - data.begin):
        ranges = [(data.begin, end)]  # not known when the header was written, which FFmpeg understands
        is_right = (data.begin - begin) % 2 == 0
    else:
        ranges = _ranges(file, data.begin, size, end, "<", b"data", _LEAST * struct.unpack("<I", form[8:12])[0])
        is_right = len(ranges) == 1 and ranges[0][1] == min(data.begin + size, end) and (data.begin - begin) % 2 == 0
    plain = _plain(form)
    if is_right and plain == form:
        return None
    return [_wave_header(plain, sum(last - first for first, last in ranges)), *ranges]


def _plain(form: bytes) -> bytes:
    """The format without the number of bits that are in use, by which FFmpeg takes whole numbers of 32 bits for floating point."""
    kind, channels, rate, speed, block, bits = struct.unpack("<HHIIHH", form[:16])
    if kind != _EXTENSIBLE or len(form) < 26:
        return form
    (used,), (coding,) = struct.unpack("<H", form[18:20]), struct.unpack("<H", form[24:26])
    if coding not in (_PCM, _FLOAT) or used in (0, bits):
        return form
    return struct.pack("<HHIIHH", coding, channels, rate, speed, block, bits)


def _wave_header(form: bytes, size: int) -> bytes:
    fmt = b"fmt " + struct.pack("<I", len(form)) + form + bytes(len(form) % 2)
    if size < _UNKNOWN - 4096:
        return b"RIFF" + struct.pack("<I", 4 + len(fmt) + 8 + size) + b"WAVE" + fmt + b"data" + struct.pack("<I", size)
    large = b"ds64" + struct.pack("<IQQQI", 28, 4 + 36 + len(fmt) + 8 + size, size, 0, 0)
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
    """Where samples are, from their beginning and the size that is stated."""
    after = begin + size
    if end - after <= max(least, _SLACK):
        return [(begin, min(after, end))]
    following = _chain(file, after + after % 2, end, order) or _chain(file, after, end, order)
    if not following:
        return [(begin, end)]
    return [(begin, after), *((chunk.begin, min(chunk.begin + chunk.size, end)) for chunk in following if chunk.kind == kind)]


def _chain(file: IO[bytes], begin: int, end: int, order: str) -> list[_Chunk]:
    """The chunks that fill a file to its end, or begin with one that only a chunk begins with; nothing where samples stand there."""
    chunks = list(_chunks(file, begin, end, order))
    is_chain = bool(chunks) and (chunks[0].kind in _KNOWN or end - _SLACK <= chunks[-1].begin + chunks[-1].size <= end + 1)
    return chunks if is_chain else []


def _chunks(file: IO[bytes], begin: int, end: int, order: str) -> Iterator[_Chunk]:
    """The chunks from a place on, up to what can't be one."""
    is_odd = False
    for _ in range(_MOST_CHUNKS):
        if begin + 8 > end:
            return
        file.seek(begin)
        kind, size = struct.unpack(f"{order}4sI", file.read(8))
        if not all(32 <= byte < 127 for byte in kind):
            if not is_odd:
                return
            begin, is_odd = begin - 1, False  # some programs put no byte after a chunk of odd size
            continue
        yield _Chunk(kind, begin + 8, size)
        begin, is_odd = begin + 8 + size + size % 2, bool(size % 2)
