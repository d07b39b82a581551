"""The X keyboard extension, which python-xlib lacks: distinguishes releases from auto-repeat, and reports changes of the layout."""

from __future__ import annotations

from typing import Any

from Xlib import X
from Xlib.protocol import rq

from voicebridge_os_linux.x11.connection import Connection

_NAME = "XKEYBOARD"
_CORE_KEYBOARD = 0x100
_DETECTABLE_AUTO_REPEAT = 1
_NEW_KEYBOARD, _MAP = 0, 1
_LAYOUT_EVENTS = 1 << _NEW_KEYBOARD | 1 << _MAP


class _UseExtension(rq.ReplyRequest):  # type: ignore[misc] # python-xlib has no types
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(0), rq.RequestLength(), rq.Card16("major"), rq.Card16("minor"))
    _reply = rq.Struct(
        rq.ReplyCode(), rq.Bool("supported"), rq.Card16("sequence_number"), rq.ReplyLength(),
        rq.Card16("major"), rq.Card16("minor"), rq.Pad(20),
    )  # fmt: skip


class _SelectEvents(rq.Request):  # type: ignore[misc]
    _request = rq.Struct(
        rq.Card8("opcode"), rq.Opcode(1), rq.RequestLength(), rq.Card16("device"), rq.Card16("affected"), rq.Card16("none"),
        rq.Card16("all"), rq.Card16("affected_map"), rq.Card16("map"),
    )  # fmt: skip


class _PerClientFlags(rq.ReplyRequest):  # type: ignore[misc]
    _request = rq.Struct(
        rq.Card8("opcode"), rq.Opcode(21), rq.RequestLength(), rq.Card16("device"), rq.Pad(2), rq.Card32("change"), rq.Card32("value"),
        rq.Card32("controls_to_change"), rq.Card32("auto_controls"), rq.Card32("auto_control_values"),
    )  # fmt: skip
    _reply = rq.Struct(
        rq.ReplyCode(), rq.Card8("device"), rq.Card16("sequence_number"), rq.ReplyLength(),
        rq.Card32("supported"), rq.Card32("value"), rq.Card32("auto_controls"), rq.Card32("auto_control_values"), rq.Pad(8),
    )  # fmt: skip


class Xkb:
    """The extension for one connection; also works with a server that doesn't have it."""

    def __init__(self, connection: Connection) -> None:
        """Request that auto-repeat sends only presses, and events for changes of the layout.

        A client of the extension no longer receives the core protocol's MappingNotify, so the extension's own events replace it.
        """
        self.has_real_releases = False
        """Whether a release event means that the key was released, and not auto-repeat."""
        self._event = -1
        found = connection.display.query_extension(_NAME)
        if not found:
            return
        display, opcode = connection.display.display, found.major_opcode
        with connection.asking():
            if not _UseExtension(display=display, opcode=opcode, major=1, minor=0).supported:
                return
            flag = _DETECTABLE_AUTO_REPEAT
            told = _PerClientFlags(
                display=display, opcode=opcode, device=_CORE_KEYBOARD, change=flag, value=flag,
                controls_to_change=0, auto_controls=0, auto_control_values=0,
            )  # fmt: skip
        self.has_real_releases = bool(told.value & flag)
        self._event = found.first_event
        _SelectEvents(
            display=display, opcode=opcode, device=_CORE_KEYBOARD, affected=_LAYOUT_EVENTS, none=0, all=_LAYOUT_EVENTS,
            affected_map=0, map=0,
        )  # fmt: skip
        connection.display.flush()

    def is_new_layout(self, event: Any) -> bool:
        """Whether an event reports a change of the keyboard mapping."""
        return event.type == X.MappingNotify or (event.type == self._event and event.detail in (_NEW_KEYBOARD, _MAP))
