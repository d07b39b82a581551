"""The speaker on a real sound server whose output is recorded: the recording matches what was played."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pytest
from voicebridge.errors import ModelError, UnavailableError
from voicebridge.speech import AudioChunk
from voicebridge.testing.lab.desktops import NAMES, OTHER_OUTPUT, OUTPUT, Recording, SoundServer, without_silence
from voicebridge.testing.processes import PATIENCE, wait_until
from voicebridge.testing.sounds import STELLA

pytest.importorskip("miniaudio", reason="needs: pip install 'voicebridge-core[desktop]'")

from voicebridge.desktop import probes, sound_devices
from voicebridge.desktop import speaker as module
from voicebridge.desktop.speaker import MiniaudioSpeaker

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="sound servers of a test's own exist on Linux alone"), pytest.mark.heavy]

Samples = npt.NDArray[np.float32]
RATE = 24_000
RECORDED = 48_000


def play(chunks: Iterable[AudioChunk], device: str | None = None) -> None:
    MiniaudioSpeaker().play(chunks, device)


def noise(seconds: float, seed: int = 0, rate: int = RATE) -> Samples:
    """Band-limited noise, so that every part of it is distinguishable."""
    white = np.random.default_rng(seed).standard_normal(round(seconds * rate))
    smooth = np.convolve(white, np.ones(8) / 8, "same")
    return np.asarray(0.3 * smooth / np.abs(smooth).max(), np.float32)


def in_chunks(sound: Samples, size: int, rate: int = RATE) -> Iterator[AudioChunk]:
    for at in range(0, len(sound), size):
        yield AudioChunk(sound[at : at + size], rate, at / rate)


def at_recorded_rate(sound: Samples, rate: int = RATE) -> Samples:
    points = np.arange(len(sound) * RECORDED // rate) * rate / RECORDED
    return np.interp(points, np.arange(len(sound)), sound).astype(np.float32)


def find(heard: Samples, part: Samples) -> tuple[int, float]:
    """Find a part in a recording; returns its position and similarity (1 is the same)."""
    size = 1 << (len(heard) + len(part)).bit_length()
    match = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(part, size)), size)[: len(heard)]
    at = int(np.argmax(np.abs(match)))
    there = heard[at : at + len(part)]
    there = np.pad(there, (0, len(part) - len(there)))
    return at, float(np.dot(there, part) / (np.linalg.norm(there) * np.linalg.norm(part) + 1e-9))


def unlike(heard: Samples, part: Samples) -> int:
    """The number of tenths of a second of a sound that are not at the same offset in the recording."""
    size, begin = RECORDED // 10, find(heard, part[: RECORDED // 10])[0]
    count = 0
    for at in range(0, len(part) - size, size):
        place, likeness = find(heard, part[at : at + size])
        count += likeness < 0.9 or abs(place - begin - at) > 0.03 * RECORDED
    return count


def settled(recording: Recording) -> Samples:
    """The recording once everything played last has certainly arrived."""
    recording.wait_for(len(recording.sound) / RECORDED + 0.3)
    return recording.sound


@pytest.mark.parametrize("size", [1_000, 24_000])
def test_all_of_it_is_heard_once_and_in_order(size: int, sound_server: SoundServer) -> None:
    said = noise(2.5)
    with sound_server.recording() as recording:
        play(in_chunks(said, size))
        heard = settled(recording)
    # Including the end, although a device drops its buffer when it is closed.
    assert len(without_silence(heard)) / RECORDED == pytest.approx(2.5, abs=0.05)
    assert unlike(without_silence(heard), at_recorded_rate(said)) <= 5, "a busy machine may leave short gaps in some of 24"


def test_a_sound_of_a_few_milliseconds_is_heard_whole(sound_server: SoundServer) -> None:
    with sound_server.recording() as recording:
        play(in_chunks(noise(0.03), 100))
        heard = settled(recording)
    assert len(without_silence(heard)) / RECORDED == pytest.approx(0.03, abs=0.01)


def test_the_first_sound_leaves_before_the_second_chunk_is_made(sound_server: SoundServer) -> None:
    heard_first = threading.Event()

    def sound() -> Iterator[AudioChunk]:
        yield AudioChunk(noise(0.4), RATE)
        # An engine slower than real time, until the test has detected its sound.
        wait_until(lambda: np.abs(recording.sound).max(initial=0) > 0.01, "the first sound")
        heard_first.set()
        yield AudioChunk(noise(0.4, seed=1), RATE, 0.4)

    with sound_server.recording() as recording:
        play(sound())
        heard = settled(recording)
    assert heard_first.is_set()
    for seed in (0, 1):  # playback continued after a silence
        assert unlike(without_silence(heard), at_recorded_rate(noise(0.4, seed=seed))) <= 1


def test_sound_is_taken_ahead_of_what_is_heard_but_not_all_of_it(sound_server: SoundServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AHEAD", 1.0)
    began, taken = time.monotonic(), []

    def sound() -> Iterator[AudioChunk]:
        for number in range(8):
            taken.append((time.monotonic() - began, 0.25 * number))
            yield AudioChunk(noise(0.25), RATE)

    play(sound())
    ahead = [position - moment for moment, position in taken]
    assert max(ahead) > 0.5
    assert max(ahead) <= 1.0 + 0.25 + 0.2


def test_chunks_of_another_rate_are_resampled(sound_server: SoundServer) -> None:
    import voicebridge.audio.resample  # noqa: F401 - so that on a busy machine no gap comes of importing it while sound plays

    slow, fast = noise(0.5, rate=RATE), noise(0.5, seed=1, rate=16_000)
    with sound_server.recording() as recording:
        play([AudioChunk(slow, RATE), *in_chunks(fast, 1_000, 16_000), AudioChunk(slow, RATE)])
        heard = settled(recording)
    assert unlike(without_silence(heard), at_recorded_rate(fast, 16_000)) <= 1
    assert len(without_silence(heard)) == pytest.approx(1.5 * RECORDED, abs=0.03 * RECORDED)


@pytest.mark.parametrize("rate", [8_000, 22_050])
def test_every_rate_is_played_at_its_own_pace(rate: int, sound_server: SoundServer) -> None:
    said = STELLA.at(rate)[: 2 * rate]
    with sound_server.recording() as recording:
        play(in_chunks(said, 5_000, rate))
        heard = settled(recording)
    assert find(heard, at_recorded_rate(said, rate))[1] > 0.95


def test_an_error_of_the_engine_comes_after_what_was_made_before_it(sound_server: SoundServer) -> None:
    said = noise(0.8)

    def sound() -> Iterator[AudioChunk]:
        yield from in_chunks(said, 2_000)
        raise ModelError("the engine has stumbled")

    with sound_server.recording() as recording:
        with pytest.raises(ModelError, match="stumbled"):
            play(sound())
        heard = settled(recording)
    assert find(heard, at_recorded_rate(said))[1] > 0.97


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_stops_at_once_and_closes_the_audio(stop: type[BaseException], sound_server: SoundServer) -> None:
    closed = threading.Event()

    def sound() -> Iterator[AudioChunk]:
        try:
            yield AudioChunk(noise(20), RATE)
            recording.wait_for(len(recording.sound) / RECORDED + 0.5)
            raise stop
        finally:
            closed.set()

    with sound_server.recording() as recording:
        with pytest.raises(stop):
            play(sound())
        assert closed.is_set()
        heard = settled(recording)
    assert len(without_silence(heard)) < 5 * RECORDED  # of 20 s


@pytest.mark.parametrize("chunks", [[], [AudioChunk(np.zeros(0, np.float32), RATE)]])
def test_nothing_is_played_for_nothing(chunks: list[AudioChunk], sound_server: SoundServer) -> None:
    play(chunks)
    assert "VoiceBridge" not in sound_server.control("list", "clients")


def test_connections_to_the_server_do_not_pile_up(sound_server: SoundServer) -> None:
    for _ in range(5):
        play([AudioChunk(noise(0.05), RATE)])
    assert len(sound_server.control("list", "short", "clients").splitlines()) <= 2  # pactl itself is one of them


def test_no_number_and_too_loud_are_no_noise(sound_server: SoundServer) -> None:
    said = noise(0.6)
    said[5_000:7_000] = np.nan
    said[7_000:8_000] *= 100
    with sound_server.recording() as recording:
        play(in_chunks(said, 2_000))
        heard = settled(recording)
    assert np.all(np.isfinite(heard))
    assert find(heard, at_recorded_rate(np.clip(np.nan_to_num(said), -1, 1)))[1] > 0.9


def test_the_outputs_are_listed_with_the_default_marked(sound_server: SoundServer) -> None:
    devices = MiniaudioSpeaker().devices()
    assert {device.id: device.default for device in devices} == {OUTPUT: True, OTHER_OUTPUT: False}
    assert {device.id: device.name for device in devices} == NAMES


def test_an_output_is_found_by_id_name_or_part_of_either(sound_server: SoundServer) -> None:
    for name in (OTHER_OUTPUT, "headphones", "PHONE"):
        with sound_server.recording(OTHER_OUTPUT) as recording:
            play([AudioChunk(noise(0.2), RATE)], name)
            assert np.abs(settled(recording)).max() > 0.05


def test_an_output_that_is_not_there_comes_with_the_nearest(sound_server: SoundServer) -> None:
    for name, close in (("vb_outt", OUTPUT), ("headfones", "Headphones")):
        with pytest.raises(UnavailableError, match=rf"^There is no sound device '{name}'\. Did you mean '{close}'\? There are: "):
            play([AudioChunk(noise(0.1), RATE)], name)
    with pytest.raises(UnavailableError, match="'vb_o' matches several sound devices: .*Give the full name"):
        play([AudioChunk(noise(0.1), RATE)], "vb_o")


def kill(server: SoundServer) -> None:
    server.kill()


def freeze(server: SoundServer) -> None:
    server.process.send_signal(signal.SIGSTOP)


def unplug(server: SoundServer) -> None:
    server.control("unload-module", "module-null-sink")


@pytest.mark.parametrize("harm", [kill, freeze, unplug])
def test_a_device_that_vanishes_while_it_plays_is_noticed(harm: Callable[[SoundServer], None], sound_server: SoundServer) -> None:
    closed = threading.Event()

    def sound() -> Iterator[AudioChunk]:
        try:
            yield AudioChunk(noise(1), RATE)
            recording.wait_for(len(recording.sound) / RECORDED + 0.5)
            harm(sound_server)
            for _ in range(600):
                yield AudioChunk(noise(0.1), RATE)
        finally:
            closed.set()

    gone = r"^The sound device has stopped playing\. Check that "
    with sound_server.recording() as recording, pytest.raises(UnavailableError, match=gone):
        play(sound())
    assert closed.is_set()


def test_a_device_that_vanishes_during_a_slow_piece_is_noticed_with_the_next(
    sound_server: SoundServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.5)

    def sound() -> Iterator[AudioChunk]:
        yield AudioChunk(noise(0.5), RATE)
        recording.wait_for(len(recording.sound) / RECORDED + 0.4)
        sound_server.kill()
        time.sleep(module.PATIENCE)  # the engine is working
        yield AudioChunk(noise(0.5), RATE)
        raise AssertionError("it went on")

    with sound_server.recording() as recording, pytest.raises(UnavailableError, match="The sound device has stopped playing"):
        play(sound())


def test_a_server_that_hangs_is_told_by_the_probe(sound_server: SoundServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_devices, "ANSWER_SECONDS", 0.5)
    freeze(sound_server)
    with pytest.raises(UnavailableError, match=r"The sound server has not answered for 0\.5 s"):
        probes.speaker()


@pytest.mark.usefixtures("no_sound_server")
def test_a_session_without_sound_is_told_by_the_probe_and_by_playing() -> None:
    for attempt in (probes.speaker, lambda: play([AudioChunk(noise(0.1), RATE)]), MiniaudioSpeaker().devices):
        with pytest.raises(UnavailableError, match="(No sound device|can't be opened)"):
            attempt()


@pytest.mark.usefixtures("no_sound_server")
def test_no_library_writes_to_the_terminal() -> None:
    code = (
        "from voicebridge.desktop import probes\nfrom voicebridge.errors import UnavailableError\n"
        "try:\n    probes.speaker()\nexcept UnavailableError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.startswith("No sound device or sound server can be reached in this session.")


def test_two_may_play_at_once(sound_server: SoundServer) -> None:
    threads = [threading.Thread(target=play, args=(list(in_chunks(noise(0.5, seed=seed), 4_000)),)) for seed in (0, 1)]
    with sound_server.recording() as recording:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        heard = settled(recording)
    for seed in (0, 1):
        parts = np.split(at_recorded_rate(noise(0.5, seed=seed)), 5)
        assert sum(find(heard, part)[1] > 0.5 for part in parts) >= 3  # each is half of the recording, where there is no gap


def test_ctrl_c_ends_a_process_that_plays(sound_server: SoundServer) -> None:
    code = (
        "import numpy\nfrom voicebridge.desktop.speaker import MiniaudioSpeaker\nfrom voicebridge.speech import AudioChunk\n"
        "chunks = (AudioChunk(numpy.full(2400, 0.2, 'float32'), 24000) for _ in range(600))\n"
        "try:\n    MiniaudioSpeaker().play(chunks, None)\nexcept KeyboardInterrupt:\n    print('stopped')"
    )
    with sound_server.recording() as recording:
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        wait_until(lambda: np.abs(recording.sound).max(initial=0) > 0.1, "the first sound", process)
        process.send_signal(2)
        told, _ = process.communicate(timeout=PATIENCE)
    assert (told, process.returncode) == ("stopped\n", 0)
