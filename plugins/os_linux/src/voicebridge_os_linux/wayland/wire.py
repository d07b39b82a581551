"""A connection to a Wayland desktop, spoken by hand: the little that is needed here is small, and in no binding that comes as wheels.

See docs/adr/0018-wayland.md. A connection belongs to one thread.
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

from voicebridge.errors import Unavailable

from voicebridge_os_linux.wayland import system
from voicebridge_os_linux.wayland.protocol import CALLBACK, DISPLAY, REGISTRY, Interface

SECONDS = 2.0
"""How long the desktop may take to answer."""
_MADE_BY_THE_DESKTOP = 0xFF000000
"""Objects from this number on."""
_GONE = "The desktop has gone. Log in again."
_ORDER = sys.byteorder
_HEADER = struct.Struct("=II")


class Proxy:
    """An object of the desktop's."""

    def __init__(self, connection: Connection, number: int, interface: Interface) -> None:
        self.connection = connection
        self.number = number
        self.interface = interface
        self.on: dict[str, Callable[..., object]] = {}
        """What to do at each event, with its arguments; events that are not here are left alone."""

    def ask(self, request: str, *arguments: Any) -> None:
        """Make a request; it leaves at once. An object that is asked for is made with :meth:`Connection.new` before."""
        self.connection.send(self, request, arguments)


class Connection:
    """Speaks with the desktop of this session."""

    def __init__(self) -> None:
        """Connect, and learn what the desktop offers.

        Raises:
            Unavailable: when there is no desktop, or it doesn't answer.
        """
        path = system.display_path()
        try:
            self._socket = system.connect(path, SECONDS)
        except OSError as error:
            raise Unavailable(
                f"The desktop doesn't answer at WAYLAND_DISPLAY={path.name}. Run it from a terminal in the desktop."
            ) from error
        self._unread = b""
        self._fds: list[int] = []
        self._last = 1
        self._display = Proxy(self, 1, DISPLAY)
        self._objects = {1: self._display}
        self._display.on = {"error": self._fail, "delete_id": lambda number: self._objects.pop(number, None)}
        self.offers: dict[str, tuple[int, int]] = {}
        """What the desktop can do: its number and version by the name of the interface."""
        self._registry = self.new(REGISTRY)
        self._registry.on["global"] = lambda number, name, version: self.offers.setdefault(name, (number, version))
        try:
            self._display.ask("get_registry", self._registry)
            self.settle()
        except BaseException:
            self.close()
            raise

    def new(self, interface: Interface) -> Proxy:
        """An object to be given to the request that makes it; it has no number before."""
        return Proxy(self, 0, interface)

    def bind(self, interface: Interface, version: int = 1, name: str = "") -> Proxy:
        """One of the things that the desktop offers.

        Args:
            interface: that it has.
            version: the highest that is understood here.
            name: under which it is offered, if not the interface's.

        Raises:
            Unavailable: when the desktop doesn't offer it.
        """
        name = name or interface.name
        if name not in self.offers:
            raise Unavailable(f"This desktop doesn't let programs do that: it has no {name}.")
        number, offered = self.offers[name]
        made = self.new(interface)
        self._registry.ask("bind", number, name, min(version, offered), made)
        return made

    def send(self, proxy: Proxy, request: str, arguments: tuple[Any, ...]) -> None:
        """Make a request of an object.

        Raises:
            Unavailable: when the desktop is gone.
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
                pass  # what the desktop has said before it hung up is raised
            raise Unavailable(_GONE) from error
        if request in proxy.interface.destructors:
            proxy.on.clear()
            if proxy.number >= _MADE_BY_THE_DESKTOP:
                self._objects.pop(proxy.number, None)

    def settle(self) -> None:
        """Return once the desktop has done all that it was asked, and every event up to then has been dealt with.

        Raises:
            Unavailable: when it doesn't answer, or has refused something.
        """
        done: list[int] = []
        callback = self.new(CALLBACK)
        callback.on["done"] = done.append
        self._display.ask("sync", callback)
        if not self.wait(lambda: bool(done), SECONDS):
            raise Unavailable(f"The desktop has not answered for {SECONDS:g} s. Try again.")

    def wait(self, reached: Callable[[], bool], seconds: float) -> bool:
        """Deal with events until ``reached``, and say whether it was within this time.

        Raises:
            Unavailable: when the desktop has gone, or has refused something.
        """
        end = time.monotonic() + seconds
        while not reached():
            left = end - time.monotonic()
            if left <= 0:
                return False
            if select.select([self._socket], [], [], left)[0] and not self._receive():
                raise Unavailable(_GONE)
        return True

    def close(self) -> None:
        """Leave the desktop; all that was made goes. Calling it twice does no harm."""
        self._socket.close()
        for fd in self._fds:
            os.close(fd)
        self._fds = []

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _number(self, proxy: Proxy) -> int:
        """Number an object that is being asked for; the desktop wants them in their order."""
        self._last += 1
        proxy.number, self._objects[self._last] = self._last, proxy
        return self._last

    def _receive(self) -> bool:
        """Deal with what has arrived; false when the desktop has gone."""
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
            return  # of an object that is gone, or newer than what is understood here
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
        raise Unavailable(f"The desktop refuses what was asked of {proxy.interface.name if proxy else 'it'}: {message or code}.")


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
    """Whether the desktop of this session offers an interface of one of these names.

    Raises:
        Unavailable: when there is no desktop.
    """
    with Connection() as connection:
        return any(name in connection.offers for name in names)
