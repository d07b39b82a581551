"""Memory management of a long-running process."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

_M_ARENA_MAX = -8
"""From glibc's ``malloc.h``."""


def share_one_heap() -> None:
    """Make all threads use one heap.

    glibc creates up to eight per processor, and memory freed in one is not reused by threads of another: with threads coming and going, the
    daemon grew by half in a day, without leaking objects. Threads allocate too little to slow each other down.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library, with a single heap
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
