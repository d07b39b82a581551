"""The clipboard of X, and the text selected with the mouse."""

from __future__ import annotations

from voicebridge_os_linux.x11.clipboard_changes import Copies, copies
from voicebridge_os_linux.x11.connection import connected
from voicebridge_os_linux.x11.fetching import text
from voicebridge_os_linux.x11.keeper import Keeper
from voicebridge_os_linux.x11.offers import text_offer

_LARGEST = 256 * 1024 * 1024
"""Maximum size in bytes of a text to read."""


class XClipboard:
    """Reads and writes the clipboard as text."""

    def read(self) -> str:
        """The text on the clipboard, empty if it holds none.

        Raises:
            UnavailableError: if the X server or the clipboard's owner does not answer.
        """
        return _text("CLIPBOARD")

    def selection(self) -> str:
        """The text last selected with the mouse, empty if there is none.

        Raises:
            UnavailableError: if the X server or the selection's owner does not answer.
        """
        return _text("PRIMARY")

    def copies(self) -> Copies:
        """The texts copied from now on.

        Raises:
            UnavailableError: if the X server does not answer, or does not report copies.
        """
        return copies()

    def write(self, text: str) -> None:
        """Replace the clipboard content; a separate process serves it until something else is copied.

        Raises:
            UnavailableError: if the X server does not answer.
        """
        with connected() as connection:  # its errors are more specific than those of the process
            connection.sync()
        with Keeper() as keeper:
            keeper.keep({"CLIPBOARD": text_offer(text)})
            keeper.go()
            keeper.done()


def _text(selection: str) -> str:
    with connected() as connection:
        return text(connection, selection, _LARGEST)
