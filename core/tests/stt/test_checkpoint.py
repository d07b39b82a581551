"""A transcript that is interrupted at any point is the same as an uninterrupted one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from voicebridge import OutputError, Segment, Word
from voicebridge.extension_ports import Turn
from voicebridge.files.atomic import OutputFile
from voicebridge.files.claim import Existing
from voicebridge.files.lock import LockedFile
from voicebridge.speech import TranscriptInfo
from voicebridge.stt.checkpoint import Checkpoint, is_whole, log_of
from voicebridge.stt.formats.table import Format, Formats, extension_of
from voicebridge.stt.segment_log import Log
from voicebridge.testing.processes import killed_after

FORMATS = ("txt", "srt", "json", "acme/bin")


class Bin:
    """A binary format of a plugin, with its length at the start."""

    def __init__(self, file: IO[bytes], words: bool) -> None:
        self._file = file
        file.write(bytes(4))

    def write(self, segment: Segment) -> None:
        self._file.write(segment.text.encode("utf-16"))

    def finish(self, heard: TranscriptInfo) -> None:
        length = self._file.tell()
        self._file.seek(0)
        self._file.write(length.to_bytes(4, "little"))


KNOWN = Formats(lambda: [("acme/bin", Format(Bin, binary=True))])
HEARD = TranscriptInfo(9.5, "en", "acme/tiny", "transcribe")
SEGMENTS = [
    Segment(0.0, 1.25, "Good morning.", (Word(0.0, 0.5, "Good", 0.9), Word(0.5, 1.25, "morning.")), language="en", avg_logprob=-0.25),
    Segment(1.25, 2.0, "Ein Löwe 🦁", language="en", speaker="Anna"),
    Segment(2.0, 2.0, '"[1,{}]\n'.strip()),
    Segment(2.0, 2.0, "Three that end together."),
    Segment(2.5, 4.0, "A word."),
    Segment(4.0, 9.0, "Another.", no_speech_prob=0.5),
]
BELONGS = {"recording": "/talk.wav", "size": 100, "modified": 1, "model": "acme/tiny", "language": None, "files": ["talk.json"]}


def targets(folder: Path) -> list[tuple[str, Path]]:
    return [(name, folder / f"talk.{extension_of(name)}") for name in FORMATS]


def checkpoint(folder: Path, existing: Existing = Existing.REFUSE, *, resumable: bool = True, **belongs: object) -> Checkpoint:
    return Checkpoint(targets(folder), {**BELONGS, **belongs}, existing, resumable=resumable, words=True, formats=KNOWN)


def transcribe(folder: Path, existing: Existing = Existing.REFUSE, *, stop_after: int | None = None) -> None:
    """Run with an engine that yields SEGMENTS and can resume; the files are kept readable when it is stopped."""
    if existing is Existing.RESUME and is_whole(targets(folder)):
        return
    under_way = checkpoint(folder, existing)
    if under_way.heard is None:
        after = under_way.after
        for number, segment in enumerate(each for each in SEGMENTS if each.end > after):
            if number == stop_after:
                under_way.keep(HEARD)
                under_way.release()
                return
            under_way.add(segment)
        under_way.end(HEARD, None)
    under_way.commit()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of an uninterrupted run."""
    folder = tmp_path_factory.mktemp("whole")
    transcribe(folder)
    return contents(folder)


def test_files_are_made_from_the_log_and_nothing_else_stays(whole: dict[str, bytes]) -> None:
    assert sorted(whole) == ["talk.bin", "talk.json", "talk.srt", "talk.txt"]
    document = json.loads(whole["talk.json"])
    assert [segment["text"] for segment in document["segments"]] == [segment.text for segment in SEGMENTS]
    assert (document["duration"], document["language"]) == (9.5, "en")


def test_a_segment_comes_out_of_the_log_as_it_went_in(tmp_path: Path) -> None:
    log = Log(LockedFile(tmp_path / "log"))
    numpy: Any = np.float32(0.5)  # what an engine may give, though it should not
    segments = [*SEGMENTS, Segment(numpy, numpy, "NumPy's", (Word(numpy, numpy, "w", numpy),), avg_logprob=numpy)]
    for segment in segments:
        log.add(segment)

    assert list(log.segments()) == segments


@pytest.mark.parametrize("stops", [[], [2], [3], [4, 1, 0, 2]], ids=str)
def test_a_kill_between_any_two_steps_loses_nothing(
    stops: list[int], tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is copied after every step of a run, which may resume interrupted ones; each copy is then resumed."""
    work, numbers = tmp_path / "work", count()
    work.mkdir()

    def copying(function: Callable[..., Any]) -> Callable[..., Any]:
        def copy(*arguments: Any, **settings: Any) -> Any:
            shutil.copytree(work, tmp_path / f"copy{next(numbers)}")  # copy2: times of change are part of it
            result = function(*arguments, **settings)
            shutil.copytree(work, tmp_path / f"copy{next(numbers)}")
            return result

        return copy

    with monkeypatch.context() as patched:
        for owner, name in [
            (Log, "_write"), (OutputFile, "__init__"), (OutputFile, "settle"), (OutputFile, "commit"),
            (Checkpoint, "_remove_partial"), (LockedFile, "remove"),
        ]:  # fmt: skip
            patched.setattr(owner, name, copying(getattr(owner, name)))
        for stop in stops:
            transcribe(work, Existing.RESUME, stop_after=stop)
        transcribe(work, Existing.RESUME)
    assert contents(work) == whole

    copies = sorted(tmp_path.glob("copy*"))
    assert len(copies) > 30
    for copy in copies:
        transcribe(copy, Existing.RESUME)
        assert contents(copy) == whole, copy.name


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The log of a run that was interrupted twice and killed just before it created its files."""
    folder = tmp_path_factory.mktemp("log")
    transcribe(folder, stop_after=3)
    transcribe(folder, Existing.RESUME, stop_after=2)
    under_way = checkpoint(folder, Existing.RESUME)
    after = under_way.after
    for segment in SEGMENTS:
        if segment.end > after:
            under_way.add(segment)
    under_way.end(HEARD, None)
    under_way.release()
    return log_of(targets(folder)).read_bytes()


@given(cut=st.integers(0, 4000), garbage=st.one_of(st.binary(max_size=200), st.just(bytes(300)), st.just(b'["00000000",{}]\n')))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
def test_any_beginning_of_a_log_with_any_garbage_after_it_is_gone_on_with(
    cut: int, garbage: bytes, log: bytes, whole: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    log_of(targets(folder)).write_bytes(log[: cut % (len(log) + 1)] + garbage)

    transcribe(folder, Existing.RESUME)

    assert contents(folder) == whole
    shutil.rmtree(folder)


@given(bytes_=st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_a_file_that_is_no_log_is_no_obstacle(bytes_: bytes, whole: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("none")
    log_of(targets(folder)).write_bytes(bytes_)

    transcribe(folder)

    assert contents(folder) == whole
    shutil.rmtree(folder)


def test_what_was_begun_is_neither_replaced_nor_gone_on_with_unasked(tmp_path: Path) -> None:
    transcribe(tmp_path, stop_after=5)
    before = contents(tmp_path)

    with pytest.raises(OutputError, match=r"talk.txt is unfinished \(transcribed until 0:04\). Continue with --resume, or start over"):
        checkpoint(tmp_path)
    assert contents(tmp_path) == before


def test_starting_over_replaces_what_was_begun_and_clears_its_partial_files_away(tmp_path: Path, whole: dict[str, bytes]) -> None:
    transcribe(tmp_path, stop_after=5)
    assert sorted(path.name for path in tmp_path.glob("talk.*")) == [
        "talk.partial.bin",
        "talk.partial.json",
        "talk.partial.srt",
        "talk.partial.txt",
    ]

    transcribe(tmp_path, Existing.OVERWRITE)

    assert contents(tmp_path) == whole


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"size": 101}, "the recording has changed since"),
        ({"modified": 2}, "the recording has changed since"),
        ({"recording": "/x/talk.wav"}, "recording: /talk.wav then, /x/talk.wav now"),
        ({"model": "acme/big"}, "model: acme/tiny then, acme/big now"),
        ({"language": "de"}, "language: not given then, de now"),
        ({"files": ["talk.json", "talk.srt"]}, "files: talk.json then, talk.json, talk.srt now"),
        ({"-O beam_size": 5}, "-O beam_size: not given then, 5 now"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_only_the_same_transcription_goes_on(tmp_path: Path, changed: dict[str, Any], says: str) -> None:
    transcribe(tmp_path, stop_after=5)
    before = contents(tmp_path)

    with pytest.raises(OutputError, match="Use the same settings, or start over with --overwrite") as refused:
        checkpoint(tmp_path, Existing.RESUME, **changed)
    assert says in str(refused.value)
    assert contents(tmp_path) == before


def test_a_begun_log_without_a_segment_is_no_reason_to_ask(tmp_path: Path, whole: dict[str, bytes]) -> None:
    begun = checkpoint(tmp_path, size=7)
    os.close(begun._file.handle)  # as after a kill
    assert log_of(targets(tmp_path)).exists()

    transcribe(tmp_path)
    assert contents(tmp_path) == whole


def test_a_transcript_that_came_into_being_since_is_not_replaced(tmp_path: Path) -> None:
    transcribe(tmp_path, stop_after=5)
    (tmp_path / "talk.srt").write_text("by hand")

    with pytest.raises(OutputError, match="already exists"):
        checkpoint(tmp_path, Existing.RESUME)
    assert (tmp_path / "talk.srt").read_text() == "by hand"


def test_a_run_that_was_to_replace_goes_on_replacing(tmp_path: Path, whole: dict[str, bytes]) -> None:
    for _, target in targets(tmp_path):
        target.write_text("old")
    transcribe(tmp_path, Existing.OVERWRITE, stop_after=5)

    transcribe(tmp_path, Existing.RESUME)
    assert contents(tmp_path) == whole


def test_a_partial_file_that_the_user_has_changed_or_made_stays(tmp_path: Path) -> None:
    (tmp_path / "talk.partial.txt").write_text("a talk named partial")
    transcribe(tmp_path, stop_after=5)
    assert (tmp_path / "talk.partial.txt").read_text() == "a talk named partial"
    assert (tmp_path / "talk.partial2.txt").read_text().startswith("Good morning.\n")
    (tmp_path / "talk.partial.srt").write_text("corrected by hand")

    transcribe(tmp_path, Existing.RESUME)

    assert sorted(path.name for path in tmp_path.glob("*partial*")) == ["talk.partial.srt", "talk.partial.txt"]


def test_two_runs_never_write_one_transcript(tmp_path: Path) -> None:
    """The other run is another process, and writes another format with the same name."""
    script = (
        "import sys\nfrom pathlib import Path\nfrom voicebridge.stt.checkpoint import *\nfrom voicebridge.files.claim import *\n"
        "c = Checkpoint([('vtt', Path(sys.argv[1]))], {}, Existing.REFUSE, resumable=True, words=False)\n"
        "print('begun', flush=True)\nsys.stdin.read()\n"
    )
    words = [sys.executable, "-c", script, str(tmp_path / "talk.vtt")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other, killed_after(other):
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"begun"
        for existing in Existing:
            with pytest.raises(OutputError, match=rf"talk\.vtt is being written by another run \(process {other.pid}\)\. Wait for it"):
                checkpoint(tmp_path, existing)
        other.kill()

    transcribe(tmp_path)


def test_a_lock_ends_with_the_file_it_was_on(tmp_path: Path) -> None:
    first = LockedFile(tmp_path / "log")
    with pytest.raises(BlockingIOError):
        LockedFile(tmp_path / "log")
    first.remove()
    second = LockedFile(tmp_path / "log")
    assert (tmp_path / "log").exists()
    second.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_clear_error_and_the_log_stays_whole(tmp_path: Path) -> None:
    under_way = checkpoint(tmp_path)
    under_way.add(SEGMENTS[0])
    kept, full = os.dup(under_way._file.handle), os.open("/dev/full", os.O_WRONLY)  # a real device that never has room
    os.dup2(full, under_way._file.handle)
    with pytest.raises(OutputError, match="No space left on device"):
        under_way.add(SEGMENTS[1])
    os.dup2(kept, under_way._file.handle)
    under_way.release()
    os.close(kept)
    os.close(full)

    assert checkpoint(tmp_path, Existing.RESUME).count == 0  # the only segment might not be the only one that ends there


def test_the_longest_names_have_logs_too(tmp_path: Path) -> None:
    long: Sequence[tuple[str, Path]] = [("txt", tmp_path / ("ä" * 125 + ".txt"))]
    under_way = Checkpoint(long, BELONGS, Existing.REFUSE, resumable=True, words=False)
    under_way.add(SEGMENTS[0])
    [partial] = under_way.keep(HEARD)
    assert partial.read_text() == "Good morning.\n"
    under_way.end(HEARD, None)
    assert under_way.commit() == [long[0][1]]
    assert list(tmp_path.iterdir()) == [long[0][1]]


def test_a_run_resumes_after_whole_segments_with_the_turns_of_the_earlier_one(tmp_path: Path) -> None:
    turns = [Turn(0.0, 1.5, "a"), Turn(1.5, 9.0, "b")]
    parts = [(0.0, 1.25, True), (1.25, 2.0, False), (2.0, 3.0, False), (3.0, 4.0, True), (4.0, 5.0, False), (5.0, 6.0, False)]
    after = []
    for saved in range(len(parts) + 1):
        folder = tmp_path / str(saved)
        folder.mkdir()
        first = checkpoint(folder)
        first.note_turns(turns)
        for start, end, is_end in parts[:saved]:
            first.add(Segment(start, end, "x"), is_end=is_end)
        first.release()
        again = checkpoint(folder, Existing.RESUME)
        after.append(again.after)
        assert again.turns == (turns if saved else None)  # a log without a segment is not kept
        again.release(discard=True)
    # As without parts, the last whole segment is repeated: another may end with it, and may be missing.
    assert after == [0.0, 0.0, 0.0, 0.0, 1.25, 1.25, 1.25]


def test_overwriting_uses_no_turns_of_another_recording(tmp_path: Path) -> None:
    first = checkpoint(tmp_path)
    first.note_turns([Turn(0.0, 1.5, "a")])
    for segment in SEGMENTS:
        first.add(segment)
    first.release()
    again = checkpoint(tmp_path, Existing.OVERWRITE)
    assert again.turns is None
    again.release(discard=True)
