"""A playback that is paused, stopped and softened, on a real sound server whose output is recorded."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import pytest
from voicebridge.playback import Playing
from voicebridge.speech import AudioChunk
from voicebridge.testing.desktops import Recording, SoundServer
from voicebridge.testing.desktops import sound_server as sound_server
from voicebridge.testing.processes import wait_until

pytest.importorskip("miniaudio", reason="needs: pip install 'voicebridge-core[desktop]'")

from voicebridge.desktop.sound_queue import SoundQueue
from voicebridge.desktop.speaker import MiniaudioSpeaker

sounds = pytest.mark.skipif(sys.platform != "linux", reason="sound servers of a test's own exist on Linux alone")

Samples = npt.NDArray[np.float32]
RATE = 24_000
RECORDED = 48_000
SOON = 0.45
"""Seconds within which a device that holds 0.2 s, and is served each 0.1 s, has come to a stop on a busy machine."""


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
        thread.join(10)
        assert not thread.is_alive()


def in_chunks(sound: Samples, size: int = 2_400) -> Iterator[AudioChunk]:
    for at in range(0, len(sound), size):
        yield AudioChunk(sound[at : at + size], RATE)


def stretches(heard: Samples, shortest: float = 0.15) -> list[tuple[int, int]]:
    """Where in a recording there is sound, parted by silences of ``shortest`` seconds at least."""
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
        recording.wait_for(paused + 1.2)
        assert playing.heard == kept
        resumed = now(recording)
        playing.resume()
        thread.join(10)
        assert playing.heard == pytest.approx(2.5, abs=0.01)
        recording.wait_for(now(recording) + 0.3)
        (begin, stop), (again, end) = stretches(recording.sound)
    assert stop / RECORDED < paused + SOON
    assert resumed - 0.1 < again / RECORDED < resumed + SOON
    assert kept == pytest.approx((stop - begin) / RECORDED, abs=0.03)
    heard = np.concatenate([recording.sound[begin:stop], recording.sound[again:end]])
    assert len(heard) / RECORDED == pytest.approx(2.5, abs=0.03)  # nothing is lost, and no more than a fade comes twice
    assert likeness(recording.sound[again:end], at_recorded_rate(said)[-(end - again) + 2_000 :]) > 0.95


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
        stopped, began = now(recording), time.monotonic()
        playing.stop()
        thread.join(5)
        assert time.monotonic() - began < 1.0
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
        thread.join(10)
        recording.wait_for(now(recording) + 0.3)
    (begin, end), *_ = stretches(recording.sound)
    assert (end - begin) / RECORDED == pytest.approx(0.5, abs=0.03)


@sounds
def test_the_gain_makes_it_softer_while_it_goes_on(sound_server: SoundServer) -> None:
    playing = Playing()
    with sound_server.recording() as recording, played(in_chunks(noise(2)), playing) as thread:
        wait_until(lambda: playing.heard > 0.6, "some of it to be heard")
        playing.gain = 0.25
        thread.join(10)
        recording.wait_for(now(recording) + 0.3)
    (begin, end), *_ = stretches(recording.sound)
    loud, soft = recording.sound[begin : begin + RECORDED // 2], recording.sound[end - RECORDED // 2 : end]
    assert np.std(soft) / np.std(loud) == pytest.approx(0.25, abs=0.04)


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
