"""Insert a finished text with one inserter after another, until one has worked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from voicebridge.errors import PartlyInsertedError, UnavailableError
from voicebridge.ports import TextInserter, Window
from voicebridge.terminals import is_terminal

CLIPBOARD = "clipboard"
Newlines = Literal["keep", "space"]
_BREAK = re.compile(r"(?<! ) *(?:[\n\r\v\f\x85\u2028\u2029]+ *)+")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Way:
    """A way to insert text."""

    name: str
    """Its name in ``[insertion] order``."""
    open: Callable[[], TextInserter]
    """Returns the inserter.

    Raises:
        UnavailableError: if it can't be used here.
    """


@dataclass(frozen=True, slots=True)
class Delivered:
    """Where a text was inserted."""

    to: str
    """The name of an inserter, ``clipboard``, or empty if nowhere."""
    problems: tuple[str, ...] = ()
    """Why it was not inserted as intended, as sentences."""


def fitted(text: str, window: Window | None, newlines: Newlines) -> str:
    """The text in the form that may be inserted into a window.

    A terminal executes the line before a line break, and interprets other control characters, so line breaks become spaces and control
    characters are removed.

    Args:
        text: the dictated text.
        window: the focused window, if known.
        newlines: ``space`` replaces line breaks everywhere, ``keep`` only in terminals.
    """
    in_terminal = window is not None and is_terminal(window.application)
    if newlines == "space" or in_terminal:
        text = _BREAK.sub(" ", text)
    return _CONTROL.sub("", text) if in_terminal else text


def at_cursor(text: str, window: Window | None, ways: Iterable[Way], chord: str | None, to_clipboard: Callable[[str], None]) -> Delivered:
    """Insert text at the cursor; if no inserter works, copy it to the clipboard.

    Args:
        text: the text.
        window: the focused window, if known.
        ways: the inserters, in the order in which to try them.
        chord: the keys that paste in this window, if configured.
        to_clipboard: copies text to the clipboard; raises UnavailableError if there is none.
    """
    problems = []
    for way in ways:
        try:
            way.open().insert(text, window, chord)
        except PartlyInsertedError as error:
            problems.append(f"{way.name}: {error}")
            break  # another inserter would insert some of it twice
        except UnavailableError as error:
            problems.append(f"{way.name}: {error}")
        else:
            return Delivered(way.name, tuple(problems))
    if not problems:
        problems.append("No way to insert text works here. See why: voicebridge doctor")
    return on_clipboard(text, to_clipboard, problems)


def on_clipboard(text: str, to_clipboard: Callable[[str], None], problems: Sequence[str] = ()) -> Delivered:
    """Copy text to the clipboard, without the space that would separate it from the text before the cursor.

    Args:
        text: the text.
        to_clipboard: copies text to the clipboard; raises UnavailableError if there is none.
        problems: why it was not inserted.
    """
    try:
        to_clipboard(text.strip(" "))
    except UnavailableError as error:
        return Delivered("", (*problems, str(error)))
    return Delivered(CLIPBOARD, tuple(problems))


def in_order(ways: Sequence[Way], order: Sequence[str], first: str | None) -> list[Way]:
    """The inserters in the configured order.

    Args:
        ways: the available inserters, best first.
        order: the configured names; others are then not tried.
        first: the name of the one to try first.
    """
    chosen = [way for name in order for way in ways if way.name == name] if order else list(ways)
    preferred = [way for way in ways if way.name == first]
    return [*preferred, *(way for way in chosen if way not in preferred)]


def of_application(window: Window | None, table: Mapping[str, str]) -> str | None:
    """The value for a window's application in a configuration table, regardless of case."""
    if window is None or not window.application:
        return None
    by_name = {name.lower(): value for name, value in table.items()}
    return by_name.get(window.application.lower())
