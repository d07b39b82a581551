"""Text where the cursor is by the keys of a keyboard that has just those characters; slower than pasting, and clear of the clipboard."""

from __future__ import annotations

from collections.abc import Iterator

from voicebridge import PartlyInsertedError, Unavailable, Window

from voicebridge_os_linux.wayland.keyboard import MOST_KEYS, Keyboard, keymap_of
from voicebridge_os_linux.wayland.wire import Connection

PACE = 0.002
"""Seconds from one character to the next. A desktop throws out a window that takes its keys too slowly: GTK's are gone after some dozens
without a pause, and none is at half of this one."""


class WaylandType:
    """Types on a keyboard that is drawn for the text, so that no layout plays a part."""

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:  # noqa: ARG002 - the port's
        """Return once every key has been pressed.

        Keys that the user holds make no difference: they are on another keyboard.

        Raises:
            Unavailable: when the desktop lets no program type; nothing has been typed then.
            PartlyInsertedError: when it stops to answer on the way.
        """
        typed = False
        with Connection() as connection:
            try:
                keyboard: Keyboard | None = None
                for part in _parts(text):
                    characters = sorted(set(part))
                    keymap = keymap_of(characters)
                    if keyboard is None:
                        keyboard = Keyboard(connection, keymap)
                        keyboard.wait()
                    else:
                        keyboard.draw(keymap)
                    codes = {character: code for code, character in enumerate(characters, 1)}
                    for character in part:
                        keyboard.type(codes[character], shifted=character == "\n")  # Return alone sends messages
                        typed = True
                        connection.wait(lambda: False, PACE)
                    connection.settle()
            except Unavailable as error:
                if typed:
                    raise PartlyInsertedError(f"The text may stand only in part where the cursor is: {error}") from error
                raise


def _parts(text: str) -> Iterator[str]:
    """The text in pieces, none of more characters than a keyboard has keys."""
    begin, seen = 0, set[str]()
    for place, character in enumerate(text):
        if character not in seen and len(seen) == MOST_KEYS:
            yield text[begin:place]
            begin, seen = place, set()
        seen.add(character)
    if text[begin:]:
        yield text[begin:]
