"""Notifications, through the desktop's notification service."""

from __future__ import annotations

from html import escape
from threading import Lock
from typing import Any

from jeepney import DBusAddress
from voicebridge import UnavailableError

from voicebridge_os_linux.bus import Bus

NAME = "org.freedesktop.Notifications"
PRIORITY = 80
_SERVER = DBusAddress("/org/freedesktop/Notifications", bus_name=NAME, interface=NAME)
_ICON = "audio-input-microphone"
_AS_LONG_AS_IT_LIKES, _FOR_EVER = -1, 0


class DesktopNotifier:
    """Shows notifications; thread-safe."""

    def __init__(self) -> None:
        """Prepare; nothing is requested yet."""
        self._lock = Lock()
        # It stays open, because some desktops remove notifications of programs that have disconnected.
        self._bus: Bus | None = None
        self._markup = False
        self._shown: dict[str, int] = {}

    def notify(self, title: str, body: str, tag: str | None = None) -> None:
        """Show a notification, replacing the last one with the same tag; never waits for the user.

        One with a tag is not stored in the desktop's history: it becomes obsolete when it is replaced.

        Raises:
            UnavailableError: if there is no notification service.
        """
        self._show(title, body, tag, _AS_LONG_AS_IT_LIKES)

    def keep(self, title: str, body: str, tag: str) -> None:
        """Show a notification that stays until it is replaced by one with the same tag, or :meth:`withdraw`; never waits for the user.

        Raises:
            UnavailableError: if there is no notification service.
        """
        self._show(title, body, tag, _FOR_EVER)

    def withdraw(self, tag: str) -> None:
        """Remove the notification with a tag; does nothing if there is none.

        Raises:
            UnavailableError: if the notification service is gone.
        """
        with self._lock:
            number = self._shown.pop(tag, None)
            if number is not None and self._bus is not None:
                self._bus.call(_SERVER, "CloseNotification", "u", (number,))

    def _show(self, title: str, body: str, tag: str | None, milliseconds: int) -> None:
        with self._lock:
            try:
                self._notify(title, body, tag, milliseconds)
            except UnavailableError:
                self._bus = None  # the service may have restarted, with other ids
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
    """Return the priority of desktop notifications.

    Raises:
        UnavailableError: if there is no notification service.
    """
    if not Bus().has(NAME):
        from voicebridge.installing import system_remedy

        raise UnavailableError(f"No notification service is running in this session. Start one, for example: {system_remedy('dunst')}")
    return PRIORITY
