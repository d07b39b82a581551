"""Paste text at the cursor through the clipboard, and restore the clipboard when the window has read the text.

Clipboard managers also read new clipboard content, at any time. Wayland doesn't identify the reader, but provides a pipe, which the reading
process has open, too. So a request can be attributed to the window, if the desktop reports the window's process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from voicebridge import PartlyInsertedError, UnavailableError, Window
from voicebridge.terminals import is_terminal

from voicebridge_os_linux.wayland.clipboard import WaylandClipboard
from voicebridge_os_linux.wayland.data import SECRET, Contents, Data, Owned, as_text, until
from voicebridge_os_linux.wayland.focus import WaylandFocus
from voicebridge_os_linux.wayland.keeper import Keeper
from voicebridge_os_linux.wayland.keyboard import Keyboard, known
from voicebridge_os_linux.wayland.system import files_are_visible, has_open
from voicebridge_os_linux.wayland.wire import Connection

TAKEN_SECONDS = 5.0
"""Seconds within which a window must request the text. After that, the text stays on the clipboard, so a slower window still gets it."""
LOOK_SECONDS = 0.02
"""Seconds between the change of the clipboard and the key press, for programs that follow the clipboard."""
SETTLED_SECONDS = 0.05
"""Seconds for which the text is still offered after the window has requested it: some request several formats, or the same one twice."""
UNKNOWN_SECONDS = 0.5
"""The same if the window's process is unknown: the request may be from a clipboard manager, and the window's may follow."""
_CHORD = "ctrl+v"
_TERMINAL_CHORD = "ctrl+shift+v"


class WaylandPaste:
    """Pastes with a virtual keyboard."""

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:
        """Return after the window has read the text and the clipboard is restored in all its formats.

        Keys that the user holds have no effect: they are on another keyboard.

        Raises:
            UnavailableError: if the desktop lets no program paste, or the clipboard content would be lost; nothing was inserted.
            PartlyInsertedError: if the window hasn't requested the text, or not read all of it; it stays on the clipboard.
        """
        if not text:
            return
        application, process = _focused()
        if chord is None:
            chord = _TERMINAL_CHORD if is_terminal(window.application if window else application) else _CHORD
        keys = known(chord)
        with Connection() as connection:
            data = Data(connection)
            keyboard = Keyboard(connection)
            # With Shift+Insert, terminals paste the primary selection, and other programs the clipboard.
            places = (False, True) if keys.key == "insert" and data.has_primary else (False,)
            before = {primary: _kept(data, primary) for primary in places}
            counts = partial(has_open, process) if process else lambda _: True
            held = {primary: data.own({**as_text(text), **SECRET}, primary, counts) for primary in places}
            with _Restoring(data, before, held) as restoring:
                keyboard.wait()
                until(connection, lambda: False, LOOK_SECONDS)
                asked = _asked(held)
                keyboard.press(keys)
                if until(connection, lambda: _asked(held) > asked, TAKEN_SECONDS):
                    until(connection, lambda: False, SETTLED_SECONDS if process else UNKNOWN_SECONDS)
                if _asked(held) > asked and until(connection, lambda: _handed_over(held), TAKEN_SECONDS) and not _failed(held):
                    restoring.put()
                    return
            gone = any(owned.lost for owned in held.values())
        if not gone:  # the user has copied something else
            WaylandClipboard().write(text)
        raise PartlyInsertedError(
            f"The window did not paste the text within {TAKEN_SECONDS:g} s of {chord}. It is on the clipboard: paste it manually. If the "
            "window uses other keys to paste, set them in [insertion] chords."
        )


@dataclass
class _Restoring:
    """Restores the clipboard; the keeper processes are started as early as possible."""

    data: Data
    before: Mapping[bool, Contents]
    held: Mapping[bool, Owned]

    def __enter__(self) -> _Restoring:
        self._keepers = {primary: Keeper(contents, primary) for primary, contents in self.before.items() if contents}
        return self

    def put(self) -> None:
        """Restore the previous content, unless the user has copied something else since."""
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
        raise UnavailableError(
            f"The clipboard can't be restored afterwards: its program provides no {lost[0]}, or too much. Copy something else."
        )
    return contents


def _focused() -> tuple[str, int]:
    """The focused application, and its process, or 0 if its requests can't be distinguished from those of other programs."""
    try:
        focused = WaylandFocus().focused()
    except UnavailableError:
        focused = None
    if focused is None:
        return "", 0
    return focused.window.application, focused.process if files_are_visible(focused.process) else 0


def _asked(held: Mapping[bool, Owned]) -> int:
    return sum(owned.asked for owned in held.values())


def _handed_over(held: Mapping[bool, Owned]) -> bool:
    return all(owned.handed_over for owned in held.values())


def _failed(held: Mapping[bool, Owned]) -> bool:
    return any(owned.failed for owned in held.values())
