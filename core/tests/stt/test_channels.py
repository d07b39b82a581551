"""Recordings with one speaker per channel, with a batch and an engine that identifies the tone."""

from __future__ import annotations

import io
import threading
import wave
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from voicebridge import AudioChunk, ModelError, Segment, SttRequest, VoiceBridgeError, Word
from voicebridge.audio.decode import AudioReader
from voicebridge.files.claim import Existing
from voicebridge.speech import TranscriptInfo
from voicebridge.stt.batch import Batch
from voicebridge.stt.channels import ByChannel, ChannelTranscription
from voicebridge.stt.formats.table import FORMATS
from voicebridge.stt.job import Leftover
from voicebridge.stt.local import LocalExecutor
from voicebridge.stt.naming import plan_outputs
from voicebridge.stt.task import Task
from voicebridge.testing.processes import PATIENCE, wait_until

LOW, HIGH = 300.0, 1200.0
NAMES = ("Agent", "Caller")


class Pitches:
    """An engine that yields a segment for each sound between two pauses: "low" or "high", and its number in this channel."""

    def __init__(self) -> None:
        self.fail_at: str | None = None
        self.pause_at: str | None = None
        self.paused, self.go_on = threading.Event(), threading.Event()
        self.ended: list[str] = []
        self.most_at_once = self.at_once = 0

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Iterator[Segment]:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        kind, count = "silent", 0
        try:
            for chunk in audio:
                if np.abs(chunk.samples).max(initial=0) < 0.05:
                    continue
                spectrum = np.abs(np.fft.rfft(chunk.samples))
                kind = "low" if np.argmax(spectrum) * chunk.sample_rate / len(chunk.samples) < 700 else "high"
                count += 1
                said = f"{kind} {count}"
                if said == self.fail_at:
                    raise ModelError("The model broke. Load it again.")
                if said == self.pause_at:
                    self.paused.set()
                    assert self.go_on.wait(PATIENCE)
                end = chunk.start + chunk.duration
                words = (Word(chunk.start, chunk.start + 0.2, kind), Word(chunk.start + 0.2, end, f"{count}"))
                yield Segment(chunk.start, end, said, words, language={"low": "de", "high": "en"}[kind])
        finally:
            self.at_once -= 1
            self.ended.append(kind)

    def close(self) -> None:
        pass


class Diary:
    """Records what is reported."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.progress: list[float] = []
        self.interrupt_when: threading.Event | None = None

    def began(self, recording: Path, duration: float | None, after: float) -> None:
        self.lines.append(f"began {duration} after {after}")

    def restarted(self, recording: Path) -> None:
        self.lines.append("restarted")

    def heard(self, recording: Path, seconds: float) -> None:
        self.progress.append(seconds)

    def diarized(self, recording: Path, seconds: float) -> None:
        pass

    def said(self, recording: Path, segment: Segment) -> None:
        if self.interrupt_when is not None and self.interrupt_when.wait(PATIENCE):
            self.interrupt_when = None
            raise KeyboardInterrupt

    def finished(self, recording: Path, heard: TranscriptInfo, segments: int | None, files: Sequence[Path]) -> None:
        self.lines.append(f"finished {segments} {heard.duration:.1f} {heard.language}")

    def failed(self, recording: Path, error: VoiceBridgeError) -> None:
        self.lines.append(f"failed {error}")

    def kept(self, recording: Path, kept: Leftover) -> None:
        self.lines.append(f"kept {[file.name for file in kept.files]} resumable {kept.resumable}")


def call(path: Path, low: str, high: str, rate: int = 16_000) -> Path:
    """Write a stereo WAV in which each character is half a second: a tone for an x, low on the left, high on the right."""
    at = np.arange(rate // 2) / rate

    def channel(turns: str, hertz: float) -> Any:
        return np.concatenate([0.5 * np.sin(2 * np.pi * hertz * at) * (turn == "x") for turn in turns])

    samples = np.stack([channel(low, LOW), channel(high, HIGH)], axis=1)
    return write(path, samples)


def write(path: Path, samples: Any, rate: int = 16_000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((samples.shape[1], 2, rate, 0, "NONE", ""))
        file.writeframes((samples * 32_767).astype("<i2").tobytes())
    return path


def opened(path: Path, names: Sequence[str] = NAMES) -> ByChannel:
    return ByChannel(lambda number, count: AudioReader(path, path.name, channel=number, channels=count), names)


def batch(engine: Any, diary: Diary, *, names: Sequence[str] = NAMES, stdout: io.StringIO | None = None, **task: Any) -> Batch:
    load = engine if callable(engine) else lambda: engine
    wanted = Task(model="acme/pitches", request=SttRequest(), channels=names, **task)
    executor = LocalExecutor(load, wanted, lambda path: opened(path, names))
    return Batch(executor, wanted, diary, stdout=stdout or io.StringIO())


def transcription(engine: Any, sounds: Any, on_heard: Any = None) -> ChannelTranscription:
    return ChannelTranscription(engine, "acme/pitches", sounds, SttRequest(words=True), on_heard)


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name == "channel"}


def test_what_each_channel_says_is_its_speaker_s_and_all_come_in_order_of_time(tmp_path: Path) -> None:
    path = call(tmp_path / "call.wav", "x..xx...x", ".x.x.x...")
    positions: list[float] = []
    with closing(opened(path)) as recording, closing(recording.chunks(16_000)) as sounds:
        job = transcription(Pitches(), sounds, positions.append)
        found = list(job)

    assert [(each.speaker, each.text, each.start) for each in found] == [
        ("Agent", "low 1", 0.0), ("Caller", "high 1", 0.5), ("Agent", "low 2", 1.5), ("Caller", "high 2", 1.5),
        ("Agent", "low 3", 2.0), ("Caller", "high 3", 2.5), ("Agent", "low 4", 4.0),
    ]  # fmt: skip
    assert positions == sorted(positions)
    assert positions[-1] == 4.5
    assert (recording.channels, recording.duration, recording.damage) == (2, 4.5, None)
    assert (job.heard.duration, job.heard.language) == (4.5, "de")
    assert threads() == set()


def test_every_format_names_who_speaks(tmp_path: Path) -> None:
    path = call(tmp_path / "call.wav", "xx..", "..x.")
    assert batch(Pitches(), Diary(), words=True).run(plan_outputs([path], sorted(FORMATS), None)) == 0

    for name in FORMATS:
        text = (tmp_path / f"call.{name}").read_text("utf-8")
        assert text.count("Agent") in ({1} if name == "md" else {1, 2}), name
        assert text.count("Caller") == 1, name
        assert text.index("Agent") < text.index("Caller"), name
    assert (tmp_path / "call.txt").read_text("utf-8") == "Agent: low 1\nAgent: low 2\nCaller: high 1\n"
    assert "Agent: low 1 low 2\n\n" in (tmp_path / "call.srt").read_text("utf-8")
    assert "Caller: high 1\n" in (tmp_path / "call.srt").read_text("utf-8")


def test_channels_without_names_are_numbered(tmp_path: Path) -> None:
    stdout = io.StringIO()
    plans = plan_outputs([write(tmp_path / "call.wav", np.full((16_000, 3), 0.5) * np.sin(np.arange(16_000) / 8)[:, None])], [], None)

    assert batch(Pitches(), Diary(), names=(), stdout=stdout).run(plans) == 0

    assert sorted({line.partition(":")[0] for line in stdout.getvalue().splitlines()}) == ["Channel 1", "Channel 2", "Channel 3"]


def test_the_engine_is_given_all_channels_at_once(tmp_path: Path) -> None:
    engine = Pitches()
    engine.pause_at = "low 1"
    plans = plan_outputs([call(tmp_path / "call.wav", "x", "x")], ["txt"], None)
    run = threading.Thread(target=batch(engine, Diary()).run, args=(plans,))
    run.start()
    assert engine.paused.wait(PATIENCE)
    wait_until(lambda: engine.most_at_once == 2, "the other channel to begin while the first is under way")
    engine.go_on.set()
    run.join()

    assert (tmp_path / "call.txt").read_text() == "Agent: low 1\nCaller: high 1\n"


@pytest.mark.parametrize(("count", "names"), [(1, NAMES), (1, ()), (2, ("A", "B", "C")), (3, NAMES), (2, ("A",))])
def test_a_recording_with_other_channels_is_one_line_and_no_model_is_loaded(tmp_path: Path, count: int, names: Sequence[str]) -> None:
    diary = Diary()
    plans = plan_outputs([write(tmp_path / "call.wav", np.zeros((16_000, count)))], ["txt"], None)

    assert batch(lambda: pytest.fail("loaded"), diary, names=names).run(plans) == 1

    [line] = diary.lines
    assert line.startswith(f"failed call.wav has {'only one channel.' if count == 1 else f'{count} channels,'} ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["call.wav"]


def test_a_channel_that_fails_ends_the_others_and_is_said_once(tmp_path: Path) -> None:
    engine, diary = Pitches(), Diary()
    engine.fail_at = "high 2"
    plans = plan_outputs([call(tmp_path / "call.wav", "x" * 20, "xx" + "." * 18)], ["txt"], None)

    assert batch(engine, diary).run(plans) == 1

    assert [line for line in diary.lines if line.startswith("failed")] == ["failed The model broke. Load it again."]
    assert sorted(engine.ended) == ["high", "low"]
    assert threads() == set()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["call.wav"]


def test_who_wants_no_more_ends_all_channels(tmp_path: Path) -> None:
    engine = Pitches()
    path = call(tmp_path / "call.wav", "x" * 200, "x" * 200)
    with closing(opened(path)) as recording, closing(recording.chunks(16_000)) as sounds:
        segments = iter(transcription(engine, sounds))
        next(segments)
        segments.close()
        assert threads() == set()
        assert len(engine.ended) == 2


def test_damage_of_the_recording_is_told_once(tmp_path: Path) -> None:
    path, diary = call(tmp_path / "call.wav", "x" * 20, "x" * 20), Diary()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    assert batch(Pitches(), diary).run(plan_outputs([path], ["txt"], None)) == 1

    assert [line for line in diary.lines if line.startswith("failed")] == [
        "failed call.wav ends early: 5.0 s of 10.0 s could be read. Copy it again from its source."
    ]
    assert len((tmp_path / "call.txt").read_text().splitlines()) == 20


def test_an_interruption_keeps_what_all_channels_have_said_in_order(tmp_path: Path) -> None:
    engine, diary = Pitches(), Diary()
    engine.pause_at, diary.interrupt_when = "high 3", engine.paused
    plans = plan_outputs([call(tmp_path / "call.wav", "x" * 9, "x" * 9)], ["txt"], None)
    with pytest.raises(KeyboardInterrupt):
        batch(engine, diary).run(plans)
    engine.go_on.set()

    lines = (tmp_path / "call.partial.txt").read_text().splitlines()
    assert lines == [f"{name} {number}" for number in range(1, 6) for name in ("Agent: low", "Caller: high")][: len(lines)]
    assert 1 <= len(lines) <= 5  # of the second channel no more than two are known
    assert diary.lines[-1] == "kept ['call.partial.txt'] resumable False"


def test_other_channels_are_another_transcript(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plans = plan_outputs([call(tmp_path / "call.wav", "x.", ".x")], ["txt"], None)

    def full(*_: object) -> None:
        raise VoiceBridgeError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr("voicebridge.files.atomic.OutputFile.commit", full)
        assert batch(Pitches(), Diary()).run(plans) == 1
    diary = Diary()
    other = batch(lambda: pytest.fail("loaded"), diary, names=("A", "B"), existing=Existing.RESUME)
    assert other.run(plans) == 1
    assert "was started with other settings (channels: Agent, Caller then, A, B now)" in diary.lines[-1]

    assert batch(lambda: pytest.fail("loaded"), diary, existing=Existing.RESUME).run(plans) == 0
    assert (tmp_path / "call.txt").read_text() == "Agent: low 1\nCaller: high 1\n"
