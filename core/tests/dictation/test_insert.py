"""Delivering a text: one method after another until one has worked; a failure is always reported."""

from __future__ import annotations

import pytest
from voicebridge.dictation.insert import CLIPBOARD, Newlines, Way, at_cursor, fitted, in_order, of_application, on_clipboard
from voicebridge.errors import PartlyInsertedError, UnavailableError
from voicebridge.ports import TextInserter, Window

WINDOW = Window("7", "xterm", "a shell")


class Inserter:
    """Accepts texts, or fails as configured."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.taken: list[tuple[str, Window | None, str | None]] = []

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:
        if self.failure:
            raise self.failure
        self.taken.append((text, window, chord))


class Board:
    """A clipboard, or none."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure, self.text = failure, ""

    def __call__(self, text: str) -> None:
        if self.failure:
            raise self.failure
        self.text = text


def way(name: str, inserter: TextInserter) -> Way:
    return Way(name, lambda: inserter)


def test_the_first_way_that_works_is_the_only_one_that_writes() -> None:
    first, second, board = Inserter(), Inserter(), Board()
    delivered = at_cursor("hello", WINDOW, [way("paste", first), way("type", second)], "shift+insert", board)
    assert (delivered.to, delivered.problems) == ("paste", ())
    assert first.taken == [("hello", WINDOW, "shift+insert")]
    assert (second.taken, board.text) == ([], "")


def test_a_way_that_did_not_work_is_followed_by_the_next_and_its_reason_is_kept() -> None:
    second = Inserter()
    delivered = at_cursor("hello", None, [way("paste", Inserter(UnavailableError("Nobody asked."))), way("type", second)], None, Board())
    assert delivered.to == "type"
    assert delivered.problems == ("paste: Nobody asked.",)
    assert second.taken == [("hello", None, None)]


def test_a_way_that_cannot_even_be_opened_is_followed_by_the_next() -> None:
    def fail() -> TextInserter:
        raise UnavailableError("No display.")

    assert at_cursor("hello", None, [Way("paste", fail), way("type", Inserter())], None, Board()).to == "type"


def test_after_a_way_that_wrote_a_part_no_other_is_tried_and_the_whole_is_on_the_clipboard() -> None:
    second, board = Inserter(), Board()
    delivered = at_cursor("hello", None, [way("type", Inserter(PartlyInsertedError("Cut off."))), way("other", second)], None, board)
    assert second.taken == []
    assert (delivered.to, board.text) == (CLIPBOARD, "hello")
    assert delivered.problems == ("type: Cut off.",)


def test_where_no_way_works_the_text_is_on_the_clipboard_and_every_reason_is_told() -> None:
    board = Board()
    ways = [way("paste", Inserter(UnavailableError("One."))), way("type", Inserter(UnavailableError("Two.")))]
    delivered = at_cursor("hello", None, ways, None, board)
    assert (delivered.to, board.text) == (CLIPBOARD, "hello")
    assert delivered.problems == ("paste: One.", "type: Two.")


def test_without_any_way_the_text_is_on_the_clipboard_and_that_is_told() -> None:
    delivered = at_cursor("hello", None, [], None, board := Board())
    assert (delivered.to, board.text) == (CLIPBOARD, "hello")
    assert "voicebridge doctor" in delivered.problems[0]


def test_without_a_clipboard_either_it_is_nowhere_and_says_so() -> None:
    delivered = on_clipboard("hello", Board(UnavailableError("No clipboard.")), ["paste: One."])
    assert delivered.to == ""
    assert delivered.problems == ("paste: One.", "No clipboard.")


def test_the_best_way_comes_first_unless_the_user_has_another_order() -> None:
    ways = [way(name, Inserter()) for name in ("paste", "type", "other")]
    assert [each.name for each in in_order(ways, (), None)] == ["paste", "type", "other"]
    assert [each.name for each in in_order(ways, ("type", "unknown", "paste"), None)] == ["type", "paste"]


def test_an_applications_own_way_comes_before_all_others_and_once() -> None:
    ways = [way(name, Inserter()) for name in ("paste", "type", "other")]
    assert [each.name for each in in_order(ways, (), "other")] == ["other", "paste", "type"]
    assert [each.name for each in in_order(ways, ("paste",), "type")] == ["type", "paste"]
    assert [each.name for each in in_order(ways, (), "not here")] == ["paste", "type", "other"]


def test_an_applications_name_is_the_same_in_any_case() -> None:
    assert of_application(Window("1", "XTerm"), {"xterm": "shift+insert"}) == "shift+insert"
    assert of_application(Window("1", "firefox"), {"xterm": "shift+insert"}) is None
    assert of_application(Window("1"), {"": "ctrl+v"}) is None
    assert of_application(None, {"xterm": "shift+insert"}) is None


@pytest.mark.parametrize("text", [" Hello.", "Hello. ", "  Hello."])
def test_text_that_ends_up_on_the_clipboard_has_no_space_around_it(text: str) -> None:
    board = Board()
    assert at_cursor(text, WINDOW, [way("paste", Inserter(UnavailableError("Nobody asked.")))], None, board).to == CLIPBOARD
    assert board.text == "Hello."
    board.text = ""
    assert at_cursor(text, WINDOW, [way("paste", Inserter(PartlyInsertedError("It hangs.")))], None, board).to == CLIPBOARD
    assert board.text == "Hello."
    assert on_clipboard(text, board).to == CLIPBOARD
    assert board.text == "Hello."


EDITOR = Window("8", "gedit", "a letter")


@pytest.mark.parametrize(
    ("text", "window", "newlines", "written"),
    [
        ("one\ntwo\n\nthree", EDITOR, "keep", "one\ntwo\n\nthree"),
        ("one\ntwo\n\nthree", None, "keep", "one\ntwo\n\nthree"),
        ("one\ntwo\n\nthree", EDITOR, "space", "one two three"),
        ("one\ntwo\n\nthree", None, "space", "one two three"),
        ("one\ntwo\n\nthree", WINDOW, "keep", "one two three"),
        ("ls\r", WINDOW, "keep", "ls "),
        ("ls \x0b\u2028 rm\x85", WINDOW, "keep", "ls rm "),
        ("ls\x0f\x1b[201~\t~", WINDOW, "keep", "ls[201~\t~"),
    ],
)
def test_a_line_break_never_gets_into_a_terminal(text: str, window: Window | None, newlines: Newlines, written: str) -> None:
    assert fitted(text, window, newlines) == written


@pytest.mark.parametrize(
    "application",
    ["XTerm", "URxvt", "gnome-terminal-server", "org.kde.konsole", "foot", "WindowsTerminal.exe", "com.apple.Terminal", "KTerm"],
)
def test_terminals_of_every_system_are_known(application: str) -> None:
    assert fitted("one\ntwo", Window("9", application), "keep") == "one two"
