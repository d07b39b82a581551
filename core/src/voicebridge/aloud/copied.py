"""Reads aloud whatever is copied, where the user has asked for that."""

from __future__ import annotations

import sys
from collections.abc import Callable
from hashlib import sha256
from threading import Thread
from typing import cast

from voicebridge.errors import InputError, Unavailable, VoiceBridgeError, brief
from voicebridge.ports import Copies, WatchedClipboard
from voicebridge.registry import Registry, make_service

_PATIENCE = 3.0
"""Seconds that the thread is given to end."""


class Copied:
    """Has each copy read until it is closed.

    What is copied again is not read again: after a dictation the clipboard is given back what it held, which is no copy of the user's.
    """

    def __init__(self, clipboard: WatchedClipboard, say: Callable[[str], None], tell: Callable[[str], None]) -> None:
        """Begin.

        Args:
            clipboard: tells of copies.
            say: reads a text.
            tell: told what goes wrong.

        Raises:
            Unavailable: when the clipboard can't be reached.
        """
        self._say, self._tell = say, tell
        self._last = _digest(clipboard.read())
        self._copies: Copies = clipboard.copies()
        self._thread = Thread(target=self._run, name="aloud-copied", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Read no further copies; what is being read goes on."""
        self._copies.close()
        self._thread.join(_PATIENCE)

    def _run(self) -> None:
        try:
            for text in self._copies:
                if text.strip() and (digest := _digest(text)) != self._last:
                    self._last = digest
                    self._read(text)
        except VoiceBridgeError as error:
            self._tell(str(error))
        except Exception as error:  # a clipboard is anybody's code
            self._tell(f"What is copied is read no more: {brief(error)}. See: voicebridge doctor")

    def _read(self, text: str) -> None:
        try:
            self._say(text)
        except InputError:  # nothing in it can be spoken, and nobody has asked for it by name
            pass
        except VoiceBridgeError as error:
            self._tell(str(error))


def watch_copies(registry: Registry, say: Callable[[str], None], tell: Callable[[str], None]) -> Copied | None:
    """Read whatever is copied from now on, where that is configured; ``None`` where it isn't.

    Raises:
        Unavailable: when no clipboard here tells of copies, with the reason of each.
    """
    if not registry.config.settings.reading.copied:
        return None
    usable, reasons = registry.usable_services("clipboard")
    for record, spec in usable:
        if "copies" in spec.features:
            return Copied(cast("WatchedClipboard", make_service(record, spec)), say, tell)
    why = " ".join(reasons) or f"It takes the plugin of this system: {_plugin_of_the_system()}"
    raise Unavailable(f"No clipboard here tells of copies, so that reading.copied has no effect. {why}")


def _plugin_of_the_system() -> str:
    from voicebridge.installing import remedy

    system = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
    return remedy(f"voicebridge-os-{system}")


def _digest(text: str) -> bytes:
    """What tells a text from another without keeping it."""
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
