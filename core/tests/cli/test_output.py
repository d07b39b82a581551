from __future__ import annotations

import io
from contextlib import redirect_stdout

import pytest
from voicebridge.cli.shared.output import print_json, print_sheet, print_table

ROWS = [["acme", "a [plugins.acme] table " + "x" * 200], ["日本", "second\nline"]]


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Terminal()


def test_a_pipe_gets_aligned_lines_that_are_never_wrapped_or_cut(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["Name", "Remark"], ROWS)
    assert capsys.readouterr().out.splitlines() == ["Name  Remark", f"acme  {ROWS[0][1]}", "日本  second line"]


def test_a_sheet_in_a_pipe_leaves_out_what_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    print_sheet([("Name", "acme"), ("Empty", ""), ("Remark", "[b]bold[/b]")])
    assert capsys.readouterr().out.splitlines() == ["Name:    acme", "Remark:  [b]bold[/b]"]


def test_a_terminal_gets_a_table_with_colours_and_no_markup_is_read_into_the_words(terminal: Terminal) -> None:
    with redirect_stdout(terminal):
        print_table(["Name", "Remark"], ROWS, {"acme": "green"})
        print_sheet([("Name", "[b]bold[/b]")])
    shown = terminal.getvalue()
    assert "\x1b[32macme" in shown
    assert "[plugins.acme]" in shown
    assert len(shown.splitlines()) > 6
    assert "[b]bold[/b]" in shown


@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_terminal_that_wants_it_plain_gets_it_plain(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with redirect_stdout(terminal):
        print_table(["Name", "Remark"], ROWS, {"acme": "green"})
    assert terminal.getvalue().splitlines()[1] == f"acme  {ROWS[0][1]}"


def test_json_keeps_every_script_readable(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": "日本"})
    assert "日本" in capsys.readouterr().out
