"""The clipboard and the selection of a Wayland desktop, as long as it lets programs reach them whose windows don't have the focus."""

from __future__ import annotations

from voicebridge import Unavailable

from voicebridge_os_linux.wayland.copies import WaylandCopies
from voicebridge_os_linux.wayland.data import Data, as_text
from voicebridge_os_linux.wayland.keeper import Keeper
from voicebridge_os_linux.wayland.wire import Connection


class WaylandClipboard:
    """Reads and writes text."""

    def read(self) -> str:
        """The text on the clipboard, empty when it holds none.

        Raises:
            Unavailable: when it can't be reached, or the program that owns it hangs.
        """
        with Connection() as connection:
            return Data(connection).text()

    def selection(self) -> str:
        """The text that is selected with the mouse, empty when none is.

        Raises:
            Unavailable: when it can't be reached, or the program that owns it hangs.
        """
        with Connection() as connection:
            data = Data(connection)
            if not data.has_primary:
                raise Unavailable("What is selected can't be read here. Copy it, and use the clipboard.")
            return data.text(primary=True)

    def copies(self) -> WaylandCopies:
        """What is copied from now on.

        Raises:
            Unavailable: when it can't be reached.
        """
        return WaylandCopies()

    def write(self, text: str) -> None:
        """Replace what is on the clipboard; a small process keeps it there.

        Raises:
            Unavailable: when it can't be reached.
        """
        Keeper(as_text(text)).put()
