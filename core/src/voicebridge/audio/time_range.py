"""A section of a recording: validation, and cutting decoded audio to it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np

from voicebridge.errors import UsageError


def check_stretch(start: float, end: float | None) -> None:
    """Reject an empty range of times (s).

    Raises:
        UsageError: with the remedy.
    """
    if not 0 <= start < float("inf"):
        raise UsageError(f"A start of {start:g} s is not valid. Give the seconds from the beginning of the recording.")
    if end is not None and not start < end:
        raise UsageError(f"An end of {end:g} s is not after the start of {start:g} s. Give a later end or an earlier start.")


def beginning_at(time: float, frames: Iterator[av.AudioFrame]) -> Iterator[av.AudioFrame]:
    """The frames from ``time`` (s) on, on their own clock, to the sample; after a gap, the first one starts later."""
    for frame in frames:
        surplus = round((time - (frame.time or 0.0)) * frame.sample_rate)
        if surplus < frame.samples:
            yield without(surplus, frame) if surplus > 0 else frame
            break
    yield from frames


def without(samples: int, frame: av.AudioFrame) -> av.AudioFrame:
    """The frame without its first samples, with its time adjusted."""
    array: Any = frame.to_ndarray()
    first = samples if frame.format.is_planar else samples * frame.layout.nb_channels
    rest = av.AudioFrame.from_ndarray(np.ascontiguousarray(array[:, first:]), format=frame.format.name, layout=frame.layout.name)
    rest.sample_rate = frame.sample_rate
    if frame.time is not None:
        rest.time_base = Fraction(1, frame.sample_rate)
        rest.pts = round(frame.time * frame.sample_rate) + samples
    return rest
