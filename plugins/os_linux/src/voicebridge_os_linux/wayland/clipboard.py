"""The clipboard and the primary selection of a Wayland desktop that lets programs without a focused window access them."""

from __future__ import annotations

from voicebridge import UnavailableError

from voicebridge_os_linux.wayland.clipboard_changes import WaylandCopies
from voicebridge_os_linux.wayland.data import Data, as_text
from voicebridge_os_linux.wayland.keeper import Keeper
from voicebridge_os_linux.wayland.wire import Connection


class WaylandClipboard:
    """Reads and writes the clipboard as text."""

    def read(self) -> str:
        """The text on the clipboard, empty if it holds none.

        Raises:
            UnavailableError: if the clipboard can't be accessed, or its owner hangs.
        """
        with Connection() as connection:
            return Data(connection).text()

    def selection(self) -> str:
        """The text selected with the mouse, empty if there is none.

        Raises:
            UnavailableError: if the selection can't be accessed, or its owner hangs.
        """
        with Connection() as connection:
            data = Data(connection)
            if not data.has_primary:
                raise UnavailableError("The selection can't be read here. Copy it, and use the clipboard.")
            return data.text(primary=True)

    def copies(self) -> WaylandCopies:
        """The texts copied from now on.

        Raises:
            UnavailableError: if the clipboard can't be accessed.
        """
        return WaylandCopies()

    def write(self, text: str) -> None:
        """Replace the clipboard content; a separate process serves it.

        Raises:
            UnavailableError: if the clipboard can't be accessed.
        """
        Keeper(as_text(text)).put()
