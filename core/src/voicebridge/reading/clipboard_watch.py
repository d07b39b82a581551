"""Reads copied texts aloud, if the user has enabled this."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from threading import Thread

from voicebridge.errors import InputError, VoiceBridgeError, brief
from voicebridge.ports import Copies, WatchedClipboard

_PATIENCE = 3.0
"""Time-out in seconds for the thread to end."""


class Copied:
    """Reads each copied text until it is closed.

    A text that is copied again is not read again: after a dictation, the clipboard is restored, which is not a copy by the user.
    """

    def __init__(self, clipboard: WatchedClipboard, say: Callable[[str], None], tell: Callable[[str], None]) -> None:
        """Start.

        Args:
            clipboard: detects copies.
            say: reads a text.
            tell: called with a one-line message when something fails.

        Raises:
            UnavailableError: if the clipboard can't be accessed.
        """
        self._say, self._tell = say, tell
        self._last = _digest(clipboard.read())
        self._copies: Copies = clipboard.copies()
        self._thread = Thread(target=self._run, name="aloud-copied", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ignore further copies; the current text is still read."""
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
        except Exception as error:  # clipboards are third-party code
            self._tell(f"Copied text is no longer read aloud: {brief(error)}. See: voicebridge doctor")

    def _read(self, text: str) -> None:
        try:
            self._say(text)
        except InputError:  # contains nothing to speak, and the user has not requested it explicitly
            pass
        except VoiceBridgeError as error:
            self._tell(str(error))


def _digest(text: str) -> bytes:
    """Identifies a text without storing it."""
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
