"""Keys as Quartz takes them."""

from __future__ import annotations

import time
from collections.abc import Iterator

from voicebridge.errors import Unavailable
from voicebridge.keys import Chord

RELEASE_SECONDS = 5.0
"""How long the user may hold modifiers down before the text is brought another way."""
UNITS = 20
"""UTF-16 units that one event can carry."""
_POLL = 0.01
_BREATH = 0.004
"""Seconds between two events: applications have been seen to drop some that come at once."""
_RETURN = 36

_CODES = {
    **dict(zip("asdfhgzxcv", range(10), strict=True)), **dict(zip("bqweryt", range(11, 18), strict=True)),
    "1": 18, "2": 19, "3": 20, "4": 21, "6": 22, "5": 23, "9": 25, "7": 26, "8": 28, "0": 29, "o": 31, "u": 32, "i": 34, "p": 35,
    "l": 37, "j": 38, "k": 40, "n": 45, "m": 46, "enter": _RETURN, "tab": 48, "space": 49, "backspace": 51, "esc": 53, "insert": 114,
    "home": 115, "page_up": 116, "delete": 117, "end": 119, "page_down": 121, "left": 123, "right": 124, "down": 125, "up": 126,
}  # fmt: skip
"""Of an American keyboard. Where Cmd is held, layouts of other scripts have the Latin letters in the same places."""
_FLAGS = {"shift": 1 << 17, "ctrl": 1 << 18, "alt": 1 << 19, "super": 1 << 20}
"""Of CGEventFlags."""
_NAMES = {"shift": "Shift", "ctrl": "Control", "alt": "Option", "super": "Command"}


def code_of(chord: Chord) -> tuple[int, int]:
    """The number of a chord's key, and the flags of its modifiers.

    Raises:
        Unavailable: for a key that no American keyboard has.
    """
    if chord.key not in _CODES:
        raise Unavailable(f"{chord} can't be pressed on macOS. Choose another chord in [insertion] chords, such as super+v.")
    return _CODES[chord.key], sum(_FLAGS[each] for each in chord.modifiers)


def pieces(text: str) -> Iterator[str]:
    r"""The text in pieces that one event can carry, each line break by itself; no character is cut in two."""
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
    """Press a chord and let go of it."""
    code, flags = code_of(chord)
    for down in (True, False):
        _post(code, down, flags)


def write(piece: str) -> None:
    """Have one of :func:`pieces` written where the focus is; a line break is Shift+Return, since Return alone sends messages."""
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
        raise Unavailable("macOS makes no keyboard events for this process. See: voicebridge doctor")
    Quartz.CGEventSetFlags(event, flags)
    if text:
        Quartz.CGEventKeyboardSetUnicodeString(event, len(text.encode("utf-16-le", "surrogatepass")) // 2, text)
    Quartz.CGEventPost(Quartz.kCGHIDEventTap, event)


def wait_for_release() -> None:
    """Return once the user holds no modifier down, with which ours would make other chords.

    Raises:
        Unavailable: when one stays down.
    """
    import Quartz

    end = time.monotonic() + RELEASE_SECONDS
    while held := Quartz.CGEventSourceFlagsState(Quartz.kCGEventSourceStateHIDSystemState) & sum(_FLAGS.values()):
        if time.monotonic() > end:
            name = next(_NAMES[modifier] for modifier, flag in _FLAGS.items() if held & flag)
            raise Unavailable(f"{name} has been held down for {RELEASE_SECONDS:g} s. Let go of it, or press it once.")
        time.sleep(_POLL)
