from __future__ import annotations

import io
import itertools
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from voicebridge import AudioChunk, ModelError, OutputError, PluginError, Segment, SpeechToText, SttRequest, VoiceBridgeError
from voicebridge.audio.decode import AudioReader
from voicebridge.pipeline.batch import Batch
from voicebridge.pipeline.recording import Kept, Task
from voicebridge.pipeline.transcribe import Transcription
from voicebridge.sinks.claim import Existing
from voicebridge.sinks.formats import Heard
from voicebridge.sinks.naming import Plan, plan_outputs

Record = Callable[..., Path]


def tone(seconds: float) -> npt.NDArray[np.float32]:
    """A loud sine, 48 kHz, ``float32[n]``."""
    return (0.5 * np.sin(np.arange(round(seconds * 48_000)) / 20)).astype(np.float32)


class HalfSeconds:
    """An engine that writes down what it hears: a segment for each chunk, with its loudness; every fourth ends with the one before."""

    def __init__(self) -> None:
        self.heard = 0
        self.closed = False
        self.fail_after: int | None = None
        self.failure: Exception = ModelError("The model broke. Load it again.")
        self.requests: list[SttRequest] = []
        self.pause_after: int | None = None
        self.paused, self.go_on = threading.Event(), threading.Event()
        self.at_once, self.most_at_once = 0, 0

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Iterator[Segment]:
        self.requests.append(request)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            for count, chunk in enumerate(audio):
                if self.fail_after is not None and count >= self.fail_after:
                    raise self.failure
                if count == self.pause_after:
                    self.paused.set()
                    assert self.go_on.wait(30)
                self.heard += 1
                loud = "loud" if np.abs(chunk.samples).max(initial=0) > 0.1 else "quiet"
                end = chunk.start + (0 if count % 4 == 3 else chunk.duration)
                if end > request.after:
                    yield Segment(chunk.start, chunk.start, "a guess", final=False)
                    yield Segment(min(chunk.start, end), end, f"{loud} {count}", language="en")
        finally:
            self.at_once -= 1

    def close(self) -> None:
        self.closed = True


class Diary:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.interrupt_when: threading.Event | None = None

    def began(self, recording: Path, duration: float | None, after: float) -> None:
        self.lines.append(f"began {recording.name} after {after:.1f}")

    def restarted(self, recording: Path) -> None:
        self.lines.append(f"restarted {recording.name}")

    def heard(self, recording: Path, seconds: float) -> None:
        pass

    def said(self, recording: Path, segment: Segment) -> None:
        if self.interrupt_when is not None and self.interrupt_when.wait(30):
            self.interrupt_when = None
            raise KeyboardInterrupt

    def finished(self, recording: Path, heard: Heard, segments: int, files: Sequence[Path]) -> None:
        self.lines.append(f"finished {recording.name} {segments} {heard.duration:.1f} {heard.language} {[file.name for file in files]}")

    def failed(self, recording: Path, error: VoiceBridgeError) -> None:
        self.lines.append(f"failed {error}")

    def kept(self, recording: Path, kept: Kept) -> None:
        self.lines.append(f"kept {[file.name for file in kept.files]} resumable {kept.resumable}")


def make_batch(
    engine: SpeechToText | Callable[[], SpeechToText],
    diary: Diary,
    *,
    stdout: io.StringIO | None = None,
    jobs: int = 1,
    **task: Any,
) -> Batch:
    load = engine if callable(engine) else lambda: engine
    return Batch(
        load,
        Task(model="acme/halves", **{"request": SttRequest(), **task}),
        diary,
        open_audio=AudioReader,
        stdout=stdout or io.StringIO(),
        jobs=jobs,
    )


def test_every_format_is_written_and_nothing_else_is_left(record: Record, tmp_path: Path) -> None:
    engine, diary = HalfSeconds(), Diary()

    assert make_batch(engine, diary).run(plan_outputs([record("a.wav")], ["txt", "srt"], None)) == 0

    assert (tmp_path / "a.txt").read_text() == "loud 0\nloud 1\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.srt", "a.txt", "a.wav"]
    assert diary.lines == ["began a.wav after 0.0", "finished a.wav 2 1.0 en ['a.txt', 'a.srt']"]
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
    batch = make_batch(lambda: pytest.fail("loaded"), Diary())

    assert batch.run(plan_outputs([tmp_path / "absent.wav"], ["txt"], None)) == 1


def test_a_model_that_can_t_be_loaded_is_one_error_for_all_recordings(record: Record, tmp_path: Path) -> None:
    attempts, diary = [], Diary()

    def load() -> SpeechToText:
        attempts.append(1)
        raise ModelError("No such weights.")

    plans = plan_outputs([record(f"{name}.wav") for name in "abcd"], ["txt"], None)
    with pytest.raises(ModelError, match="No such weights"):
        make_batch(load, diary, jobs=3).run(plans)

    assert (len(attempts), diary.lines) == (1, [])
    assert len(list(tmp_path.iterdir())) == 4


def test_a_transcript_that_exists_is_kept_unless_it_may_be_replaced(record: Record, tmp_path: Path) -> None:
    plans = plan_outputs([record("a.wav")], ["txt"], None)
    (tmp_path / "a.txt").write_text("by hand")

    assert make_batch(HalfSeconds(), Diary()).run(plans) == 1
    assert (tmp_path / "a.txt").read_text() == "by hand"

    assert make_batch(HalfSeconds(), Diary(), existing=Existing.OVERWRITE).run(plans) == 0
    assert (tmp_path / "a.txt").read_text() == "loud 0\nloud 1\n"


@pytest.mark.parametrize("failure", [ModelError("The model broke."), ValueError("a bug")])
def test_an_engine_that_fails_halfway_leaves_no_half_transcript(record: Record, tmp_path: Path, failure: Exception) -> None:
    engine = HalfSeconds()
    engine.fail_after, engine.failure = 1, failure

    assert make_batch(engine, Diary()).run(plan_outputs([record("a.wav")], ["txt"], None)) == 1

    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]
    assert engine.closed


def test_an_engine_that_fails_and_can_go_on_loses_nothing(record: Record, tmp_path: Path) -> None:
    engine, diary = HalfSeconds(), Diary()
    engine.fail_after = 3
    plans = plan_outputs([record("a.wav", sound=tone(3))], ["txt"], None)

    assert make_batch(engine, diary, resumable=True).run(plans) == 1
    assert "The model broke. Load it again. What was transcribed until 0:01 is kept: go on with --resume." in diary.lines[-1]

    assert make_batch(HalfSeconds(), diary, resumable=True, existing=Existing.RESUME).run(plans) == 0
    assert len((tmp_path / "a.txt").read_text().splitlines()) == 6
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "a.wav"]


def interrupted(plans: Sequence[Plan], diary: Diary, **settings: Any) -> HalfSeconds:
    """A run that is interrupted when three segments are there; the engine that it leaves computing is let go."""
    engine = HalfSeconds()
    engine.pause_after, diary.interrupt_when = 3, engine.paused
    with pytest.raises(KeyboardInterrupt):
        make_batch(engine, diary, **settings).run(plans)
    engine.go_on.set()
    return engine


def test_an_interruption_keeps_what_was_transcribed(record: Record, tmp_path: Path) -> None:
    diary = Diary()

    engine = interrupted(plan_outputs([record("a.wav", sound=tone(3))], ["txt"], None), diary)

    assert (tmp_path / "a.partial.txt").read_text() == "loud 0\nloud 1\nloud 2\n"
    assert diary.lines[-1] == "kept ['a.partial.txt'] resumable False"
    assert not engine.closed  # which would wait for what it computes
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.partial.txt", "a.wav"]


def test_a_run_that_goes_on_ends_as_one_that_was_never_interrupted(record: Record, tmp_path: Path) -> None:
    formats = ["txt", "srt", "json"]
    plans = plan_outputs([record("a.wav", sound=tone(5))], formats, None)
    assert make_batch(HalfSeconds(), Diary(), resumable=True).run(plans) == 0
    whole = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for name in formats:
        (tmp_path / f"a.{name}").unlink()

    diary, engine = Diary(), HalfSeconds()
    interrupted(plans, diary, resumable=True)
    assert diary.lines[-1] == "kept ['a.partial.txt', 'a.partial.srt', 'a.partial.json'] resumable True"
    assert make_batch(engine, diary, resumable=True, existing=Existing.RESUME).run(plans) == 0

    assert engine.requests == [SttRequest(language="en", after=1.0)]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == whole
    assert diary.lines[-2:] == ["began a.wav after 1.0", f"finished a.wav 10 5.0 en {[f'a.{name}' for name in formats]}"]


def test_an_engine_that_can_not_go_on_begins_anew_and_says_so(record: Record, tmp_path: Path) -> None:
    plans = plan_outputs([record("a.wav", sound=tone(3))], ["txt"], None)
    log = tmp_path / ".a.voicebridge-part"
    interrupted(plans, Diary(), resumable=True)

    diary, engine = Diary(), HalfSeconds()
    assert make_batch(engine, diary, existing=Existing.RESUME).run(plans) == 0

    assert diary.lines[:2] == ["restarted a.wav", "began a.wav after 0.0"]
    assert engine.requests == [SttRequest()]
    assert len((tmp_path / "a.txt").read_text().splitlines()) == 6
    assert not log.exists()


def test_what_was_heard_to_the_end_is_only_written_and_needs_no_model(
    record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = plan_outputs([record("a.wav")], ["txt"], None)

    def full(*_: object) -> None:
        raise OutputError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr("voicebridge.sinks.files.OutputFile.commit", full)
        diary = Diary()
        assert make_batch(HalfSeconds(), diary, resumable=True).run(plans) == 1
    assert "What was transcribed until 0:01 is kept" in diary.lines[-1]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a.voicebridge-part", "a.wav"]

    assert make_batch(lambda: pytest.fail("loaded"), diary, resumable=True, existing=Existing.RESUME).run(plans) == 0
    assert (tmp_path / "a.txt").read_text() == "loud 0\nloud 1\n"
    assert diary.lines[-1] == "finished a.wav 2 1.0 en ['a.txt']"


def test_a_transcript_that_another_run_is_writing_is_left_to_it(record: Record, tmp_path: Path) -> None:
    first, diary = HalfSeconds(), Diary()
    first.pause_after = 1
    plans = plan_outputs([record("a.wav")], ["txt"], None)
    run = threading.Thread(target=make_batch(first, Diary()).run, args=(plans,))
    run.start()
    assert first.paused.wait(30)

    for existing in Existing:
        assert make_batch(lambda: pytest.fail("loaded"), diary, existing=existing).run(plans) == 1
        assert f"failed {tmp_path}/a.txt is being written by another run (process {os.getpid()}). Wait for it" in diary.lines[-1]
    first.go_on.set()
    run.join()
    assert (tmp_path / "a.txt").read_text() == "loud 0\nloud 1\n"


def test_printed_texts_come_in_order_with_an_empty_line_between_them(record: Record) -> None:
    for jobs in (1, 3):
        stdout, diary = io.StringIO(), Diary()
        recordings = [record("a.wav", sound=tone(2)), record("b.wav"), record("c.wav", sound=tone(1.5))]

        make_batch(HalfSeconds(), diary, stdout=stdout, jobs=jobs).run(plan_outputs(recordings, [], None))

        assert stdout.getvalue() == "loud 0\nloud 1\nloud 2\nloud 3\n\nloud 0\nloud 1\n\nloud 0\nloud 1\nloud 2\n"


def test_the_first_unfinished_text_streams_and_the_others_wait(record: Record) -> None:
    stdout, engine = io.StringIO(), HalfSeconds()
    recordings = [record("a.wav"), record("b.wav"), record("c.wav")]
    engine.pause_after = 1
    seen: list[str] = []

    class Watching(Diary):
        def said(self, recording: Path, segment: Segment) -> None:
            self.lines.append(recording.name)
            if len(self.lines) == 6:  # each has begun and said something: nobody has come to an end
                seen.append(stdout.getvalue())
                engine.go_on.set()

    make_batch(engine, Watching(), stdout=stdout, jobs=3).run(plan_outputs(recordings, [], None))

    assert seen == ["loud 0\n"]
    assert engine.most_at_once == 3
    assert stdout.getvalue() == "loud 0\nloud 1\n\nloud 0\nloud 1\n\nloud 0\nloud 1\n"


def test_two_hundred_small_recordings_are_done_a_few_at_a_time(record: Record, tmp_path: Path) -> None:
    engine, one = HalfSeconds(), record("000.wav", sound=tone(0.1)).read_bytes()
    for number in range(200):
        (tmp_path / f"{number:03}.wav").write_bytes(one)
    opened: list[int] = []

    class Counted(AudioReader):
        def __init__(self, recording: Path) -> None:
            super().__init__(recording)
            opened.append(1)

        def close(self) -> None:
            super().close()
            opened.append(-1)

    batch = Batch(
        lambda: engine, Task(model="acme/halves", request=SttRequest()), Diary(), open_audio=Counted, stdout=io.StringIO(), jobs=4
    )
    assert batch.run(plan_outputs(sorted(tmp_path.glob("*.wav")), ["txt"], None)) == 0

    assert len(list(tmp_path.glob("*.txt"))) == 200
    assert max(itertools.accumulate(opened)) <= 4
    assert engine.most_at_once <= 4


def test_who_stops_reading_ends_the_batch_and_the_log_stays(record: Record, tmp_path: Path) -> None:
    class Closed(Diary):
        def said(self, recording: Path, segment: Segment) -> None:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        make_batch(HalfSeconds(), Closed(), resumable=True).run(plan_outputs([record("a.wav", sound=tone(60))], ["txt"], None))

    assert not list(tmp_path.glob("*.partial.*"))


def test_a_damaged_recording_is_written_and_counts_as_failed(record: Record, tmp_path: Path) -> None:
    class Damaged(AudioReader):
        damage = "a.wav is cut off: play it."

    diary = Diary()
    batch = Batch(lambda: HalfSeconds(), Task(model="acme/halves", request=SttRequest()), diary, open_audio=Damaged, stdout=io.StringIO())

    assert batch.run(plan_outputs([record("a.wav")], ["txt"], None)) == 1
    assert [line.split()[0] for line in diary.lines] == ["began", "finished", "failed"]
    assert (tmp_path / "a.txt").exists()


def test_a_stretch_lasts_as_long_as_what_was_heard_of_it(record: Record) -> None:
    diary = Diary()
    batch = Batch(
        lambda: HalfSeconds(),
        Task(model="acme/halves", request=SttRequest(), start=1.0, end=3.0),
        diary,
        open_audio=lambda path: AudioReader(path, start=1.0, end=3.0),
        stdout=io.StringIO(),
    )

    batch.run(plan_outputs([record("a.wav", sound=tone(5))], [], None))
    assert diary.lines[-1].startswith("finished a.wav 4 2.0 en")


def _chunks(count: int) -> Iterator[AudioChunk]:
    for index in range(count):
        yield AudioChunk(np.zeros(8_000, np.float32), 16_000, index / 2)


def test_closing_the_iterator_stops_the_engine() -> None:
    engine = HalfSeconds()
    segments = iter(Transcription(engine, "acme/halves", _chunks(1000), SttRequest()))

    next(segments)
    segments.close()

    assert engine.heard == 1


def test_progress_is_what_was_transcribed_and_kept_not_what_was_read() -> None:
    class ReadsAhead(HalfSeconds):
        def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Iterator[Segment]:
            yield from [each for each in super().transcribe(audio, request) if each.final]

    happened: list[object] = []
    happened.extend(segment.text for segment in Transcription(ReadsAhead(), "acme/halves", _chunks(3), SttRequest(), happened.append))

    assert happened == ["quiet 0", 0.5, "quiet 1", 1.0, "quiet 2", 1.5]


def test_only_final_segments_come_out() -> None:
    segments = list(Transcription(HalfSeconds(), "acme/halves", _chunks(3), SttRequest()))

    assert [segment.text for segment in segments] == ["quiet 0", "quiet 1", "quiet 2"]


def test_a_bug_in_an_engine_names_the_model() -> None:
    engine = HalfSeconds()
    engine.fail_after, engine.failure = 0, ZeroDivisionError("division by zero")

    with pytest.raises(PluginError, match="acme/halves failed in a way that it should not: ZeroDivisionError: division by zero"):
        list(Transcription(engine, "acme/halves", _chunks(1), SttRequest()))


def test_the_language_is_what_the_engine_found() -> None:
    job = Transcription(HalfSeconds(), "acme/halves", _chunks(2), SttRequest())
    list(job)

    assert job.heard == Heard(duration=1.0, language="en", model="acme/halves", task="transcribe")
