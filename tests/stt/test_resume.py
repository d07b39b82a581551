"""Runs that are interrupted and resumed, as real processes: by signals and by one another."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from voicebridge.testing.processes import PATIENCE, killed_after, wait_until

COMMAND = shutil.which("voicebridge", path=str(Path(sys.executable).parent)) or "voicebridge"
posix = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
PLUGIN = """
from voicebridge import SttSpec, hookimpl

@hookimpl
def voicebridge_stt_models():
    yield SttSpec(
        name="halves", factory="ticker_engine:Engine", description="A segment each half second.", resume=True, parallel=3
    )
"""
ENGINE = """
import os, time
from voicebridge import Segment

STALL = float(os.environ.get("TICKER_STALL", "inf"))

class Engine:
    def __init__(self, name, options):
        pass

    def transcribe(self, audio, request):
        for number, chunk in enumerate(audio):
            if chunk.start >= STALL:
                time.sleep(600)  # in a thread, as an engine's C code: no signal wakes it
            if chunk.start + chunk.duration > request.after:
                yield Segment(chunk.start, chunk.start + chunk.duration, f"Half second {number}.", language="en")

    def close(self):
        pass
"""
Process = subprocess.Popen[str]
Start = Callable[..., Process]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def ticker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an installed plugin whose model takes no time."""
    site = tmp_path_factory.mktemp("ticker")
    (site / "ticker_plugin.py").write_text(PLUGIN)
    (site / "ticker_engine.py").write_text(ENGINE)
    (site / "ticker-1.0.dist-info").mkdir()
    (site / "ticker-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: ticker\nVersion: 1.0\n")
    (site / "ticker-1.0.dist-info/entry_points.txt").write_text("[voicebridge]\nticker = ticker_plugin\n")
    return site


@pytest.fixture
def start(tmp_path: Path, ticker: Path) -> Start:
    """Start ``voicebridge stt -m ticker/halves`` in a temporary folder; at ``stall`` (s) it computes for ten minutes."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ticker), os.environ.get("PYTHONPATH")])),
        "VOICEBRIDGE_HOME": str(tmp_path / "home"),
        "VOICEBRIDGE_PLUGINS": "ticker",
    }

    def start(*words: str, stall: float | None = None) -> Process:
        stalls = {} if stall is None else {"TICKER_STALL": str(stall)}
        return subprocess.Popen(
            [COMMAND, "stt", "-m", "ticker/halves", *words],
            cwd=tmp_path,
            env=environment | stalls,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    return start


@pytest.fixture
def run(start: Start) -> Run:
    """Run it to its end."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        with start(*words) as process, killed_after(process):
            out, err = process.communicate(timeout=60)
            return subprocess.CompletedProcess(words, process.returncode, out, err)

    return run


@pytest.fixture
def talk(record: Callable[..., Path]) -> Path:
    """Five seconds."""
    return record("talk.wav", "pcm_s16le", sound=np.zeros(5 * 48_000, np.float32))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def wait_for_segments(log: Path, count: int, process: Process) -> None:
    wait_until(lambda: log.exists() and log.read_bytes().count(b'"segment"') >= count, f"{count} segments", process)


HALVES = [f"Half second {number}." for number in range(10)]


@posix
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_keeps_what_was_transcribed_and_the_rest_is_done_later(
    name: str, code: int, talk: Path, start: Start, run: Run, tmp_path: Path
) -> None:
    words = ["talk.wav", "-f", "txt", "-f", "srt"]
    with start(*words, stall=2) as process, killed_after(process):
        wait_for_segments(tmp_path / ".talk.voicebridge-part", 4, process)
        process.send_signal(getattr(signal, name))
        out, said = process.communicate(timeout=PATIENCE)  # though the engine computes for ten minutes

    assert (process.returncode, out) == (code, "")
    assert said == (
        "talk.wav: interrupted at 0:02 of 0:05. The transcript so far is in talk.partial.txt and talk.partial.srt. "
        "Continue with --resume.\n"
    )
    assert (tmp_path / "talk.partial.txt").read_text().splitlines() == HALVES[:4]

    refused = run(*words)
    assert refused.returncode == 1
    assert refused.stderr == (
        "Error: talk.txt is unfinished (transcribed until 0:02). Continue with --resume, or start over with --overwrite.\n"
    )
    other = run(*words, "--resume", "--language", "de")
    assert "talk.txt was started with other settings (language: not given then, de now)." in other.stderr

    done = run(*words, "--resume")
    assert (done.returncode, done.stderr) == (0, "Wrote talk.txt\nWrote talk.srt\n")
    assert (tmp_path / "talk.txt").read_text().splitlines() == HALVES
    assert names(tmp_path) == ["talk.srt", "talk.txt", "talk.wav"]


@posix
def test_a_terminal_that_closes_is_no_reason_to_lose_anything(talk: Path, ticker: Path, tmp_path: Path) -> None:
    import pty

    master, slave = pty.openpty()
    words = [COMMAND, "stt", "-m", "ticker/halves", "talk.wav", "-f", "txt"]
    # The leader of a session with a terminal, as started by a shell in a window.
    leader = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
    environment = os.environ | {
        "PYTHONPATH": str(ticker),
        "VOICEBRIDGE_HOME": str(tmp_path / "home"),
        "VOICEBRIDGE_PLUGINS": "ticker",
        "TICKER_STALL": "2",
        "TERM": "xterm",
    }
    with subprocess.Popen(
        [sys.executable, "-c", leader, *words],
        cwd=tmp_path, env=environment, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, text=True,
    ) as process, killed_after(process):  # fmt: skip
        os.close(slave)
        wait_for_segments(tmp_path / ".talk.voicebridge-part", 4, process)
        os.close(master)
        assert process.wait(PATIENCE) == 129

    assert (tmp_path / "talk.partial.txt").read_text().splitlines() == HALVES[:4]


@posix
def test_an_interruption_of_many_says_how_many_are_done_and_the_same_command_does_the_rest(
    talk: Path, start: Start, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "talks").mkdir()
    for name in "abcdef":
        shutil.copy(talk, tmp_path / "talks" / f"{name}.wav")
    assert run("talks/a.wav", "talks/b.wav", "-f", "txt").returncode == 0

    with start("talks", "-f", "txt", "--skip-existing", "--jobs", "2", stall=2) as process, killed_after(process):
        for name in "cd":
            wait_for_segments(tmp_path / f"talks/.{name}.voicebridge-part", 4, process)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert said.splitlines() == [
        "2 of 6 recordings skipped: their transcripts exist.",
        "talks/c.wav: interrupted at 0:02 of 0:05. The transcript so far is in talks/c.partial.txt.",
        "talks/d.wav: interrupted at 0:02 of 0:05. The transcript so far is in talks/d.partial.txt.",
        "0 of 4 recordings done. Run the same command with --resume to finish.",
    ]

    done = run("talks", "-f", "txt", "--resume")
    assert done.returncode == 0
    assert sorted(done.stderr.splitlines()) == [
        "2 of 6 recordings skipped: their transcripts exist.", *(f"Wrote talks/{name}.txt" for name in "cdef")
    ]  # fmt: skip
    assert names(tmp_path / "talks") == sorted(f"{name}.{kind}" for name in "abcdef" for kind in ("wav", "txt"))
    assert {path.read_text() for path in (tmp_path / "talks").glob("*.txt")} == {"\n".join(HALVES) + "\n"}
    assert run("talks", "-f", "txt", "--resume").stderr == "6 of 6 recordings skipped: their transcripts exist.\n"


def test_the_second_of_two_runs_on_one_output_is_told_at_once(talk: Path, start: Start, run: Run, tmp_path: Path) -> None:
    with start("talk.wav", "-f", "txt", stall=2) as first, killed_after(first):
        wait_for_segments(tmp_path / ".talk.voicebridge-part", 4, first)
        for flags in ([], ["--overwrite"], ["--resume"]):
            second = run("talk.wav", "-f", "txt", "--verbose", *flags)
            assert second.returncode == 1
            assert second.stderr == (
                f"Error: talk.txt is being written by another run (process {first.pid}). Wait for it, or choose another place with -o.\n"
            )
        first.kill()
        first.communicate()
    assert run("talk.wav", "-f", "txt", "--resume").returncode == 0
    assert (tmp_path / "talk.txt").read_text().splitlines() == HALVES


def test_a_program_reads_what_happens_line_by_line(talk: Path, start: Start, run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_text("Dear diary")
    done = run("talk.wav", "bad.wav", "--json-lines", "-f", "txt", "--quiet")

    assert done.returncode == 1
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    of_talk = [line for line in lines if line.pop("recording") == "talk.wav"]
    assert of_talk[0] == {"type": "began", "duration": 5.0}
    assert of_talk[1] == {"type": "segment", "start": 0.0, "end": 0.5, "text": "Half second 0.", "language": "en"}
    assert [line["type"] for line in of_talk] == ["began", *["segment"] * 10, "done"]
    assert of_talk[-1] == {"type": "done", "duration": 5.0, "language": "en", "files": ["talk.txt"]}
    assert [line["type"] for line in lines if line not in of_talk] == ["failed"]
    assert (tmp_path / "talk.txt").read_text().splitlines() == HALVES


def test_without_files_lines_for_a_program_are_all_that_is_printed(talk: Path, run: Run, tmp_path: Path) -> None:
    done = run("talk.wav", "--json-lines", "--start", "1", "--end", "0:02")

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["start"], line["end"]) for line in lines if line["type"] == "segment"] == [(1.0, 1.5), (1.5, 2.0)]
    assert (lines[-1]["duration"], lines[-1]["files"], done.stderr) == (1.0, [], "")
    assert names(tmp_path) == ["talk.wav"]


def test_a_tree_of_recordings_becomes_a_tree_of_transcripts(talk: Path, run: Run, tmp_path: Path) -> None:
    for place in ("talks/x.wav", "talks/a/x.wav", "talks/a/x.mp3", "talks/b/c/x.wav"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(talk, tmp_path / place)
    (tmp_path / "texts").mkdir()

    done = run("talks", "--recursive", "-o", "texts")

    assert done.returncode == 0, done.stderr
    assert sorted(path.relative_to(tmp_path / "texts").as_posix() for path in (tmp_path / "texts").rglob("*.*")) == [
        "a/x.mp3.txt", "a/x.wav.txt", "b/c/x.txt", "x.txt",
    ]  # fmt: skip


def test_transcripts_of_recordings_with_one_name_never_meet_though_they_are_made_in_different_runs(
    talk: Path, run: Run, tmp_path: Path
) -> None:
    assert run("talk.wav", "-f", "txt").stderr == "Wrote talk.txt\n"
    (tmp_path / "talk.txt").write_text("corrected by hand")
    shutil.copy(talk, tmp_path / "talk.mp3")

    assert run("talk.mp3", "-f", "txt", "--overwrite").stderr == "Wrote talk.mp3.txt\n"
    assert (tmp_path / "talk.txt").read_text() == "corrected by hand"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["talk.wav", "--resume"], "--resume applies to files"),
        (["talk.wav", "--skip-existing", "-o", "-"], "--skip-existing applies to files"),
        (["talk.wav", "-f", "txt", "--resume", "--overwrite"], "--overwrite and --resume don't go together"),
        (["talk.wav", "-f", "txt", "--skip-existing", "--overwrite"], "--overwrite and --skip-existing don't go together"),
        (["-", "-o", "a.txt", "--resume"], "--resume can't read standard input again"),
        (["talk.wav", "--json-lines", "-o", "-"], "--json-lines uses standard output"),
        (["talk.wav", "--jobs", "0"], "--jobs: expected a positive integer or 'auto', got '0'"),
        (["talk.wav", "--jobs", "many"], "--jobs: expected a positive integer or 'auto', got 'many'"),
        (["talk.wav", "--start", "soon"], "'soon' is not a valid time. Write seconds"),
        (["talk.wav", "--start", "2:00", "--end", "90"], "--end 90 is not after --start 2:00"),
        (["talk.wav", "--track", "0"], "track"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_flags_that_make_no_sense_are_one_clear_line(words: list[str], says: str, talk: Path, run_here: Run, tmp_path: Path) -> None:
    done = run_here("stt", "-m", "tiny.en", *words)

    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert names(tmp_path) == ["talk.wav"]
