"""Detect truncated recordings by comparing the duration in the header with what was decoded.

Only a duration stated in a header counts. FFmpeg also estimates durations from bit rates and sizes; such an estimate never makes a file
count as truncated.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer

from voicebridge.audio.mp4 import is_fragmented

TOLERANCE = 2.0
"""Tolerance in seconds: headers round, encoders pad."""
TOLERATED_SHARE = 0.05
"""Maximum undecodable part if no header states the duration: tags and covers are sometimes treated as audio."""
_EXACT = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "wav", "flac", "aiff", "au", "wv", "tta"})
"""Containers whose header contains the number of samples."""
_UNKNOWN_SIZE = 0x7FFF0000
"""Programs that write a WAV to a pipe don't know its size and write the maximum, or nearly; or zero."""


def stated_end(container: InputContainer, track: Any, path: Path | None, begin: float = 0.0) -> float | None:
    """The end of the audio (s) according to the header; ``None`` if it doesn't say and FFmpeg has estimated it.

    Args:
        container: the opened container.
        track: the decoded stream.
        path: the file, or ``None`` for a stream that can't be read again.
        begin: where the audio starts (s).
    """
    kind = container.format.name
    length = float(track.duration * track.time_base) if track.duration is not None and track.time_base is not None else None
    if kind in _EXACT:
        return None if length is None else begin + length
    if kind == "mp3" and length is not None:
        counted = None if path is None else _counted_frames(path)
        seconds = (counted or 0) * (1152 if track.codec_context.sample_rate >= 32_000 else 576) / track.codec_context.sample_rate
        return length if path is None or abs(seconds - length) < 0.5 + 0.01 * length else None
    if kind == "matroska,webm" and container.duration:
        # This is the duration of the longest track, which may be the video; newer files have one for each, counted from the beginning.
        alone = len(container.streams) == 1
        return container.duration / av.time_base if alone else _seconds(track.metadata.get("DURATION", ""))
    return None


def counted_before(container: InputContainer, path: Path | None) -> float:
    """Seconds before the start of the recording from which its stated duration counts, in Matroska and fragmented MP4 files."""
    begins = max(0.0, (container.start_time or 0) / av.time_base)
    is_counted = begins and (container.format.name == "matroska,webm" or (path is not None and is_fragmented(path)))
    return begins if is_counted else 0.0


def share_present(path: Path) -> float:
    """The existing part of a WAV or AVI, from 0 to 1, according to the size in its header; 1 for other formats."""
    with path.open("rb") as file:
        head = file.read(12)
    if len(head) < 12 or head[:4] not in (b"RIFF", b"RIFX") or head[8:] not in (b"WAVE", b"AVI "):
        return 1.0
    (stated,) = struct.unpack(">I" if head[:4] == b"RIFX" else "<I", head[4:8])
    size = path.stat().st_size
    return 1.0 if stated == 0 or stated >= _UNKNOWN_SIZE or size >= stated + 8 else size / (stated + 8)


def describe(name: str, read: float, lost: float, end: float | None) -> str | None:
    """A one-line message about what is missing, or empty if the recording is complete.

    Args:
        name: of the recording.
        read: seconds up to which audio was decoded.
        lost: seconds within these that could not be decoded.
        end: expected end in seconds, if known.
    """
    if end is not None and end - read > TOLERANCE:
        return f"{name} ends early: {read - lost:.1f} s of {end:.1f} s could be read. Copy it again from its source."
    if lost > TOLERANCE and (end is not None or lost > TOLERATED_SHARE * read):
        return f"{name} is damaged: {lost:.1f} s of {read:.1f} s could not be read. Copy it again from its source."
    return None


def _counted_frames(path: Path) -> int | None:
    """The number of frames according to an MP3's header."""
    with path.open("rb") as file:
        head = file.read(10)
        if head[:3] == b"ID3" and len(head) == 10:
            size = (head[6] & 127) << 21 | (head[7] & 127) << 14 | (head[8] & 127) << 7 | head[9] & 127
            file.seek(size + 10)
        else:
            file.seek(0)
        head = file.read(4096)
    for mark, offset in ((b"Xing", 8), (b"Info", 8), (b"VBRI", 14)):
        at = head.find(mark)
        if at >= 0 and at + offset + 4 <= len(head):
            return int.from_bytes(head[at + offset : at + offset + 4], "big")
    return None


def _seconds(clock: str) -> float | None:
    """``00:01:02.500000000`` in seconds."""
    try:
        hours, minutes, seconds = clock.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    except ValueError:
        return None
