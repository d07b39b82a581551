"""Concatenated recordings, as from internet radio or `cat`.

Times restart at every joint, so seeking by time doesn't work. FFmpeg's demuxers stop at some joints: Ogg at a change of rate or codec,
Matroska at the second, MP4 at the first.
"""

from __future__ import annotations

import mmap
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voicebridge.audio.mp4 import beginnings
from voicebridge.audio.riff import next_wave

_BEGINNINGS = {"ogg": b"OggS\x00\x02", "matroska,webm": b"\x1aE\xdf\xa3", "flac": b"fLaC\x00\x00\x00\x22"}
"""The first bytes of each kind of file; an Ogg stream's first page has that flag."""
_WAVES = ("wav", "au")
"""What FFmpeg treats a WAV as, with a corrected header (:mod:`voicebridge.audio.riff`)."""
NEAR = 1 << 18
"""Bytes after the last page within which the joint is that stopped the demuxer; a page has at most 64 KiB."""
_TS_PACKETS = (188, 192)
"""Bytes of an MPEG transport stream packet, without and with the timestamps of cameras and discs."""
_CLOCK = 90_000
"""Hertz of its clock."""
_BLOCK = 1 << 18
"""Packets per read."""


def is_joined(path: Path, kind: str) -> bool:
    """Whether a file of FFmpeg's format ``kind`` contains several concatenated recordings; reads through it once."""
    if kind == "mpegts":
        return _clock_goes_back(path)
    if kind in _WAVES:
        return next_joint(path, kind, 0) is not None
    mark = _BEGINNINGS.get(kind)
    if mark is None:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        after = max(content.find(mark), 0)
        while kind == "ogg" and content[after : after + len(mark)] == mark:  # parallel streams start together
            after += _page_size(content, after)
        return content.find(mark, after + 1) >= 0


def next_joint(path: Path, kind: str, position: int, *, near: bool = False) -> int | None:
    """Where the recording after the byte ``position`` starts; ``near`` searches only as far as a demuxer that stopped there requires.

    Only for formats whose demuxer stops at joints.
    """
    if kind == "mov,mp4,m4a,3gp,3g2,mj2":
        return next((begin for begin in beginnings(path) if begin > position), None)
    if kind in _WAVES:
        with path.open("rb") as file:
            return next_wave(file, position)
    mark = _BEGINNINGS.get(kind) if kind != "flac" else None
    if mark is None or (size := path.stat().st_size) <= position + 1:
        return None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = content.find(mark, position + 1, min(size, position + NEAR) if near else size)
    return None if found < 0 else found


def _page_size(content: mmap.mmap, at: int) -> int:
    count = content[at + 26] if at + 26 < len(content) else 0
    return 27 + count + sum(content[at + 27 : at + 27 + count])


def _clock_goes_back(path: Path) -> bool:
    content = np.memmap(path, np.uint8, "r")
    size = next((each for each in _TS_PACKETS if (content[each - 188 : 5 * each : each] == ord("G")).all()), None)
    if size is None:
        return False
    packets = content[: len(content) // size * size].reshape(-1, size)[:, size - 188 :]
    last: dict[int, float] = {}
    return any(_goes_back(np.asarray(packets[at : at + _BLOCK]), last) for at in range(0, len(packets), _BLOCK))


def _goes_back(packets: npt.NDArray[np.uint8], last: dict[int, float]) -> bool:
    """Whether a program's clock jumps back within these packets; ``last`` stores its time (s) by stream number."""
    timed = packets[(packets[:, 0] == ord("G")) & (packets[:, 3] & 0x20 > 0) & (packets[:, 4] >= 7) & (packets[:, 5] & 0x10 > 0)]
    numbers = (timed[:, 1].astype(np.int64) & 0x1F) << 8 | timed[:, 2]
    times = (timed[:, 6:10].astype(np.int64) @ (1 << np.array([24, 16, 8, 0]))) * 2 / _CLOCK
    for number in np.unique(numbers).tolist():
        own = times[numbers == number]
        if (np.diff(own, prepend=last.get(number, own[0])) < -1).any():
            return True
        last[number] = float(own[-1])
    return False
