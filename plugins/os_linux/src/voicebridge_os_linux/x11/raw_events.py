"""Receive key and button events of all windows from the X server: they report releases that no grab reports."""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

from voicebridge import UnavailableError
from Xlib import X
from Xlib.ext import xinput
from Xlib.ext.ge import GenericEventCode

from voicebridge_os_linux.x11.connection import Connection

_RAW = struct.Struct("=HII")
"""The first fields of a raw event: device, time, and keycode or button."""
_KINDS = {
    xinput.RawKeyPress: (True, False), xinput.RawKeyRelease: (False, False), xinput.RawButtonPress: (True, True),
}  # fmt: skip


class XKey(NamedTuple):
    """A press or release of a key or button."""

    code: int
    """Keycode, or the number of the button."""
    pressed: bool
    time: int
    """Server time in milliseconds."""
    state: int | None = None
    """The modifiers, if the event is from a grab, so that windows don't receive it."""
    button: bool = False


class RawEvents:
    """Requests and reads raw events."""

    def __init__(self, connection: Connection) -> None:
        if not connection.display.has_extension(xinput.extname):
            raise UnavailableError("The X server doesn't report key releases: it has no XInput 2. Use a newer one.")
        self._connection = connection
        self._opcode: int = connection.display.display.get_extension_major(xinput.extname)
        # With version 2.0, which python-xlib requests, no raw events are sent while another program has a grab.
        with connection.asking():
            told = xinput.XIQueryVersion(display=connection.display.display, opcode=self._opcode, major_version=2, minor_version=2)
        if (told.major_version, told.minor_version) < (2, 1):
            raise UnavailableError(
                f"The X server has XInput {told.major_version}.{told.minor_version}, and 2.1 is needed. Use a newer one."
            )
        self._selected = 0

    def select(self, keys: bool, buttons: bool = False) -> None:
        """Start or stop receiving events; they are requested only while needed, to protect the user's privacy."""
        mask = xinput.RawKeyPressMask | xinput.RawKeyReleaseMask if keys else 0
        mask |= xinput.RawButtonPressMask if buttons else 0
        if mask != self._selected:
            self._connection.root.xinput_select_events([(xinput.AllMasterDevices, mask)])
            self._connection.display.flush()
            self._selected = mask

    def read(self, event: Any) -> XKey | None:
        """The key of a raw or grabbed event; ``None`` for other events."""
        if event.type in (X.KeyPress, X.KeyRelease):
            return XKey(int(event.detail), event.type == X.KeyPress, int(event.time), int(event.state))
        if event.type != GenericEventCode or event.extension != self._opcode or event.evtype not in _KINDS:
            return None
        _, time, code = _RAW.unpack_from(bytes(event.data))
        pressed, button = _KINDS[event.evtype]
        return XKey(code, pressed, time, button=button)
