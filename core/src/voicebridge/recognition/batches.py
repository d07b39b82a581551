"""Decode pieces of speech from all active recordings together if they are similar.

A batch costs little more than its longest piece, so pieces of different recordings share batches: a folder of short files is as fast as one
long file. The recording that started first has priority; the others fill the batches.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any, Generic, Protocol, TypeVar

from voicebridge.errors import ModelError


class ClosedError(ModelError):
    """The model was closed, possibly by another thread during a transcription."""

    def __init__(self) -> None:
        """Create the error with its message."""
        super().__init__("The model has been closed. Load it again.")


class Batchable(Protocol):
    """A piece to decode. It sorts by ``turn``."""

    @property
    def turn(self) -> tuple[int, int]:
        """(number of the recording, number of the piece in it)."""
        ...

    @property
    def batch(self) -> Hashable:
        """Pieces with the same value may be decoded together."""
        ...

    def fail(self, error: BaseException) -> None:
        """Raise an error in the thread that waits for the result."""
        ...

    def __lt__(self, other: Any) -> bool:
        """Whether its turn comes first."""
        ...


_Batchable = TypeVar("_Batchable", bound=Batchable)


class BatchQueue(Generic[_Batchable]):
    """Distributes pieces in batches to worker threads, which are named after ``name``."""

    def __init__(self, decode: Callable[[list[_Batchable]], list[_Batchable]], workers: int, batch_size: int, name: str) -> None:
        """Prepare; threads start with the first piece.

        Args:
            decode: finishes the pieces of a batch that it can, and returns those that need another pass.
            workers: the number of batches decoded in parallel.
            batch_size: the maximum number of pieces per batch.
            name: of the threads.
        """
        self._decode = decode
        self.workers = workers
        self._batch_size = batch_size
        self._waiting: list[_Batchable] = []
        self._closed = False
        self._lock = threading.Lock()
        self._recordings: set[int] = set()
        self._numbers = count()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix=name)

    def enter(self) -> int:
        """Assign a number to a recording."""
        with self._lock:
            number = next(self._numbers)
            self._recordings.add(number)
        return number

    def leave(self, recording: int) -> None:
        """Remove a recording and its waiting pieces."""
        with self._lock:
            self._recordings.discard(recording)
            self._waiting = [piece for piece in self._waiting if piece.turn[0] != recording]
            heapq.heapify(self._waiting)

    @property
    def room(self) -> int:
        """How many pieces of one recording may be active, so that all workers are busy and memory stays constant."""
        return max(2, 2 * self.workers * self._batch_size // max(1, len(self._recordings)))

    def add(self, piece: _Batchable) -> None:
        """Queue a piece.

        Raises:
            ClosedError: if the queue is closed.
        """
        with self._lock:
            if self._closed:
                raise ClosedError
            heapq.heappush(self._waiting, piece)
            self._pool.submit(self._work)

    def close(self) -> None:
        """Wait for running batches and end the threads; waiting pieces fail because the model is closed."""
        with self._lock:
            self._closed = True
            waiting, self._waiting = self._waiting, []
        _fail(waiting, ClosedError())
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(self) -> None:
        # One call per piece; those whose piece was done in another batch return immediately.
        pieces = self._take()
        try:
            for piece in self._decode(pieces) if pieces else ():
                self.add(piece)
        except BaseException as error:  # raised in the threads that wait for the results
            _fail(pieces, error)

    def _take(self) -> list[_Batchable]:
        with self._lock:
            if not self._waiting:
                return []
            batch = self._waiting[0].batch
            alike = heapq.nsmallest(len(self._waiting), (piece for piece in self._waiting if piece.batch == batch))
            # Waiting pieces are shared among the workers, so that none does all the work while others are idle.
            taken = alike[: min(self._batch_size, -(-len(alike) // self.workers))]
            chosen = {id(piece) for piece in taken}
            self._waiting = [piece for piece in self._waiting if id(piece) not in chosen]
            heapq.heapify(self._waiting)
            return taken


def _fail(pieces: Iterable[Batchable], error: BaseException) -> None:
    for piece in pieces:
        piece.fail(error)
