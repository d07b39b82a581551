"""The clipboard for reading, and what is selected: copied, read, and the clipboard given back as it was."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from voicebridge.copies import PolledCopies
from voicebridge.errors import Unavailable
from voicebridge.keys import parse

from voicebridge_os_windows import api, keyboard, session
from voicebridge_os_windows.clipboard import keep, opened, put_back, put_text, text, told_to_others

COPY_SECONDS = 1.0
"""Within which a window that answers has copied what is selected in it, if anything is."""
HANGING_SECONDS = 5.0
"""How long a window that has stopped answering is waited for."""
CHORD = "ctrl+insert"
"""Copies wherever Ctrl+C does, and in a console, where that would end the program if nothing is selected."""
_POLL = 0.02


class WindowsClipboard:
    """Reads and writes text."""

    def read(self) -> str:
        """The text on the clipboard, empty when it holds none.

        Raises:
            Unavailable: when another program doesn't let go of it.
        """
        with opened(0):
            return text()

    def write(self, text: str) -> None:
        """Replace what is on the clipboard; Windows keeps it.

        Raises:
            Unavailable: when another program doesn't let go of it.
        """
        with _window() as window, opened(window):
            put_text(text)

    def selection(self) -> str:
        """The text that is selected in the window that has the focus, empty when none is; the clipboard is what it was afterwards.

        Modifiers that the user still holds down are waited for.

        Raises:
            Unavailable: when no window has the focus, Windows lets nothing be asked of it, or it hangs.
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
                raise Unavailable(session.refusal(target.application))
            if not _has_copied(before, target):
                return ""
            with opened(window):
                copied = text()
                put_back(kept)
            return copied

    def copies(self) -> PolledCopies:
        """What is copied from now on."""
        return PolledCopies(_number, _copied)


def _copied() -> str:
    with opened(0):
        return text() if told_to_others() else ""


def _number() -> int:
    """Another one with each change of the clipboard."""
    return int(api.user32().GetClipboardSequenceNumber())


def _has_copied(before: int, target: session.Target) -> bool:
    """Wait until the clipboard has changed, and say whether it has."""
    began = awake = time.monotonic()
    while _number() == before:
        now = time.monotonic()
        if now - began > HANGING_SECONDS:
            raise Unavailable(f"{target.application or 'The window'} has not answered for {HANGING_SECONDS:g} s. Try again.")
        if not target.answers(_POLL):
            awake = now  # so far it has not seen the keys
        elif now - awake > COPY_SECONDS:
            return False
        time.sleep(_POLL)
    return True


@contextmanager
def _window() -> Iterator[int]:
    """A window that nobody sees: who writes on the clipboard has to have one."""
    window = api.user32().CreateWindowExW(0, "STATIC", None, 0, 0, 0, 0, 0, api.HWND_MESSAGE, None, None, None)
    try:
        yield window
    finally:
        api.user32().DestroyWindow(window)
