"""Running a generation in a thread of its own, one at a time, so that what it makes can be used while it goes on.

transformers' ``generate`` returns only at its end, and draws its noise from torch's dice, of which a process has one set. So generations
take turns, whichever model they belong to. What they make waits in memory for whoever asked, who may be slow, or be waiting for another
generation: nobody who has the turn ever waits for a listener.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

_T = TypeVar("_T")


class Job(Generic[_T]):
    """A generation under way, as its own code sees it."""

    def __init__(self, items: SimpleQueue[_T | _End]) -> None:
        self._items = items
        self.cancelled = False
        """True once nobody wants the result any more."""

    def emit(self, item: _T) -> None:
        """Hand something to whoever asked."""
        self._items.put(item)


class _End:
    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class Turns:
    """Lets one generation run at a time."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._taken = False

    def run(self, work: Callable[[Job[_T]], None]) -> Generator[_T, None, None]:
        """Yield what ``work`` emits, as it is made; what it raises comes through.

        Closing the iterator marks the job as cancelled and returns when its thread has ended, so ``work`` has to look often.
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
        except BaseException as error:  # raised again where it is waited for
            end = _End(error)
        finally:
            items.put(end)


TURNS = Turns()
"""The turns of this process."""
