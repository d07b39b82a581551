"""The memory of a process that runs for days."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

_M_ARENA_MAX = -8
"""Of glibc's ``malloc.h``."""


def share_one_heap() -> None:
    """Have all threads use one heap.

    glibc gives them up to eight for each processor, and what was freed in one serves no thread of another: as threads come and go the
    daemon grew by half in a day of use, with no object left over. None of them allocates so much that it would wait for the others.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library, which has one heap anyway
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
