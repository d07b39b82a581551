"""The text assumed around the cursor: reported by a program, inserted last and typed since, or none."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import cast

import pytest
from voicebridge.dictation.cursor import AroundCursor, OwnChords, around
from voicebridge.dictation.services import DesktopServices
from voicebridge.dictation.text.compose import Style, compose
from voicebridge.paths import runtime_dir
from voicebridge.ports import CursorText, Pressed, Window
from voicebridge.runtime.settings import HotkeySettings
from voicebridge.testing.processes import wait_until

HERE, THERE = Window("1", "editor"), Window("2", "chat")
pytestmark = pytest.mark.usefixtures("home")
READ = CursorText("from the program", "x")


@pytest.mark.parametrize(
    ("read", "last", "pressed", "known"),
    [
        pytest.param(READ, "Last.", Pressed(), READ, id="a program that tells is believed"),
        pytest.param(READ, None, None, READ, id="also where nothing else is known"),
        pytest.param(CursorText(""), "Last.", Pressed(moved=True), CursorText(""), id="an empty field after a key is empty"),
        pytest.param(CursorText(""), "Last.", Pressed(), CursorText("Last."), id="a field that never shows what was inserted is not"),
        pytest.param(None, "Last.", Pressed(), CursorText("Last."), id="the last text, where nothing was pressed since"),
        pytest.param(None, "Last.", Pressed(typed=" a"), CursorText("Last. a"), id="and what was typed behind it"),
        pytest.param(None, "Last.", Pressed(moved=True), None, id="not once something was pressed"),
        pytest.param(None, "Last.", Pressed(moved=True, typed="a ("), CursorText("a ("), id="what was typed after that"),
        pytest.param(None, None, Pressed(moved=True, typed="\n"), CursorText("\n"), id="a new line, or a new message"),
        pytest.param(None, "Last.", None, None, id="nothing where keys can't be seen"),
        pytest.param(None, None, Pressed(), None, id="nothing at first"),
    ],
)
def test_the_best_source_decides(read: CursorText | None, last: str | None, pressed: Pressed | None, known: CursorText | None) -> None:
    assert around(read, last, pressed) == known


@pytest.mark.parametrize(
    ("before", "after", "written"),
    [
        ("It is here.", "", " The house."),
        ("I like", "", " the house."),
        ("I see (", "", "the house."),
        ("It is here. (", "", "The house."),
        ("(", "", "The house."),
        ("\n", "", "The house."),
        (" ", "", "The house."),
        ("", "", "The house."),
        ("", "and so on", "The house. "),
        ("I like ", ", too", "the house."),
        ("I like ", " too", "the house."),
    ],
)
def test_spaces_and_capitals_fit_what_is_on_both_sides(before: str, after: str, written: str) -> None:
    assert compose(["The house."], Style("en"), before, after) == written


def test_the_start_of_a_text_has_a_capital_and_what_is_not_known_is_as_the_model_wrote_it() -> None:
    assert compose(["the house."], Style("en"), "\n") == "The house."
    assert compose(["the house."], Style("en"), "") == "the house."


class Watching:
    """Keys pressed by a test."""

    def __init__(self, own: Callable[[], Collection[str]]) -> None:
        self.own, self.state, self.closed = own, Pressed(), False

    def reset(self) -> None:
        self.state = Pressed()

    def pressed(self) -> Pressed | None:
        return None if self.closed else self.state

    def close(self) -> None:
        self.closed = True


class Session:
    """A desktop where keys can be observed but programs report nothing."""

    def __init__(self) -> None:
        self.watching: Watching | None = None
        self.quiet_for: float | None = None

    def cursor(self) -> None:
        return None

    def presses(self) -> Session:
        return self

    def quiet(self) -> float | None:
        return self.quiet_for

    def watch(self, own: Callable[[], Collection[str]]) -> Watching:
        self.watching = Watching(own)
        return self.watching


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def cursor(session: Session) -> AroundCursor:
    return following(session)


def following(session: Session) -> AroundCursor:
    session.watching = None
    found = AroundCursor(cast(DesktopServices, session), OwnChords(frozenset({"ctrl+alt+space"}), frozenset({"esc"})))
    found.follow()
    # Not for a call of the stand-in: watching has started only once the thread has stored the result.
    wait_until(lambda: not any(thread.name == "dictation-cursor" for thread in threading.enumerate()), "the watch")
    return found


def press(session: Session, state: Pressed) -> None:
    assert session.watching is not None
    session.watching.state = state


def test_the_next_dictation_follows_the_last_one_however_late(cursor: AroundCursor) -> None:
    assert cursor.text(HERE) is None
    cursor.inserted(HERE, "It is here.")
    assert cursor.text(HERE) == CursorText("It is here.")


def test_another_window_has_another_text(cursor: AroundCursor) -> None:
    cursor.inserted(HERE, "It is here.")
    assert cursor.text(THERE) is None
    assert cursor.text(None) is None


def test_a_text_that_may_be_there_in_part_is_not_relied_on(cursor: AroundCursor) -> None:
    cursor.inserted(HERE, "It is here.")
    cursor.inserted(HERE, None)
    assert cursor.text(HERE) is None


def test_what_was_pressed_before_the_text_came_counts_as_nothing(cursor: AroundCursor, session: Session) -> None:
    press(session, Pressed(moved=True))
    cursor.inserted(HERE, "It is here.")
    assert cursor.text(HERE) == CursorText("It is here.")


def test_the_key_that_cancels_is_voicebridge_s_own_during_a_recording_alone(cursor: AroundCursor, session: Session) -> None:
    assert session.watching is not None
    assert set(session.watching.own()) == {"ctrl+alt+space"}
    cursor.begin()
    assert set(session.watching.own()) == {"ctrl+alt+space", "esc"}
    cursor.end()
    own = session.watching.own
    wait_until(lambda: set(own()) == {"ctrl+alt+space"}, "the key to be anybody's")


def test_the_chords_of_the_configuration_move_no_cursor() -> None:
    own = OwnChords.of(HotkeySettings.model_validate({"dictate": "f9", "read_clipboard": "f10"}))
    assert {"f9", "f10"} <= own.always
    assert own.while_recording == {"esc"}


def test_a_closed_watch_tells_nothing(cursor: AroundCursor) -> None:
    cursor.inserted(HERE, "It is here.")
    cursor.close()
    cursor.close()
    assert cursor.text(HERE) is None


@pytest.mark.parametrize(("quiet", "known"), [(60.0, CursorText("aa aa aa.")), (None, None)])
def test_after_a_restart_the_last_text_counts_where_nothing_was_pressed_since(
    quiet: float | None, known: CursorText | None, session: Session, home: Path
) -> None:
    following(session).inserted(HERE, "It is so, he is in.")
    assert not any("he is" in path.read_text() for path in home.rglob("*") if path.is_file())
    session.quiet_for = quiet
    again = following(session)
    if known is not None:
        wait_until(lambda: again.text(HERE) is not None, "the last text")
        assert again.text(HERE) == CursorText("aa aa aa."[-8:])
    assert again.text(THERE) is None


def test_after_a_restart_a_key_in_between_makes_the_last_text_unknown(session: Session) -> None:
    following(session).inserted(HERE, "It is here.")
    time.sleep(0.2)  # time for a key in between: only the last 0.1 s are reported as quiet
    session.quiet_for = 0.1
    assert following(session).text(HERE) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"window": "1", "text": "a.", "at": "soon"}', "\x00"])
def test_a_file_of_the_process_before_that_is_damaged_is_no_harm(content: str, session: Session) -> None:
    following(session).inserted(HERE, "It is here.")
    (runtime_dir() / "cursor.json").write_text(content)
    session.quiet_for = 60.0
    assert following(session).text(HERE) is None
