"""The user's own filter, as real processes."""

from __future__ import annotations

import os
import shlex
import sys
import threading
import time
from pathlib import Path

import pytest
from voicebridge.pipeline.filter import filtered

SPOKEN = "Grüße an 北京 😀, streng geheim."


def python(code: str, *arguments: str) -> str:
    """A filter in Python."""
    program = f'"{sys.executable}" -c "{code}"' if os.name == "nt" else shlex.join([sys.executable, "-c", code])
    return " ".join([program, *arguments])


def failure(code: str, seconds: float = 20.0) -> str:
    """What is said of a filter that fails, which must leave the text as it was and tell nothing of it."""
    text, problem = filtered(SPOKEN, python(code), seconds)
    assert text == SPOKEN
    assert problem is not None
    assert problem.endswith("The text was inserted as it was.")
    assert "geheim" not in problem
    assert "\n" not in problem
    return problem


def test_a_filter_is_given_the_text_and_its_output_is_taken() -> None:
    code = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read().decode().upper().encode())"
    assert filtered(SPOKEN, python(code), 20.0) == (SPOKEN.upper(), None)


def test_a_line_break_that_a_filter_adds_is_left_out_and_one_that_was_dictated_stays() -> None:
    code = "import sys; print(sys.stdin.read().strip())"
    assert filtered("Dear Anna,", python(code), 20.0) == ("Dear Anna,", None)
    assert filtered("Dear Anna,\n", python(code), 20.0) == ("Dear Anna,\n", None)


def test_the_space_before_the_text_is_kept_from_the_filter() -> None:
    code = "import sys; text = sys.stdin.read(); print(len(text))"
    assert filtered(" four", python(code), 20.0) == (" 4", None)


def test_no_shell_is_started_unless_it_is_asked_for(tmp_path: Path) -> None:
    code = "import sys; print(sys.argv[1:])"
    assert filtered("text", python(code, "'a b'", "$HOME", ";", "ls"), 20.0) == ("['a b', '$HOME', ';', 'ls']", None)


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX")
def test_a_shell_may_be_asked_for() -> None:
    assert filtered("one two", "sh -c 'tr a-z A-Z | sed s/ONE/1/'", 20.0) == ("1 TWO", None)


def test_a_filter_that_fails_changes_nothing() -> None:
    assert "failed with code 3" in failure("import sys; print(sys.stdin.read()); sys.stderr.write('geheim'); sys.exit(3)")


def test_a_filter_that_writes_nothing_changes_nothing() -> None:
    assert "wrote nothing" in failure("import sys; sys.stdin.read(); print(' ')")


def test_a_filter_that_writes_no_text_changes_nothing() -> None:
    assert "not UTF-8" in failure(r"import sys; sys.stdout.buffer.write(bytes([255, 254, 0]))")


def test_a_filter_that_never_reads_is_no_reason_to_wait() -> None:
    long = "word " * 200_000  # more than a pipe holds
    assert filtered(long, python("print(1)"), 20.0) == ("1", None)


def test_a_filter_that_runs_wild_is_stopped() -> None:
    began = time.monotonic()
    problem = failure("import sys\nwhile True: sys.stdout.write('x' * 65536)", seconds=100.0)
    assert "more than 1 MiB" in problem
    assert time.monotonic() - began < 60


if sys.platform != "win32":  # process groups, and pipes with a name

    def test_a_filter_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
        alive = tmp_path / "alive"
        os.mkfifo(alive)
        child = f"import time; file = open({str(alive)!r}, 'w'); file.write('here'); file.flush(); time.sleep(600)"
        code = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(600)"
        heard: list[str] = []
        reader = threading.Thread(target=lambda: heard.append(alive.read_text()))  # ends when the child's end is closed
        reader.start()
        began = time.monotonic()
        assert "longer than 3 s" in failure(code, seconds=3.0)
        assert time.monotonic() - began < 30
        reader.join(30)
        if reader.is_alive():  # the child never came so far
            os.close(os.open(alive, os.O_WRONLY | os.O_NONBLOCK))
        assert heard == ["here"]


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX")
def test_a_child_that_a_filter_leaves_behind_holds_nothing_up() -> None:
    began = time.monotonic()
    assert filtered("text", "sh -c 'cat; sleep 600 &'", 60.0) == ("text", None)
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("no-such-program-anywhere", "can't be started"),
        ("sed 's/a/b/", "never closed"),
        ("  ", "is empty"),
        (".", "can't be started"),
    ],
)
def test_a_command_that_is_wrong_is_told(command: str, reason: str) -> None:
    if os.name == "nt" and "never" in reason:
        pytest.skip("quotation marks mean nothing there")
    text, problem = filtered(SPOKEN, command, 5.0)
    assert (text, reason in (problem or "")) == (SPOKEN, True)


def test_a_program_in_the_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.name == "nt":
        pytest.skip("a script without an ending")
    script = tmp_path / "shout"
    script.write_text("#!/bin/sh\ntr a-z A-Z\n")
    script.chmod(0o755)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert filtered("quiet", "~/shout", 20.0) == ("QUIET", None)
