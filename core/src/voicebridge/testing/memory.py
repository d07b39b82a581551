"""How much memory this process uses."""

from __future__ import annotations

import gc
from collections.abc import Callable

import psutil

ALLOWED = 4_000_000
"""Bytes by which each job may make the process grow: allocators and caches of libraries grow by less."""
_JOBS = 3
_ROUNDS = 4


def growth(job: Callable[[], object]) -> int:
    """Run a job repeatedly, and return the bytes by which the process grows with each, 0 if that is within :data:`ALLOWED`.

    What grows only at first, such as a cache, doesn't count: only growth that continues for several rounds.
    """
    process = psutil.Process()
    before, grown = process.memory_info().rss, 0
    for _ in range(_ROUNDS):
        for _ in range(_JOBS):
            job()
        gc.collect()
        now = process.memory_info().rss
        grown = (now - before) // _JOBS
        if grown <= ALLOWED:
            return 0
        before = now
    return grown
