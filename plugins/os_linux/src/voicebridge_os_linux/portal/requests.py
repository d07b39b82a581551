"""How the portal is asked: every question is answered later, by a signal, since the user may be asked meanwhile."""

from __future__ import annotations

import itertools
import os
from typing import Any

from jeepney import DBusAddress, MatchRule
from voicebridge import Unavailable

from voicebridge_os_linux.bus import Bus

NAME = "org.freedesktop.portal.Desktop"
PATH = "/org/freedesktop/portal/desktop"
ANSWER_SECONDS = 5.0
"""How long a question may take that the user is not asked about."""
USER_SECONDS = 120.0
"""How long the user may take to answer."""
_numbers = itertools.count(1)


class Portal:
    """One of the portal's interfaces, and a session of it."""

    def __init__(self, interface: str) -> None:
        """Connect; nothing is asked yet.

        Raises:
            Unavailable: when this session has no D-Bus.
        """
        self.bus = Bus()
        self.interface = f"org.freedesktop.portal.{interface}"
        self.session = ""
        """The object path of :meth:`open`'s session."""
        self._address = DBusAddress(PATH, bus_name=NAME, interface=self.interface)

    def version(self) -> int:
        """Of the interface.

        Raises:
            Unavailable: when the desktop has no portal, or it lacks this interface.
        """
        properties = DBusAddress(PATH, bus_name=NAME, interface="org.freedesktop.DBus.Properties")
        if not self.bus.has(NAME):
            from voicebridge.installing import system_remedy

            raise Unavailable(
                f"This desktop has no portal. Install it and what it needs for your desktop: {system_remedy('xdg-desktop-portal')}"
            )
        try:
            (_, number), *_ = self.bus.call(properties, "Get", "ss", (self.interface, "version"))
        except Unavailable as error:
            short = self.interface.rpartition(".")[2]
            raise Unavailable(f"This desktop's portal has no {short}. GNOME and KDE have it: update them there.") from error
        return int(number)

    def open(self) -> None:
        """Begin a session, which ends with the connection.

        Raises:
            Unavailable: when the portal refuses.
        """
        options = {"session_handle_token": ("s", f"voicebridge{os.getpid()}_{next(_numbers)}")}
        self.session = self.request("CreateSession", "", (), options)["session_handle"][1]

    def request(
        self, method: str, signature: str, body: tuple[Any, ...], options: dict[str, Any] | None = None, seconds: float = ANSWER_SECONDS
    ) -> dict[str, Any]:
        """What the portal answers in the end: variants by name.

        Args:
            method: to call.
            signature: of the arguments before the options, which always come last.
            body: these arguments.
            options: variants by name.
            seconds: to wait for the answer.

        Raises:
            Unavailable: when it refuses, the user does, or there is no answer in time.
        """
        token = f"voicebridge{os.getpid()}_{next(_numbers)}"
        path = f"{PATH}/request/{self.bus.name.removeprefix(':').replace('.', '_')}/{token}"
        # Before the question, as the answer may come at once.
        answers = self.bus.subscribe(MatchRule(type="signal", interface="org.freedesktop.portal.Request", member="Response", path=path))
        options = {**(options or {}), "handle_token": ("s", token)}
        self.call(method, f"{signature}a{{sv}}", (*body, options))
        answer = self.bus.wait(answers, seconds)
        if answer is None:
            raise Unavailable(f"The portal has not answered {method} for {seconds:g} s. Answer what it asks on the screen, then try again.")
        code, results = answer.body
        if code:
            said = "it was refused" if code == 1 else "it failed"
            raise Unavailable(f"The portal was asked for {self.interface.rpartition('.')[2]}, and {said}. Allow it when the desktop asks.")
        return dict(results)

    def call(self, method: str, signature: str, body: tuple[Any, ...]) -> None:
        """Call a method that is not answered later.

        Raises:
            Unavailable: when the portal refuses.
        """
        self.bus.call(self._address, method, signature, body)

    def close(self) -> None:
        """End the session; twice does no harm."""
        self.bus.close()
