"""Keys and buttons as the X server gets them, no matter which window they are for: how a release is noticed that no grab reports."""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

from voicebridge import Unavailable
from Xlib import X
from Xlib.ext import xinput
from Xlib.ext.ge import GenericEventCode

from voicebridge_os_linux.x11.connection import Connection

_RAW = struct.Struct("=HII")
"""Device, time and keycode or button: how the content of a raw event begins."""
_KINDS = {
    xinput.RawKeyPress: (True, False), xinput.RawKeyRelease: (False, False), xinput.RawButtonPress: (True, True),
}  # fmt: skip


class XKey(NamedTuple):
    """A key or a button that went down or came up."""

    code: int
    """Keycode, or the button's number."""
    pressed: bool
    time: int
    """The server's, in milliseconds."""
    state: int | None = None
    """The modifiers, where a grab of ours reports it and keeps it from the windows."""
    button: bool = False


class RawEvents:
    """Asks for raw events, and reads them."""

    def __init__(self, connection: Connection) -> None:
        if not connection.display.has_extension(xinput.extname):
            raise Unavailable("The X server doesn't report when keys come up: it has no XInput 2. Use a newer one.")
        self._connection = connection
        self._opcode: int = connection.display.display.get_extension_major(xinput.extname)
        # With 2.0, which is what python-xlib asks for, none are sent while another program has a grab.
        with connection.asking():
            told = xinput.XIQueryVersion(display=connection.display.display, opcode=self._opcode, major_version=2, minor_version=2)
        if (told.major_version, told.minor_version) < (2, 1):
            raise Unavailable(f"The X server has XInput {told.major_version}.{told.minor_version}, and 2.1 is needed. Use a newer one.")
        self._selected = 0

    def select(self, keys: bool, buttons: bool = False) -> None:
        """Receive them from now on, or no longer: nobody's typing is looked at without need."""
        mask = xinput.RawKeyPressMask | xinput.RawKeyReleaseMask if keys else 0
        mask |= xinput.RawButtonPressMask if buttons else 0
        if mask != self._selected:
            self._connection.root.xinput_select_events([(xinput.AllMasterDevices, mask)])
            self._connection.display.flush()
            self._selected = mask

    def read(self, event: Any) -> XKey | None:
        """The key of an event, raw or of a grab; ``None`` for any other event."""
        if event.type in (X.KeyPress, X.KeyRelease):
            return XKey(int(event.detail), event.type == X.KeyPress, int(event.time), int(event.state))
        if event.type != GenericEventCode or event.extension != self._opcode or event.evtype not in _KINDS:
            return None
        _, time, code = _RAW.unpack_from(bytes(event.data))
        pressed, button = _KINDS[event.evtype]
        return XKey(code, pressed, time, button=button)
