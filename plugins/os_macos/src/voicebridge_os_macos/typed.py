"""Types text, whatever the layout, by Quartz events that carry characters."""

from __future__ import annotations

from voicebridge.errors import PartlyInsertedError, Unavailable
from voicebridge.ports import Window

from voicebridge_os_macos import keyboard


class TypingInserter:
    """Leaves the pasteboard alone."""

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:  # noqa: ARG002 - the protocol's
        r"""Return once macOS has the keys; nobody tells when the application has them.

        Args:
            text: any text, with line breaks as ``\n``.
            window: that has the focus; not needed.
            chord: not needed.

        Raises:
            Unavailable: when nothing has been typed: a modifier stays down, or a permission is missing.
            PartlyInsertedError: when macOS stopped taking keys before the end.
        """
        from voicebridge_os_macos.permissions import check_typing

        check_typing()
        keyboard.wait_for_release()
        written = 0
        for piece in keyboard.pieces(text):
            try:
                keyboard.write(piece)
            except Unavailable as error:
                if written:
                    raise PartlyInsertedError(f"{written} of {len(text)} characters were typed, then macOS took no more keys.") from error
                raise
            written += len(piece)
