"""Type text at the cursor with a keymap of just its characters; slower than pasting, but without the clipboard."""

from __future__ import annotations

from collections.abc import Iterator

from voicebridge import PartlyInsertedError, UnavailableError, Window

from voicebridge_os_linux.wayland.keyboard import MOST_KEYS, Keyboard, keymap_of
from voicebridge_os_linux.wayland.wire import Connection

PACE = 0.002
"""Seconds between characters. A desktop disconnects a window that reads its keys too slowly: without a pause, GTK windows are lost
after a few dozen keys; with half of this pause, none."""


class WaylandType:
    """Types on a virtual keyboard with a keymap for the text, regardless of the user's layout."""

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:  # noqa: ARG002 - required by the port
        """Return after every key has been pressed.

        Keys that the user holds have no effect: they are on another keyboard.

        Raises:
            UnavailableError: if the desktop lets no program type; nothing was typed.
            PartlyInsertedError: if the desktop stops answering while typing.
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
            except UnavailableError as error:
                if typed:
                    raise PartlyInsertedError(f"The text may have been inserted only in part: {error}") from error
                raise


def _parts(text: str) -> Iterator[str]:
    """Split the text into parts with at most as many different characters as a keymap can have."""
    begin, seen = 0, set[str]()
    for place, character in enumerate(text):
        if character not in seen and len(seen) == MOST_KEYS:
            yield text[begin:place]
            begin, seen = place, set()
        seen.add(character)
    if text[begin:]:
        yield text[begin:]
