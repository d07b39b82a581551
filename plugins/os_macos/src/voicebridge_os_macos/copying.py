"""The pasteboard for reading, and what is selected: copied, read, and the pasteboard given back as it was."""

from __future__ import annotations

import time
from typing import Any

from voicebridge.copies import PolledCopies
from voicebridge.errors import Unavailable
from voicebridge.keys import parse

from voicebridge_os_macos import keyboard
from voicebridge_os_macos.pasteboard import MARKS, TEXT, keep, put_back

COPY_SECONDS = 1.0
"""Within which an application that is not busy has copied what is selected in it, if anything is."""
CHORD = "super+c"
_POLL = 0.02


class MacClipboard:
    """Reads and writes text."""

    def read(self) -> str:
        """The text on the pasteboard, empty when it holds none."""
        return str(_board().stringForType_(TEXT) or "")

    def write(self, text: str) -> None:
        """Replace what is on the pasteboard; macOS keeps it.

        Raises:
            Unavailable: when it takes no text.
        """
        board = _board()
        board.clearContents()
        if not board.setString_forType_(text, TEXT):
            raise Unavailable("The pasteboard takes no text. See: voicebridge doctor")

    def selection(self) -> str:
        """The text that is selected in the application in front, empty when none is; the pasteboard is what it was afterwards.

        Modifiers that the user still holds down are waited for.

        Raises:
            Unavailable: when a modifier stays down, or a permission is missing.
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
        """What is copied from now on."""
        return PolledCopies(_number, _copied)


def _board() -> Any:
    import AppKit

    return AppKit.NSPasteboard.generalPasteboard()


def _number() -> int:
    """Another one with each change of the pasteboard."""
    import objc

    with objc.autorelease_pool():  # in a thread that runs for days nobody else lets go of what macOS has handed out
        return int(_board().changeCount())


def _copied() -> str:
    import objc

    with objc.autorelease_pool():
        board = _board()
        return "" if set(MARKS) & {str(kind) for kind in board.types() or ()} else str(board.stringForType_(TEXT) or "")
