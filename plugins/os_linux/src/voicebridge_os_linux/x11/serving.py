"""Own selections, and answer requests for their content."""

from __future__ import annotations

import array
import time
from dataclasses import dataclass, field
from typing import Any

from Xlib import X, Xatom
from Xlib.protocol import event as events
from Xlib.protocol import request

from voicebridge_os_linux.x11.connection import Connection
from voicebridge_os_linux.x11.fetching import owner
from voicebridge_os_linux.x11.offers import Content, Offer

PIECE = 128 * 1024
"""Maximum size in bytes of one transfer; larger content is sent in pieces. Every X server accepts requests of this size."""
PATIENCE = 10.0
"""Seconds within which a program must fetch each piece."""


@dataclass(frozen=True, slots=True)
class Served:
    """A completed transfer."""

    client: int
    """The client that requested it, see :meth:`Connection.client`."""
    selection: str
    target: str


@dataclass
class _Pieces:
    requestor: Any
    served: Served
    property: int
    kind: int
    content: Content
    place: int = 0
    since: float = field(default_factory=time.monotonic)


class Owner:
    """Serves the selections that it owns. All events of its connection must be passed to :meth:`handle`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._offers: dict[int, tuple[Offer, int]] = {}
        self._pieces: dict[tuple[int, int], _Pieces] = {}
        self.served: list[Served] = []
        """All completed transfers, including those of format lists."""

    @property
    def owned(self) -> list[str]:
        """The selections still owned."""
        return [self._connection.atom_name(each) for each in self._offers]

    @property
    def busy(self) -> bool:
        """Whether a transfer in pieces is in progress."""
        now = time.monotonic()
        self._pieces = {key: each for key, each in self._pieces.items() if now - each.since < PATIENCE}
        return bool(self._pieces)

    def own(self, selection: str, offer: Offer) -> bool:
        """Take ownership of a selection; return False if another program was faster."""
        connection = self._connection
        atom, now = connection.atom(selection), connection.time()
        connection.window.set_selection_owner(atom, now)
        if owner(connection, selection) != connection.window.id:
            return False
        self._offers[atom] = offer, now
        return True

    def disown(self, selection: str) -> None:
        """Release a selection, if it is still owned."""
        connection = self._connection
        atom, now = connection.atom(selection), connection.time()
        self._offers.pop(atom, None)
        connection.display.grab_server()  # no other program may take ownership between the check and the release
        try:
            if owner(connection, selection) == connection.window.id:
                request.SetSelectionOwner(display=connection.display.display, window=X.NONE, selection=atom, time=now)
        finally:
            connection.display.ungrab_server()
            connection.sync()

    def handle(self, event: Any) -> None:
        """Answer the event if it is a request."""
        if event.type == X.SelectionRequest:
            self._answer(event)
        elif event.type == X.SelectionClear and event.window.id == self._connection.window.id:
            self._offers.pop(event.atom, None)
        elif event.type == X.PropertyNotify and event.state == X.PropertyDelete:
            self._go_on(event.window.id, event.atom)

    def _answer(self, event: Any) -> None:
        property = event.property or event.target  # noqa: A001 - X's name for it; old clients omit it
        offer, since = self._offers.get(event.selection, ({}, 0))
        done = False
        if event.target == self._connection.atom("MULTIPLE") and event.property:
            done = self._convert_several(event.requestor, event.selection, property, offer, since)
        elif offer:
            done = self._convert(event.requestor, event.selection, event.target, property, offer, since)
        event.requestor.send_event(
            events.SelectionNotify(
                time=event.time, requestor=event.requestor, selection=event.selection, target=event.target,
                property=property if done else X.NONE,
            )
        )  # fmt: skip
        self._connection.sync()

    def _convert_several(self, requestor: Any, selection: int, property: int, offer: Offer, since: int) -> bool:  # noqa: A002
        pairs = self._connection.read(requestor, self._connection.atom_name(property))
        if pairs is None or len(pairs) % 2:
            return False
        done = [
            value
            for target, place in zip(pairs[::2], pairs[1::2], strict=True)
            for value in (target if self._convert(requestor, selection, target, place, offer, since) else X.NONE, place)
        ]
        requestor.change_property(property, self._connection.atom("ATOM_PAIR"), 32, done)
        return True

    def _convert(self, requestor: Any, selection: int, target: int, property: int, offer: Offer, since: int) -> bool:  # noqa: A002
        connection = self._connection
        name = connection.atom_name(target)
        served = Served(connection.client(requestor.id), connection.atom_name(selection), name)
        if name == "TARGETS":
            self.served.append(served)
            targets = [connection.atom(each) for each in ("TARGETS", "TIMESTAMP", "MULTIPLE", *offer)]
            requestor.change_property(property, Xatom.ATOM, 32, targets)
        elif name == "TIMESTAMP":
            requestor.change_property(property, Xatom.INTEGER, 32, [since])
        elif name in offer:
            content = offer[name]
            self._hand_over(_Pieces(requestor, served, property, connection.atom(content.type), content))
        else:
            return False
        return True

    def _hand_over(self, pieces: _Pieces) -> None:
        content = pieces.content
        if len(content.data) <= PIECE:
            pieces.requestor.change_property(pieces.property, pieces.kind, content.format, _units(content.data, content.format))
            self.served.append(pieces.served)
            return
        pieces.requestor.change_attributes(event_mask=X.PropertyChangeMask)
        pieces.requestor.change_property(pieces.property, self._connection.atom("INCR"), 32, [len(content.data)])
        self._pieces[pieces.requestor.id, pieces.property] = pieces

    def _go_on(self, requestor: int, property: int) -> None:  # noqa: A002
        pieces = self._pieces.get((requestor, property))
        if pieces is None:
            return
        content = pieces.content
        piece = content.data[pieces.place : pieces.place + PIECE]
        pieces.requestor.change_property(property, pieces.kind, content.format, _units(piece, content.format))
        pieces.place += len(piece)
        pieces.since = time.monotonic()
        if not piece:  # an empty piece marks the end
            del self._pieces[requestor, property]
            self.served.append(pieces.served)
            if not any(key[0] == requestor for key in self._pieces):
                pieces.requestor.change_attributes(event_mask=X.NoEventMask)
        self._connection.sync()


def _units(data: bytes, bits: int) -> bytes | array.array[int]:
    return data if bits == 8 else array.array("H" if bits == 16 else "I", data)
