"""The clipboard of X, and what is selected with the mouse."""

from __future__ import annotations

from voicebridge_os_linux.x11.connection import connected
from voicebridge_os_linux.x11.copies import Copies, copies
from voicebridge_os_linux.x11.fetching import text
from voicebridge_os_linux.x11.keeper import Keeper
from voicebridge_os_linux.x11.offers import text_offer

_LARGEST = 256 * 1024 * 1024
"""Bytes of text that are read at all."""


class XClipboard:
    """Reads and writes text."""

    def read(self) -> str:
        """The text on the clipboard, empty when it holds none.

        Raises:
            Unavailable: when the X server, or the program that owns the clipboard, does not answer.
        """
        return _text("CLIPBOARD")

    def selection(self) -> str:
        """The text that was last selected with the mouse, empty when none is.

        Raises:
            Unavailable: when the X server, or the program where it is selected, does not answer.
        """
        return _text("PRIMARY")

    def copies(self) -> Copies:
        """What is copied from now on.

        Raises:
            Unavailable: when the X server does not answer, or does not tell.
        """
        return copies()

    def write(self, text: str) -> None:
        """Replace what is on the clipboard; a process of its own keeps it there until something else is copied.

        Raises:
            Unavailable: when the X server does not answer.
        """
        with connected() as connection:  # whose errors say more than a process that has failed
            connection.sync()
        with Keeper() as keeper:
            keeper.keep({"CLIPBOARD": text_offer(text)})
            keeper.go()
            keeper.done()


def _text(selection: str) -> str:
    with connected() as connection:
        return text(connection, selection, _LARGEST)
