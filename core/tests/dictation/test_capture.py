"""Recording to disk: the audio is in a file that can be read at any moment, whatever fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import wave
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from voicebridge.audio.capture_file import CaptureFile
from voicebridge.audio.decode import AudioReader
from voicebridge.audio.pcm import from_pcm
from voicebridge.dictation.capture import Capture, captured
from voicebridge.errors import OutputError, UnavailableError
from voicebridge.journal.history import History
from voicebridge.ports import Device
from voicebridge.speech import AudioChunk
from voicebridge.testing.lab.desktops import OTHER_MICROPHONE, SoundServer
from voicebridge.testing.sounds import STELLA, joined, likeness

if sys.platform != "win32":
    import resource

Samples = npt.NDArray[np.float32]
RATE = 16_000


def noise(seconds: float, seed: int = 0) -> Samples:
    return np.asarray(np.random.default_rng(seed).random(round(seconds * RATE)) - 0.5, np.float32)


def in_file(path: Path) -> Samples:
    """What a reader finds that relies on the header alone."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return from_pcm(file.readframes(file.getnframes()))


def same(one: Samples, other: Samples) -> bool:
    return len(one) == len(other) and bool(np.all(np.abs(one - other) < 1e-4))


class Script:
    """A microphone that yields predefined sounds and errors each time it is opened."""

    def __init__(self, *recordings: Sequence[Samples | Exception]) -> None:
        self._recordings = list(recordings)
        self.asked: list[str | None] = []
        self.closed = 0

    def devices(self) -> Sequence[Device]:
        return [Device("one", "One", default=True)]

    def record(self, device: str | None, sample_rate: int) -> Iterator[AudioChunk]:
        self.asked.append(device)
        try:
            for sound in self._recordings.pop(0):
                if isinstance(sound, Exception):
                    raise sound
                yield AudioChunk(sound, sample_rate)
        finally:
            self.closed += 1


# The file


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(0, 2_000), max_size=10), rate=st.sampled_from([8_000, 16_000, 22_050, 48_000]))
def test_the_file_can_be_read_after_every_write(tmp_path: Path, sizes: list[int], rate: int) -> None:
    written = np.zeros(0, np.float32)
    with closing(CaptureFile(tmp_path / "a.wav", rate)) as file:
        assert len(in_file(file.path)) == 0
        for number, size in enumerate(sizes):
            sound = np.random.default_rng(number).uniform(-1, 1, size).astype(np.float32)
            file.write(sound)
            written = np.concatenate([written, sound])
            assert same(in_file(file.path), written)
        assert file.duration == pytest.approx(len(written) / rate)


def test_no_number_and_too_loud_become_silence_and_full_scale(tmp_path: Path) -> None:
    with closing(CaptureFile(tmp_path / "a.wav", RATE)) as file:
        file.write(np.array([np.nan, 2.0, -np.inf, 0.5], np.float32))
    assert same(in_file(file.path), np.array([0.0, 1.0 - 2**-15, -1.0, 0.5], np.float32))


def test_our_own_decoder_reads_it_while_it_grows(tmp_path: Path) -> None:
    with closing(CaptureFile(tmp_path / "a.wav", RATE)) as file:
        file.write(noise(1.5))
        with AudioReader(file.path) as reader:
            assert len(joined(reader.chunks(RATE))) == 1.5 * RATE


@pytest.mark.skipif(os.name != "posix", reason="permissions as POSIX has them")
def test_what_was_said_is_for_its_owner_alone(tmp_path: Path) -> None:
    with closing(CaptureFile(tmp_path / "a.wav", RATE)) as file:
        assert file.path.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(
        OutputError, match=r"^The recording can't be written to .*a\.wav: No such file or directory\. Free some disk space\.$"
    ):
        CaptureFile(tmp_path / "none" / "a.wav", RATE)


@pytest.mark.skipif(os.name != "posix", reason="limits of a file's size are POSIX'")
def test_a_full_disk_leaves_what_was_written_before(tmp_path: Path) -> None:
    with closing(CaptureFile(tmp_path / "a.wav", RATE)) as file, largest_file(20_000):
        file.write(noise(0.5))
        with pytest.raises(OutputError, match=r"^The recording can't be written to .*a\.wav: File too large\. Free some disk space\.$"):
            file.write(noise(0.5, seed=1))
    assert same(in_file(file.path), noise(0.5))


class largest_file:  # noqa: N801 - reads as what it does
    """Makes the system reject larger files, as a full disk does."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __enter__(self) -> None:
        self._before = resource.getrlimit(resource.RLIMIT_FSIZE)
        self._handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self._size, self._before[1]))

    def __exit__(self, *_: object) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._before)
        signal.signal(signal.SIGXFSZ, self._handler)


# The flow


def test_every_chunk_is_in_the_file_before_it_is_given_on(tmp_path: Path) -> None:
    sounds = [noise(0.02, seed) for seed in range(20)]
    microphone = Script(sounds)
    given: list[AudioChunk] = []
    with closing(captured(microphone, None, RATE, tmp_path / "a.wav", pytest.fail)) as capture:
        for chunk in capture:
            given.append(chunk)
            assert same(in_file(tmp_path / "a.wav"), joined(given))
            assert chunk.start == pytest.approx(0.02 * (len(given) - 1))
    assert same(joined(given), np.concatenate(sounds))
    assert capture.duration == pytest.approx(0.4)
    assert capture.path == tmp_path / "a.wav"
    assert microphone.closed == 1


def test_closing_it_closes_the_microphone(tmp_path: Path) -> None:
    microphone = Script([noise(0.02)] * 5)
    capture = captured(microphone, None, RATE, tmp_path / "a.wav", pytest.fail)
    next(capture)
    capture.close()
    assert microphone.closed == 1
    with pytest.raises(StopIteration):
        next(capture)


def heard_of(capture: Capture) -> tuple[list[AudioChunk], str]:
    """All chunks, and the error at the end."""
    chunks: list[AudioChunk] = []
    try:
        chunks.extend(iter(capture))
    except UnavailableError as error:
        return chunks, str(error)
    return chunks, ""


def test_when_a_microphone_vanishes_another_goes_on_and_the_user_is_told(tmp_path: Path) -> None:
    microphone = Script([noise(0.1), UnavailableError("The headset is gone.")], [noise(0.1, 1), noise(0.1, 2)])
    told: list[str] = []
    chunks, end = heard_of(captured(microphone, "headset", RATE, tmp_path / "a.wav", told.append))
    assert microphone.asked == ["headset", None]
    assert told == ["The headset is gone. Continuing with the system's default microphone."]
    assert end == ""
    assert [chunk.start for chunk in chunks] == pytest.approx([0.0, 0.1, 0.2])
    assert same(in_file(tmp_path / "a.wav"), np.concatenate([noise(0.1), noise(0.1, 1), noise(0.1, 2)]))


def test_when_none_is_left_it_ends_with_that_after_what_was_heard(tmp_path: Path) -> None:
    gone, nothing = UnavailableError("It is gone."), UnavailableError("There is no microphone.")
    for device, opened in (
        ("headset", [[noise(0.1), gone], [nothing]]),
        (None, [[noise(0.1), gone], [nothing]]),
        ("x", [[gone], [nothing]]),
    ):
        microphone = Script(*opened)
        told: list[str] = []
        chunks, end = heard_of(captured(microphone, device, RATE, tmp_path / "a.wav", told.append))
        assert end == "There is no microphone."
        assert len(told) == 1
        assert len(joined(chunks)) == len(in_file(tmp_path / "a.wav"))
    chunks, end = heard_of(captured(Script([nothing]), None, RATE, tmp_path / "a.wav", pytest.fail))
    assert (chunks, end) == ([], "There is no microphone.")


def test_a_microphone_that_gives_zeros_is_told_of_once(tmp_path: Path) -> None:
    zeros = [np.zeros(RATE, np.float32)] * 8
    told: list[str] = []
    heard_of(captured(Script(zeros), None, RATE, tmp_path / "a.wav", told.append))
    assert len(told) == 1
    assert told[0].startswith("The microphone delivers only silence: it may be muted, or VoiceBridge may not be allowed to use it.")
    quiet = [np.full(RATE, 1e-5, np.float32), *zeros]  # a microphone with a noise gate, which then yields zeros
    heard_of(captured(Script(quiet), None, RATE, tmp_path / "b.wav", pytest.fail))


def test_on_a_full_disk_the_recording_goes_on_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spare = tmp_path / "spare"
    spare.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spare))
    write = CaptureFile.write

    def on_a_small_disk(file: CaptureFile, samples: Samples) -> None:
        if spare not in file.path.parents and file.duration > 0.25:
            raise OutputError("The disk is full.")
        write(file, samples)

    monkeypatch.setattr(CaptureFile, "write", on_a_small_disk)
    sounds = [noise(0.1, seed) for seed in range(10)]
    told: list[str] = []
    with closing(captured(Script(sounds), None, RATE, tmp_path / "a.wav", told.append)) as capture:
        chunks = list(capture)
    assert spare in capture.path.parents
    assert same(joined(chunks), np.concatenate(sounds))
    assert same(in_file(capture.path), np.concatenate(sounds))
    assert same(in_file(tmp_path / "a.wav"), np.concatenate(sounds[:3]))
    assert told == [f"The disk is full. The whole recording is in {capture.path} instead."]


@pytest.mark.skipif(os.name != "posix", reason="limits of a file's size are POSIX'")
def test_with_no_room_anywhere_what_is_said_is_still_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    sounds = [noise(0.1, seed) for seed in range(10)]
    told: list[str] = []
    with largest_file(10_000), closing(captured(Script(sounds), None, RATE, tmp_path / "a.wav", told.append)) as capture:
        chunks = list(capture)
    assert same(joined(chunks), np.concatenate(sounds))
    assert same(in_file(tmp_path / "a.wav"), np.concatenate(sounds[:3]))
    assert capture.path == tmp_path / "a.wav"
    assert len(told) == 1
    assert told[0].endswith(
        "File too large. Free some disk space. There is no space elsewhere either: speech is transcribed from now on, but the recording "
        "is not kept."
    )
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_a_folder_that_can_not_be_written_is_no_reason_not_to_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    told: list[str] = []
    with closing(captured(Script([noise(0.1)]), None, RATE, tmp_path / "none" / "a.wav", told.append)) as capture:
        chunks = list(capture)
    assert same(in_file(capture.path), joined(chunks))
    assert len(told) == 1


# On a real sound server

needs_sound = pytest.mark.skipif(sys.platform != "linux", reason="sound servers of a test's own exist on Linux alone")

RECORDER = """
import sys
from pathlib import Path
from voicebridge.desktop.microphone import MiniaudioMicrophone
from voicebridge.journal.history import History
from voicebridge.dictation.capture import captured
journal = History(Path(sys.argv[1]))
entry = journal.begin(16000, "xterm")
for chunk in captured(MiniaudioMicrophone(), None, 16000, entry.audio, print):
    print(chunk.start + chunk.duration, flush=True)
"""


@needs_sound
def test_a_process_that_is_killed_while_it_records_leaves_all_it_heard(tmp_path: Path, microphone: SoundServer) -> None:
    pytest.importorskip("miniaudio", reason="needs: pip install 'voicebridge-core[desktop]'")
    folder = tmp_path / "history"
    process = subprocess.Popen([sys.executable, "-c", RECORDER, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    said = STELLA.at(RATE)
    microphone.begin_to_speak(said)
    journal = History(folder)
    seconds = 0.0
    while seconds < 2.5:
        seconds = float(process.stdout.readline())
    assert journal.recover() == []  # it is being recorded
    process.kill()
    process.wait()
    seconds = max([seconds, *(float(line) for line in process.stdout.read().split("\n")[:-1])])
    process.stdout.close()
    [entry] = journal.recover()
    assert (entry.state, entry.application) == ("recorded", "xterm")
    assert entry.duration >= seconds
    heard = in_file(entry.audio)
    assert len(heard) == pytest.approx(entry.duration * RATE)
    assert likeness(heard, said[: 3 * RATE // 2]) > 0.95
    assert journal.recover() == []
    journal.close()


@needs_sound
def test_a_microphone_removed_in_mid_sentence_hands_over_to_the_next(tmp_path: Path, microphone: SoundServer) -> None:
    pytest.importorskip("miniaudio", reason="needs: pip install 'voicebridge-core[desktop]'")
    from voicebridge.desktop.microphone import MiniaudioMicrophone

    microphone.plug_in(OTHER_MICROPHONE, "Headset")
    microphone.control("set-default-source", "vb_mic")
    said = STELLA.at(RATE)
    told: list[str] = []
    heard: list[AudioChunk] = []
    with closing(captured(MiniaudioMicrophone(), "Headset", RATE, tmp_path / "a.wav", told.append)) as capture:
        heard.append(next(capture))
        microphone.begin_to_speak(said, microphone=OTHER_MICROPHONE)
        while capture.duration < 1.5:
            heard.append(next(capture))
        microphone.unplug(OTHER_MICROPHONE)
        while not told:
            heard.append(next(capture))
        speaking = microphone.begin_to_speak(said[::-1].copy())
        while speaking.poll() is None:
            heard.append(next(capture))
        end = capture.duration + 0.5
        while capture.duration < end:
            heard.append(next(capture))
        microphone.unplug()
        with pytest.raises(UnavailableError, match="No microphone found"):
            heard.extend(capture)
    assert told[0].startswith("The microphone has stopped delivering sound")
    assert same(in_file(tmp_path / "a.wav"), joined(heard))
    assert likeness(joined(heard), said[:RATE]) > 0.95
    assert likeness(joined(heard), said[::-1]) > 0.95
