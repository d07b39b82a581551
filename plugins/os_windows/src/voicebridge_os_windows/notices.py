"""Notices from the notification area: Windows shows them as toasts, and keeps them in its notification centre."""

from __future__ import annotations

import atexit
import ctypes
from collections.abc import Callable
from ctypes import byref, wintypes
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Thread

from voicebridge.errors import Unavailable

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
    """Without either, what was shown is taken away."""
    tip: str = "VoiceBridge"
    """What the icon says when it is pointed at."""


class TrayNotifier:
    """One icon for as long as the process lives, since a notice goes with its icon; the next notice takes the place of the last."""

    def __init__(self) -> None:
        self._notices: SimpleQueue[tuple[_Notice, Callable[[bool], None]] | None] = SimpleQueue()
        self._thread: Thread | None = None

    def notify(self, title: str, body: str, tag: str | None = None) -> None:  # noqa: ARG002 - there is one icon
        """Show a notice in place of the last one, whatever its tag; never waits for the user.

        Raises:
            Unavailable: when no taskbar shows it.
        """
        self._show(_Notice(title, body))

    def keep(self, title: str, body: str, tag: str) -> None:  # noqa: ARG002 - there is one icon
        """The same; since Windows takes every notice away after some seconds, the icon itself goes on saying it when it is pointed at.

        Raises:
            Unavailable: when no taskbar shows it.
        """
        self._show(_Notice(title, body, f"{title}: {body}"))

    def withdraw(self, tag: str) -> None:  # noqa: ARG002 - there is one icon
        """Take away the notice that is shown; does nothing where there is none.

        Raises:
            Unavailable: when there is no taskbar any more.
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
            raise Unavailable("No taskbar has shown the notice. Start it: explorer.exe")

    def close(self) -> None:
        """Take the icon away, and its notice; calling it twice does no harm."""
        thread, self._thread = self._thread, None
        if thread is not None:
            atexit.unregister(self.close)
            self._notices.put(None)
            thread.join(_ANSWER_SECONDS)

    def _serve(self) -> None:
        """Own the window that the icon belongs to: it goes with the thread that made it."""
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
        """Whether the taskbar has taken it. One that was started anew has forgotten the icon, so that it is added again."""
        data = self._data(_NIF_ICON | _NIF_TIP | _NIF_INFO)
        data.icon = api.user32().LoadIconW(None, _IDI_APPLICATION)
        data.tip = _fitting(notice.tip, 127)
        data.info_title, data.info = _fitting(notice.title, 63), _fitting(notice.body, 255)
        if notice.title and not notice.body:
            data.info = " "  # without text nothing is shown, and what was shown goes
        data.info_flags = _NIIF_INFO | _NIIF_NOSOUND
        tell = api.shell32().Shell_NotifyIconW
        return bool(tell(_NIM_MODIFY, byref(data)) or tell(_NIM_ADD, byref(data)))

    def remove(self) -> None:
        api.shell32().Shell_NotifyIconW(_NIM_DELETE, byref(self._data(0)))

    def _data(self, flags: int) -> api.NotifyIconData:
        return api.NotifyIconData(size=ctypes.sizeof(api.NotifyIconData), window=self._window, id=1, flags=flags)


def _fitting(text: str, units: int) -> str:
    """As much of the text as has room, in UTF-16 units, with a sign that there was more."""
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
"""Seconds after which messages to the window are looked at; it gets next to none."""
