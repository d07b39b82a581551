"""Paste text through the pasteboard, which is restored afterwards."""

from __future__ import annotations

import time

from voicebridge.keys import parse
from voicebridge.ports import Window

from voicebridge_os_macos import keyboard
from voicebridge_os_macos.pasteboard import Loan

CHORD = "super+v"
LENT = 1.0
"""Seconds for which the text stays on the pasteboard. macOS doesn't report when it has been read, and a busy application reads late."""


class PastingInserter:
    """Immediate for texts of any length."""

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:  # noqa: ARG002 - required by the protocol
        r"""Return after a responsive application has read the text and the pasteboard is restored.

        Args:
            text: any text, with line breaks as ``\n``.
            window: not needed.
            chord: the keys to paste with, as in :mod:`voicebridge.keys`. Default: Cmd+V.

        Raises:
            UnavailableError: if nothing was pasted: a modifier stays down, or a permission is missing.
        """
        from voicebridge_os_macos.permissions import check_typing

        keys = parse(chord or CHORD)
        keyboard.code_of(keys)
        check_typing()
        keyboard.wait_for_release()
        with Loan(text):
            keyboard.press(keys)
            time.sleep(LENT)
