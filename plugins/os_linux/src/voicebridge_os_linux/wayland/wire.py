"""A connection to a Wayland desktop, implemented here because little of the protocol is needed, and no binding is available as wheels.

See docs/adr/0018-wayland.md. A connection may be used by one thread only.
"""

from __future__ import annotations

import os
import select
import struct
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from voicebridge.errors import UnavailableError

from voicebridge_os_linux.wayland import system
from voicebridge_os_linux.wayland.protocol import CALLBACK, DISPLAY, REGISTRY, Interface

SECONDS = 5.0
"""Seconds within which the desktop must answer."""
_MADE_BY_THE_DESKTOP = 0xFF000000
"""The first id of objects created by the desktop."""
_GONE = "The connection to the desktop was lost. Log in again."
_ORDER = sys.byteorder
_HEADER = struct.Struct("=II")


class Proxy:
    """An object of the desktop."""

    def __init__(self, connection: Connection, number: int, interface: Interface) -> None:
        self.connection = connection
        self.number = number
        self.interface = interface
        self.on: dict[str, Callable[..., object]] = {}
        """Handlers by event name, called with the event's arguments; other events are ignored."""

    def ask(self, request: str, *arguments: Any) -> None:
        """Send a request immediately. A new object in the arguments must first be created with :meth:`Connection.new`."""
        self.connection.send(self, request, arguments)


class Connection:
    """A connection to the desktop of this session."""

    def __init__(self) -> None:
        """Connect, and read the interfaces that the desktop offers.

        Raises:
            UnavailableError: if there is no desktop, or it doesn't answer.
        """
        path = system.display_path()
        try:
            self._socket = system.connect(path, SECONDS)
        except OSError as error:
            raise UnavailableError(
                f"The desktop doesn't answer at WAYLAND_DISPLAY={path.name}. Run it from a terminal on the desktop."
            ) from error
        self._unread = b""
        self._fds: list[int] = []
        self._last = 1
        self._display = Proxy(self, 1, DISPLAY)
        self._objects = {1: self._display}
        self._display.on = {"error": self._fail, "delete_id": lambda number: self._objects.pop(number, None)}
        self.offers: dict[str, tuple[int, int]] = {}
        """The interfaces of the desktop: number and version by name."""
        self._registry = self.new(REGISTRY)
        self._registry.on["global"] = lambda number, name, version: self.offers.setdefault(name, (number, version))
        try:
            self._display.ask("get_registry", self._registry)
            self.settle()
        except BaseException:
            self.close()
            raise

    def new(self, interface: Interface) -> Proxy:
        """Create an object for the request that will create it on the desktop's side; it has no id until then."""
        return Proxy(self, 0, interface)

    def bind(self, interface: Interface, version: int = 1, name: str = "") -> Proxy:
        """Bind an interface that the desktop offers.

        Args:
            interface: the interface.
            version: the highest version supported here.
            name: the name under which it is offered, if different.

        Raises:
            UnavailableError: if the desktop doesn't offer it.
        """
        name = name or interface.name
        if name not in self.offers:
            raise UnavailableError(f"This desktop doesn't support this: it has no {name}.")
        number, offered = self.offers[name]
        made = self.new(interface)
        self._registry.ask("bind", number, name, min(version, offered), made)
        return made

    def send(self, proxy: Proxy, request: str, arguments: tuple[Any, ...]) -> None:
        """Send a request to an object.

        Raises:
            UnavailableError: if the desktop is gone.
        """
        fds: list[int] = []
        body = b""
        for kind, value in zip(proxy.interface.requests[request], arguments, strict=True):
            if kind == "h":
                fds.append(value)
            elif kind == "n":
                body += _packed("u", self._number(value))
            else:
                body += _packed(kind, value)
        opcode = list(proxy.interface.requests).index(request)
        head = _HEADER.pack(proxy.number, (_HEADER.size + len(body)) << 16 | opcode)
        try:
            system.send(self._socket, head + body, fds)
        except OSError as error:
            while self._receive():
                pass  # an error that the desktop sent before it disconnected is raised
            raise UnavailableError(_GONE) from error
        if request in proxy.interface.destructors:
            proxy.on.clear()
            if proxy.number >= _MADE_BY_THE_DESKTOP:
                self._objects.pop(proxy.number, None)

    def settle(self) -> None:
        """Return after the desktop has processed all requests, and all events up to then are handled.

        Raises:
            UnavailableError: if the desktop doesn't answer, or has rejected a request.
        """
        done: list[int] = []
        callback = self.new(CALLBACK)
        callback.on["done"] = done.append
        self._display.ask("sync", callback)
        if not self.wait(lambda: bool(done), SECONDS):
            raise UnavailableError(f"The desktop has not answered for {SECONDS:g} s. Try again.")

    def wait(self, reached: Callable[[], bool], seconds: float) -> bool:
        """Handle events until ``reached`` returns true; return whether it did within the time-out.

        Raises:
            UnavailableError: if the desktop is gone, or has rejected a request.
        """
        end = time.monotonic() + seconds
        while not reached():
            left = end - time.monotonic()
            if left <= 0:
                return False
            if select.select([self._socket], [], [], left)[0] and not self._receive():
                raise UnavailableError(_GONE)
        return True

    def close(self) -> None:
        """Disconnect; all objects are destroyed. Calling it twice is allowed."""
        self._socket.close()
        for fd in self._fds:
            os.close(fd)
        self._fds = []

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _number(self, proxy: Proxy) -> int:
        """Assign an id to a new object; the desktop requires them in order."""
        self._last += 1
        proxy.number, self._objects[self._last] = self._last, proxy
        return self._last

    def _receive(self) -> bool:
        """Handle the received data; return false if the desktop has disconnected."""
        try:
            data, fds = system.receive(self._socket)
        except OSError:
            return False
        self._fds += fds
        self._unread += data
        while len(self._unread) >= _HEADER.size:
            number, told = _HEADER.unpack_from(self._unread)
            size = told >> 16
            if len(self._unread) < size:
                break
            body, self._unread = self._unread[_HEADER.size : size], self._unread[size:]
            self._deal_with(number, told & 0xFFFF, body)
        return bool(data)

    def _deal_with(self, number: int, opcode: int, body: bytes) -> None:
        proxy = self._objects.get(number)
        events = list(proxy.interface.events.items()) if proxy else []
        if proxy is None or opcode >= len(events):
            return  # of a destroyed object, or of a newer version than supported here
        name, kinds = events[opcode]
        arguments, at = [], 0
        for kind in kinds:
            if kind == "h":
                arguments.append(self._fds.pop(0))
                continue
            value, at = _unpacked(kind, body, at)
            if kind == "n" and proxy.interface.makes:
                self._objects[value] = made = Proxy(self, value, proxy.interface.makes)
                value = made
            arguments.append(value)
        if name in proxy.on:
            proxy.on[name](*arguments)
        else:
            for kind, argument in zip(kinds, arguments, strict=True):
                if kind == "h":
                    os.close(argument)

    def _fail(self, number: int, code: int, message: str) -> None:
        proxy = self._objects.get(number)
        raise UnavailableError(f"The desktop refused a request to {proxy.interface.name if proxy else 'it'}: {message or code}.")


def _packed(kind: str, value: Any) -> bytes:
    if kind == "s":
        data = str(value).encode() + b"\0"
        return len(data).to_bytes(4, _ORDER) + data + bytes(-len(data) % 4)
    if kind == "o":
        value = value.number if value is not None else 0
    return int(value).to_bytes(4, _ORDER, signed=kind == "i")


def _unpacked(kind: str, body: bytes, at: int) -> tuple[Any, int]:
    value = int.from_bytes(body[at : at + 4], _ORDER, signed=kind == "i")
    at += 4
    if kind not in "sa":
        return value, at
    data = body[at : at + value]
    at += value + -value % 4
    return (data.rstrip(b"\0").decode("utf-8", "replace") if kind == "s" else data), at


def is_offered(*names: str) -> bool:
    """Whether the desktop of this session offers an interface with one of these names.

    Raises:
        UnavailableError: if there is no desktop.
    """
    with Connection() as connection:
        return any(name in connection.offers for name in names)
