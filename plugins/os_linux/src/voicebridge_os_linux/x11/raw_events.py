"""Keys as the X server gets them, whoever is meant by them: how a release is heard that no grab tells of."""

from __future__ import annotations

import struct
from typing import Any

from voicebridge import Unavailable
from Xlib.ext import xinput
from Xlib.ext.ge import GenericEventCode

from voicebridge_os_linux.x11.connection import Connection

_RAW = struct.Struct("=HII")
"""Device, time and keycode, with which what a raw event tells begins."""


class RawEvents:
    """Keys as the server gets them, whoever is meant by them."""

    def __init__(self, connection: Connection) -> None:
        if not connection.display.has_extension(xinput.extname):
            raise Unavailable("The X server doesn't tell when keys come up: it has no XInput 2. Use a newer one.")
        self._connection = connection
        self._opcode: int = connection.display.display.get_extension_major(xinput.extname)
        # By 2.0, which is what python-xlib asks for, they are not told while another program has a grab.
        with connection.asking():
            told = xinput.XIQueryVersion(display=connection.display.display, opcode=self._opcode, major_version=2, minor_version=2)
        if (told.major_version, told.minor_version) < (2, 1):
            raise Unavailable(f"The X server has XInput {told.major_version}.{told.minor_version}, and 2.1 is needed. Use a newer one.")
        self._selected = False

    def select(self, wanted: bool) -> None:
        """Be told of them from now on, or no longer: nobody's typing is looked at without need."""
        if wanted != self._selected:
            mask = xinput.RawKeyPressMask | xinput.RawKeyReleaseMask if wanted else 0
            self._connection.root.xinput_select_events([(xinput.AllMasterDevices, mask)])
            self._connection.display.flush()
            self._selected = wanted

    def code(self, event: Any) -> int | None:
        """The keycode of a raw event, ``None`` of any other."""
        if event is None or event.type != GenericEventCode or event.extension != self._opcode:
            return None
        return int(_RAW.unpack_from(bytes(event.data))[2])

    def is_press(self, event: Any) -> bool:
        """Whether a raw event tells that a key went down."""
        return self.code(event) is not None and event.evtype == xinput.RawKeyPress
