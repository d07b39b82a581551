"""Iterators that others made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

_Items = TypeVar("_Items")


@contextmanager
def closed_after(items: _Items) -> Iterator[_Items]:
    """A block after which an iterator is closed, which cancels the work behind it; it need not be a generator, nor have a ``close()``."""
    try:
        yield items
    finally:
        if callable(close := getattr(items, "close", None)):
            close()
