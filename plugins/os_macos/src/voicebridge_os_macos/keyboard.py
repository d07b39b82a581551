"""Simulate key presses with Quartz."""

from __future__ import annotations

import time
from collections.abc import Iterator

from voicebridge.errors import UnavailableError
from voicebridge.keys import Chord

RELEASE_SECONDS = 5.0
"""Seconds to wait for the user to release modifiers before the text is inserted with another method."""
UNITS = 20
"""Maximum number of UTF-16 code units per event."""
_POLL = 0.01
_BREATH = 0.004
"""Seconds between two events: some applications drop events that arrive at the same time."""
_RETURN = 36

_CODES = {
    **dict(zip("asdfhgzxcv", range(10), strict=True)), **dict(zip("bqweryt", range(11, 18), strict=True)),
    "1": 18, "2": 19, "3": 20, "4": 21, "6": 22, "5": 23, "9": 25, "7": 26, "8": 28, "0": 29, "o": 31, "u": 32, "i": 34, "p": 35,
    "l": 37, "j": 38, "k": 40, "n": 45, "m": 46, "enter": _RETURN, "tab": 48, "space": 49, "backspace": 51, "esc": 53, "insert": 114,
    "home": 115, "page_up": 116, "delete": 117, "end": 119, "page_down": 121, "left": 123, "right": 124, "down": 125, "up": 126,
}  # fmt: skip
"""Key codes of an American keyboard. While Cmd is held, layouts of other scripts have the Latin letters in the same positions."""
_FLAGS = {"shift": 1 << 17, "ctrl": 1 << 18, "alt": 1 << 19, "super": 1 << 20}
"""Modifier bits of CGEventFlags."""
_NAMES = {"shift": "Shift", "ctrl": "Control", "alt": "Option", "super": "Command"}


def code_of(chord: Chord) -> tuple[int, int]:
    """The key code of a key combination, and the flags of its modifiers.

    Raises:
        UnavailableError: for a key that is not on an American keyboard.
    """
    if chord.key not in _CODES:
        raise UnavailableError(f"{chord} can't be pressed on macOS. Choose another chord in [insertion] chords, such as super+v.")
    return _CODES[chord.key], sum(_FLAGS[each] for each in chord.modifiers)


def pieces(text: str) -> Iterator[str]:
    r"""Split a text into pieces that fit into one event, with each line break in its own piece; no character is split."""
    piece, units = "", 0
    for character in text:
        size = len(character.encode("utf-16-le", "surrogatepass")) // 2
        if piece and (character == "\n" or piece == "\n" or units + size > UNITS):
            yield piece
            piece, units = "", 0
        piece, units = piece + character, units + size
    if piece:
        yield piece


def press(chord: Chord) -> None:
    """Press and release a key combination."""
    code, flags = code_of(chord)
    for down in (True, False):
        _post(code, down, flags)


def write(piece: str) -> None:
    """Type one of :func:`pieces` into the focused window; a line break is Shift+Return, because Return alone sends messages."""
    for down in (True, False):
        if piece == "\n":
            _post(_RETURN, down, _FLAGS["shift"])
        else:
            _post(0, down, 0, piece)
    time.sleep(_BREATH)


def _post(code: int, down: bool, flags: int, text: str = "") -> None:
    import Quartz

    event = Quartz.CGEventCreateKeyboardEvent(None, code, down)
    if event is None:
        raise UnavailableError("macOS can't create keyboard events for this process. See: voicebridge doctor")
    Quartz.CGEventSetFlags(event, flags)
    if text:
        Quartz.CGEventKeyboardSetUnicodeString(event, len(text.encode("utf-16-le", "surrogatepass")) // 2, text)
    Quartz.CGEventPost(Quartz.kCGHIDEventTap, event)


def wait_for_release() -> None:
    """Return after the user has released all modifiers, which would change the meaning of the keys.

    Raises:
        UnavailableError: if one stays down.
    """
    import Quartz

    end = time.monotonic() + RELEASE_SECONDS
    while held := Quartz.CGEventSourceFlagsState(Quartz.kCGEventSourceStateHIDSystemState) & sum(_FLAGS.values()):
        if time.monotonic() > end:
            name = next(_NAMES[modifier] for modifier, flag in _FLAGS.items() if held & flag)
            raise UnavailableError(f"{name} has been held down for {RELEASE_SECONDS:g} s. Release it, or press it once.")
        time.sleep(_POLL)
