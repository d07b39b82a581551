"""The Windows clipboard: save and restore its content, and offer a text that is delivered on request."""

from __future__ import annotations

import ctypes
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref, wintypes
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from voicebridge.errors import UnavailableError

from voicebridge_os_windows import api, session

OPEN_SECONDS = 3.0
"""Seconds for which other programs may keep the clipboard open."""
SETTLE_SECONDS = 0.03
"""Seconds within which programs that watch the clipboard have started to read it."""
_POLL = 0.005
_CF_TEXT, _CF_BITMAP, _CF_METAFILEPICT, _CF_OEMTEXT, _CF_DIB, _CF_PALETTE, _CF_ENHMETAFILE, _CF_DIBV5 = 1, 2, 3, 7, 8, 9, 14, 17
_NOT_MEMORY = {_CF_BITMAP, _CF_METAFILEPICT, _CF_PALETTE, 0x80, *range(0x82, 0x8F), *range(0x200, 0x400)}
"""Handles that are not memory. Windows recreates the first three from related formats; the others are private to their owner."""
_OLE = {"DataObject", "Ole Private Data"}
"""References to the program that copied, which has released the data before they could be restored."""
_UNSEEN = {
    "ExcludeClipboardContentFromMonitorProcessing": b"\0",
    "CanIncludeInClipboardHistory": bytes(4),
    "CanUploadToCloudClipboard": bytes(4),
}
"""Formats that ask Windows and clipboard managers not to add a text to their history."""

_SECRET = {"ExcludeClipboardContentFromMonitorProcessing", "Clipboard Viewer Ignore"}
"""Formats with which password managers hide a copy from programs that watch the clipboard; the second is an older convention."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """The clipboard content in all formats that can be restored."""

    formats: tuple[tuple[int, bytes], ...]


@contextmanager
def opened(window: int) -> Iterator[None]:
    """Open the clipboard for a window of this process.

    Raises:
        UnavailableError: if another program keeps it open.
    """
    end = time.monotonic() + OPEN_SECONDS
    while not api.user32().OpenClipboard(window):
        if time.monotonic() > end:
            raise UnavailableError("Another program keeps the clipboard open. Try again, or close that program.")
        time.sleep(_POLL)
    try:
        yield
    finally:
        api.user32().CloseClipboard()


def keep() -> Kept:
    """Read the content of the clipboard, which must be open.

    Raises:
        UnavailableError: if the owner of the clipboard hangs, because it may have to render the data.
    """
    owner = api.user32().GetClipboardOwner()
    if owner and api.user32().IsHungAppWindow(owner):
        raise UnavailableError(
            "The program whose data is on the clipboard has stopped answering, so its content can't be restored afterwards. Copy it again."
        )
    offered = list(_formats())
    kept = [(number, data) for number in offered if _is_wanted(number, offered) and (data := _read(number)) is not None]
    return Kept(tuple(kept))


def put_back(kept: Kept) -> None:
    """Replace the content of the clipboard, which must be open for a window of this process."""
    api.user32().EmptyClipboard()
    for number, data in kept.formats:
        _write(number, data)


def text() -> str:
    """The text on the clipboard, which must be open; empty if it holds none."""
    data = _read(api.CF_UNICODETEXT) if api.CF_UNICODETEXT in _formats() else None
    return (data or b"").decode("utf-16-le", "replace").partition("\0")[0].replace("\r\n", "\n")


def put_text(text: str) -> None:
    """Replace the content of the clipboard, which must be open for a window of this process."""
    api.user32().EmptyClipboard()
    _write(api.CF_UNICODETEXT, _encoded(text))


def told_to_others() -> bool:
    """Whether other programs may read the copied content, which password managers prohibit. The clipboard must be open."""
    for number in _formats():
        name = _name(number)
        if name in _SECRET or (name == "CanIncludeInClipboardHistory" and not any(_read(number) or b"")):
            return False
    return True


def _encoded(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode("utf-16-le", "surrogatepass") + b"\0\0"


def _formats() -> Iterator[int]:
    number = 0
    while number := api.user32().EnumClipboardFormats(number):
        yield number


def _is_wanted(number: int, offered: list[int]) -> bool:
    """Windows converts some formats to others, which need not be saved."""
    if number in _NOT_MEMORY:
        return False
    if number in (_CF_TEXT, _CF_OEMTEXT):
        return api.CF_UNICODETEXT not in offered
    if number in (_CF_DIB, _CF_DIBV5):
        return number == next(each for each in offered if each in (_CF_DIB, _CF_DIBV5))
    return _name(number) not in _OLE


def _name(number: int) -> str:
    name = ctypes.create_unicode_buffer(256)
    return name.value if api.user32().GetClipboardFormatNameW(number, name, len(name)) else ""


def _read(number: int) -> bytes | None:
    handle = api.user32().GetClipboardData(number)
    if not handle:
        return None
    if number == _CF_ENHMETAFILE:
        bits = ctypes.create_string_buffer(api.gdi32().GetEnhMetaFileBits(handle, 0, None))
        api.gdi32().GetEnhMetaFileBits(handle, len(bits), bits)
        return bits.raw
    size = api.kernel32().GlobalSize(handle)
    address = api.kernel32().GlobalLock(handle)
    if not address:
        return None
    try:
        return ctypes.string_at(address, size)
    finally:
        api.kernel32().GlobalUnlock(handle)


def _write(number: int, data: bytes) -> None:
    if number == _CF_ENHMETAFILE:
        api.user32().SetClipboardData(number, api.gdi32().SetEnhMetaFileBits(len(data), data))
        return
    handle = api.kernel32().GlobalAlloc(api.GMEM_MOVEABLE, max(1, len(data)))
    address = api.kernel32().GlobalLock(handle) if handle else None
    if address:
        ctypes.memmove(address, data, len(data))
        api.kernel32().GlobalUnlock(handle)
        if api.user32().SetClipboardData(number, handle):
            return  # which now owns the memory
    api.kernel32().GlobalFree(handle)


class Offer:
    """A text on the clipboard that is delivered when a program requests it; afterwards the clipboard is restored.

    A context manager for one thread: :meth:`pump` answers requests. Requests of programs that are known not to be the target are
    refused: once a request was answered, Windows itself delivers the text to all other programs, and there is no way to tell whether the
    target has it. A request without a known process is answered if :attr:`pasting` is set, because it may be the target's.
    """

    def __init__(self, text: str, target: session.Target) -> None:
        self.pasting = False
        """Set when the target has been sent the paste keys."""
        self.taken_by_target = False
        self.taken_at: float | None = None
        """Time of the delivery to any program, by :func:`time.monotonic`."""
        self._data = _encoded(text)
        self._target = target
        self._kept = Kept(())
        self._window = 0
        self._procedure = api.WindowProcedure(self._hear)
        self._before: Any = None

    def __enter__(self) -> Offer:
        user32 = api.user32()
        self._window = user32.CreateWindowExW(0, "STATIC", None, 0, 0, 0, 0, 0, api.HWND_MESSAGE, None, None, None)
        self._before = user32.SetWindowLongPtrW(self._window, _GWLP_WNDPROC, ctypes.cast(self._procedure, ctypes.c_void_p))
        try:
            with opened(self._window):
                self._kept = keep()
                self._put(data=None)
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if self.is_ours():
                with opened(self._window):  # after the target has closed it and so has the text
                    if self.is_ours():
                        put_back(self._kept)
        except UnavailableError as problem:
            _log.warning("The clipboard is not what it was: %s", problem)
        finally:
            self._close()

    def is_ours(self) -> bool:
        """Whether no other program has copied since."""
        return bool(self._window and api.user32().GetClipboardOwner() == self._window)

    def leave(self) -> None:
        """Leave the text on the clipboard permanently."""
        with opened(self._window):
            if self.is_ours():
                self._put(self._data)
        self._close()

    def pump(self, seconds: float) -> None:
        """Answer requests for at most this many seconds; returns earlier after a message."""
        user32 = api.user32()
        user32.MsgWaitForMultipleObjectsEx(0, None, int(seconds * 1000), _QS_ALLINPUT, _MWMO_INPUTAVAILABLE)
        message = wintypes.MSG()
        while user32.PeekMessageW(byref(message), None, 0, 0, _PM_REMOVE):
            user32.DispatchMessageW(byref(message))

    def settle(self) -> None:
        """Wait for programs that watch the clipboard: while one has it open, the target can't read it."""
        began = time.monotonic()
        while (waited := time.monotonic() - began) < SETTLE_SECONDS or (session.opener() and waited < OPEN_SECONDS):
            self.pump(SETTLE_SECONDS)

    def _put(self, data: bytes | None) -> None:
        api.user32().EmptyClipboard()
        for name, mark in _UNSEEN.items():
            _write(api.user32().RegisterClipboardFormatW(name), mark)
        if data is None:
            api.user32().SetClipboardData(api.CF_UNICODETEXT, None)  # rendered on request
        else:
            _write(api.CF_UNICODETEXT, data)

    def _hear(self, window: int, message: int, first: int, second: int) -> int:
        if message == api.WM_RENDERFORMAT:
            if first == api.CF_UNICODETEXT:
                self._hand_over()
            return 0
        return int(api.user32().CallWindowProcW(self._before, window, message, first, second))

    def _hand_over(self) -> None:
        asking = session.opener()
        if asking in self._target.processes or (self.pasting and not asking):
            _write(api.CF_UNICODETEXT, self._data)
            self.taken_by_target = asking in self._target.processes
            self.taken_at = time.monotonic()

    def _close(self) -> None:
        window, self._window = self._window, 0
        if window:
            api.user32().DestroyWindow(window)


_GWLP_WNDPROC = -4
_QS_ALLINPUT = 0x04FF
_MWMO_INPUTAVAILABLE = 4
_PM_REMOVE = 1
