"""Read the pasteboard and the selected text, which is copied and read before the pasteboard is restored."""

from __future__ import annotations

import time
from typing import Any

from voicebridge.copies import PolledCopies
from voicebridge.errors import UnavailableError
from voicebridge.keys import parse

from voicebridge_os_macos import keyboard
from voicebridge_os_macos.pasteboard import MARKS, TEXT, keep, put_back

COPY_SECONDS = 1.0
"""Seconds within which a responsive application has copied its selection, if there is one."""
CHORD = "super+c"
_POLL = 0.02


class MacClipboard:
    """Reads and writes the pasteboard as text."""

    def read(self) -> str:
        """The text on the pasteboard, empty if it holds none."""
        return str(_board().stringForType_(TEXT) or "")

    def write(self, text: str) -> None:
        """Replace the content of the pasteboard; macOS stores it.

        Raises:
            UnavailableError: if the pasteboard rejects the text.
        """
        board = _board()
        board.clearContents()
        if not board.setString_forType_(text, TEXT):
            raise UnavailableError("The pasteboard accepted no text. See: voicebridge doctor")

    def selection(self) -> str:
        """The text selected in the frontmost application, empty if there is none; the pasteboard is restored.

        Waits for the user to release modifiers.

        Raises:
            UnavailableError: if a modifier stays down, or a permission is missing.
        """
        from voicebridge_os_macos.permissions import check_typing

        check_typing()
        keyboard.wait_for_release()
        board = _board()
        kept, before = keep(board), board.changeCount()
        keyboard.press(parse(CHORD))
        end = time.monotonic() + COPY_SECONDS
        while (changed := board.changeCount()) == before:
            if time.monotonic() > end:
                return ""
            time.sleep(_POLL)
        text = str(board.stringForType_(TEXT) or "")
        if board.changeCount() == changed:
            put_back(board, kept)
        return text

    def copies(self) -> PolledCopies:
        """The texts copied from now on."""
        return PolledCopies(_number, _copied)


def _board() -> Any:
    import AppKit

    return AppKit.NSPasteboard.generalPasteboard()


def _number() -> int:
    """A number that changes with each change of the pasteboard."""
    import objc

    with objc.autorelease_pool():  # in a long-running thread, nothing else releases the objects that macOS returns
        return int(_board().changeCount())


def _copied() -> str:
    import objc

    with objc.autorelease_pool():
        board = _board()
        return "" if set(MARKS) & {str(kind) for kind in board.types() or ()} else str(board.stringForType_(TEXT) or "")
