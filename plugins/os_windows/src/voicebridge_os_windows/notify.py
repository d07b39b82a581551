"""Notifications from the notification area: Windows shows them as toasts and stores them in its notification centre."""

from __future__ import annotations

import atexit
import ctypes
from collections.abc import Callable
from ctypes import byref, wintypes
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Thread

from voicebridge.errors import UnavailableError

from voicebridge_os_windows import api

_NIM_ADD, _NIM_MODIFY, _NIM_DELETE = 0, 1, 2
_NIF_ICON, _NIF_TIP, _NIF_INFO = 2, 4, 0x10
_NIIF_INFO, _NIIF_NOSOUND = 1, 0x10
_IDI_APPLICATION = 32512
_ANSWER_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Notice:
    title: str
    body: str
    """If title and body are empty, the current notification is removed."""
    tip: str = "VoiceBridge"
    """The tooltip of the icon."""


class TrayNotifier:
    """One icon for the lifetime of the process, because a notification disappears with its icon; each replaces the last one."""

    def __init__(self) -> None:
        self._notices: SimpleQueue[tuple[_Notice, Callable[[bool], None]] | None] = SimpleQueue()
        self._thread: Thread | None = None

    def notify(self, title: str, body: str, tag: str | None = None) -> None:  # noqa: ARG002 - there is only one icon
        """Show a notification, replacing the last one regardless of its tag; never waits for the user.

        Raises:
            UnavailableError: if there is no taskbar to show it.
        """
        self._show(_Notice(title, body))

    def keep(self, title: str, body: str, tag: str) -> None:  # noqa: ARG002 - there is only one icon
        """The same; because Windows hides every notification after some seconds, its text stays in the icon's tooltip.

        Raises:
            UnavailableError: if there is no taskbar to show it.
        """
        self._show(_Notice(title, body, f"{title}: {body}"))

    def withdraw(self, tag: str) -> None:  # noqa: ARG002 - there is only one icon
        """Remove the current notification; does nothing if there is none.

        Raises:
            UnavailableError: if the taskbar is gone.
        """
        if self._thread is not None:
            self._show(_Notice("", ""))

    def _show(self, notice: _Notice) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._serve, name="notices", daemon=True)
            self._thread.start()
            atexit.register(self.close)
        shown, told = [], Event()

        def answer(was_shown: bool) -> None:
            shown.append(was_shown)
            told.set()

        self._notices.put((notice, answer))
        if not told.wait(_ANSWER_SECONDS) or not shown[0]:
            raise UnavailableError("The taskbar did not show the notification. Start it: explorer.exe")

    def close(self) -> None:
        """Remove the icon and its notification; calling it twice is allowed."""
        thread, self._thread = self._thread, None
        if thread is not None:
            atexit.unregister(self.close)
            self._notices.put(None)
            thread.join(_ANSWER_SECONDS)

    def _serve(self) -> None:
        """Own the icon's window, which is destroyed when the thread that created it ends."""
        user32 = api.user32()
        window = user32.CreateWindowExW(0, "STATIC", None, 0, 0, 0, 0, 0, api.HWND_MESSAGE, None, None, None)
        icon = _Icon(window)
        while True:
            try:
                asked = self._notices.get(timeout=_BREATH)
            except Empty:
                _pump()
                continue
            if asked is None:
                break
            notice, answer = asked
            answer(icon.show(notice))
        icon.remove()
        user32.DestroyWindow(window)


class _Icon:
    def __init__(self, window: int) -> None:
        self._window = window

    def show(self, notice: _Notice) -> bool:
        """Show a notification and return whether the taskbar accepted it. The icon is added again if the taskbar has restarted."""
        data = self._data(_NIF_ICON | _NIF_TIP | _NIF_INFO)
        data.icon = api.user32().LoadIconW(None, _IDI_APPLICATION)
        data.tip = _fitting(notice.tip, 127)
        data.info_title, data.info = _fitting(notice.title, 63), _fitting(notice.body, 255)
        if notice.title and not notice.body:
            data.info = " "  # without text, nothing is shown and the current notification disappears
        data.info_flags = _NIIF_INFO | _NIIF_NOSOUND
        tell = api.shell32().Shell_NotifyIconW
        return bool(tell(_NIM_MODIFY, byref(data)) or tell(_NIM_ADD, byref(data)))

    def remove(self) -> None:
        api.shell32().Shell_NotifyIconW(_NIM_DELETE, byref(self._data(0)))

    def _data(self, flags: int) -> api.NotifyIconData:
        return api.NotifyIconData(size=ctypes.sizeof(api.NotifyIconData), window=self._window, id=1, flags=flags)


def _fitting(text: str, units: int) -> str:
    """Truncate a text to a number of UTF-16 code units, with an ellipsis."""
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 <= units:
        return text
    while len(text.encode("utf-16-le", "surrogatepass")) // 2 > units - 1:
        text = text[:-1]
    return f"{text}…"


def _pump() -> None:
    message = wintypes.MSG()
    while api.user32().PeekMessageW(byref(message), None, 0, 0, 1):
        api.user32().DispatchMessageW(byref(message))


_BREATH = 1.0
"""Interval in seconds for processing messages to the window; it receives very few."""
