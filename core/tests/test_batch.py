from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from voicebridge import AudioChunk, ModelError, PluginError, Segment, SttRequest, VoiceBridgeError
from voicebridge.audio.decode import AudioReader
from voicebridge.pipeline.batch import Batch
from voicebridge.pipeline.transcribe import Transcription
from voicebridge.sinks.formats import Heard
from voicebridge.sinks.naming import plan_outputs

Record = Callable[..., Path]


class HalfSeconds:
    """An engine that writes down what it hears: one segment for each chunk, with its loudness."""

    def __init__(self) -> None:
        self.heard = 0
        self.closed = False
        self.fail_after: int | None = None
        self.failure: BaseException = ModelError("The model broke. Load it again.")

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Iterator[Segment]:
        for count, chunk in enumerate(audio):
            if self.fail_after is not None and count >= self.fail_after:
                raise self.failure
            self.heard += 1
            loud = "loud" if np.abs(chunk.samples).max() > 0.1 else "quiet"
            yield Segment(chunk.start, chunk.start, "a guess", final=False)
            yield Segment(chunk.start, chunk.start + chunk.duration, loud, language="en")

    def close(self) -> None:
        self.closed = True


class Diary:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def began(self, recording: Path, duration: float | None) -> None:
        self.lines.append(f"began {recording.name}")

    def heard(self, seconds: float) -> None:
        self.lines.append(f"heard {seconds:.1f}")

    def finished(self, recording: Path, heard: Heard, segments: int, files: Sequence[Path]) -> None:
        self.lines.append(f"finished {recording.name} {segments} {heard.duration:.1f} {heard.language} {[file.name for file in files]}")

    def failed(self, error: VoiceBridgeError) -> None:
        self.lines.append(f"failed {error}")

    def kept(self, partial: Path) -> None:
        self.lines.append(f"kept {partial.name}")


def make_batch(engine: HalfSeconds, diary: Diary, *, overwrite: bool = False, stdout: io.StringIO | None = None) -> Batch:
    def no_stdin() -> AudioReader:
        raise AssertionError("nothing was asked of standard input")

    return Batch(
        lambda: engine, "acme/halves", 16_000, SttRequest(), diary, overwrite=overwrite, stdin=no_stdin, stdout=stdout or io.StringIO()
    )


def test_every_format_is_written_and_nothing_else_is_left(record: Record, tmp_path: Path) -> None:
    engine, diary = HalfSeconds(), Diary()

    assert make_batch(engine, diary).run(plan_outputs([record("a.wav")], ["txt", "srt"], None)) == 0

    assert (tmp_path / "a.txt").read_text() == "loud\nloud\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.srt", "a.txt", "a.wav"]
    assert diary.lines == ["began a.wav", "heard 0.5", "heard 1.0", "finished a.wav 2 1.0 en ['a.txt', 'a.srt']"]
    assert engine.closed


def test_a_recording_that_fails_does_not_stop_the_others(record: Record, tmp_path: Path) -> None:
    engine, diary = HalfSeconds(), Diary()
    (tmp_path / "bad.wav").write_text("no sound")
    plans = plan_outputs([tmp_path / "bad.wav", record("good.wav")], ["txt"], None)

    assert make_batch(engine, diary).run(plans) == 1

    assert (tmp_path / "good.txt").exists()
    assert not (tmp_path / "bad.txt").exists()
    assert next(line for line in diary.lines if line.startswith("failed")).count("bad.wav") == 1


def test_nothing_is_loaded_when_no_recording_can_be_read(tmp_path: Path) -> None:
    diary = Diary()
    batch = Batch(
        lambda: pytest.fail("loaded"),
        "acme/halves",
        16_000,
        SttRequest(),
        diary,
        overwrite=False,
        stdin=lambda: pytest.fail("read"),
        stdout=io.StringIO(),
    )

    assert batch.run(plan_outputs([tmp_path / "absent.wav"], ["txt"], None)) == 1


def test_a_transcript_that_exists_is_kept_unless_it_may_be_replaced(record: Record, tmp_path: Path) -> None:
    plans = plan_outputs([record("a.wav")], ["txt"], None)
    (tmp_path / "a.txt").write_text("by hand")

    assert make_batch(HalfSeconds(), Diary()).run(plans) == 1
    assert (tmp_path / "a.txt").read_text() == "by hand"

    assert make_batch(HalfSeconds(), Diary(), overwrite=True).run(plans) == 0
    assert (tmp_path / "a.txt").read_text() == "loud\nloud\n"


@pytest.mark.parametrize("failure", [ModelError("The model broke."), ValueError("a bug")])
def test_an_engine_that_fails_halfway_leaves_no_half_transcript(record: Record, tmp_path: Path, failure: Exception) -> None:
    engine, diary = HalfSeconds(), Diary()
    engine.fail_after, engine.failure = 1, failure

    assert make_batch(engine, diary).run(plan_outputs([record("a.wav")], ["txt"], None)) == 1

    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]
    assert engine.closed


def test_an_interruption_keeps_what_was_transcribed(record: Record, tmp_path: Path) -> None:
    engine, diary = HalfSeconds(), Diary()
    engine.fail_after, engine.failure = 1, KeyboardInterrupt()

    with pytest.raises(KeyboardInterrupt):
        make_batch(engine, diary).run(plan_outputs([record("a.wav")], ["txt"], None))

    assert (tmp_path / "a.partial.txt").read_text() == "loud\n"
    assert not (tmp_path / "a.txt").exists()
    assert diary.lines[-1] == "kept a.partial.txt"
    assert engine.closed


def test_printed_texts_have_an_empty_line_between_them(record: Record) -> None:
    stdout = io.StringIO()

    make_batch(HalfSeconds(), Diary(), stdout=stdout).run(plan_outputs([record("a.wav"), record("b.wav")], [], None))

    assert stdout.getvalue() == "loud\nloud\n\nloud\nloud\n"


def _chunks(count: int) -> Iterator[AudioChunk]:
    for index in range(count):
        yield AudioChunk(np.zeros(8_000, np.float32), 16_000, index / 2)


def test_closing_the_iterator_stops_the_engine() -> None:
    engine = HalfSeconds()
    segments = iter(Transcription(engine, "acme/halves", _chunks(1000), SttRequest()))

    next(segments)
    segments.close()  # type: ignore[attr-defined]

    assert engine.heard == 1


def test_only_final_segments_come_out() -> None:
    segments = list(Transcription(HalfSeconds(), "acme/halves", _chunks(3), SttRequest()))

    assert [segment.text for segment in segments] == ["quiet"] * 3


def test_a_bug_in_an_engine_names_the_model() -> None:
    engine = HalfSeconds()
    engine.fail_after, engine.failure = 0, ZeroDivisionError("division by zero")

    with pytest.raises(PluginError, match="acme/halves failed in a way that it should not: ZeroDivisionError: division by zero"):
        list(Transcription(engine, "acme/halves", _chunks(1), SttRequest()))


def test_the_language_is_what_the_engine_found() -> None:
    job = Transcription(HalfSeconds(), "acme/halves", _chunks(2), SttRequest())
    list(job)

    assert job.heard == Heard(duration=1.0, language="en", model="acme/halves", task="transcribe")
