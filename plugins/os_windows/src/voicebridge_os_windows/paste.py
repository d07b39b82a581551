"""Paste text through the clipboard, which is restored afterwards."""

from __future__ import annotations

import time

from voicebridge.errors import PartlyInsertedError, UnavailableError
from voicebridge.keys import parse
from voicebridge.ports import Window

from voicebridge_os_windows import keyboard, session
from voicebridge_os_windows.clipboard import Offer

PATIENCE = 2.0
"""Seconds within which a responsive window requests the text, if it pastes at all."""
HANGING_SECONDS = 15.0
"""Seconds within which a window that hangs must process the keys."""
SETTLING = 0.5
"""Seconds for which the text is left on the clipboard after a program that may not be the target has received it."""
_POLL = 0.05
CHORD = "ctrl+v"
_TERMINALS = {
    "mintty.exe": "shift+insert",
    "putty.exe": "shift+insert",
    "kitty.exe": "shift+insert",
    "alacritty.exe": "ctrl+shift+v",
    "wezterm-gui.exe": "ctrl+shift+v",
}
"""Programs in which Ctrl+V does not paste; Windows' own consoles and Windows Terminal paste with it."""


class PastingInserter:
    """Independent of the layout, and immediate for texts of any length."""

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:
        r"""Return after the target has received the text and the clipboard is restored.

        Args:
            text: any text, with line breaks as ``\n``.
            window: the focused window, which determines the keys.
            chord: the keys to paste with, as in :mod:`voicebridge.keys`. Default: those of the program, usually Ctrl+V.

        Raises:
            UnavailableError: if no window is focused, Windows blocks input to it, or it doesn't request the text.
            PartlyInsertedError: if the window hangs; the text stays on the clipboard for when it resumes.
        """
        target = session.target()
        target.check_reachable()
        application = window.application if window else target.application
        strokes = keyboard.press(parse(chord or _TERMINALS.get(application, CHORD)))
        keyboard.wait_for_release()
        with Offer(text, target) as offer:
            offer.settle()
            taken = keyboard.send(strokes)
            offer.pasting = True
            if taken < len(strokes):
                keyboard.send([stroke for stroke in strokes if stroke.up])
                raise UnavailableError(session.refusal(target.application))
            _wait(offer, target)


def _wait(offer: Offer, target: session.Target) -> None:
    began = awake = time.monotonic()
    while not offer.taken_by_target and offer.is_ours():
        offer.pump(_POLL)
        now = time.monotonic()
        if offer.taken_at is not None:
            if now - offer.taken_at > SETTLING:
                return
        elif now - began > HANGING_SECONDS:
            offer.leave()
            raise PartlyInsertedError(
                f"{target.application or 'The window'} has not answered for {HANGING_SECONDS:g} s. "
                "The text is on the clipboard, and will be pasted if it responds again."
            )
        elif not target.answers(_POLL):
            awake = now  # so far it has not processed the keys
        elif now - awake > PATIENCE:
            raise UnavailableError(f"{target.application or 'The window'} did not paste the text: it may use other keys to paste.")
    if offer.taken_at is None:
        raise UnavailableError("Another program changed the clipboard before the text could be pasted. Try again.")
