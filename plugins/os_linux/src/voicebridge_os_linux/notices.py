"""Notices, by the desktop's own server for them."""

from __future__ import annotations

from html import escape
from threading import Lock
from typing import Any

from jeepney import DBusAddress
from voicebridge import Unavailable

from voicebridge_os_linux.bus import Bus

NAME = "org.freedesktop.Notifications"
PRIORITY = 80
_SERVER = DBusAddress("/org/freedesktop/Notifications", bus_name=NAME, interface=NAME)
_ICON = "audio-input-microphone"
_AS_LONG_AS_IT_LIKES, _FOR_EVER = -1, 0


class DesktopNotifier:
    """Shows notices; may be used from several threads."""

    def __init__(self) -> None:
        """Nothing is asked yet."""
        self._lock = Lock()
        # It stays open, as some desktops take away the notices of those who have left.
        self._bus: Bus | None = None
        self._markup = False
        self._shown: dict[str, int] = {}

    def notify(self, title: str, body: str, tag: str | None = None) -> None:
        """Show a notice, in place of the last one of the same tag; never waits for the user.

        One with a tag is kept out of the desktop's history: what comes in its place makes it stale.

        Raises:
            Unavailable: when nobody shows it.
        """
        self._show(title, body, tag, _AS_LONG_AS_IT_LIKES)

    def keep(self, title: str, body: str, tag: str) -> None:
        """Show a notice that stays until another of its tag, or :meth:`withdraw`, takes its place; never waits for the user.

        Raises:
            Unavailable: when nobody shows it.
        """
        self._show(title, body, tag, _FOR_EVER)

    def withdraw(self, tag: str) -> None:
        """Take away the notice of a tag; does nothing where there is none.

        Raises:
            Unavailable: when nobody shows notices any more.
        """
        with self._lock:
            number = self._shown.pop(tag, None)
            if number is not None and self._bus is not None:
                self._bus.call(_SERVER, "CloseNotification", "u", (number,))

    def _show(self, title: str, body: str, tag: str | None, milliseconds: int) -> None:
        with self._lock:
            try:
                self._notify(title, body, tag, milliseconds)
            except Unavailable:
                self._bus = None  # the server may have begun anew, with other numbers
                self._shown.clear()
                self._notify(title, body, tag, milliseconds)

    def _notify(self, title: str, body: str, tag: str | None, milliseconds: int) -> None:
        if self._bus is None:
            bus = Bus()
            self._markup = "body-markup" in bus.call(_SERVER, "GetCapabilities")[0]
            self._bus = bus
        text = escape(body, quote=False) if self._markup else body
        replaced = self._shown.get(tag, 0) if tag else 0
        hints = {"transient": ("b", True)} if tag else {}
        arguments: tuple[Any, ...] = ("VoiceBridge", replaced, _ICON, title, text, [], hints, milliseconds)
        (number,) = self._bus.call(_SERVER, "Notify", "susssasa{sv}i", arguments)
        if tag:
            self._shown[tag] = number


def probe() -> int:
    """Priority of the desktop's notices.

    Raises:
        Unavailable: when nobody shows them.
    """
    if not Bus().has(NAME):
        from voicebridge.installing import system_remedy

        raise Unavailable(f"No program of this session shows notices. Start one, for example: {system_remedy('dunst')}")
    return PRIORITY
