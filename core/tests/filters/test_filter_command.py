"""The user's own filter, as real processes."""

from __future__ import annotations

import os
import shlex
import sys
import threading
from pathlib import Path

import pytest
from voicebridge.filters.command import command_filter
from voicebridge.filters.filtering import FilterProblems, TextFilters
from voicebridge.testing.processes import PATIENCE

SPOKEN = "Grüße an 北京 😀, streng geheim."


def filtered(text: str, command: str, seconds: float) -> tuple[str, str | None]:
    """The text as filtered by a command, and the problem that is reported, if any."""
    told: list[str] = []
    found = TextFilters("dictation", (command_filter(command, seconds),)).begin(FilterProblems(told.append)).text(text)
    return found, told[0] if told else None


def python(code: str, *arguments: str) -> str:
    """A filter in Python."""
    program = f'"{sys.executable}" -c "{code}"' if os.name == "nt" else shlex.join([sys.executable, "-c", code])
    return " ".join([program, *arguments])


def failure(code: str, seconds: float = PATIENCE) -> str:
    """The message of a failing filter, which must leave the text unchanged and not reveal it."""
    text, problem = filtered(SPOKEN, python(code), seconds)
    assert text == SPOKEN
    assert problem is not None
    assert problem.endswith("The unfiltered text is used.")
    assert "geheim" not in problem
    assert "\n" not in problem
    return problem


def test_a_filter_is_given_the_text_and_its_output_is_taken() -> None:
    code = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read().decode().upper().encode())"
    assert filtered(SPOKEN, python(code), PATIENCE) == (SPOKEN.upper(), None)


def test_a_line_break_that_a_filter_adds_is_left_out_and_one_that_was_dictated_stays() -> None:
    code = "import sys; print(sys.stdin.read().strip())"
    assert filtered("Dear Anna,", python(code), PATIENCE) == ("Dear Anna,", None)
    assert filtered("Dear Anna,\n", python(code), PATIENCE) == ("Dear Anna,\n", None)


def test_the_space_before_the_text_is_kept_from_the_filter() -> None:
    code = "import sys; text = sys.stdin.read(); print(len(text))"
    assert filtered(" four", python(code), PATIENCE) == (" 4", None)


def test_no_shell_is_started_unless_it_is_asked_for(tmp_path: Path) -> None:
    code = "import sys; print(sys.argv[1:])"
    assert filtered("text", python(code, "'a b'", "$HOME", ";", "ls"), PATIENCE) == ("['a b', '$HOME', ';', 'ls']", None)


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX")
def test_a_shell_may_be_asked_for() -> None:
    assert filtered("one two", "sh -c 'tr a-z A-Z | sed s/ONE/1/'", PATIENCE) == ("1 TWO", None)


def test_a_filter_that_fails_changes_nothing() -> None:
    assert "failed with code 3" in failure("import sys; print(sys.stdin.read()); sys.stderr.write('geheim'); sys.exit(3)")


def test_a_filter_that_writes_nothing_changes_nothing() -> None:
    assert "wrote nothing" in failure("import sys; sys.stdin.read(); print(' ')")


def test_a_filter_that_writes_no_text_changes_nothing() -> None:
    assert "not UTF-8" in failure(r"import sys; sys.stdout.buffer.write(bytes([255, 254, 0]))")


def test_a_filter_that_never_reads_is_no_reason_to_wait() -> None:
    long = "word " * 200_000  # more than a pipe buffer
    assert filtered(long, python("print(1)"), PATIENCE) == ("1", None)


def test_a_filter_that_runs_wild_is_stopped() -> None:
    problem = failure("import sys\nwhile True: sys.stdout.write('x' * 65536)", seconds=100.0)
    assert "more than 1 MiB" in problem


if sys.platform != "win32":  # process groups, and named pipes

    def test_a_filter_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
        alive = tmp_path / "alive"
        os.mkfifo(alive)
        # Of shells, which start within 3 s even on a busy machine.
        program = shlex.join(["sh", "-c", '(exec 3> "$0"; printf here >&3; exec sleep 600) & sleep 600', str(alive)])
        heard: list[str] = []
        reader = threading.Thread(target=lambda: heard.append(alive.read_text()))  # ends when the child's end is closed
        reader.start()
        text, problem = filtered(SPOKEN, program, 3.0)
        assert (text, "longer than 3 s" in str(problem)) == (SPOKEN, True)
        reader.join(PATIENCE)
        if reader.is_alive():  # the child did not get that far
            os.close(os.open(alive, os.O_WRONLY | os.O_NONBLOCK))
        assert heard == ["here"]


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX")
def test_a_child_that_a_filter_leaves_behind_holds_nothing_up() -> None:
    assert filtered("text", "sh -c 'cat; sleep 600 &'", 60.0) == ("text", None)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("no-such-program-anywhere", "can't be started"),
        ("sed 's/a/b/", "unclosed quotation mark"),
        ("  ", "is empty"),
        (".", "can't be started"),
    ],
)
def test_a_command_that_is_wrong_is_told(command: str, reason: str) -> None:
    if os.name == "nt" and "unclosed" in reason:
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
    assert filtered("quiet", "~/shout", PATIENCE) == ("QUIET", None)
