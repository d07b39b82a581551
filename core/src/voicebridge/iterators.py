"""Helpers for iterators from other code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

_Items = TypeVar("_Items")


@contextmanager
def closed_after(items: _Items) -> Iterator[_Items]:
    """Close an iterator at the end of the block, which cancels its work; it need not be a generator or have a ``close()``."""
    try:
        yield items
    finally:
        if callable(close := getattr(items, "close", None)):
            close()
