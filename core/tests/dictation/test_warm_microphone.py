"""A microphone that stays open between recordings."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from queue import SimpleQueue

import numpy as np
import numpy.typing as npt
import pytest
from voicebridge.dictation.warm_microphone import BEFORE, WarmMicrophone
from voicebridge.errors import UnavailableError
from voicebridge.ports import Device
from voicebridge.speech import AudioChunk
from voicebridge.testing.processes import PATIENCE, wait_until
from voicebridge.testing.sounds import joined

Samples = npt.NDArray[np.float32]
RATE = 16_000


def noise(seconds: float, seed: int = 0) -> Samples:
    return np.asarray(np.random.default_rng(seed).random(round(seconds * RATE)) - 0.5, np.float32)


def same(one: Samples, other: Samples) -> bool:
    return len(one) == len(other) and bool(np.all(np.abs(one - other) < 1e-4))


class Live:
    """A microphone that yields sound when a test provides it."""

    def __init__(self) -> None:
        self.says: list[SimpleQueue[Samples | Exception]] = []

    def devices(self) -> Sequence[Device]:
        return []

    def record(self, device: str | None, sample_rate: int) -> Iterator[AudioChunk]:
        says: SimpleQueue[Samples | Exception] = SimpleQueue()
        self.says.append(says)
        while True:
            sound = says.get(timeout=PATIENCE)
            if isinstance(sound, Exception):
                raise sound
            yield AudioChunk(sound, sample_rate)


def test_a_warm_microphone_begins_with_what_was_just_said_and_no_more() -> None:
    live = Live()
    warm = WarmMicrophone(live, None, RATE)
    wait_until(lambda: live.says, "the microphone")
    sounds = [noise(0.1, seed) for seed in range(12)]
    for sound in sounds[:10]:
        live.says[0].put(sound)
    wait_until(live.says[0].empty, "the sound to be taken in")
    live.says[0].put(sounds[10])
    wait_until(live.says[0].empty, "the sound to be taken in")  # so that the previous one has been read
    with closing(warm.record(None, RATE)) as chunks:
        live.says[0].put(sounds[11])
        heard = [next(chunks)]
        while not same(heard[-1].samples, sounds[11]):
            heard.append(next(chunks))
    first = 12 - len(heard)
    assert same(joined(heard), np.concatenate(sounds[first:]))
    assert BEFORE <= 0.1 * (len(heard) - 1) <= BEFORE + 0.15
    assert [chunk.start for chunk in heard] == pytest.approx([0.1 * number for number in range(len(heard))])
    live.says[0].put(UnavailableError("the end"))
    warm.close()


def test_a_warm_microphone_that_vanishes_is_opened_anew_for_the_next_recording() -> None:
    live = Live()
    warm = WarmMicrophone(live, None, RATE)
    wait_until(lambda: live.says, "the microphone")
    live.says[0].put(UnavailableError("It is gone."))
    wait_until(lambda: not warm._listens, "the microphone to be let go")

    def say() -> None:
        wait_until(lambda: len(live.says) == 2, "the microphone again")
        live.says[1].put(noise(0.1))
        live.says[1].put(UnavailableError("It is gone again."))

    saying = threading.Thread(target=say)
    saying.start()
    with closing(warm.record(None, RATE)) as chunks:
        assert same(next(chunks).samples, noise(0.1))
        with pytest.raises(UnavailableError, match="gone again"):
            next(chunks)
    saying.join()
    warm.close()


def test_a_second_recording_and_one_from_another_device_open_their_own() -> None:
    live = Live()
    warm = WarmMicrophone(live, None, RATE)
    wait_until(lambda: live.says, "the microphone")

    def say(number: int) -> None:
        wait_until(lambda: len(live.says) > number, "the microphone again")
        live.says[number].put(noise(0.1, number))

    with closing(warm.record(None, RATE)) as first:
        live.says[0].put(noise(0.1))
        assert same(next(first).samples, noise(0.1))
        for number, device in enumerate((None, "other"), 1):
            with closing(warm.record(device, RATE)) as other:
                saying = threading.Thread(target=say, args=(number,))
                saying.start()
                assert same(next(other).samples, noise(0.1, number))
            saying.join()
    live.says[0].put(UnavailableError("the end"))
    warm.close()
