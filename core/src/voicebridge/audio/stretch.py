"""A stretch of a recording: whether it makes sense, and decoded sound cut to where it begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import av
import numpy as np

from voicebridge.errors import UsageError


def check_stretch(start: float, end: float | None) -> None:
    """Refuse times (s) that enclose nothing.

    Raises:
        UsageError: with the remedy.
    """
    if not 0 <= start < float("inf"):
        raise UsageError(f"A start of {start:g} s makes no sense: give the seconds from the beginning of the recording.")
    if end is not None and not start < end:
        raise UsageError(f"An end of {end:g} s is not after the start of {start:g} s. Give a later end or an earlier start.")


def beginning_at(time: float, frames: Iterator[av.AudioFrame], time_of: Callable[[av.AudioFrame], float]) -> Iterator[av.AudioFrame]:
    """The frames from ``time`` (s) on, to the sample; the first one given must not begin later than that."""
    for frame in frames:
        surplus = round((time - time_of(frame)) * frame.sample_rate)
        if surplus < frame.samples:
            yield _without(surplus, frame) if surplus > 0 else frame
            break
    yield from frames


def _without(samples: int, frame: av.AudioFrame) -> av.AudioFrame:
    """The frame without its first samples."""
    array: Any = frame.to_ndarray()
    first = samples if frame.format.is_planar else samples * frame.layout.nb_channels
    rest = av.AudioFrame.from_ndarray(np.ascontiguousarray(array[:, first:]), format=frame.format.name, layout=frame.layout.name)
    rest.sample_rate = frame.sample_rate
    return rest
