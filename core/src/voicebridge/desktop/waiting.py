"""Waiting for what may never answer: a sound server that hangs holds up whoever asks it for anything."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import TypeVar

_T = TypeVar("_T")


def within(seconds: float, do: Callable[[], _T]) -> _T:
    """What ``do`` gives, or raises.

    Raises:
        TimeoutError: when it takes longer; then it is left alone, in a thread that doesn't keep the process from ending.
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
