"""Types text, character by character and whatever the layout, by SendInput."""

from __future__ import annotations

from voicebridge.errors import PartlyInsertedError, Unavailable
from voicebridge.ports import Window

from voicebridge_os_windows import keyboard, session

BATCH = 100
"""Characters that are sent at once. A window's queue of keys has an end, and the user may turn to another window meanwhile."""
PATIENCE = 5.0
"""Seconds that a window may take for a batch."""


class TypingInserter:
    """Needs no clipboard."""

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:  # noqa: ARG002 - the protocol's
        r"""Return once the keys are with the window that has the focus, and it has answered.

        Args:
            text: any text, with line breaks as ``\n``.
            window: that has the focus; not needed.
            chord: not needed.

        Raises:
            Unavailable: when no window has the focus, or Windows lets nothing be written into it.
            PartlyInsertedError: when Windows or the window stopped taking keys before the end.
        """
        target = session.target()
        target.check_reachable()
        keyboard.wait_for_release()
        written = 0
        for start in range(0, len(text), BATCH):
            if written and not target.is_in_front():
                raise PartlyInsertedError(f"{_so_far(written, text)}, then another window came in front.")
            strokes = [stroke for each in text[start : start + BATCH] for stroke in keyboard.character(each)]
            taken = keyboard.send(strokes)
            if taken < len(strokes):
                if not written and not taken:
                    raise Unavailable(session.refusal(target.application))
                raise PartlyInsertedError(f"{_so_far(written, text)}, then Windows took no more keys.")
            written += len(text[start : start + BATCH])
            if not target.answers(PATIENCE) and written < len(text):
                raise PartlyInsertedError(f"{_so_far(written, text)}, then its window stopped answering.")


def _so_far(written: int, text: str) -> str:
    return f"{written} of {len(text)} characters or a few more were typed"
