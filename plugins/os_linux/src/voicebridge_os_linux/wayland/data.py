"""The clipboard and the primary selection, accessed like a clipboard manager: read, saved in all formats, and owned."""

from __future__ import annotations

import os
import selectors
import time
from collections.abc import Callable, Mapping, Sequence
from threading import Thread

from voicebridge.errors import UnavailableError

from voicebridge_os_linux.wayland.protocol import DATA, DEVICE, SEAT, SOURCE
from voicebridge_os_linux.wayland.wire import Connection, Proxy

TEXT = ("text/plain;charset=utf-8", "UTF8_STRING", "text/plain", "TEXT", "STRING")
"""The MIME types and names of text, best first."""
SECRET = {"x-kde-passwordManagerHint": b"secret"}
"""Added to a text: asks clipboard managers not to store it."""
READ_SECONDS = 1.0
"""Seconds within which the owner of the clipboard must send its content."""
LARGEST = 64 << 20
"""Maximum size in bytes of the clipboard in one format; larger content is not saved."""
_OF_PRIMARY = 2
"""The first version of the older protocol that supports the primary selection."""

Contents = Mapping[str, bytes]
"""The content of a clipboard: bytes by type."""


def as_text(text: str) -> dict[str, bytes]:
    """A text as clipboard content."""
    return dict.fromkeys(TEXT, text.encode("utf-8", "replace"))


class Owned:
    """The content that this process has put on the clipboard, while it is there."""

    def __init__(self, source: Proxy, contents: Contents, counts: Callable[[int], bool]) -> None:
        self.asked = 0
        """The number of requests for it as text, by programs that count."""
        self.failed = False
        """Whether a program that counts stopped before it had read all of it."""
        self.lost = False
        """Whether another program has replaced it."""
        self._contents = contents
        self._counts = counts
        self._threads: list[Thread] = []
        source.on = {"send": self._send, "cancelled": self._lose}

    @property
    def handed_over(self) -> bool:
        """Whether all requests by programs that count are completed."""
        return not any(thread.is_alive() for thread in self._threads)

    def _send(self, kind: str, fd: int) -> None:
        counts = self._counts(fd)
        self.asked += counts and kind in TEXT
        # In a thread: the reader may be slow, and a pipe holds only 64 KiB.
        thread = Thread(target=self._write, args=(fd, self._contents.get(kind, b""), counts), daemon=True)
        if counts:
            self._threads.append(thread)
        thread.start()

    def _write(self, fd: int, data: bytes, counts: bool) -> None:
        try:
            with open(fd, "wb") as file:
                file.write(data)
        except OSError:  # the reader closed its end or exited
            self.failed |= counts

    def _lose(self) -> None:
        self.lost = True


class Data:
    """The clipboard and the primary selection of a desktop."""

    def __init__(self, connection: Connection) -> None:
        """Read which content is available.

        Raises:
            UnavailableError: if the desktop lets no program do that.
        """
        self._connection = connection
        interface = next((each for each in DATA if each.name in connection.offers), None)
        if interface is None:
            raise UnavailableError("This desktop gives only the focused window access to the clipboard: it has no data-control protocol.")
        self._manager = connection.bind(interface, version=_OF_PRIMARY)
        self.has_primary = interface is DATA[0] or connection.offers[interface.name][1] >= _OF_PRIMARY
        """Whether the primary selection is accessible, too."""
        self._types: dict[int, list[str]] = {}
        self._offers: dict[int, Proxy] = {}
        self._current = {"selection": 0, "primary_selection": 0}
        self.copied = 0
        """The number of changes of the clipboard."""
        self._device = connection.new(DEVICE)
        self._device.on = {
            "data_offer": self._offer,
            "selection": lambda number: self._choose("selection", number),
            "primary_selection": lambda number: self._choose("primary_selection", number),
        }
        self._manager.ask("get_data_device", self._device, connection.bind(SEAT))
        connection.settle()

    def types(self, primary: bool = False) -> Sequence[str]:
        """The available types of the clipboard or, with ``primary``, of the primary selection."""
        return self._types.get(self._current[_slot(primary)], ())

    def text(self, primary: bool = False) -> str:
        """The text on the clipboard or, with ``primary``, in the primary selection; empty if there is none.

        Raises:
            UnavailableError: if its owner doesn't send it.
        """
        kind = next((kind for kind in TEXT if kind in self.types(primary)), None)
        if kind is None:
            return ""
        found = self._read([kind], primary)
        if kind not in found:
            raise UnavailableError(
                f"The program that owns the clipboard did not deliver it within {READ_SECONDS:g} s. Copy again, then retry."
            )
        return found[kind].decode("utf-8", "replace")

    def form(self, kind: str) -> bytes | None:
        """The clipboard content in one format, ``None`` if its owner doesn't send it."""
        return self._read([kind], primary=False).get(kind)

    def contents(self, primary: bool = False) -> dict[str, bytes]:
        """The content in all formats, except those that its owner doesn't send in time and those that are too large."""
        return self._read(list(dict.fromkeys(self.types(primary))), primary)

    def own(self, contents: Contents, primary: bool = False, counts: Callable[[int], bool] = lambda _: True) -> Owned:
        """Take ownership of the clipboard with this content, until another program does so or the connection is closed.

        Args:
            contents: the content.
            primary: whether to own the primary selection instead.
            counts: whether a program counts, given the pipe for its data; see :class:`Owned`.

        Raises:
            UnavailableError: if the desktop is gone.
        """
        source = self._connection.new(SOURCE)
        self._manager.ask("create_data_source", source)
        owned = Owned(source, contents, counts)
        for kind in contents:
            source.ask("offer", kind)
        self._device.ask(f"set_{_slot(primary)}", source)
        self._connection.settle()
        return owned

    def clear(self, primary: bool = False) -> None:
        """Remove the content."""
        self._device.ask(f"set_{_slot(primary)}", None)
        self._connection.settle()

    def _offer(self, offer: Proxy) -> None:
        types: list[str] = []
        self._types[offer.number], self._offers[offer.number] = types, offer
        offer.on = {"offer": types.append}

    def _choose(self, slot: str, number: int) -> None:
        old, self._current[slot] = self._current[slot], number
        self.copied += slot == "selection"
        if old and old not in self._current.values():
            self._offers.pop(old).ask("destroy")
            del self._types[old]

    def _read(self, kinds: Sequence[str], primary: bool) -> dict[str, bytes]:
        offer = self._offers.get(self._current[_slot(primary)])
        if offer is None:
            return {}
        pipes: dict[int, str] = {}
        for kind in kinds:
            reads, writes = os.pipe()
            offer.ask("receive", kind, writes)
            os.close(writes)
            pipes[reads] = kind
        return _read_all(pipes, READ_SECONDS)


def _slot(primary: bool) -> str:
    return "primary_selection" if primary else "selection"


def _read_all(pipes: Mapping[int, str], seconds: float) -> dict[str, bytes]:
    """Read each pipe to its end, except those that take longer or return too much data; closes all of them."""
    end = time.monotonic() + seconds
    read: dict[int, bytearray] = {fd: bytearray() for fd in pipes}
    whole: dict[str, bytes] = {}
    with selectors.DefaultSelector() as selector:
        for fd in pipes:
            selector.register(fd, selectors.EVENT_READ)
        while selector.get_map() and (left := end - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                data = os.read(key.fd, 65_536)
                read[key.fd] += data
                if not data:
                    whole[pipes[key.fd]] = bytes(read[key.fd])
                if not data or len(read[key.fd]) > LARGEST:
                    selector.unregister(key.fd)
    for fd in pipes:
        os.close(fd)
    return {kind: whole[kind] for kind in pipes.values() if kind in whole}


def until(connection: Connection, reached: Callable[[], bool], seconds: float) -> bool:
    """Like :meth:`Connection.wait`, for conditions that other threads may change, too."""
    end = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > end:
            return False
        connection.wait(reached, 0.002)
    return True
