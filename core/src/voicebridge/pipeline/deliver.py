"""From a finished text to the place where the user wants it: one way after another, until one is known to have worked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from voicebridge.errors import PartlyInsertedError, Unavailable
from voicebridge.ports import TextInserter, Window
from voicebridge.terminals import is_terminal

CLIPBOARD = "clipboard"
Newlines = Literal["keep", "space"]
_BREAK = re.compile(r" *(?:[\n\r\v\f\x85\u2028\u2029]+ *)+")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Way:
    """One way to insert text."""

    name: str
    """As a user writes it in ``[insertion] order``."""
    open: Callable[[], TextInserter]
    """Gives the inserter.

    Raises:
        Unavailable: when it can't be used here.
    """


@dataclass(frozen=True, slots=True)
class Delivered:
    """Where a text has gone."""

    to: str
    """The name of a way, ``clipboard``, or empty when it is nowhere."""
    problems: tuple[str, ...] = ()
    """What kept it from going where it should have gone, as sentences."""


def fitted(text: str, window: Window | None, newlines: Newlines) -> str:
    """The text as it may be written into a window.

    A terminal runs what stands before a line break, and obeys other control characters, so that it gets spaces and no such characters.

    Args:
        text: what was dictated.
        window: that has the focus, where it is known.
        newlines: ``space`` for spaces in place of line breaks everywhere, ``keep`` for them in terminals alone.
    """
    in_terminal = window is not None and is_terminal(window.application)
    if newlines == "space" or in_terminal:
        text = _BREAK.sub(" ", text)
    return _CONTROL.sub("", text) if in_terminal else text


def at_cursor(text: str, window: Window | None, ways: Iterable[Way], chord: str | None, to_clipboard: Callable[[str], None]) -> Delivered:
    """Insert text where the cursor is; where no way works, leave it on the clipboard.

    Args:
        text: what to insert.
        window: that has the focus, where it is known.
        ways: in the order in which to try them.
        chord: that pastes in this window, where the user has said so.
        to_clipboard: puts text on the clipboard; raises Unavailable where there is none.
    """
    problems = []
    for way in ways:
        try:
            way.open().insert(text, window, chord)
        except PartlyInsertedError as error:
            problems.append(f"{way.name}: {error}")
            break  # another way would write some of it twice
        except Unavailable as error:
            problems.append(f"{way.name}: {error}")
        else:
            return Delivered(way.name, tuple(problems))
    if not problems:
        problems.append("No way to insert text can be used here; voicebridge doctor says why.")
    return on_clipboard(text, to_clipboard, problems)


def on_clipboard(text: str, to_clipboard: Callable[[str], None], problems: Sequence[str] = ()) -> Delivered:
    """Leave text on the clipboard, without the space that would part it from what stands before the cursor.

    Args:
        text: what to leave there.
        to_clipboard: puts text on the clipboard; raises Unavailable where there is none.
        problems: what kept it from going elsewhere.
    """
    try:
        to_clipboard(text.strip(" "))
    except Unavailable as error:
        return Delivered("", (*problems, str(error)))
    return Delivered(CLIPBOARD, tuple(problems))


def in_order(ways: Sequence[Way], order: Sequence[str], first: str | None) -> list[Way]:
    """The ways as the user wants them tried.

    Args:
        ways: those that there are, the best first.
        order: their names, where the user has chosen; others are then not tried.
        first: the name of the one to try before all others.
    """
    chosen = [way for name in order for way in ways if way.name == name] if order else list(ways)
    preferred = [way for way in ways if way.name == first]
    return [*preferred, *(way for way in chosen if way not in preferred)]


def of_application(window: Window | None, table: Mapping[str, str]) -> str | None:
    """What a table of the configuration says of a window's application, whatever the case of its name."""
    if window is None or not window.application:
        return None
    by_name = {name.lower(): value for name, value in table.items()}
    return by_name.get(window.application.lower())
