"""Read the text around the cursor through AT-SPI, the interface of assistive technologies, on X and on Wayland.

Finding the focused field takes many calls, so it is done while the user speaks; reading it then takes a few. GTK always supports it; Qt,
Firefox, Chromium and programs based on them only if the desktop's accessibility is enabled.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from threading import Lock, Thread
from typing import Any

from jeepney import DBusAddress
from voicebridge import UnavailableError
from voicebridge.ports import CURSOR_SECONDS, CursorText

from voicebridge_os_linux.bus import Bus

NAME = "org.a11y.Bus"
PRIORITY = 60
REACH = 200
"""Number of characters before the cursor to read."""
_LAUNCHER = DBusAddress("/org/a11y/bus", bus_name=NAME, interface=NAME)
_REGISTRY = "org.a11y.atspi.Registry"
_ROOT = "/org/a11y/atspi/accessible/root"
_ACCESSIBLE, _TEXT, _COLLECTION = (f"org.a11y.atspi.{each}" for each in ("Accessible", "Text", "Collection"))
_PROPERTIES = "org.freedesktop.DBus.Properties"
_ACTIVE, _FOCUSED, _SHOWING = 1, 12, 25
"""States, by bit number."""
_PASSWORD = 40
"""The role of a password field, whose text is never read."""
_SECONDS = 2.0
"""Seconds to search for the field."""
_AGAIN_SECONDS = 0.1
_ANSWER_SECONDS = 0.25
"""Seconds within which a program must answer during the search; one that hangs never does."""
_MOST = 2000
"""Maximum number of elements of a window to search, if its program has no search function."""
_DEEPEST = 8
_EMBEDDED = "\ufffc"
"""Placeholder in a text for an element with its own text, such as a paragraph of a web page."""
# Focused; any attributes, roles and interfaces; not inverted.
_RULE: tuple[Any, ...] = ([1 << _FOCUSED, 0], 1, {}, 1, [0, 0, 0, 0], 1, [], 1, False)
_RULE_SIGNATURE = "(aiia{ss}iaiiasib)uib"
_CANONICAL = 1
"""The sort order of the results."""
Node = tuple[str, str]
"""The bus name of a program, and the path of one of its elements."""


class AccessibleCursor:
    """Reads the text around the cursor; thread-safe."""

    def __init__(self) -> None:
        """Prepare; nothing is requested yet."""
        self._lock = Lock()
        self._tree: _Tree | None = None
        self._field: Node | None = None
        self._is_secret = False
        self._newest: object = None

    def look(self) -> None:
        """Find the focused text field in the background; returns immediately."""
        Thread(target=self._look, name="accessibility", daemon=True).start()

    def text(self) -> CursorText | None:
        """The text around the cursor, ``None`` if the program doesn't answer in time, or the focus has moved to another field."""
        until = time.monotonic() + CURSOR_SECONDS
        if not self._lock.acquire(timeout=CURSOR_SECONDS):
            return None  # the search is still running
        try:
            if self._tree is None or self._field is None:
                return None
            self._tree.until = until
            return CursorText(" ") if self._is_secret else self._tree.around(self._field)
        except UnavailableError:
            return None
        finally:
            self._lock.release()

    def _look(self) -> None:
        """Search repeatedly: while a key is grabbed, as the dictation key is, X takes the focus from the window."""
        with self._lock:
            self._field = None
            self._newest = look = object()
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until:
            with self._lock:
                if self._newest is not look or self._find(until):
                    return
            time.sleep(_AGAIN_SECONDS)

    def _find(self, until: float) -> bool:
        """Return whether the search is over: the field is found, or can't be."""
        try:
            if self._tree is None:
                self._tree = _Tree(_connect())
            self._tree.until = until
            self._field = self._tree.focused()
            self._is_secret = self._field is not None and self._tree.is_password(self._field)
        except UnavailableError:
            self._tree = None  # reconnect at the next search
            return True
        return self._field is not None


def probe() -> int:
    """Return the priority of reading through AT-SPI.

    Raises:
        UnavailableError: if this desktop has no accessibility service.
    """
    if not Bus().has(NAME):
        from voicebridge.installing import system_remedy

        raise UnavailableError(
            f"This desktop has no accessibility service, which is needed to read the text before the cursor. Install: "
            f"{system_remedy('at-spi2-core')}"
        )
    return PRIORITY


def _connect() -> Bus:
    session = Bus()
    if not session.is_owned(NAME):
        raise UnavailableError("Accessibility is not turned on in this session.")
    return Bus(str(session.call(_LAUNCHER, "GetAddress", seconds=_ANSWER_SECONDS)[0]))


class _Tree:
    """The user interfaces of all programs of a session, as a tree of nodes."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.until = 0.0
        """Deadline for calls, on ``time.monotonic()``."""

    def focused(self) -> Node | None:
        """The focused element with text in the focused window."""
        for program in self._children((_REGISTRY, _ROOT)):
            for window in self._below(program):
                with suppress(UnavailableError):
                    if self._is(window, _ACTIVE):
                        for node in self._focused_in(window):
                            if _TEXT in self._ask(node, _ACCESSIBLE, "GetInterfaces")[0]:
                                return node
        return None

    def is_password(self, node: Node) -> bool:
        """Whether a field hides its text."""
        return bool(self._ask(node, _ACCESSIBLE, "GetRole")[0] == _PASSWORD)

    def around(self, node: Node) -> CursorText | None:
        """The text around the cursor in a field, ``None`` if it no longer has the focus."""
        if not self._is(node, _FOCUSED):
            return None
        for _ in range(_DEEPEST):
            caret = int(self._property(node, "CaretOffset"))
            if caret < 0:
                return None
            begin, end = self._selected(node, caret)
            first, last = max(0, begin - REACH), min(end + 1, int(self._property(node, "CharacterCount")))
            if begin == end:  # the usual case; each call takes time
                text = str(self._ask(node, _TEXT, "GetText", "ii", (first, last))[0])
                before, after = text[: begin - first], text[begin - first :]
            else:
                before = str(self._ask(node, _TEXT, "GetText", "ii", (first, begin))[0])
                after = str(self._ask(node, _TEXT, "GetText", "ii", (end, last))[0]) if end < last else ""
            if after != _EMBEDDED:
                return CursorText(before.replace(_EMBEDDED, "\n"), after.replace(_EMBEDDED, ""))
            node = self._children(node)[self._embedded_before(node, end)]
        return None

    def _property(self, node: Node, name: str) -> Any:
        return self._ask(node, _PROPERTIES, "Get", "ss", (_TEXT, name))[0][1]

    def _selected(self, node: Node, caret: int) -> tuple[int, int]:
        if self._ask(node, _TEXT, "GetNSelections")[0] > 0:
            begin, end = sorted(self._ask(node, _TEXT, "GetSelection", "i", (0,)))
            if begin < end:
                return begin, end
        return caret, caret

    def _embedded_before(self, node: Node, place: int) -> int:
        return str(self._ask(node, _TEXT, "GetText", "ii", (0, place))[0]).count(_EMBEDDED)

    def _focused_in(self, window: Node) -> Iterator[Node]:
        """The elements that claim to have the focus: possibly the window itself, and visible elements of it, nearest first."""
        with suppress(UnavailableError):  # most programs have no search function
            found = self._ask(window, _COLLECTION, "GetMatches", _RULE_SIGNATURE, (_RULE, _CANONICAL, 0, False))[0]
            yield from [(str(name), str(path)) for name, path in found]
        waiting, seen = [window], 0
        if self._is(window, _FOCUSED):
            yield window
        while waiting and seen < _MOST:
            for child in self._below(waiting.pop(0)):
                seen += 1
                states = self._states(child)
                if states >> _FOCUSED & 1:
                    yield child
                if states >> _SHOWING & 1:
                    waiting.append(child)

    def _below(self, node: Node) -> list[Node]:
        """The children of a node, empty if its program doesn't answer."""
        try:
            return self._children(node)
        except UnavailableError:
            return []

    def _children(self, node: Node) -> list[Node]:
        return [(str(name), str(path)) for name, path in self._ask(node, _ACCESSIBLE, "GetChildren")[0]]

    def _is(self, node: Node, state: int) -> bool:
        return bool(self._states(node) >> state & 1)

    def _states(self, node: Node) -> int:
        low, high = self._ask(node, _ACCESSIBLE, "GetState")[0]
        return int(low) | int(high) << 32

    def _ask(self, node: Node, interface: str, method: str, signature: str = "", body: tuple[Any, ...] = ()) -> tuple[Any, ...]:
        left = self.until - time.monotonic()
        if left <= 0:
            raise UnavailableError("There was no time to ask.")
        to = DBusAddress(node[1], bus_name=node[0], interface=interface)
        return self._bus.call(to, method, signature, body, seconds=min(left, _ANSWER_SECONDS))
