"""A substitute for a desktop's portal backend: it grants everything, records the calls, and presses keys on demand.

Run as a program. Its log has one JSON array per line for each call: [member, arguments]. On request it replaces the portal itself, with one
that remembers what the user has granted, which Debian 12's does not do yet.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from jeepney import DBusAddress, HeaderFields, Message, MessageType, new_error, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, Proxy, open_dbus_connection

NAME = "org.freedesktop.impl.portal.desktop.standin"
PATH = "/org/freedesktop/portal/desktop"
SHORTCUTS = "org.freedesktop.impl.portal.GlobalShortcuts"
REMOTE = "org.freedesktop.impl.portal.RemoteDesktop"
PORTAL = f"[portal]\nDBusName={NAME}\nInterfaces={SHORTCUTS};{REMOTE};\nUseIn=standin\n"
"""The portal's configuration of the backend, in a file with the suffix ``.portal``."""
PROPERTIES = {"version": ("u", 2), "AvailableDeviceTypes": ("u", 3)}
TOKEN = ("(suv)", ("standin", 1, ("s", "remembered")))


class Backend:
    def __init__(self, connection: DBusConnection, log: Path, refuses: str) -> None:
        self._connection, self._log, self._refuses = connection, log, refuses
        self._session = ""

    def serve(self) -> None:
        while True:
            message = self._connection.receive()
            if message.header.message_type is MessageType.method_call:
                self._answer(message)

    def _answer(self, call: Message) -> None:
        member, body = call.header.fields[HeaderFields.member], call.body
        with self._log.open("a") as log:
            log.write(json.dumps([member, body]) + "\n")
        handler = getattr(self, member, None)
        if member == self._refuses:
            answer = new_method_return(call, "ua{sv}", (1, {}))
        elif handler is None:
            answer = new_error(call, "org.freedesktop.DBus.Error.UnknownMethod")
        else:
            answer = new_method_return(call, *handler(*body))
        self._connection.send(answer)

    def Get(self, _: str, name: str) -> tuple[str, Any]:  # noqa: N802 - as it is called
        return "v", (PROPERTIES[name],)

    def GetAll(self, _: str) -> tuple[str, Any]:  # noqa: N802
        return "a{sv}", (PROPERTIES,)

    def CreateSession(self, _handle: str, session: str, _app: str, _options: Any) -> tuple[str, Any]:  # noqa: N802
        self._session = session
        return "ua{sv}", (0, {"session_id": ("s", "1")})

    def BindShortcuts(self, _handle: str, _session: str, shortcuts: Any, _window: str, _options: Any) -> tuple[str, Any]:  # noqa: N802
        bound = [(name, {"trigger_description": ("s", "as asked"), **options}) for name, options in shortcuts]
        return "ua{sv}", (0, {"shortcuts": ("a(sa{sv})", bound)})

    def SelectDevices(self, *_: Any) -> tuple[str, Any]:  # noqa: N802
        return "ua{sv}", (0, {})

    def Start(self, *_: Any) -> tuple[str, Any]:  # noqa: N802
        return "ua{sv}", (0, {"devices": ("u", 1), "persist_mode": ("u", 2), "restore_data": TOKEN})

    def NotifyKeyboardKeysym(self, *_: Any) -> tuple[str, Any]:  # noqa: N802
        return "", ()

    def Close(self) -> tuple[str, Any]:  # noqa: N802
        return "", ()

    def Press(self, name: str, pressed: bool) -> tuple[str, Any]:  # noqa: N802
        """Not part of the portal: the test's substitute for a keyboard."""
        where = DBusAddress(PATH, interface=SHORTCUTS)
        member = "Activated" if pressed else "Deactivated"
        self._connection.send(new_signal(where, member, "osta{sv}", (self._session, name, 0, {})))
        return "", ()


class Frontend(Backend):
    """RemoteDesktop version 2, whose token is the number of sessions so far."""

    _sessions = 0

    def _answer(self, call: Message) -> None:
        super()._answer(call)
        member, sender = call.header.fields[HeaderFields.member], call.header.fields[HeaderFields.sender]
        results: dict[str, Any] = {}
        if member == "CreateSession":
            self._sessions += 1
            results["session_handle"] = ("s", f"{PATH}/session/{self._sessions}")
        elif member == "Start":
            results |= {"devices": ("u", 1), "restore_token": ("s", f"token-{self._sessions}")}
        elif member != "SelectDevices":
            return
        path = f"{PATH}/request/{sender[1:].replace('.', '_')}/{call.body[-1]['handle_token'][1]}"
        where = DBusAddress(path, interface="org.freedesktop.portal.Request")
        self._connection.send(new_signal(where, "Response", "ua{sv}", (0, results)))

    def Get(self, _: str, name: str) -> tuple[str, Any]:  # noqa: N802
        return "v", (PROPERTIES[name],)

    def CreateSession(self, *_: Any) -> tuple[str, Any]:  # noqa: N802
        return "o", ("/",)

    SelectDevices = Start = CreateSession


def main() -> None:
    connection = open_dbus_connection()
    log, refuses, name = sys.argv[1:]
    Proxy(message_bus, connection).RequestName(name)
    (Backend if name == NAME else Frontend)(connection, Path(log), refuses).serve()


if __name__ == "__main__":
    main()
