"""Pastes text by way of the pasteboard, which is what it was afterwards."""

from __future__ import annotations

import time

from voicebridge.keys import parse
from voicebridge.ports import Window

from voicebridge_os_macos import keyboard
from voicebridge_os_macos.pasteboard import Loan

CHORD = "super+v"
LENT = 1.0
"""Seconds for which the text stays on the pasteboard. macOS tells nobody when it has been read, and a busy application reads late."""


class PastingInserter:
    """There at once however long the text is."""

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:  # noqa: ARG002 - the protocol's
        r"""Return once an application that is not busy has the text, and the pasteboard is what it was.

        Args:
            text: any text, with line breaks as ``\n``.
            window: that has the focus; not needed.
            chord: to paste with, as in :mod:`voicebridge.keys`. Without one Cmd+V.

        Raises:
            Unavailable: when nothing has been pasted: a modifier stays down, or a permission is missing.
        """
        from voicebridge_os_macos.permissions import check_typing

        keys = parse(chord or CHORD)
        keyboard.code_of(keys)
        check_typing()
        keyboard.wait_for_release()
        with Loan(text):
            keyboard.press(keys)
            time.sleep(LENT)
