"""Read a selection from its owner."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from voicebridge import UnavailableError
from Xlib import X
from Xlib.error import XError

from voicebridge_os_linux.x11.connection import Connection
from voicebridge_os_linux.x11.offers import TEXT_TARGETS, Content, Offer, decoded

OWNER_SECONDS = 1.0
"""Seconds within which an owner must answer or continue."""
SNAPSHOT_SECONDS = 2.0
"""Seconds for all formats together; the most important come first."""
SNAPSHOT_BYTES = 64 * 1024 * 1024
"""Maximum size in bytes of all formats together."""
_PIECE = 1024 * 1024
"""Bytes to read per request; python-xlib's time grows with the square of this."""
# Targets that are not content: queries, requests for an action, and resources of the X server.
_NO_CONTENT = frozenset(
    ("TARGETS", "TIMESTAMP", "MULTIPLE", "SAVE_TARGETS", "DELETE", "INSERT_SELECTION", "INSERT_PROPERTY", "LENGTH", "OWNER_OS", "HOST_NAME",
     "USER", "CLASS", "NAME", "CLIENT_WINDOW", "PROCESS", "TASK", "PIXMAP", "BITMAP", "DRAWABLE", "COLORMAP", "FOREGROUND", "BACKGROUND")
)  # fmt: skip
_FIRST = (*TEXT_TARGETS, "text/html", "text/uri-list", "image/png")


class _TooMuchError(Exception):
    """The content exceeds the limit."""


def owner(connection: Connection, selection: str) -> int:
    """The id of the window that owns a selection, 0 if there is no owner."""
    with connection.asking():
        found = connection.display.get_selection_owner(connection.atom(selection))
    return 0 if found == X.NONE else int(found.id)


def fetch(
    connection: Connection, selection: str, target: str, limit: int = SNAPSHOT_BYTES, seconds: float = OWNER_SECONDS
) -> Content | None:
    """The content of a selection in one format, ``None`` if there is no owner or it refuses the format.

    Raises:
        UnavailableError: if the owner does not answer, or sends more than ``limit`` bytes.
    """
    try:
        return _Fetch(connection, selection, target, limit, seconds).content()
    except _TooMuchError as error:
        raise UnavailableError(f"The clipboard content is larger than {limit // 2**20} MiB.") from error


def targets(connection: Connection, selection: str) -> list[str]:
    """The formats offered by a selection's owner, the most important first; the usual text formats if it doesn't list them."""
    content = fetch(connection, selection, "TARGETS")
    if content is None or content.format != 32:
        return ["UTF8_STRING", "STRING"]
    found = [connection.atom_name(int(atom)) for atom in memoryview(content.data).cast("I")]
    return sorted({each for each in found if each and each not in _NO_CONTENT}, key=_importance)


def text(connection: Connection, selection: str, limit: int) -> str:
    """The text of a selection, empty if it holds none.

    Raises:
        UnavailableError: if its owner does not answer, or sends more than ``limit`` bytes.
    """
    # Some owners return any content for any format, so the list of formats is requested first.
    for target in [each for each in targets(connection, selection) if each in TEXT_TARGETS and each != "COMPOUND_TEXT"]:
        if (content := fetch(connection, selection, target, limit)) is not None:
            return decoded(content)
    return ""


def snapshot(connection: Connection, selection: str) -> Offer:
    """The content of a selection in all formats, within the limits; empty if there is no owner.

    Raises:
        UnavailableError: if its owner does not answer, or none of the formats could be read.
    """
    if not owner(connection, selection):
        return {}
    until = time.monotonic() + SNAPSHOT_SECONDS
    left = SNAPSHOT_BYTES
    offer: dict[str, Content] = {}
    offered = targets(connection, selection)
    for target in offered:
        if target.startswith("image/") and "image/png" in offer:
            continue  # the owner would encode the same picture again
        try:
            content = _Fetch(connection, selection, target, left, min(OWNER_SECONDS, until - time.monotonic())).content()
        except (_TooMuchError, UnavailableError):
            if time.monotonic() >= until:
                break
            continue
        if content is not None:
            offer[target] = content
            left -= len(content.data)
    if offered and not offer:
        raise UnavailableError(
            "The clipboard can't be restored afterwards: its owner does not provide the content. Copy something else, or type instead."
        )
    return offer


def _importance(target: str) -> tuple[int, str]:
    return _FIRST.index(target) if target in _FIRST else len(_FIRST), target


class _Fetch:
    """One request to an owner, with its own window: after a time-out, late replies go to a window that no longer exists."""

    def __init__(self, connection: Connection, selection: str, target: str, limit: int, seconds: float) -> None:
        self._connection = connection
        self._limit = limit
        self._seconds = max(seconds, 0.05)
        self._selection, self._target = connection.atom(selection), connection.atom(target)
        self._property = connection.atom("_VOICEBRIDGE_DATA")
        self._window: Any = connection.root.create_window(0, 0, 1, 1, 0, X.CopyFromParent, X.InputOnly, event_mask=X.PropertyChangeMask)

    def content(self) -> Content | None:
        try:
            self._window.convert_selection(self._selection, self._target, self._property, X.CurrentTime)
            answer = self._wait(lambda event: event.type == X.SelectionNotify and event.requestor.id == self._window.id)
            if answer.property == X.NONE:
                return None
            kind, bits, data = self._take()
            if kind != "INCR":
                return Content(kind, bits, data)
            return self._in_pieces(int.from_bytes(data[:4], "little"))
        finally:
            self._window.destroy()

    def _in_pieces(self, least: int) -> Content:
        pieces: list[bytes] = []
        size = least
        while size <= self._limit:
            self._wait(
                lambda event: (
                    event.type == X.PropertyNotify
                    and event.window.id == self._window.id
                    and event.atom == self._property
                    and event.state == X.PropertyNewValue
                )
            )
            kind, bits, data = self._take()
            if not data:
                return Content(kind, bits, b"".join(pieces))
            pieces.append(data)
            size = max(least, sum(map(len, pieces)))
        raise _TooMuchError

    def _take(self) -> tuple[str, int, bytes]:
        """Read the property that the owner has set, and delete it."""
        connection, taken = self._connection, b""
        with suppress(XError):
            while True:
                with connection.asking():
                    found = self._window.get_property(self._property, X.AnyPropertyType, len(taken) // 4, _PIECE // 4, delete=True)
                if found is None:
                    break
                # python-xlib returns 16-bit and 32-bit items as arrays of numbers.
                taken += found.value if found.format == 8 else found.value.tobytes()
                if len(taken) + found.bytes_after > self._limit:
                    raise _TooMuchError
                if not found.bytes_after:  # the property is now deleted, which signals the owner to continue
                    return connection.atom_name(found.property_type), found.format, taken
        return "", 8, b""

    def _wait(self, wanted: Any) -> Any:
        until = time.monotonic() + self._seconds
        while event := self._connection.next_event(until):
            if wanted(event):
                return event
        raise UnavailableError("The program that owns the clipboard does not answer. Copy again, then retry.")
