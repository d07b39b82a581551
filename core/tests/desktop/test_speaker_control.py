"""Pausing and stopping playback and changing its gain, on a real sound server whose output is recorded."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import pytest
from voicebridge.playback import Playing
from voicebridge.speech import AudioChunk
from voicebridge.testing.lab.desktops import Recording, SoundServer, without_silence
from voicebridge.testing.processes import PATIENCE, wait_until

pytest.importorskip("miniaudio", reason="needs: pip install 'voicebridge-core[desktop]'")

from voicebridge.desktop.sound_queue import SoundQueue
from voicebridge.desktop.speaker import MiniaudioSpeaker

sounds = pytest.mark.skipif(sys.platform != "linux", reason="sound servers of a test's own exist on Linux alone")

Samples = npt.NDArray[np.float32]
RATE = 24_000
RECORDED = 48_000
SOON = 3.0
"""Seconds within which a device with a buffer of 0.2 s, refilled every 0.1 s, has stopped even on a very busy machine."""


def noise(seconds: float) -> Samples:
    white = np.random.default_rng(0).standard_normal(round(seconds * RATE))
    smooth = np.convolve(white, np.ones(8) / 8, "same")
    return np.asarray(0.3 * smooth / np.abs(smooth).max(), np.float32)


def at_recorded_rate(sound: Samples) -> Samples:
    return np.repeat(sound, RECORDED // RATE)


@contextmanager
def played(chunks: Iterable[AudioChunk], playing: Playing) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=MiniaudioSpeaker().play, args=(chunks, None, playing))
    thread.start()
    try:
        yield thread
    finally:
        playing.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def in_chunks(sound: Samples, size: int = 2_400) -> Iterator[AudioChunk]:
    for at in range(0, len(sound), size):
        yield AudioChunk(sound[at : at + size], RATE)


def stretches(heard: Samples, shortest: float = 0.15) -> list[tuple[int, int]]:
    """The spans of sound in a recording, separated by at least ``shortest`` seconds of silence."""
    loud = np.flatnonzero(np.abs(heard) > 0.005)
    if not len(loud):
        return []
    cuts = np.flatnonzero(np.diff(loud) > shortest * RECORDED)
    return [(int(part[0]), int(part[-1]) + 1) for part in np.split(loud, cuts + 1)]


def now(recording: Recording) -> float:
    return len(recording.sound) / RECORDED


@sounds
def test_paused_it_is_silent_and_goes_on_where_it_was(sound_server: SoundServer) -> None:
    said, playing = noise(2.5), Playing()
    with sound_server.recording() as recording, played(in_chunks(said), playing) as thread:
        wait_until(lambda: playing.heard > 0.7, "some of it to be heard")
        paused = now(recording)
        playing.pause()
        assert playing.wait_silent(SOON)
        kept = playing.heard
        recording.wait_for(now(recording) + 1.0)
        assert playing.heard == kept
        resumed = now(recording)
        playing.resume()
        thread.join(PATIENCE)
        assert playing.heard == pytest.approx(2.5, abs=0.01)
        recording.wait_for(now(recording) + 0.3)
        (begin, stop), (again, end) = stretches(recording.sound, 0.7)
    assert stop / RECORDED < paused + SOON
    assert resumed - 0.1 < again / RECORDED < resumed + SOON
    first, second = (without_silence(recording.sound[each]) for each in (slice(begin, stop), slice(again, end)))
    assert kept == pytest.approx(len(first) / RECORDED, abs=0.1)  # a device counts whole buffers
    # Nothing is lost, and at most a fade is repeated.
    assert (len(first) + len(second)) / RECORDED == pytest.approx(2.5, abs=0.05)
    rest = at_recorded_rate(said)[-len(second) + 2_000 :]
    slices = [rest[at : at + RECORDED // 5] for at in range(0, len(rest) - RECORDED // 5, RECORDED // 5)]
    found = [likeness(second, each) > 0.95 for each in slices]
    assert found.count(False) <= 1, "a busy machine may leave a short gap in one"


def likeness(heard: Samples, part: Samples) -> float:
    size = 1 << (len(heard) + len(part)).bit_length()
    match = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(part, size)), size)[: len(heard)]
    at = int(np.argmax(np.abs(match)))
    there = heard[at : at + len(part)]
    there = np.pad(there, (0, len(part) - len(there)))
    return float(np.dot(there, part) / (np.linalg.norm(there) * np.linalg.norm(part) + 1e-9))


@sounds
@pytest.mark.parametrize("paused", [False, True])
def test_stopped_it_is_silent_within_a_fraction_of_a_second_and_returns(paused: bool, sound_server: SoundServer) -> None:
    playing, closed = Playing(), threading.Event()

    def sound() -> Iterator[AudioChunk]:
        try:
            yield from in_chunks(noise(20))
        finally:
            closed.set()

    with sound_server.recording() as recording, played(sound(), playing) as thread:
        wait_until(lambda: playing.heard > 0.5, "some of it to be heard")
        if paused:
            playing.pause()
        stopped = now(recording)
        playing.stop()
        thread.join(PATIENCE)
        assert closed.is_set()
        assert playing.is_silent
        recording.wait_for(now(recording) + 0.5)
        assert stretches(recording.sound)[-1][1] / RECORDED < stopped + SOON
    assert "VoiceBridge" not in sound_server.control("list", "clients")


@sounds
def test_what_is_stopped_before_it_begins_is_never_heard(sound_server: SoundServer) -> None:
    playing = Playing()
    playing.stop()
    with sound_server.recording() as recording:
        MiniaudioSpeaker().play(in_chunks(noise(5)), None, playing)
        recording.wait_for(now(recording) + 0.3)
    assert stretches(recording.sound) == []


@sounds
def test_it_may_be_paused_before_it_begins(sound_server: SoundServer) -> None:
    playing = Playing()
    playing.pause()
    with sound_server.recording() as recording, played(in_chunks(noise(0.5)), playing) as thread:
        recording.wait_for(now(recording) + 0.8)
        assert stretches(recording.sound) == []
        assert playing.is_silent
        playing.resume()
        thread.join(PATIENCE)
        recording.wait_for(now(recording) + 0.3)
    assert len(without_silence(recording.sound)) / RECORDED == pytest.approx(0.5, abs=0.05)


@sounds
def test_the_gain_makes_it_softer_while_it_goes_on(sound_server: SoundServer) -> None:
    playing = Playing()
    with sound_server.recording() as recording, played(in_chunks(noise(2)), playing) as thread:
        wait_until(lambda: playing.heard > 0.6, "some of it to be heard")
        playing.gain = 0.25
        thread.join(PATIENCE)
        recording.wait_for(now(recording) + 0.3)
    heard = without_silence(recording.sound)
    loud, soft = heard[: RECORDED // 2], heard[-RECORDED // 2 :]
    assert np.std(soft) / np.std(loud) == pytest.approx(0.25, abs=0.04)


def test_blocks_of_any_length_are_given_without_gaps_in_any_other() -> None:
    queue, said = SoundQueue(1_000, 1.0), np.random.default_rng(0).uniform(-1, 1, 5_000).astype(np.float32)
    given = []
    for at in range(0, 5_000, 170):
        queue.add(said[at : at + 170])
        while queue.waiting >= 130:
            given.append(queue.take(130, 1.0)[0])
    given.append(queue.take(queue.waiting, 1.0)[0])
    assert np.array_equal(np.concatenate(given), said)


def test_what_fades_out_is_given_once_more_and_nothing_clicks() -> None:
    queue = SoundQueue(1_000, 1.0)
    queue.add(np.ones(100, np.float32))
    assert queue.take(20, 1.0)[0].tolist() == [1.0] * 20
    faded, taken = queue.take(20, 0.0)
    assert (taken, queue.waiting) == (0, 80)
    assert faded[0] == 1.0
    assert np.all(np.diff(faded) <= 0)
    assert faded[10:].tolist() == [0.0] * 10
    assert queue.take(20, 0.0)[0].tolist() == [0.0] * 20
    back, taken = queue.take(100, 1.0)
    assert taken == 80
    assert np.all(np.diff(back[:80]) >= 0)
    assert np.abs(np.diff(back[:80])).max() < 0.2
    assert back[80:].tolist() == [0.0] * 20
