"""The microphone on a real sound server with a virtual source: the recording matches the source."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from voicebridge.errors import UnavailableError
from voicebridge.speech import AudioChunk
from voicebridge.testing.lab.desktops import MICROPHONE, OTHER_MICROPHONE, OUTPUT, SoundServer
from voicebridge.testing.sounds import STELLA, joined, likeness

pytest.importorskip("miniaudio", reason="needs: pip install 'voicebridge-core[desktop]'")

from voicebridge.desktop import microphone as module
from voicebridge.desktop import probes
from voicebridge.desktop.microphone import MiniaudioMicrophone

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sound servers of a test's own exist on Linux alone")

Samples = npt.NDArray[np.float32]
RATE = 16_000


def record(device: str | None = None, rate: int = RATE) -> Any:
    return closing(MiniaudioMicrophone().record(device, rate))


def take(chunks: Iterator[AudioChunk], seconds: float) -> list[AudioChunk]:
    taken: list[AudioChunk] = []
    while sum(chunk.duration for chunk in taken) < seconds:
        taken.append(next(chunks))
    return taken


def take_all(chunks: Iterator[AudioChunk], speaking: subprocess.Popen[bytes]) -> list[AudioChunk]:
    """What is recorded until the audio has been played, which takes a while to begin on a busy machine."""
    taken: list[AudioChunk] = []
    while speaking.poll() is None:
        taken.append(next(chunks))
    assert speaking.returncode == 0
    return [*taken, *take(chunks, 0.5)]


@pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
def test_all_that_is_said_is_heard_in_order_and_without_gaps(rate: int, microphone: SoundServer) -> None:
    said = STELLA.at(rate)
    with record(rate=rate) as chunks:
        heard = take(chunks, 0.1)
        heard += take_all(chunks, microphone.begin_to_speak(said, rate))
    assert likeness(joined(heard), said) > 0.98  # a gap or repetition anywhere would halve it


def test_chunks_are_short_and_their_times_count_on(microphone: SoundServer) -> None:
    with record() as chunks:
        heard = take(chunks, 1.0)
    position = 0
    for chunk in heard:
        assert chunk.samples.dtype == np.float32
        assert chunk.sample_rate == RATE
        assert 0 < len(chunk.samples) <= RATE // 50
        assert chunk.start == pytest.approx(position / RATE)
        position += len(chunk.samples)


def test_the_first_chunk_comes_soon(microphone: SoundServer) -> None:
    took = []
    for _ in range(10):
        began = time.monotonic()
        with record() as chunks:
            next(chunks)
            took.append(time.monotonic() - began)
    assert min(took) < 0.1  # load on the machine only makes times longer


def test_who_takes_chunks_slowly_loses_none(microphone: SoundServer) -> None:
    said = STELLA.at(RATE)
    with record() as chunks:
        heard = take(chunks, 0.1)
        began = time.monotonic()
        microphone.speak(said, RATE)  # nothing is read meanwhile
        heard += take(chunks, time.monotonic() - began + 0.5)
    assert likeness(joined(heard), said) > 0.98


def test_nothing_is_recorded_once_it_is_closed_and_connections_do_not_pile_up(microphone: SoundServer) -> None:
    for _ in range(5):
        with record() as chunks:
            next(chunks)
            assert microphone.control("list", "short", "source-outputs").count("protocol-native") == 1
    assert len(microphone.control("list", "short", "clients").splitlines()) <= 2  # pactl itself is one of them
    assert [thread.name for thread in threading.enumerate() if thread is not threading.main_thread() and not thread.daemon] == []


def test_microphones_are_listed_before_what_hears_an_output_with_the_default_marked(microphone: SoundServer) -> None:
    microphone.plug_in(OTHER_MICROPHONE, "Headset")
    devices = MiniaudioMicrophone().devices()
    assert [(device.id, device.name, device.default) for device in devices[:2]] == [
        (MICROPHONE, "Microphone", False),
        (OTHER_MICROPHONE, "Headset", True),
    ]
    assert {device.id for device in devices[2:]} >= {f"{OUTPUT}.monitor"}
    assert all(device.id.endswith(".monitor") for device in devices[2:])


def test_a_microphone_is_found_by_id_name_or_part_of_either(microphone: SoundServer) -> None:
    microphone.plug_in(OTHER_MICROPHONE, "Headset")
    said = STELLA.at(RATE)[:RATE]
    for name in (MICROPHONE, "micro", "MICROPHONE"):
        with record(name) as chunks:
            heard = take(chunks, 0.1)
            heard += take_all(chunks, microphone.begin_to_speak(said, RATE))
        assert likeness(joined(heard), said) > 0.8, "the other microphone hears nothing"


def test_what_is_played_can_be_recorded_by_name(sound_server: SoundServer) -> None:
    with record("Monitor of Loudspeaker") as chunks:
        assert next(chunks).sample_rate == RATE


def test_a_microphone_that_is_not_there_comes_with_the_nearest(microphone: SoundServer) -> None:
    with (
        pytest.raises(
            UnavailableError, match=r"^There is no microphone 'Mikrophone'\. Did you mean 'Microphone'\? There are: Microphone, "
        ),
        record("Mikrophone") as chunks,
    ):
        next(chunks)
    microphone.plug_in(OTHER_MICROPHONE, "Headset")
    with (
        pytest.raises(UnavailableError, match="'vb_' matches several microphones: Microphone, Headset. Give the full name"),
        record("vb_") as chunks,
    ):
        next(chunks)


def kill(server: SoundServer) -> None:
    server.kill()


def freeze(server: SoundServer) -> None:
    server.process.send_signal(signal.SIGSTOP)


def unplug(server: SoundServer) -> None:
    server.unplug()


@pytest.mark.parametrize("harm", [kill, freeze, unplug])
def test_a_microphone_that_vanishes_is_noticed_after_what_was_heard(
    harm: Callable[[SoundServer], None], microphone: SoundServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.7)
    said = STELLA.at(RATE)
    heard = []
    with record() as chunks:
        heard += take(chunks, 0.1)
        microphone.begin_to_speak(said, RATE)
        heard += take(chunks, 1.5)
        harm(microphone)
        with pytest.raises(UnavailableError, match=r"^The microphone has stopped delivering sound\. Check that "):
            heard.extend(chunks)
    assert likeness(joined(heard), said[:RATE]) > 0.95


def test_a_machine_without_a_microphone_is_told_though_what_is_played_could_be_recorded(sound_server: SoundServer) -> None:
    sound_server.control("set-default-source", f"{OUTPUT}.monitor")
    with (
        pytest.raises(UnavailableError, match=r"^No microphone found: .* Connect one, or choose an input with --device\.$"),
        record() as chunks,
    ):
        next(chunks)


@pytest.mark.usefixtures("no_sound_server")
def test_a_session_without_sound_is_told_by_the_probe_and_by_recording() -> None:
    for attempt in (probes.microphone, lambda: next(MiniaudioMicrophone().record(None, RATE)), MiniaudioMicrophone().devices):
        with pytest.raises(UnavailableError, match="No sound device or sound server can be reached in this session. Run it in a desktop"):
            attempt()


def test_the_probe_is_content_with_a_microphone(microphone: SoundServer) -> None:
    assert probes.microphone() == probes.PRIORITY
