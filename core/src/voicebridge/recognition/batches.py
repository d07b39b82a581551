"""The job queue of a loaded model: pieces of speech from all active recordings, decoded together if they are similar.

A batch costs little more than its longest piece, so pieces of different recordings share batches: a folder of short files is as fast as one
long file. The recording that started first has priority; the others fill the batches.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count

from voicebridge_whisper.decoder import Ask, Decoded
from voicebridge_whisper.failures import ClosedError
from voicebridge_whisper.segmenter import Piece, Samples
from voicebridge_whisper.window import frames_for, longest_in


@dataclass(order=True)
class Job:
    """A piece being decoded; sorts by priority."""

    turn: tuple[int, int]
    """(number of the recording, number of the piece in it)."""
    piece: Piece = field(compare=False)
    ask: Ask = field(compare=False)
    frames: int = field(compare=False)
    """Frames of 10 ms for the encoder."""
    done: Future[list[tuple[Piece, Decoded]]] = field(compare=False, default_factory=Future)
    """The piece, or the parts in which it had to be decoded, with their results."""
    ask_in_full: Future[Ask] = field(compare=False, default_factory=Future)
    """With the language, if it is to be detected; known as soon as the piece has been encoded, well before it is done."""
    heard: Samples | None = field(compare=False, default=None)
    """The audio for detecting the language, if it is not the piece itself."""
    whole_room: bool = field(compare=False, default=False)
    """Whether the text may use all of the decoder's tokens, instead of the usual limit for that much speech."""
    may_stutter: bool = field(compare=False, default=False)
    """Whether a repeated phrase is accepted: it was decoded before in a window with less silence."""

    @property
    def batch(self) -> Hashable:
        """Jobs with the same value may be decoded together. While the language is being detected, a job is decoded alone.

        It contains everything that affects how a piece is decoded, so that its text doesn't depend on the rest of the batch.
        """
        return (self.frames, self.seconds, self.whole_room, self.may_stutter, self.ask, self.turn if self.ask.language is None else None)

    @property
    def seconds(self) -> float:
        """The duration of speech in the piece, rounded up to what its window holds."""
        return longest_in(frames_for(self.piece.duration, short=True))


class JobQueue:
    """Distributes jobs in batches to worker threads."""

    def __init__(self, decode: Callable[[list[Job]], list[Job]], workers: int, batch_size: int) -> None:
        """Prepare; threads start with the first job.

        Args:
            decode: finishes the jobs of a batch that it can, and returns those that need another pass.
            workers: the number of batches decoded in parallel.
            batch_size: the maximum number of jobs per batch.
        """
        self._decode = decode
        self.workers = workers
        self._batch_size = batch_size
        self._waiting: list[Job] = []
        self._closed = False
        self._lock = threading.Lock()
        self._recordings: set[int] = set()
        self._numbers = count()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="whisper")

    def enter(self) -> int:
        """Assign a number to a recording."""
        with self._lock:
            number = next(self._numbers)
            self._recordings.add(number)
        return number

    def leave(self, recording: int) -> None:
        """Remove a recording and its waiting jobs."""
        with self._lock:
            self._recordings.discard(recording)
            self._waiting = [job for job in self._waiting if job.turn[0] != recording]
            heapq.heapify(self._waiting)

    @property
    def room(self) -> int:
        """How many active jobs one recording may have, so that all workers are busy and memory stays constant."""
        return max(2, 2 * self.workers * self._batch_size // max(1, len(self._recordings)))

    def add(self, job: Job) -> None:
        """Queue a job.

        Raises:
            ClosedError: if the queue is closed.
        """
        with self._lock:
            if self._closed:
                raise ClosedError
            heapq.heappush(self._waiting, job)
            self._pool.submit(self._work)

    def close(self) -> None:
        """Wait for running batches and end the threads; waiting jobs fail because the model is closed."""
        with self._lock:
            self._closed = True
            waiting, self._waiting = self._waiting, []
        _fail(waiting, ClosedError())
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(self) -> None:
        # One call per job; those whose job was done in another batch return immediately.
        jobs = self._take()
        try:
            for job in self._decode(jobs) if jobs else ():
                self.add(job)
        except BaseException as error:  # raised in the thread that waits for the jobs
            _fail(jobs, error)

    def _take(self) -> list[Job]:
        with self._lock:
            if not self._waiting:
                return []
            batch = self._waiting[0].batch
            alike = heapq.nsmallest(len(self._waiting), (job for job in self._waiting if job.batch == batch))
            # Waiting jobs are shared among the workers, so that none does all the work while others are idle.
            taken = alike[: min(self._batch_size, -(-len(alike) // self.workers))]
            chosen = {id(job) for job in taken}
            self._waiting = [job for job in self._waiting if id(job) not in chosen]
            heapq.heapify(self._waiting)
            return taken


def _fail(jobs: Iterable[Job], error: BaseException) -> None:
    for job in jobs:
        for future in (job.done, job.ask_in_full):
            if not future.done():
                future.set_exception(error)
