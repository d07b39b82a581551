"""The clipboard and the selection, as a clipboard manager sees them: read, kept in every form that they have, and owned."""

from __future__ import annotations

import os
import selectors
import time
from collections.abc import Callable, Mapping, Sequence
from threading import Thread

from voicebridge.errors import Unavailable

from voicebridge_os_linux.wayland.protocol import DATA, DEVICE, SEAT, SOURCE
from voicebridge_os_linux.wayland.wire import Connection, Proxy

TEXT = ("text/plain;charset=utf-8", "UTF8_STRING", "text/plain", "TEXT", "STRING")
"""What text is called, the best first."""
SECRET = {"x-kde-passwordManagerHint": b"secret"}
"""Beside a text: that no clipboard manager should keep it."""
READ_SECONDS = 1.0
"""How long the program that owns the clipboard may take to hand it over."""
LARGEST = 64 << 20
"""Bytes of one form of the clipboard; a larger one is not kept."""
_OF_PRIMARY = 2
"""The version of the older protocol from which on it knows the selection too."""

Contents = Mapping[str, bytes]
"""What is on a clipboard: bytes by the name of their type."""


def as_text(text: str) -> dict[str, bytes]:
    """A text as what is on a clipboard."""
    return dict.fromkeys(TEXT, text.encode("utf-8", "replace"))


class Owned:
    """What this process has put on the clipboard, as long as it is there."""

    def __init__(self, source: Proxy, contents: Contents) -> None:
        self.asked = 0
        """How often a program has asked for it as text."""
        self.failed = False
        """Whether one of them has stopped before it had all of it."""
        self.lost = False
        """Whether another program has put something else there."""
        self._contents = contents
        self._threads: list[Thread] = []
        source.on = {"send": self._send, "cancelled": self._lose}

    @property
    def handed_over(self) -> bool:
        """Whether every program that has asked for it has got it."""
        return not any(thread.is_alive() for thread in self._threads)

    def _send(self, kind: str, fd: int) -> None:
        self.asked += kind in TEXT
        # In a thread: who asks may be slow, and a pipe holds 64 KiB.
        thread = Thread(target=self._write, args=(fd, self._contents.get(kind, b"")), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _write(self, fd: int, data: bytes) -> None:
        try:
            with open(fd, "wb") as file:
                file.write(data)
        except OSError:  # it closed its end, or is no more
            self.failed = True

    def _lose(self) -> None:
        self.lost = True


class Data:
    """The clipboard and the selection of a desktop."""

    def __init__(self, connection: Connection) -> None:
        """Learn what is on them.

        Raises:
            Unavailable: when the desktop lets no program do that.
        """
        self._connection = connection
        interface = next((each for each in DATA if each.name in connection.offers), None)
        if interface is None:
            raise Unavailable("This desktop keeps the clipboard to the window that has the focus: it has no data-control protocol.")
        self._manager = connection.bind(interface, version=_OF_PRIMARY)
        self.has_primary = interface is DATA[0] or connection.offers[interface.name][1] >= _OF_PRIMARY
        """Whether the selection can be reached as well."""
        self._types: dict[int, list[str]] = {}
        self._offers: dict[int, Proxy] = {}
        self._current = {"selection": 0, "primary_selection": 0}
        self.copied = 0
        """How often something else has come to be on the clipboard."""
        self._device = connection.new(DEVICE)
        self._device.on = {
            "data_offer": self._offer,
            "selection": lambda number: self._choose("selection", number),
            "primary_selection": lambda number: self._choose("primary_selection", number),
        }
        self._manager.ask("get_data_device", self._device, connection.bind(SEAT))
        connection.settle()

    def types(self, primary: bool = False) -> Sequence[str]:
        """The forms in which there is something on the clipboard, or with ``primary`` selected."""
        return self._types.get(self._current[_slot(primary)], ())

    def text(self, primary: bool = False) -> str:
        """The text on the clipboard or, with ``primary``, selected; empty when there is none.

        Raises:
            Unavailable: when the program that has it doesn't hand it over.
        """
        kind = next((kind for kind in TEXT if kind in self.types(primary)), None)
        if kind is None:
            return ""
        found = self._read([kind], primary)
        if kind not in found:
            raise Unavailable(
                f"The program that owns the clipboard has not handed it over within {READ_SECONDS:g} s. Copy anew, and try again."
            )
        return found[kind].decode("utf-8", "replace")

    def form(self, kind: str) -> bytes | None:
        """What is on the clipboard in one form, ``None`` when its program doesn't hand it over."""
        return self._read([kind], primary=False).get(kind)

    def contents(self, primary: bool = False) -> dict[str, bytes]:
        """All that is there, in every form, but for what its program doesn't hand over in time and what is huge."""
        return self._read(list(dict.fromkeys(self.types(primary))), primary)

    def own(self, contents: Contents, primary: bool = False) -> Owned:
        """Put something there; it stays until another program puts something else there, or the connection is closed.

        Raises:
            Unavailable: when the desktop has gone.
        """
        source = self._connection.new(SOURCE)
        self._manager.ask("create_data_source", source)
        owned = Owned(source, contents)
        for kind in contents:
            source.ask("offer", kind)
        self._device.ask(f"set_{_slot(primary)}", source)
        self._connection.settle()
        return owned

    def clear(self, primary: bool = False) -> None:
        """Leave nothing there."""
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
    """What comes out of each pipe until its end, without those that take longer or give too much; closes them all."""
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
    """The same as :meth:`Connection.wait`, for what other threads bring about too."""
    end = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > end:
            return False
        connection.wait(reached, 0.002)
    return True
