"""Which pieces are decoded together, and in which order jobs are served."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge.testing.processes import PATIENCE
from voicebridge_whisper.decoder import FULL_WINDOW, Ask, Decoded
from voicebridge_whisper.guards import stutters
from voicebridge_whisper.jobs import Job, JobQueue
from voicebridge_whisper.segmenter import Piece
from voicebridge_whisper.window import frames_for

SOMETHING = Decoded("something", 2, -0.1, 0.0, (), "en")


def job(recording: int, number: int = 0, frames: int = 1000, language: str | None = "en") -> Job:
    return Job((recording, number), Piece(np.zeros(0, np.float32)), Ask(language), frames)


class Gate:
    """A decoder that records its batches, and waits until it is released."""

    def __init__(self, workers: int = 1, batch_size: int = 4) -> None:
        self.batches: list[list[tuple[int, int]]] = []
        self.begun, self.go = threading.Semaphore(0), threading.Event()
        self.queue = JobQueue(self.decode, workers, batch_size)

    def decode(self, jobs: list[Job]) -> list[Job]:
        self.begun.release()
        self.go.wait(PATIENCE)
        self.batches.append([job.turn for job in jobs])
        for each in jobs:
            each.done.set_result([(each.piece, SOMETHING)])
        return []

    def hold(self) -> Job:
        """Keep the first worker busy, so that following pieces have to wait."""
        first = job(-1)
        self.queue.add(first)
        self.begun.acquire()
        return first

    def run(self, *jobs: Job) -> list[list[tuple[int, int]]]:
        for each in jobs:
            self.queue.add(each)
        self.go.set()
        for each in jobs:
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

    batches = gate.run(job(2), job(1, 1), job(3), job(1, 0), job(4))

    assert batches == [[(1, 0), (1, 1), (2, 0), (3, 0)], [(4, 0)]]


def test_pieces_with_other_windows_or_languages_go_apart(gate: Gate) -> None:
    gate.hold()

    batches = gate.run(job(1), job(2, frames=FULL_WINDOW), job(3), job(4, language="de"), job(5, language=None), job(6, language=None))

    assert batches == [[(1, 0), (3, 0)], [(2, 0)], [(4, 0)], [(5, 0)], [(6, 0)]]


def test_what_waits_is_shared_among_the_workers() -> None:
    gate = Gate(workers=2)
    for _ in range(2):
        gate.hold()

    batches = gate.run(*(job(1, number) for number in range(4)))

    assert sorted(len(batch) for batch in batches) == [1, 1, 2]
    gate.queue.close()


def test_a_recording_that_was_given_up_is_not_decoded_any_more(gate: Gate) -> None:
    gate.hold()
    number = gate.queue.enter()
    gate.queue.add(job(number))
    gate.queue.leave(number)

    assert gate.run(job(number + 1)) == [[(number + 1, 0)]]


def test_who_waits_for_a_job_learns_why_it_failed() -> None:
    def fail(jobs: list[Job]) -> list[Job]:
        raise RuntimeError("out of memory")

    queue, failing = JobQueue(fail, 1, 4), job(1)
    queue.add(failing)

    with pytest.raises(RuntimeError, match="out of memory"):
        failing.done.result(PATIENCE)
    queue.close()


def test_jobs_that_come_back_are_done_again() -> None:
    def decode(jobs: list[Job]) -> list[Job]:
        if jobs[0].frames < FULL_WINDOW:
            return [Job(each.turn, each.piece, each.ask, FULL_WINDOW, each.done) for each in jobs]
        for each in jobs:
            each.done.set_result([(each.piece, SOMETHING)])
        return []

    queue, once = JobQueue(decode, 1, 4), job(1)
    queue.add(once)

    assert [decoded for _, decoded in once.done.result(PATIENCE)] == [SOMETHING]
    queue.close()


def test_the_room_of_a_recording_shrinks_as_others_begin() -> None:
    queue = JobQueue(lambda jobs: [], workers=2, batch_size=4)
    rooms = []
    for _ in range(9):
        queue.enter()
        rooms.append(queue.room)

    assert rooms == sorted(rooms, reverse=True)
    assert (rooms[0], rooms[-1]) == (16, 2)
    queue.close()


def test_a_longer_piece_never_gets_a_shorter_window() -> None:
    seconds = [tenth / 10 for tenth in range(300)]
    windows = [frames_for(each, short=True) for each in seconds]

    # From 10 s on less silence follows.
    assert all(a <= b for (x, a), (_, b) in pairwise(zip(seconds, windows, strict=True)) if x != 10.0)
    assert all(window == FULL_WINDOW or window >= each * 100 + 300 for window, each in zip(windows, seconds, strict=True))
    assert {frames_for(each, short=False) for each in seconds} == {FULL_WINDOW}


@pytest.mark.parametrize(
    "text", ["Release this way by it. Release this way by it.", "five five five", "Yes. Yes.", "change, change, change and more"]
)
def test_what_a_decoder_does_in_too_short_a_window_is_a_stutter(text: str) -> None:
    assert stutters(text)


@pytest.mark.parametrize("text", ["", "no", "The quick brown fox jumps over the lazy dog.", "that that is is"])
def test_ordinary_speech_is_no_stutter(text: str) -> None:
    assert not stutters(text)


@given(st.lists(st.sampled_from("abcdefgh"), min_size=3, max_size=6), st.text("xyz ", max_size=12))
def test_a_phrase_said_twice_is_found_wherever_it_stands(phrase: list[str], before: str) -> None:
    assert stutters(" ".join([before, *phrase, *phrase]))


def test_futures_of_a_job_are_its_own() -> None:
    assert isinstance(job(1).done, Future)
    assert job(1).done is not job(1).done
