"""What the keys for reading aloud do."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

from voicebridge.aloud.player import Aloud
from voicebridge.errors import VoiceBridgeError
from voicebridge.hotkeys.trigger import Action


def press(aloud: Aloud, action: Action, tell: Callable[[str], None]) -> None:
    """Do what a key asks for; returns at once, and tells what goes wrong. A key that began a text stops it when it is pressed again."""
    Thread(target=_press, args=(aloud, action, tell), name="aloud-key", daemon=True).start()


def _press(aloud: Aloud, action: Action, tell: Callable[[str], None]) -> None:
    try:
        if action in (Action.READ_CLIPBOARD, Action.READ_SELECTION):
            text = aloud.copied() if action is Action.READ_CLIPBOARD else aloud.selected()
            if aloud.reads(text):
                aloud.stop()
            else:
                aloud.say(text)
        elif aloud.status().state != "idle":
            {
                Action.PAUSE: aloud.toggle, Action.STOP_READING: aloud.stop, Action.SKIP: aloud.skip,
                Action.FASTER: aloud.faster, Action.SLOWER: aloud.slower,
            }[action]()  # fmt: skip
    except VoiceBridgeError as error:
        tell(str(error))
