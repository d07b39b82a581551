"""Type text with Quartz events that carry characters, independent of the layout."""

from __future__ import annotations

from voicebridge.errors import PartlyInsertedError, UnavailableError
from voicebridge.ports import Window

from voicebridge_os_macos import keyboard


class TypingInserter:
    """Doesn't use the pasteboard."""

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:  # noqa: ARG002 - required by the protocol
        r"""Return after macOS has accepted the keys; it doesn't report when the application has received them.

        Args:
            text: any text, with line breaks as ``\n``.
            window: not needed.
            chord: not needed.

        Raises:
            UnavailableError: if nothing was typed: a modifier stays down, or a permission is missing.
            PartlyInsertedError: if macOS stopped accepting keys before the end.
        """
        from voicebridge_os_macos.permissions import check_typing

        check_typing()
        keyboard.wait_for_release()
        written = 0
        for piece in keyboard.pieces(text):
            try:
                keyboard.write(piece)
            except UnavailableError as error:
                if written:
                    raise PartlyInsertedError(
                        f"{written} of {len(text)} characters were typed, then macOS accepted no more keys."
                    ) from error
                raise
            written += len(piece)
