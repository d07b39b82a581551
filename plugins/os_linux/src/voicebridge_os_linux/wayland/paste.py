"""Text where the cursor is by way of the clipboard, which is given back once the window has taken it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from voicebridge import PartlyInsertedError, Unavailable, Window
from voicebridge.terminals import is_terminal

from voicebridge_os_linux.wayland.clipboard import WaylandClipboard
from voicebridge_os_linux.wayland.data import SECRET, Contents, Data, Owned, as_text, until
from voicebridge_os_linux.wayland.focus import WaylandFocus
from voicebridge_os_linux.wayland.keeper import Keeper
from voicebridge_os_linux.wayland.keyboard import Keyboard, known
from voicebridge_os_linux.wayland.wire import Connection

TAKEN_SECONDS = 3.0
"""How long a window may take to ask for the text. Later it gets it all the same, as the text is left on the clipboard then."""
MANAGERS = 0.02
"""Seconds in which clipboard managers look at what is new on the clipboard; they are not to be taken for the window."""
LATE = 0.05
"""Seconds for which the text is still offered once somebody has taken it, in case that was a clipboard manager all the same."""
_CHORD = "ctrl+v"
_TERMINAL_CHORD = "ctrl+shift+v"


class WaylandPaste:
    """Pastes with the keys of a keyboard of our own."""

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:
        """Return once the window has taken the text and the clipboard is what it was, in every form that it had.

        Keys that the user holds make no difference: they are on another keyboard.

        Raises:
            Unavailable: when the desktop lets no program paste, or what is on the clipboard would be lost; nothing has happened then.
            PartlyInsertedError: when the window hasn't asked for the text, or not taken all of it; it stays on the clipboard.
        """
        if not text:
            return
        if chord is None:
            application = window.application if window else _application()
            chord = _TERMINAL_CHORD if is_terminal(application) else _CHORD
        keys = known(chord)
        with Connection() as connection:
            data = Data(connection)
            keyboard = Keyboard(connection)
            # Terminals paste the selection with Shift+Insert, and other programs the clipboard.
            places = (False, True) if keys.key == "insert" and data.has_primary else (False,)
            before = {primary: _kept(data, primary) for primary in places}
            held = {primary: data.own({**as_text(text), **SECRET}, primary) for primary in places}
            with _Restoring(data, before, held) as restoring:
                keyboard.wait()
                until(connection, lambda: False, MANAGERS)
                asked = _asked(held)
                keyboard.press(keys)
                if until(connection, lambda: _asked(held) > asked, TAKEN_SECONDS):
                    until(connection, lambda: False, LATE)
                if _asked(held) > asked and until(connection, lambda: _handed_over(held), TAKEN_SECONDS) and not _failed(held):
                    restoring.put()
                    return
            gone = any(owned.lost for owned in held.values())
        if not gone:  # the user has copied something else
            WaylandClipboard().write(text)
        raise PartlyInsertedError(
            f"The window hasn't taken the text within {TAKEN_SECONDS:g} s of {chord}. It is on the clipboard: paste it by hand. If the "
            "window pastes by other keys, set them in [insertion] chords."
        )


@dataclass
class _Restoring:
    """Gives the clipboard back; what does that is started as soon as it is known that it will be needed."""

    data: Data
    before: Mapping[bool, Contents]
    held: Mapping[bool, Owned]

    def __enter__(self) -> _Restoring:
        self._keepers = {primary: Keeper(contents, primary) for primary, contents in self.before.items() if contents}
        return self

    def put(self) -> None:
        """Put back what was there, but where the user has copied something else since."""
        for primary, owned in self.held.items():
            if owned.lost:
                continue
            if primary in self._keepers:
                self._keepers.pop(primary).put()
            else:
                self.data.clear(primary)

    def __exit__(self, *_: object) -> None:
        for keeper in self._keepers.values():
            keeper.drop()


def _kept(data: Data, primary: bool) -> Contents:
    contents = data.contents(primary)
    if lost := [kind for kind in data.types(primary) if kind not in contents]:
        raise Unavailable(f"What is on the clipboard can't be kept: its program hands over no {lost[0]}, or too much. Copy something else.")
    return contents


def _application() -> str:
    try:
        window = WaylandFocus().window()
    except Unavailable:
        return ""
    return window.application if window else ""


def _asked(held: Mapping[bool, Owned]) -> int:
    return sum(owned.asked for owned in held.values())


def _handed_over(held: Mapping[bool, Owned]) -> bool:
    return all(owned.handed_over for owned in held.values())


def _failed(held: Mapping[bool, Owned]) -> bool:
    return any(owned.failed for owned in held.values())
