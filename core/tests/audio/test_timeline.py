"""Recordings with lost, late or wrongly stamped packets: audio has the same times as in a player."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge.audio.decode import AudioReader
from voicebridge.audio.timeline import SLACK, Timeline

Record = Callable[..., Path]
Samples = npt.NDArray[np.float32]
Clock = Callable[[int, float], float | None]
"""Maps a packet's number and time (s) to another time, or to ``None`` to drop it."""
RATE = 16_000
SECONDS = 16
KINDS = [
    ("a.webm", "libopus"), ("a.ogg", "libopus"), ("a.mkv", "aac"), ("a.mp4", "aac"), ("a.flv", "aac"), ("a.ts", "aac"),
]  # fmt: skip


def bursts() -> Samples:
    """A short tone in the middle of every second, each of a different pitch, with silence between them; 48 kHz."""
    sound = np.zeros(SECONDS * 48_000, np.float32)
    times = np.arange(3840) / 48_000
    for second in range(SECONDS):
        at = round((second + 0.5) * 48_000)
        sound[at : at + 3840] = 0.5 * np.hanning(3840) ** 0.25 * np.sin(2 * np.pi * (300 + 100 * second) * times)
    return sound


def retimed(path: Path, clock: Clock) -> Path:
    """Copy the packets with changed times."""
    target = path.with_stem("retimed")
    with av.open(str(path)) as source, av.open(str(target), "w") as container:
        track = container.add_stream_from_template(source.streams.audio[0])
        last, number = None, 0
        for packet in source.demux(source.streams.audio[0]):
            if packet.pts is None or packet.time_base is None:
                continue
            number += 1
            time = clock(number, float(packet.pts * packet.time_base))
            if time is None:
                continue
            pts = round(time / packet.time_base)
            packet.pts = packet.dts = pts if last is None else max(pts, last + max(1, round(0.001 / packet.time_base)))
            last, packet.stream = packet.pts, track
            container.mux(packet)
    return target


def heard(path: Path, **stretch: Any) -> tuple[dict[int, float], float, str | None]:
    """The time (s) of each burst by number; the end of the audio (s); the reported damage."""
    with AudioReader(path, "talk", **stretch) as reader:
        chunks = list(reader.chunks(RATE))
        damage = reader.damage
    sound = np.concatenate([chunk.samples for chunk in chunks])
    loud = np.sqrt(np.convolve(sound**2, np.ones(80) / 80, "same")) > 0.05
    edges = np.flatnonzero(np.diff(loud.astype(np.int8), prepend=0, append=0))
    found = {}
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if end - begin > 0.04 * RATE:
            spectrum = np.abs(np.fft.rfft(sound[begin:end] * np.hanning(end - begin), RATE))
            found[round((200 + int(spectrum[200:2200].argmax()) - 300) / 100)] = chunks[0].start + begin / RATE
    return found, chunks[-1].start + chunks[-1].duration, damage


def lost(_: int, time: float) -> float | None:
    return None if 0.8 <= time % 1 < 0.88 else time


def late(number: int, time: float) -> float:
    return time + 0.15 if number % 25 == 0 else time


def very_late(_: int, time: float) -> float:
    return time + 1.2 if 0.78 <= time % 4 < 0.8 else time


def slow(_: int, time: float) -> float:
    return time * 1.01


def fast(_: int, time: float) -> float:
    return time * 0.99


@pytest.mark.parametrize(("name", "codec"), KINDS)
@pytest.mark.parametrize("clock", [lost, late, slow, fast])
def test_times_stay_those_of_the_recording_where_packets_are_lost_or_late(record: Record, name: str, codec: str, clock: Clock) -> None:
    if clock is late and name == "a.ogg":
        pytest.skip("an Ogg has times for pages only, and what comes after the time of the last is cut off by its own rule")
    path = record(name, codec, 48_000, sound=bursts())
    plain, end, _ = heard(path)
    rate = 1.01 if clock is slow else 0.99 if clock is fast else 1.0

    found, retimed_end, damage = heard(retimed(path, clock))

    assert found.keys() == plain.keys() == set(range(SECONDS))
    assert {number: time - plain[number] * rate for number, time in found.items()} == pytest.approx(dict.fromkeys(found, 0.0), abs=0.09)
    assert retimed_end == pytest.approx(end * rate, abs=0.2)
    assert damage is None


def test_packets_that_a_network_held_up_for_a_second_lose_and_add_nothing(record: Record) -> None:
    path = record("a.webm", "libopus", 48_000, sound=bursts())

    assert heard(retimed(path, very_late)) == heard(path)


@pytest.mark.parametrize(("name", "codec"), KINDS)
@pytest.mark.parametrize("start", [4.0, 6.5, 9.0, 11.2])
def test_a_start_within_or_after_a_pause_is_found(record: Record, name: str, codec: str, start: float) -> None:
    path = retimed(record(name, codec, 48_000, sound=bursts()), lambda _, time: time + 5 if time >= 6 else time)
    whole, _, _ = heard(path)

    found, _, _ = heard(path, start=start)

    assert found == {number: pytest.approx(time, abs=SLACK) for number, time in whole.items() if time >= start}


@pytest.mark.parametrize("name", ["a.webm", "a.mka", "a.mp4"])
def test_sound_that_begins_late_on_its_own_clock_is_whole(record: Record, name: str) -> None:
    codec, options = ("libopus", {}) if name == "a.webm" else ("aac", {"movflags": "frag_keyframe+empty_moov"} if name == "a.mp4" else {})
    path = retimed(record(name, codec, 48_000, sound=bursts(), options=options), lambda _, time: time + 5)
    found, end, damage = heard(path)

    assert damage is None
    assert end == pytest.approx(SECONDS, abs=0.2)
    assert found[0] == pytest.approx(0.5, abs=0.05)
    with AudioReader(path) as reader:
        assert reader.duration == pytest.approx(SECONDS, abs=0.2)


def test_a_file_that_breaks_off_is_still_said_to_end_early_where_its_clock_begins_late(record: Record) -> None:
    path = retimed(record("a.mka", "aac", 48_000, sound=bursts()), lambda _, time: time + 5)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    damage = heard(path)[2]
    assert damage is not None
    assert "ends early" in damage
    assert f"of {SECONDS}." in damage


@given(st.lists(st.one_of(st.none(), st.floats(-0.3, 0.3), st.floats(-10, 100)), min_size=1, max_size=80))
def test_whatever_times_frames_have_they_keep_their_order_and_little_of_them_is_cut(offsets: list[float | None]) -> None:
    timeline = Timeline(0.0, None)
    given: list[int] = []
    silence = 0.0
    for number, offset in enumerate(offsets):
        frame = av.AudioFrame.from_ndarray(np.full((1, 320), number, np.int16), format="s16", layout="mono")
        frame.sample_rate, frame.time_base = RATE, Fraction(1, RATE)
        frame.pts = None if offset is None else number * 320 + round(offset * RATE)
        last = number == len(offsets) - 1
        for placed in chain(timeline.place(frame), timeline.finish() if last else ()):
            if isinstance(placed, float):
                silence += placed
            else:
                given += placed.to_ndarray()[0].tolist()

    assert given == sorted(given)
    assert 0 <= silence <= 100 * len(offsets)
    assert len(given) >= 320 * len(offsets) - RATE  # joined audio is not cut, and surplus audio is at most what is possible
