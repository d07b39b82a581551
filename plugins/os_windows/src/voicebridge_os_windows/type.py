"""Type text character by character with SendInput, independent of the layout."""

from __future__ import annotations

from voicebridge.errors import PartlyInsertedError, UnavailableError
from voicebridge.ports import Window

from voicebridge_os_windows import keyboard, session

BATCH = 100
"""Characters to send at once. A window's input queue is limited, and the user may switch to another window."""
PATIENCE = 5.0
"""Seconds within which a window must process a batch."""


class TypingInserter:
    """Needs no clipboard."""

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:  # noqa: ARG002 - required by the protocol
        r"""Return after the focused window has received the keys and responded.

        Args:
            text: any text, with line breaks as ``\n``.
            window: not needed.
            chord: not needed.

        Raises:
            UnavailableError: if no window is focused, or Windows blocks input to it.
            PartlyInsertedError: if Windows or the window stopped accepting keys before the end.
        """
        target = session.target()
        target.check_reachable()
        keyboard.wait_for_release()
        written = 0
        for start in range(0, len(text), BATCH):
            if written and not target.is_in_front():
                raise PartlyInsertedError(f"{_so_far(written, text)}, then another window got the focus.")
            strokes = [stroke for each in text[start : start + BATCH] for stroke in keyboard.character(each)]
            taken = keyboard.send(strokes)
            if taken < len(strokes):
                if not written and not taken:
                    raise UnavailableError(session.refusal(target.application))
                raise PartlyInsertedError(f"{_so_far(written, text)}, then Windows accepted no more keys.")
            written += len(text[start : start + BATCH])
            if not target.answers(PATIENCE) and written < len(text):
                raise PartlyInsertedError(f"{_so_far(written, text)}, then its window stopped responding.")


def _so_far(written: int, text: str) -> str:
    return f"{written} of {len(text)} characters or a few more were typed"
