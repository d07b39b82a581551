"""A connection to the X server, used by all modules of this package.

python-xlib waits forever for a server that hangs, and raises various errors when one dies. Here a watchdog disconnects a server that does
not answer, and all failures are raised as UnavailableError.
"""

from __future__ import annotations

import math
import select
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from voicebridge import UnavailableError
from Xlib import X, Xatom, xauth
from Xlib.display import Display
from Xlib.error import ConnectionClosedError, DisplayError, XError
from Xlib.ext import res
from Xlib.protocol.display import bytesview

from voicebridge_os_linux.x11.address import ANSWER_SECONDS, check_server, gone

if not hasattr(bytesview, "__bytes__"):
    # python-xlib 0.33 converts received data to bytes one element at a time: 0.3 s per megabyte.
    bytesview.__bytes__ = lambda self: bytes(self.view)

# It also prints warnings. Another thread may be writing a transcript to stdout, so only xauth's own print is redirected.
xauth.print = lambda *what: print(*what, file=sys.stderr)  # noqa: T201


class Connection:
    """A connection for one thread, with its own window, which is never shown. Use it through :func:`connected`."""

    def __init__(self) -> None:
        self.name = check_server()
        try:
            self.display = Display(self.name)
        except (DisplayError, ConnectionClosedError, OSError) as error:
            raise UnavailableError(
                f"The X server at DISPLAY={self.name} refused the connection: {_first_line(error)}. See: xhost, XAUTHORITY"
            ) from error
        self.socket = self.display.display.socket
        self._watchdog = Watchdog(self.socket)
        # Windows of other programs may vanish at any time; code that depends on one waits for a reply.
        self.display.set_error_handler(lambda *_: None)
        self.root = self.display.screen().root
        self.window = self.root.create_window(0, 0, 1, 1, 0, X.CopyFromParent, X.InputOnly, event_mask=X.PropertyChangeMask)
        self._mask: int = self.display.display.info.resource_id_mask
        self._names: dict[int, str] = {}
        self._atoms: dict[str, int] = {}

    def close(self) -> None:
        """Disconnect; never waits."""
        self._watchdog.rest()
        with suppress(Exception):
            self.socket.close()

    def sync(self) -> None:
        """Return after the server has processed all requests."""
        with self.asking():
            self.display.sync()

    @contextmanager
    def asking(self, seconds: float = 0.0) -> Iterator[None]:
        """Wait for a reply within the block; the server is disconnected if it takes longer than the default limit plus ``seconds``."""
        self._watchdog.expect(seconds + ANSWER_SECONDS)
        try:
            yield
        finally:
            self._watchdog.expect(math.inf)

    def next_event(self, until: float, *others: IO[bytes]) -> Any | None:
        """The next event, ``None`` if none arrived in time.

        Args:
            until: deadline on ``time.monotonic``.
            others: pipes; data to read from one of them ends the wait, too.
        """
        while True:
            with self.asking():
                if self.display.pending_events():
                    return self.display.next_event()
            left = until - time.monotonic()
            if left <= 0:
                return None
            readable, _, _ = select.select([self.socket, *others], [], [], None if left == math.inf else left)
            if readable and self.socket not in readable:
                return None

    def has_event(self) -> bool:
        """Whether an unread event has arrived."""
        with self.asking():
            return bool(self.display.pending_events())

    def atom(self, name: str) -> int:
        """The atom with a name."""
        if name not in self._atoms:
            with self.asking():
                self._atoms[name] = self.display.intern_atom(name)
        return self._atoms[name]

    def atom_name(self, atom: int) -> str:
        """The name of an atom, empty if there is none."""
        if atom not in self._names:
            self._names[atom] = ""
            with suppress(XError), self.asking():
                self._names[atom] = self.display.get_atom_name(atom)
        return self._names[atom]

    def keys_down(self) -> set[int]:
        """The keycodes of all keys that are down."""
        with self.asking():
            bits = self.display.query_keymap()
        return {8 * byte + bit for byte in range(32) for bit in range(8) if bits[byte] >> bit & 1}

    def time(self) -> int:
        """The server's time in milliseconds."""
        self.window.change_property(self.atom("_VOICEBRIDGE_TIME"), Xatom.STRING, 8, b"", X.PropModeAppend)
        kept = []
        until = time.monotonic() + ANSWER_SECONDS
        try:
            while event := self.next_event(until):
                if event.type == X.PropertyNotify and event.atom == self.atom("_VOICEBRIDGE_TIME"):
                    return int(event.time)
                kept.append(event)
        finally:
            self.display.display.event_queue[:0] = kept
        raise gone(self.name)

    def resource(self, number: int) -> Any:
        """The window with an id, of any program."""
        return self.display.create_resource_object("window", number)

    def client(self, number: int) -> int:
        """Identify the client that created a window: the same for all windows of one connection."""
        return number & ~self._mask

    def process(self, number: int) -> int:
        """The process id of a window's client, 0 if the server does not know it, as with programs on other machines."""
        if not self.display.has_extension("X-Resource"):
            return 0
        with suppress(XError), self.asking():
            told = self.display.res_query_client_ids([{"client": number, "mask": res.LocalClientPIDMask}])
            return next((int(value) for each in told.ids for value in each.value), 0)
        return 0

    def read(self, window: Any, name: str) -> Any | None:
        """The value of a window property, bytes or numbers; ``None`` if the property or the window doesn't exist."""
        with suppress(XError), self.asking():
            if (found := window.get_full_property(self.atom(name), X.AnyPropertyType)) is not None:
                return found.value
        return None


@contextmanager
def connected() -> Iterator[Connection]:
    """A connection for the duration of the block.

    Raises:
        UnavailableError: if the server does not answer, dies, or hangs, also within the block.
    """
    connection = Connection()
    try:
        yield connection
    except (ConnectionClosedError, XError, OSError, ValueError) as error:
        if isinstance(error, XError):
            raise UnavailableError(f"The X server refused a request: {_first_line(error)}. Try again.") from error
        raise gone(connection.name) from error
    finally:
        connection.close()


class Watchdog:
    """Shuts a socket down when an expected reply is late, so that a blocked read fails."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._until = self._looks = math.inf  # when the reply is due, and when the thread wakes without a notification
        self._changed = threading.Condition()
        threading.Thread(target=self._watch, name="X watchdog", daemon=True).start()

    def expect(self, seconds: float) -> None:
        """Expect a reply within this many seconds; replaces the previous expectation."""
        with self._changed:
            self._until = time.monotonic() + seconds
            if self._until < self._looks:
                self._changed.notify()

    def rest(self) -> None:
        """Stop watching."""
        with self._changed:
            self._socket = None
            self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while self._socket is not None and (left := self._until - time.monotonic()) > 0:
                self._looks = self._until
                self._changed.wait(None if left == math.inf else left)
            if self._socket is not None:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".")
