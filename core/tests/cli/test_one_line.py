"""The line on a terminal that is replaced in place: never wider than the terminal, and never mixed with other messages."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from voicebridge.cli.shared.one_line import fitting
from voicebridge.testing.lab.terminal import Terminal

SCRIPT = """
import logging, sys
from voicebridge.cli.shared.terminal import Remarks

remarks = Remarks()
remarks.line.draw("a draft")
logging.getLogger("voicebridge.x").warning("careful")
remarks.line.draw("another draft that is long")
remarks.say("A remark")
remarks.line.draw("the last one")
remarks.line.clear()
"""


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("one two", 7, "one two"),
        ("one two", 6, "…e two"),
        ("今日は良い天気", 14, "今日は良い天気"),
        ("今日は良い天気", 13, "…日は良い天気"),
        ("今日は良い天気", 12, "…は良い天気"),
        ("e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"),
        ("red \x1b[31mtext\n here", 40, "red [31mtext here"),
        ("", 5, ""),
    ],
)
def test_only_the_end_of_a_wide_text_is_shown(text: str, width: int, shown: str) -> None:
    assert fitting(text, width) == shown


@given(st.text(max_size=60), st.integers(3, 50))
def test_it_fits_whatever_the_text_is(text: str, width: int) -> None:
    shown = fitting(text, width)
    assert cell_len(shown) <= width
    assert shown.isprintable()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_messages_are_printed_instead_of_it(tmp_path: Path, term: str) -> None:
    environment = {"COLUMNS": "20", "LINES": "9", "TERM": term, "PATH": "/usr/bin:/bin", "VOICEBRIDGE_HOME": str(tmp_path)}
    terminal = Terminal([sys.executable, "-c", SCRIPT], environment)
    try:
        assert terminal.wait() == 0
    finally:
        terminal.close()
    drawn = [line.split("\r") for line in terminal.shown.replace("\r\n", "\n").split("\n")]
    assert [line[-1] for line in drawn] == ["Warning: careful", "A remark", ""]
    drafts = [draft for line in drawn for draft in line[:-1] if draft]
    assert drafts == ([] if term == "dumb" else ["a draft", "…draft that is long", "the last one"])
