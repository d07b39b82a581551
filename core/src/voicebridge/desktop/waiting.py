"""Calls with a time-out: a sound server that hangs blocks its clients."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import TypeVar

_T = TypeVar("_T")


def within(seconds: float, do: Callable[[], _T]) -> _T:
    """The result of ``do``, or its exception.

    Raises:
        TimeoutError: if it takes longer; it then continues in a daemon thread.
    """
    results: list[_T] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(do())
        except BaseException as error:  # raised again below
            errors.append(error)

    thread = Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError
    return results[0]
