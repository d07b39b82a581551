"""Read the clipboard and the selected text, which is copied and read before the clipboard is restored."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from voicebridge.copies import PolledCopies
from voicebridge.errors import UnavailableError
from voicebridge.keys import parse

from voicebridge_os_windows import api, keyboard, session
from voicebridge_os_windows.clipboard import keep, opened, put_back, put_text, text, told_to_others

COPY_SECONDS = 1.0
"""Seconds within which a responsive window has copied its selection, if there is one."""
HANGING_SECONDS = 5.0
"""Seconds to wait for a window that hangs."""
CHORD = "ctrl+insert"
"""Copies in all programs that support Ctrl+C, and in consoles, where Ctrl+C without a selection would end the program."""
_POLL = 0.02


class WindowsClipboard:
    """Reads and writes the clipboard as text."""

    def read(self) -> str:
        """The text on the clipboard, empty if it holds none.

        Raises:
            UnavailableError: if another program keeps the clipboard open.
        """
        with opened(0):
            return text()

    def write(self, text: str) -> None:
        """Replace the content of the clipboard; Windows stores it.

        Raises:
            UnavailableError: if another program keeps the clipboard open.
        """
        with _window() as window, opened(window):
            put_text(text)

    def selection(self) -> str:
        """The text selected in the focused window, empty if there is none; the clipboard is restored.

        Waits for the user to release modifiers.

        Raises:
            UnavailableError: if no window is focused, Windows blocks input to it, or it hangs.
        """
        target = session.target()
        target.check_reachable()
        keyboard.wait_for_release()
        with _window() as window:
            with opened(window):
                kept = keep()
                before = _number()
            strokes = keyboard.press(parse(CHORD))
            if keyboard.send(strokes) < len(strokes):
                keyboard.send([stroke for stroke in strokes if stroke.up])
                raise UnavailableError(session.refusal(target.application))
            if not _has_copied(before, target):
                return ""
            with opened(window):
                copied = text()
                put_back(kept)
            return copied

    def copies(self) -> PolledCopies:
        """The texts copied from now on."""
        return PolledCopies(_number, _copied)


def _copied() -> str:
    with opened(0):
        return text() if told_to_others() else ""


def _number() -> int:
    """A number that changes with each change of the clipboard."""
    return int(api.user32().GetClipboardSequenceNumber())


def _has_copied(before: int, target: session.Target) -> bool:
    """Wait for a change of the clipboard; return whether there was one."""
    began = awake = time.monotonic()
    while _number() == before:
        now = time.monotonic()
        if now - began > HANGING_SECONDS:
            raise UnavailableError(f"{target.application or 'The window'} has not answered for {HANGING_SECONDS:g} s. Try again.")
        if not target.answers(_POLL):
            awake = now  # so far it has not processed the keys
        elif now - awake > COPY_SECONDS:
            return False
        time.sleep(_POLL)
    return True


@contextmanager
def _window() -> Iterator[int]:
    """A hidden window, which is required to write to the clipboard."""
    window = api.user32().CreateWindowExW(0, "STATIC", None, 0, 0, 0, 0, 0, api.HWND_MESSAGE, None, None, None)
    try:
        yield window
    finally:
        api.user32().DestroyWindow(window)
