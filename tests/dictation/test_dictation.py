"""Dictation as a user runs it: a real X desktop, a real sound server, real speech into a microphone, and the text read from a window."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from voicebridge.testing.lab.bus import SessionBus, notifications_on
from voicebridge.testing.processes import PATIENCE, wait_until
from voicebridge.testing.sounds import FOX, STELLA

if TYPE_CHECKING:
    from tests.dictation.conftest import Desk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="desktops of a test's own exist on Linux alone")

RIGHT_CTRL = "105"
"""Its keycode: given its name, xdotool also presses the left one."""


@pytest.mark.parametrize("toolkit", ["tk", "gtk3", "gtk4", "qt", "xterm"])
def test_what_is_said_while_the_key_is_held_stands_in_the_window_and_the_clipboard_is_as_it_was(
    desk: Desk, toolkit: str, wait_for_fox: Callable[..., None]
) -> None:
    target = desk.x.open_entry(toolkit)
    desk.copy("what was copied before")
    with desk.dictate() as dictation:
        desk.hold(dictation)
        wait_for_fox(target)
        dictation.wait_for(f"{len(FOX.text)} characters: x11-paste.")
        assert desk.copied() == "what was copied before"


def test_the_pages_show_what_dictate_prints_while_it_waits(desk: Desk, root: Path) -> None:
    """tests/docs/test_commands.py can't run it, because it waits for keys."""
    with desk.dictate() as dictation:
        line = next(line for line in dictation.said.splitlines() if "Press Ctrl-C" in line)
    for page in ("README.md", "docs/dictation.md", "docs/first-steps.md"):
        assert f"$ voicebridge dictate\n{line}\n" in (root / page).read_text(encoding="utf-8"), page


def test_a_tap_begins_a_recording_that_the_next_tap_ends(desk: Desk, wait_for_fox: Callable[..., None]) -> None:
    target = desk.x.open_entry()
    with desk.dictate() as dictation:
        desk.tap()
        dictation.hear()
        desk.tap()
        wait_for_fox(target)


def test_silence_ends_a_recording_where_that_is_wanted(desk: Desk, wait_for_fox: Callable[..., None]) -> None:
    target = desk.x.open_entry()
    with desk.dictate("--stop-after", "0.8") as dictation:
        desk.tap()
        dictation.hear()
        wait_for_fox(target)


def test_a_second_dictation_goes_on_where_the_first_one_ended(desk: Desk) -> None:
    target = desk.x.open_entry()
    with desk.dictate() as dictation:
        desk.hold(dictation)
        desk.hold(dictation, STELLA)
        dictation.wait_for("characters: x11-paste.", 2)
        assert target.text().lower().startswith(f"{FOX.text} Please call Stella".lower())


def test_a_dictation_on_a_new_line_begins_without_a_space_and_with_a_capital(desk: Desk) -> None:
    target = desk.x.open_entry()
    with desk.dictate() as dictation:
        desk.hold(dictation)
        dictation.wait_for("characters: x11-paste.")
        desk.x.run("xdotool", "key", "Return")
        desk.hold(dictation, STELLA)
        dictation.wait_for("characters: x11-paste.", 2)
        assert target.text().split("\n")[1].startswith("Please call Stella")


def test_a_cancelled_recording_is_written_nowhere_and_stands_in_the_history(desk: Desk) -> None:
    target = desk.x.open_entry()
    with desk.dictate() as dictation:
        desk.tap()
        dictation.hear()
        desk.x.run("xdotool", "key", "Escape")
        wait_until(lambda: "cancelled" in desk.run("history", "list"), "an entry that is cancelled")
        assert json.loads(desk.run("history", "list", "--json"))[0]["duration"] > 1
        desk.hold(dictation, STELLA)
        wait_until(lambda: "Stella" in target.text(), "the next dictation")
        assert "fox" not in target.text()


def test_a_modifier_that_is_used_as_one_dictates_nothing(desk: Desk, wait_for_fox: Callable[..., None]) -> None:
    target = desk.x.open_entry()
    with desk.dictate(VOICEBRIDGE_HOTKEYS_DICTATE="ctrl_r") as dictation:
        desk.x.run("xdotool", "keydown", RIGHT_CTRL, "key", "Home", "keyup", RIGHT_CTRL)
        desk.x.key_down(RIGHT_CTRL)  # longer than a shortcut takes, so that it listens
        dictation.hear()
        desk.x.run("xdotool", "key", "End", "keyup", RIGHT_CTRL)
        desk.sound.speak(STELLA.at(16_000))  # not recorded
        desk.x.key_down(RIGHT_CTRL)
        dictation.hear()
        desk.x.key_up(RIGHT_CTRL)
        wait_for_fox(target)
    assert dictation.said.count("Listening.") == 2
    # The shortcut that was short left nothing; something may have been said during the long one.
    assert [each["state"] for each in json.loads(desk.run("history", "list", "--json"))] == ["delivered", "cancelled"]


def test_a_notice_tells_the_words_as_they_come_and_where_they_went(desk: Desk, session_bus: SessionBus, tmp_path: Path) -> None:
    first, second = desk.x.open_entry(), desk.x.open_entry()
    desk.x.focus(first)
    with (
        notifications_on(session_bus, desk.x.display, tmp_path / "notices.log") as shown,
        desk.dictate(DBUS_SESSION_BUS_ADDRESS=session_bus.address) as dictation,
    ):
        desk.tap()
        shown.wait_for("Listening")
        dictation.hear()
        shown.wait_for("brown fox jumps")
        desk.x.focus(second)
        desk.tap()
        shown.wait_for("The focus moved")
        desk.tap()
        shown.wait_for("body: 'Listening", 2)
        desk.x.run("xdotool", "key", "Escape")
        shown.wait_for("Cancelled.")
        dictation.wait_for("The focus moved")


def test_a_session_without_a_microphone_is_told_at_once(desk: Desk) -> None:
    desk.sound.kill()
    done = subprocess.run(
        [desk.command, "dictate"], env=desk.environment, capture_output=True, text=True, encoding="utf-8", check=False, timeout=PATIENCE
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: No microphone can be used here.")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["stt", "--stop-after", "1", "-f", "srt"], "--format applies only to files"),
        (["stt", "--to", "clipboard", "talk.mp3"], "--to applies only to recording from the microphone"),
        (["dictate", "--to", "screen"], "--to: expected cursor or clipboard, got 'screen'."),
        (["dictate", "-m", "tinny.en"], "Did you mean"),
        (["dictate", "begin"], "begin"),
    ],
)
def test_what_makes_no_sense_is_one_line(words: list[str], says: str, command: str, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [command, *words], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
