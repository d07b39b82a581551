"""The table of hotkey actions, from which settings, help, commands, requests and dispatch are derived."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Literal


class HotkeyAction(StrEnum):
    """An action that can have a hotkey; the value is its name in ``[hotkeys]`` and for ``voicebridge hotkeys``."""

    does: str
    """Its description, as a sentence."""
    command: str
    """The equivalent command for a key binding of the desktop, without ``voicebridge``."""
    request: str
    """The equivalent request on the control socket (docs/control.md)."""
    default: str | None
    """Its default chord on Linux and Windows."""
    on_macos: str | None
    """Its default chord on macOS."""

    def __new__(
        cls, name: str, does: str, command: str, request: str, default: str | None = None, on_macos: str | None = None
    ) -> HotkeyAction:
        """A row of the table."""
        made = str.__new__(cls, name)
        made._value_ = name
        made.does, made.command, made.request, made.default, made.on_macos = does, command, request, default, on_macos
        return made

    DICTATE = "dictate", "Starts and stops dictation.", "dictate toggle", "dictate.toggle", "ctrl+alt+space", "alt_r"
    CANCEL = (
        "cancel", "Cancels the recording. It stays in the history.",
        "dictate cancel", "dictate.cancel", "esc", "esc",
    )  # fmt: skip
    READ_SELECTION = (
        "read_selection", "Reads the selection aloud; press again to stop.",
        "read --selection", "read.selection", "ctrl+alt+shift+space",
    )  # fmt: skip
    READ_CLIPBOARD = "read_clipboard", "Reads the clipboard aloud; press again to stop.", "read --clipboard", "read.clipboard"
    PAUSE = "pause", "Pauses and resumes reading aloud.", "read toggle", "read.toggle"
    STOP_READING = "stop_reading", "Stops reading aloud.", "read stop", "read.stop"
    SKIP = "skip", "Skips to the next sentence.", "read skip", "read.skip"
    FASTER = "faster", "Reads faster.", "read faster", "read.faster"
    SLOWER = "slower", "Reads slower.", "read slower", "read.slower"

    @property
    def handled_by(self) -> Literal["dictation", "reading"]:
        """The feature that implements it."""
        return "dictation" if self.request.startswith("dictate.") else "reading"

    def default_on(self, system: str = sys.platform) -> str | None:
        """Its default chord on a system, as in ``sys.platform``."""
        return self.on_macos if system == "darwin" else self.default


READING = tuple(action for action in HotkeyAction if action.handled_by == "reading")
"""Actions of reading aloud."""


class Action(Enum):
    """What the dictation keys request."""

    START = "start"
    STOP = "stop"
    CANCEL = "cancel"
    DROP = "drop"
    """The recording was started by mistake: it is discarded silently."""


def bindings(configured: Mapping[HotkeyAction, str | None], system: str = sys.platform) -> dict[str, str]:
    """The chord of each action that has one, by name.

    Args:
        configured: the user's value for each: a chord, ``off``, or ``None`` for the default.
        system: as in ``sys.platform``.
    """
    found = {action.value: configured.get(action) or action.default_on(system) for action in HotkeyAction}
    return {name: chord for name, chord in found.items() if chord and chord != "off"}
