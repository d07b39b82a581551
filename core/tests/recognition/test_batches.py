"""Which pieces are decoded together, and in which order."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

import pytest
from voicebridge.recognition.batches import BatchQueue, ClosedError
from voicebridge.testing.processes import PATIENCE


@dataclass(order=True)
class Piece:
    turn: tuple[int, int]
    batch: Hashable = field(compare=False)
    done: Future[str] = field(compare=False, default_factory=Future)
    again: bool = field(compare=False, default=False)

    def fail(self, error: BaseException) -> None:
        if not self.done.done():
            self.done.set_exception(error)


def piece(recording: int, number: int = 0, batch: Hashable = "en") -> Piece:
    return Piece((recording, number), batch)


class Gate:
    """A decoder that records its batches, and waits until it is released."""

    def __init__(self, workers: int = 1, batch_size: int = 4) -> None:
        self.batches: list[list[tuple[int, int]]] = []
        self.begun, self.go = threading.Semaphore(0), threading.Event()
        self.queue = BatchQueue(self.decode, workers, batch_size, "test")

    def decode(self, pieces: list[Piece]) -> list[Piece]:
        self.begun.release()
        self.go.wait(PATIENCE)
        self.batches.append([job.turn for job in pieces])
        for each in pieces:
            each.done.set_result("something")
        return []

    def hold(self) -> Piece:
        """Keep the first worker busy, so that following pieces have to wait."""
        first = piece(-1)
        self.queue.add(first)
        self.begun.acquire()
        return first

    def run(self, *pieces: Piece) -> list[list[tuple[int, int]]]:
        for each in pieces:
            self.queue.add(each)
        self.go.set()
        for each in pieces:
            each.done.result(PATIENCE)
        return [batch for batch in self.batches if batch != [(-1, 0)]]


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.go.set()
    gate.queue.close()


def test_pieces_of_several_recordings_share_a_batch_in_the_order_in_which_the_recordings_began(gate: Gate) -> None:
    gate.hold()

    batches = gate.run(piece(2), piece(1, 1), piece(3), piece(1, 0), piece(4))

    assert batches == [[(1, 0), (1, 1), (2, 0), (3, 0)], [(4, 0)]]


def test_what_waits_is_shared_among_the_workers() -> None:
    gate = Gate(workers=2)
    for _ in range(2):
        gate.hold()

    batches = gate.run(*(piece(1, number) for number in range(4)))

    assert sorted(len(batch) for batch in batches) == [1, 1, 2]
    gate.queue.close()


def test_a_recording_that_was_given_up_is_not_decoded_any_more(gate: Gate) -> None:
    gate.hold()
    number = gate.queue.enter()
    gate.queue.add(piece(number))
    gate.queue.leave(number)

    assert gate.run(piece(number + 1)) == [[(number + 1, 0)]]


def test_who_waits_for_a_piece_learns_why_it_failed() -> None:
    def fail(pieces: list[Piece]) -> list[Piece]:
        raise RuntimeError("out of memory")

    queue, failing = BatchQueue(fail, 1, 4, "test"), piece(1)
    queue.add(failing)

    with pytest.raises(RuntimeError, match="out of memory"):
        failing.done.result(PATIENCE)
    queue.close()


def test_pieces_that_need_another_pass_are_decoded_again() -> None:
    def decode(pieces: list[Piece]) -> list[Piece]:
        if not pieces[0].again:
            return [replace(each, again=True) for each in pieces]
        for each in pieces:
            each.done.set_result("something")
        return []

    queue, once = BatchQueue(decode, 1, 4, "test"), piece(1)
    queue.add(once)

    assert once.done.result(PATIENCE) == "something"
    queue.close()


def test_the_room_of_a_recording_shrinks_as_others_begin() -> None:
    queue = BatchQueue[Piece](lambda pieces: [], workers=2, batch_size=4, name="test")
    rooms = []
    for _ in range(9):
        queue.enter()
        rooms.append(queue.room)

    assert rooms == sorted(rooms, reverse=True)
    assert (rooms[0], rooms[-1]) == (16, 2)
    queue.close()


def test_a_closed_queue_takes_nothing_and_what_waits_fails(gate: Gate) -> None:
    gate.hold()
    waiting = piece(1)
    gate.queue.add(waiting)
    closing = threading.Thread(target=gate.queue.close)
    closing.start()

    with pytest.raises(ClosedError, match=r"The model has been closed\. Load it again\."):
        waiting.done.result(PATIENCE)
    with pytest.raises(ClosedError):
        gate.queue.add(piece(2))
    gate.go.set()
    closing.join(PATIENCE)
