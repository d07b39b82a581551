"""Times within a recording, as typed by users."""

from __future__ import annotations

import math
import re

from voicebridge.errors import UsageError

_CLOCK = re.compile(r"(?:(?P<hours>\d+):)?(?P<minutes>\d+):(?P<seconds>[0-5]?\d(?:\.\d+)?)")
_UNITS = re.compile(r"(?:(?P<hours>\d+(?:\.\d+)?)h)?(?:(?P<minutes>\d+(?:\.\d+)?)m)?(?:(?P<seconds>\d+(?:\.\d+)?)s?)?")


def parse_time(text: str) -> float:
    """The seconds in ``90``, ``1:30``, ``1:02:03.5``, ``90s``, ``2m`` or ``1h2m3s``.

    Raises:
        UsageError: with these forms.
    """
    written = text.strip().lower()
    found = _CLOCK.fullmatch(written) or (_UNITS.fullmatch(written) if written else None)
    if found is None or (found["hours"] and float(found["minutes"] or 0) >= 60):
        raise UsageError(f"{text!r} is not a valid time. Write seconds (90 or 90s), minutes and seconds (1:30) or hours too (1:02:03.5).")
    seconds = 3600 * float(found["hours"] or 0) + 60 * float(found["minutes"] or 0) + float(found["seconds"] or 0)
    if math.isinf(seconds):
        raise UsageError(f"{text!r} is longer than the longest possible recording.")
    return seconds
