"""The work that waits for a loaded model: pieces of speech of every recording under way, decoded together wherever they fit.

A batch costs little more than its longest piece, so pieces of different recordings share batches: a folder of short files runs as fast
as one long file. The recording that began first is served first; the others fill what room is left.
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
    """A piece on its way through the decoder; sorts by whose turn it is."""

    turn: tuple[int, int]
    """(number of the recording, number of the piece in it)."""
    piece: Piece = field(compare=False)
    ask: Ask = field(compare=False)
    frames: int = field(compare=False)
    """Frames of 10 ms that the encoder is given."""
    done: Future[list[tuple[Piece, Decoded]]] = field(compare=False, default_factory=Future)
    """The piece, or the parts that it had to be decoded in, and what was made of each."""
    ask_in_full: Future[Ask] = field(compare=False, default_factory=Future)
    """With the language, where that is to be found out; known as soon as the piece has been encoded, well before it is done."""
    heard: Samples | None = field(compare=False, default=None)
    """What the language is to be found out from, where that is not the piece itself."""
    whole_room: bool = field(compare=False, default=False)
    """Whether the text may take all the room that the decoder has, rather than what that much speech can take."""
    may_stutter: bool = field(compare=False, default=False)
    """Whether a phrase that follows on itself is believed: it was decoded before in a window with less silence."""

    @property
    def batch(self) -> Hashable:
        """Jobs that are alike in this may be decoded together. Where the language is still to be found a job goes alone.

        All that decides how a piece is decoded is in here, so that its text doesn't depend on what it shares a batch with.
        """
        return (self.frames, self.seconds, self.whole_room, self.may_stutter, self.ask, self.turn if self.ask.language is None else None)

    @property
    def seconds(self) -> float:
        """How much speech the piece holds, rounded up to what its window may hold."""
        return longest_in(frames_for(self.piece.duration, short=True))


class JobQueue:
    """Hands jobs in batches to a few worker threads."""

    def __init__(self, decode: Callable[[list[Job]], list[Job]], workers: int, batch_size: int) -> None:
        """Prepare; threads begin with the first job.

        Args:
            decode: settles what it can of a batch and returns the jobs that have to be done over.
            workers: how many batches are decoded at the same time.
            batch_size: how many jobs a batch may hold.
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
        """Give a recording its number."""
        with self._lock:
            number = next(self._numbers)
            self._recordings.add(number)
        return number

    def leave(self, recording: int) -> None:
        """Forget a recording, and what of it is still waiting."""
        with self._lock:
            self._recordings.discard(recording)
            self._waiting = [job for job in self._waiting if job.turn[0] != recording]
            heapq.heapify(self._waiting)

    @property
    def room(self) -> int:
        """How many jobs one recording may have under way, so that all together keep every worker busy and memory stays flat."""
        return max(2, 2 * self.workers * self._batch_size // max(1, len(self._recordings)))

    def add(self, job: Job) -> None:
        """Have the job done.

        Raises:
            ClosedError: when the queue is closed.
        """
        with self._lock:
            if self._closed:
                raise ClosedError
            heapq.heappush(self._waiting, job)
            self._pool.submit(self._work)

    def close(self) -> None:
        """Wait for what is being decoded and end the threads; what is still waiting is told that the model is closed."""
        with self._lock:
            self._closed = True
            waiting, self._waiting = self._waiting, []
        _fail(waiting, ClosedError())
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(self) -> None:
        # One call for each job; those that find their job done in somebody else's batch return at once.
        jobs = self._take()
        try:
            for job in self._decode(jobs) if jobs else ():
                self.add(job)
        except BaseException as error:  # reaches who waits for the jobs
            _fail(jobs, error)

    def _take(self) -> list[Job]:
        with self._lock:
            if not self._waiting:
                return []
            batch = self._waiting[0].batch
            alike = heapq.nsmallest(len(self._waiting), (job for job in self._waiting if job.batch == batch))
            # What is there is shared among the workers, so that none decodes everything while the others rest.
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
