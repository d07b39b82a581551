"""``voicebridge stt`` without a file transcribes the microphone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from voicebridge.testing.lab.terminal import Terminal
from voicebridge.testing.processes import PATIENCE, wait_until
from voicebridge.testing.sounds import FOX

if TYPE_CHECKING:
    from tests.dictation.conftest import Desk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="desktops of a test's own exist on Linux alone")


def test_stt_alone_records_until_silence_and_prints_and_copies(desk: Desk) -> None:
    process = subprocess.Popen(
        [desk.command, "stt", "-m", "tiny.en", "--stop-after", "1", "--to", "clipboard"],
        env=desk.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    history = Path(desk.environment["VOICEBRIDGE_HOME"]) / "data/history"
    wait_until(lambda: any(path.stat().st_size > 2000 for path in history.rglob("*.wav")), "the recording to begin", process)
    desk.sound.speak(FOX.at(16_000))
    printed, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, printed.lower()) == (0, f"{FOX.text.lower()}\n")
    assert desk.copied().lower() == FOX.text.lower()


def test_stt_in_a_terminal_says_that_it_records_once_it_does_and_shows_the_sentence_once(desk: Desk) -> None:
    terminal = Terminal([desk.command, "stt", "-m", "tiny.en"], desk.environment)
    try:
        terminal.wait_for("Recording. Press Enter to stop.")
        desk.sound.speak(FOX.at(16_000))
        terminal.wait_for("lazy dog")  # the interim text
        terminal.type("\n")
        assert terminal.wait() == 0
    finally:
        terminal.close()
    # Each carriage return within a line starts it again.
    lines = [line.rstrip("\r").rpartition("\r")[2].lower() for line in terminal.shown.split("\n")]
    assert lines == ["recording. press enter to stop.", FOX.text.lower(), ""]


def test_stt_alone_records_until_enter_on_a_terminal(desk: Desk) -> None:
    ours, theirs = os.openpty()
    try:
        process = subprocess.Popen(
            [desk.command, "stt", "-m", "tiny.en", "--verbose"],
            env=desk.environment, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        )  # fmt: skip
        assert process.stderr is not None
        assert any("Recording. Press Enter to stop." in line for line in process.stderr)
        desk.sound.speak(FOX.at(16_000))
        os.write(ours, b"\n")
        printed, _ = process.communicate(timeout=PATIENCE)
    finally:
        os.close(ours)
        os.close(theirs)
    assert (process.returncode, printed.lower()) == (0, f"{FOX.text.lower()}\n")
