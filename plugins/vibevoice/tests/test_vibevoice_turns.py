"""Generations run one at a time, in threads that end with them."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator

import pytest
from voicebridge_vibevoice.turns import Job, Turns


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "vibevoice"]


def counting(job: Job[int], stop: threading.Event) -> None:
    number = 0
    while not job.cancelled:
        job.emit(number)
        number += 1
        stop.wait(0.001)


def test_what_is_emitted_arrives_in_order_and_the_thread_ends() -> None:
    turns = Turns()

    def work(job: Job[int]) -> None:
        for number in range(1000):
            job.emit(number)

    assert list(turns.run(work)) == list(range(1000))
    assert threads() == []


def test_an_error_arrives_after_what_was_made_before_it() -> None:
    def work(job: Job[int]) -> None:
        job.emit(1)
        raise ValueError("broken")

    made: Iterator[int] = Turns().run(work)
    assert next(made) == 1
    with pytest.raises(ValueError, match="broken"):
        next(made)
    assert threads() == []


def test_closing_cancels_and_waits_for_the_end() -> None:
    made: Generator[int, None, None] = Turns().run(lambda job: counting(job, threading.Event()))
    assert [next(made) for _ in range(3)] == [0, 1, 2]
    made.close()
    assert threads() == []


def test_one_runs_at_a_time() -> None:
    turns, running, most, lock = Turns(), 0, 0, threading.Lock()

    def work(job: Job[int]) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        job.emit(1)
        with lock:
            running -= 1

    all_of_them = [threading.Thread(target=lambda: list(turns.run(work))) for _ in range(20)]
    for thread in all_of_them:
        thread.start()
    for thread in all_of_them:
        thread.join()
    assert most == 1


def test_nobody_waits_for_somebody_who_takes_what_was_made_later() -> None:
    turns = Turns()

    def work(job: Job[int]) -> None:
        for number in range(10):
            job.emit(number)

    outer = turns.run(work)
    assert next(outer) == 0
    assert list(turns.run(work)) == list(range(10))
    assert list(outer) == list(range(1, 10))


def test_who_is_cancelled_while_waiting_leaves_at_once() -> None:
    turns, stop = Turns(), threading.Event()
    busy: Generator[int, None, None] = turns.run(lambda job: counting(job, stop))
    next(busy)
    left = threading.Event()

    def wait_and_leave() -> None:
        waiting: Generator[int, None, None] = turns.run(lambda job: counting(job, stop))
        asking = threading.Thread(target=lambda: next(waiting, None))
        asking.start()
        asking.join(0.05)
        assert asking.is_alive()
        busy.close()
        asking.join()
        waiting.close()
        left.set()

    wait_and_leave()
    assert left.is_set()
    assert threads() == []
