from __future__ import annotations

import io
import itertools
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from voicebridge import AudioChunk, ModelError, OutputError, Segment, SpeechToText, SttRequest, SttSpec, VoiceBridgeError
from voicebridge.audio.decode import AudioReader
from voicebridge.engines.guard import EngineOwner, GuardedStt
from voicebridge.extension_ports import TextContext, Turn
from voicebridge.files.claim import Existing
from voicebridge.filters.filtering import FilterError, ReadyFilter, TextFilters
from voicebridge.speech import TranscriptInfo
from voicebridge.stt.batch import Batch
from voicebridge.stt.job import Leftover
from voicebridge.stt.local import LocalExecutor
from voicebridge.stt.naming import Plan, plan_outputs
from voicebridge.stt.speakers import Diarization
from voicebridge.stt.task import Task
from voicebridge.stt.transcribe import Transcription
from voicebridge.testing.processes import PATIENCE

Record = Callable[..., Path]


def tone(seconds: float) -> npt.NDArray[np.float32]:
    """A loud sine, 48 kHz, ``float32[n]``."""
    return (0.5 * np.sin(np.arange(round(seconds * 48_000)) / 20)).astype(np.float32)


class HalfSeconds:
    """An engine that yields a segment with the loudness of each chunk; every fourth ends with the previous one."""

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
                    assert self.go_on.wait(PATIENCE)
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
    """Records what is reported."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.progress: list[tuple[str, float]] = []
        self.interrupt_when: threading.Event | None = None

    def began(self, recording: Path, duration: float | None, after: float) -> None:
        self.lines.append(f"began {recording.name} after {after:.1f}")

    def restarted(self, recording: Path) -> None:
        self.lines.append(f"restarted {recording.name}")

    def heard(self, recording: Path, seconds: float) -> None:
        self.progress.append(("heard", seconds))

    def diarized(self, recording: Path, seconds: float) -> None:
        self.progress.append(("diarized", seconds))

    def said(self, recording: Path, segment: Segment) -> None:
        if self.interrupt_when is not None and self.interrupt_when.wait(PATIENCE):
            self.interrupt_when = None
            raise KeyboardInterrupt

    def finished(self, recording: Path, heard: TranscriptInfo, segments: int | None, files: Sequence[Path]) -> None:
        self.lines.append(f"finished {recording.name} {segments} {heard.duration:.1f} {heard.language} {[file.name for file in files]}")

    def failed(self, recording: Path, error: VoiceBridgeError) -> None:
        self.lines.append(f"failed {error}")

    def kept(self, recording: Path, kept: Leftover) -> None:
        self.lines.append(f"kept {[file.name for file in kept.files]} resumable {kept.resumable}")


class ClosedBatch(Batch):
    """Releases the executor at the end, as a command does."""

    def run(self, plans: Sequence[Plan]) -> int:
        try:
            return super().run(plans)
        finally:
            assert isinstance(self._executor, LocalExecutor)
            self._executor.close()


def local_batch(
    load: Callable[[], SpeechToText],
    task: Task,
    diary: Diary,
    open_audio: Callable[[Path], Any],
    *,
    stdout: io.StringIO | None = None,
    jobs: int = 1,
) -> Batch:
    return ClosedBatch(LocalExecutor(load, task, open_audio), task, diary, stdout=stdout or io.StringIO(), at_once=jobs)


def make_batch(
    engine: SpeechToText | Callable[[], SpeechToText],
    diary: Diary,
    *,
    stdout: io.StringIO | None = None,
    jobs: int = 1,
    **task: Any,
) -> Batch:
    load = engine if callable(engine) else lambda: engine
    return local_batch(
        lambda: GuardedStt(
            load(), EngineOwner("acme/halves", "acme-asr", "acme"), SttSpec(name="halves", factory="acme:Engine", partials=True)
        ),
        Task(model="acme/halves", **{"request": SttRequest(), **task}),
        diary,
        AudioReader,
        stdout=stdout,
        jobs=jobs,
    )


def test_every_format_is_written_and_nothing_else_is_left(record: Record, tmp_path: Path) -> None:
    engine, diary = HalfSeconds(), Diary()

    assert make_batch(engine, diary).run(plan_outputs([record("a.wav")], ["txt", "srt"], None)) == 0

    assert (tmp_path / "a.txt").read_text() == "loud 0\nloud 1\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.srt", "a.txt", "a.wav"]
    assert diary.lines == ["began a.wav after 0.0", "finished a.wav 2 1.0 en ['a.txt', 'a.srt']"]
    assert engine.closed


class OneSpeaker:
    """A diarizer that reads the whole recording first."""

    name, sample_rate = "acme/one", 16_000

    def check(self, speakers: int | None) -> None:
        pass

    def turns(self, audio: Iterable[AudioChunk], speakers: int | None) -> list[Turn]:
        return [Turn(0.0, sum(chunk.duration for chunk in audio), "one")]

    def close(self) -> None:
        pass


def test_the_progress_of_a_diarizer_comes_before_that_of_the_transcript(record: Record, tmp_path: Path) -> None:
    diary, recording = Diary(), record("a.wav")
    later = partial(AudioReader, start=0.5)
    finder = Diarization(finder=OneSpeaker(), speakers=None, words=True, open_audio=later)
    task = Task(model="acme/halves", request=SttRequest(), start=0.5, diarization=finder)
    batch = local_batch(HalfSeconds, task, diary, later)

    assert batch.run(plan_outputs([recording], ["txt"], None)) == 0

    assert (tmp_path / "a.txt").read_text().startswith("Speaker 1: loud")
    kinds = [kind for kind, _ in diary.progress]
    assert kinds == sorted(kinds)
    (first, position), *_ = diary.progress
    assert first == "diarized"
    assert 0.5 < position <= 1.0  # in the recording, as below
    assert ("heard", 0.5) in diary.progress


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
    assert "The model broke. Load it again. The transcript until 0:01 is kept. Continue with --resume." in diary.lines[-1]

    assert make_batch(HalfSeconds(), diary, resumable=True, existing=Existing.RESUME).run(plans) == 0
    assert len((tmp_path / "a.txt").read_text().splitlines()) == 6
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "a.wav"]


def interrupted(plans: Sequence[Plan], diary: Diary, **settings: Any) -> HalfSeconds:
    """A run that is interrupted after three segments; its engine is left computing and then released."""
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
    assert not engine.closed  # which would wait for the computation
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


def counting(text: str, context: TextContext) -> str:
    """How much text comes before, which shows whether a resumed run knows it."""
    return f"{text} after {len(context.before)}"


def failing_at_loud_1(text: str, context: TextContext) -> str:
    if text == "loud 1":
        raise FilterError("The filter broke.")
    return text.upper()


def test_a_run_that_goes_on_has_the_same_filtered_text(record: Record, tmp_path: Path) -> None:
    filters = TextFilters("transcript", (ReadyFilter("acme/loud", failing_at_loud_1), ReadyFilter("acme/count", counting)))
    plans = plan_outputs([record("a.wav", sound=tone(5))], ["txt", "srt"], None)
    assert make_batch(HalfSeconds(), Diary(), resumable=True, filters=filters).run(plans) == 0
    whole = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert whole["a.txt"].decode().splitlines()[:3] == ["LOUD 0 after 0", "loud 1 after 14", "loud 2 after 30"]
    for name in ("txt", "srt"):
        (tmp_path / f"a.{name}").unlink()

    interrupted(plans, Diary(), resumable=True, filters=filters)
    diary = Diary()
    assert make_batch(HalfSeconds(), diary, resumable=True, existing=Existing.RESUME).run(plans) == 1
    assert "other settings (filters: acme/loud, acme/count then, not given now)" in diary.lines[-1]
    assert make_batch(HalfSeconds(), Diary(), resumable=True, existing=Existing.RESUME, filters=filters).run(plans) == 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == whole


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
        patched.setattr("voicebridge.files.atomic.OutputFile.commit", full)
        diary = Diary()
        assert make_batch(HalfSeconds(), diary, resumable=True).run(plans) == 1
    assert "The transcript until 0:01 is kept" in diary.lines[-1]
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
    assert first.paused.wait(PATIENCE)

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
    engine = HalfSeconds()
    recordings = [record("a.wav"), record("b.wav"), record("c.wav")]
    engine.pause_after = 1
    seen: list[str] = []

    class Watched(io.StringIO):
        def write(self, text: str) -> int:
            written = super().write(text)
            look()
            return written

    class Watching(Diary):
        def said(self, recording: Path, segment: Segment) -> None:
            self.lines.append(recording.name)
            look()

    stdout, listener = Watched(), Watching()

    def look() -> None:
        """When each has started and reported something, none has finished, and the first text was printed: let them go on."""
        if not seen and len(listener.lines) == 6 and stdout.getvalue():
            seen.append(stdout.getvalue())
            engine.go_on.set()

    make_batch(engine, listener, stdout=stdout, jobs=3).run(plan_outputs(recordings, [], None))

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

    batch = local_batch(lambda: engine, Task(model="acme/halves", request=SttRequest()), Diary(), Counted, jobs=4)
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
    batch = local_batch(lambda: HalfSeconds(), Task(model="acme/halves", request=SttRequest()), diary, Damaged)

    assert batch.run(plan_outputs([record("a.wav")], ["txt"], None)) == 1
    assert [line.split()[0] for line in diary.lines] == ["began", "finished", "failed"]
    assert (tmp_path / "a.txt").exists()


def test_a_stretch_lasts_as_long_as_what_was_heard_of_it(record: Record) -> None:
    diary = Diary()
    batch = local_batch(
        lambda: HalfSeconds(),
        Task(model="acme/halves", request=SttRequest(), start=1.0, end=3.0),
        diary,
        lambda path: AudioReader(path, start=1.0, end=3.0),
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


def test_the_language_is_what_the_engine_found() -> None:
    job = Transcription(HalfSeconds(), "acme/halves", _chunks(2), SttRequest())
    list(job)

    assert job.heard == TranscriptInfo(duration=1.0, language="en", model="acme/halves", task="transcribe")
