"""Run generations in threads, one at a time, so that their results can be used while they are running.

transformers' ``generate`` returns only at the end, and uses torch's random generator, which the whole process shares. So generations run
one after another, whichever model they use. Their results are queued in memory for the consumer, which may be slow, or waiting for another
generation: a running generation never waits for its consumer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

_T = TypeVar("_T")


class Job(Generic[_T]):
    """A running generation, as seen by its own code."""

    def __init__(self, items: SimpleQueue[_T | _End]) -> None:
        self._items = items
        self.cancelled = False
        """True if the result is no longer needed."""

    def emit(self, item: _T) -> None:
        """Pass an item to the consumer."""
        self._items.put(item)


class _End:
    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class Turns:
    """Runs one generation at a time."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._taken = False

    def run(self, work: Callable[[Job[_T]], None]) -> Generator[_T, None, None]:
        """Yield the items that ``work`` emits, as they arrive; its exceptions are raised here.

        Closing the iterator marks the job as cancelled and returns when its thread has ended, so ``work`` must check for it often.
        """
        items: SimpleQueue[_T | _End] = SimpleQueue()
        job: Job[_T] = Job(items)
        thread = threading.Thread(target=self._run, args=(work, job, items), name="vibevoice", daemon=True)
        thread.start()
        try:
            while not isinstance(item := items.get(), _End):
                yield item
            if item.error is not None:
                raise item.error
        finally:
            with self._condition:
                job.cancelled = True
                self._condition.notify_all()
            thread.join()

    def _run(self, work: Callable[[Job[Any]], None], job: Job[Any], items: SimpleQueue[Any]) -> None:
        end = _End()
        try:
            with self._condition:
                self._condition.wait_for(lambda: job.cancelled or not self._taken)
                if job.cancelled:
                    return
                self._taken = True
            try:
                work(job)
            finally:
                with self._condition:
                    self._taken = False
                    self._condition.notify_all()
        except BaseException as error:  # raised again in the consumer
            end = _End(error)
        finally:
            items.put(end)


TURNS = Turns()
"""The queue for all generations of this process."""
