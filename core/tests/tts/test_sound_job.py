"""Writing a text to an audio file: completely or not at all, preserved when interrupted, and identical when resumed."""

from __future__ import annotations

import subprocess
import sys
import wave
from collections.abc import Generator, Sequence
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voicebridge.audio.tags import Tags
from voicebridge.audio.trim import Samples
from voicebridge.errors import ModelError, OutputError
from voicebridge.files.claim import Existing
from voicebridge.speech import AudioChunk
from voicebridge.testing.processes import killed_after
from voicebridge.tts.piece_log import spoken_log_of
from voicebridge.tts.sound_job import SoundFileJob
from voicebridge.tts.text.pieces import Piece
from voicebridge.tts.utterances import Voicing

RATE = 16_000
TEXT = ["One.", "Two and a half.", "Three.", "And now for something longer than all the rest.", "Five."]


class Tones:
    """Speaks each passage as its own tone, as long as its text; can be made to fail."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.spoken: list[str] = []
        self._fails_at = fails_at

    def __call__(self) -> Voicing:
        return self.speak

    def speak(self, piece: Piece) -> Generator[AudioChunk, None, None]:
        if len(self.spoken) == self._fails_at:
            raise ModelError("The voice is gone. Call it back.")
        self.spoken.append(piece.text)
        samples = tone(piece.text)
        for begin in range(0, len(samples), 700):
            yield AudioChunk(samples[begin : begin + 700], RATE)


def tone(text: str) -> Samples:
    moments = np.arange(400 * len(text)) / RATE
    pitch = 200 + 10 * (sum(text.encode()) % 40)
    return (0.4 * np.sin(2 * np.pi * pitch * moments)).astype(np.float32)


def pieces(texts: Sequence[str] = TEXT) -> list[Piece]:
    return [Piece(text, text, 0.2, f"Chapter {number}" if number % 2 else None) for number, text in enumerate(texts, start=1)]


def read(
    folder: Path, voice: Tones, existing: Existing = Existing.REFUSE, texts: Sequence[str] = TEXT, name: str = "book.wav", **belongs: object
) -> Path:
    target = folder / name
    with SoundFileJob(target, target.suffix[1:], Tags(), {"model": "tones/one", **belongs}, existing) as reading:
        for _ in reading.record(pieces(texts), voice, lambda _: None):
            pass
    return target


def samples_of(path: Path) -> Samples:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32)


@pytest.fixture
def whole(tmp_path: Path) -> bytes:
    """The file of an uninterrupted run."""
    (tmp_path / "whole").mkdir()
    return read(tmp_path / "whole", Tones()).read_bytes()


def test_a_text_becomes_a_file_and_nothing_else_is_left(tmp_path: Path) -> None:
    read(tmp_path, Tones())

    assert [path.name for path in tmp_path.iterdir()] == ["book.wav"]
    expected = sum(len(tone(text)) for text in TEXT) + 4 * 0.2 * RATE
    assert len(samples_of(tmp_path / "book.wav")) == pytest.approx(expected, abs=0.02 * RATE)


@pytest.mark.parametrize("spoken", range(len(TEXT)))
def test_what_was_spoken_before_a_failure_is_not_spoken_again_and_the_file_is_that_of_an_uninterrupted_run(
    tmp_path: Path, whole: bytes, spoken: int
) -> None:
    with pytest.raises(ModelError, match="The voice is gone"):
        read(tmp_path, Tones(fails_at=spoken))
    assert not (tmp_path / "book.wav").exists()

    voice = Tones()
    read(tmp_path, voice, Existing.RESUME)

    assert voice.spoken == TEXT[spoken:]
    assert (tmp_path / "book.wav").read_bytes() == whole
    assert sorted(path.name for path in tmp_path.iterdir()) == ["book.wav", "whole"]


def packets(path: Path) -> list[bytes]:
    """The encoded audio alone."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0)]


@pytest.mark.parametrize("name", ["book.mp3", "book.m4b", "book.flac", "book.opus"])
@pytest.mark.parametrize("spoken", [1, 3])
def test_a_compressed_file_of_an_interrupted_run_has_the_bytes_of_an_uninterrupted_one(tmp_path: Path, name: str, spoken: int) -> None:
    (tmp_path / "whole").mkdir()
    whole = read(tmp_path / "whole", Tones(), name=name)
    with pytest.raises(ModelError):
        read(tmp_path, Tones(fails_at=spoken), name=name)
    gone_on = read(tmp_path, Tones(), Existing.RESUME, name=name)
    assert packets(gone_on) == packets(whole)
    if not name.endswith("opus"):  # each Ogg file has a random serial number, so that several can be joined
        assert gone_on.read_bytes() == whole.read_bytes()


def test_a_reading_that_fails_before_it_has_spoken_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        read(tmp_path, Tones(fails_at=0))

    assert list(tmp_path.iterdir()) == []


def test_a_reading_that_was_begun_is_not_begun_anew_unasked(tmp_path: Path, whole: bytes) -> None:
    with pytest.raises(ModelError):
        read(tmp_path, Tones(fails_at=2))

    with pytest.raises(OutputError, match=r"book\.wav is unfinished \(2 passages done\)\. Continue with --resume"):
        read(tmp_path, Tones())

    voice = Tones()
    assert read(tmp_path, voice, Existing.OVERWRITE).read_bytes() == whole
    assert voice.spoken == TEXT


def test_only_a_run_that_asks_for_the_same_goes_on(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        read(tmp_path, Tones(fails_at=2), speed=1.0)

    with pytest.raises(OutputError, match=r"was started with other settings \(speed: 1\.0 then, 2\.0 now\)"):
        read(tmp_path, Tones(), Existing.RESUME, speed=2.0)


def test_a_text_that_was_changed_is_spoken_anew_from_the_change_on(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        read(tmp_path, Tones(fails_at=4))
    changed = [TEXT[0], "Two and three quarters.", *TEXT[2:]]

    voice = Tones()
    read(tmp_path, voice, Existing.RESUME, changed)

    assert voice.spoken == changed[1:]
    assert read(tmp_path, Tones(), texts=changed, name="new.wav").read_bytes() == (tmp_path / "book.wav").read_bytes()


def test_a_file_that_is_there_is_replaced_only_when_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "book.wav").write_text("mine")

    with pytest.raises(OutputError, match="already exists"):
        read(tmp_path, Tones())
    assert (tmp_path / "book.wav").read_text() == "mine"

    with pytest.raises(ModelError):
        read(tmp_path, Tones(fails_at=3), Existing.OVERWRITE)
    assert (tmp_path / "book.wav").read_text() == "mine"

    read(tmp_path, Tones(), Existing.RESUME)
    assert len(samples_of(tmp_path / "book.wav")) > RATE


def test_two_runs_never_write_one_file(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom voicebridge.tts.sound_job import *\nfrom voicebridge.files.claim import *\n"
        "r = SoundFileJob(Path(sys.argv[1]), 'wav', Tags(), {}, Existing.REFUSE)\nprint('begun', flush=True)\nsys.stdin.read()\n"
    )
    words = [sys.executable, "-c", script, str(tmp_path / "book.wav")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other, killed_after(other):
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"begun"
        for existing in Existing:
            with pytest.raises(OutputError, match=rf"book\.wav is being written by another run \(process {other.pid}\)"):
                read(tmp_path, Tones(), existing)
        other.kill()


def test_a_voice_without_a_sound_is_an_error_and_no_empty_file(tmp_path: Path) -> None:
    def mute() -> Voicing:
        nothing: list[AudioChunk] = []
        return lambda _: (chunk for chunk in nothing)

    with (
        SoundFileJob(tmp_path / "book.wav", "wav", Tags(), {}, Existing.REFUSE) as reading,
        pytest.raises(ModelError, match="produced no audio"),
    ):
        list(reading.record(pieces(), mute, lambda _: None))

    assert list(tmp_path.iterdir()) == []


def test_the_new_sound_can_be_played_while_it_is_written(tmp_path: Path) -> None:
    with SoundFileJob(tmp_path / "book.wav", "wav", Tags(), {}, Existing.REFUSE) as reading:
        played = np.concatenate([chunk.samples for chunk in reading.record(pieces(), Tones(), lambda _: None)])

    np.testing.assert_allclose(played * 32_767, samples_of(tmp_path / "book.wav"), atol=1)


@settings(max_examples=60, deadline=None)
@given(log=st.integers(0, 10**6), sound=st.integers(0, 10**6))
def test_a_log_and_a_spool_that_were_cut_anywhere_still_give_the_file_of_an_uninterrupted_run(
    tmp_path_factory: pytest.TempPathFactory, log: int, sound: int
) -> None:
    """As after a power cut, which keeps the order of writes within a file but not between two."""
    folder = tmp_path_factory.mktemp("cut")
    expected = read(folder, Tones(), name="whole.wav").read_bytes()
    with pytest.raises(ModelError):
        read(folder, Tones(fails_at=4))
    for path, cut in ((spoken_log_of(folder / "book.wav"), log), (folder / ".book.wav.voicebridge-sound", sound)):
        content = path.read_bytes()
        path.write_bytes(content[: cut % (len(content) + 1)])

    assert read(folder, Tones(), Existing.RESUME).read_bytes() == expected
