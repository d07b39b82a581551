"""Run engine code in threads, so that an engine that hangs fails its test instead of blocking the run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

_T = TypeVar("_T")


class StillRunningError(AssertionError):
    """A function didn't return in time."""


def run_together(functions: Sequence[Callable[[], _T]], patience: float) -> list[_T]:
    """Run each function in its own thread, and return their results in order.

    Raises:
        StillRunningError: if one takes longer than ``patience`` seconds.
        BaseException: the error of the first function that failed.
    """
    results: dict[int, _T] = {}
    errors: list[BaseException] = []

    def run(index: int) -> None:
        try:
            results[index] = functions[index]()
        except BaseException as error:  # raised to the caller below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(index,), daemon=True) for index in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(patience)
    if errors:
        raise errors[0]
    if any(thread.is_alive() for thread in threads):
        raise StillRunningError(f"still running after {patience:g} s")
    return [results[index] for index in range(len(functions))]


class Turnstile:
    """Keeps several streams in step: none receives chunk or passage n+1 before all have taken the n-th.

    If a stream waits for longer than ``patience`` seconds, all streams run freely from then on: an engine may process one utterance at a
    time, and must not be blocked.
    """

    def __init__(self, streams: int, patience: float) -> None:
        self._taken = [0] * streams
        self._patience = patience
        self._broken = False
        self._condition = threading.Condition()

    def through(self, stream: int, parts: Iterable[_T]) -> Iterator[_T]:
        """The items of stream number ``stream``, in step with the others."""
        try:
            for part in parts:
                self._wait(stream)
                yield part
        finally:
            with self._condition:
                self._broken = True
                self._condition.notify_all()

    def _wait(self, stream: int) -> None:
        with self._condition:
            mine = self._taken[stream]
            if not self._condition.wait_for(lambda: self._broken or min(self._taken) >= mine, self._patience):
                self._broken = True
            self._taken[stream] += 1
            self._condition.notify_all()
