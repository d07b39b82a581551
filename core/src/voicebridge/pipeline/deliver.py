"""From a finished text to the place where the user wants it: one way after another, until one is known to have worked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from voicebridge.errors import PartlyInsertedError, Unavailable
from voicebridge.ports import TextInserter, Window

CLIPBOARD = "clipboard"


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
    """Leave text on the clipboard.

    Args:
        text: what to leave there.
        to_clipboard: puts text on the clipboard; raises Unavailable where there is none.
        problems: what kept it from going elsewhere.
    """
    try:
        to_clipboard(text)
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
