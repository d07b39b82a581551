"""Pastes text by way of the clipboard, which is what it was afterwards."""

from __future__ import annotations

import time

from voicebridge.errors import PartlyInsertedError, Unavailable
from voicebridge.keys import parse
from voicebridge.ports import Window

from voicebridge_os_windows import keyboard, session
from voicebridge_os_windows.clipboard import Offer

PATIENCE = 2.0
"""Seconds within which a window that answers asks for the text, if it pastes at all."""
HANGING_SECONDS = 15.0
"""How long a window that has stopped answering may take until it sees the keys."""
SETTLING = 0.5
"""How long the text is left when somebody has taken it who may not have been the target."""
_POLL = 0.05
CHORD = "ctrl+v"
_TERMINALS = {
    "mintty.exe": "shift+insert",
    "putty.exe": "shift+insert",
    "kitty.exe": "shift+insert",
    "alacritty.exe": "ctrl+shift+v",
    "wezterm-gui.exe": "ctrl+shift+v",
}
"""Programs in which Ctrl+V is a key like any other; Windows' own consoles and Windows Terminal paste with it."""


class PastingInserter:
    """Layout-proof, and there at once however long the text is."""

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:
        r"""Return once the target has the text and the clipboard is what it was.

        Args:
            text: any text, with line breaks as ``\n``.
            window: that has the focus, by which the chord is chosen.
            chord: to paste with, as in :mod:`voicebridge.keys`. Without one the program's own, mostly Ctrl+V.

        Raises:
            Unavailable: when no window has the focus, Windows lets nothing be written into it, or it doesn't ask for the text.
            PartlyInsertedError: when the window hangs; the text stays on the clipboard for when it comes round.
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
                raise Unavailable(session.refusal(target.application))
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
                "The text is on the clipboard, and pasted if it answers again."
            )
        elif not target.answers(_POLL):
            awake = now  # so far it has not seen the keys
        elif now - awake > PATIENCE:
            raise Unavailable(f"{target.application or 'The window'} has not asked for the text: it may paste with other keys.")
    if offer.taken_at is None:
        raise Unavailable("Another program has taken the clipboard before the text could be pasted. Try again.")
