"""What the system itself says of its keyboard: how its keys are called whatever is held with them, and which of them are down.

pynput tells what a key writes, which the modifiers of a chord change, and nothing of keys that came up while nobody could hear it, as
under a locked screen. Everything here is asked of the system by the key's number, which pynput calls ``vk``.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Collection, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

_NUMBERS_OF_WINDOWS = {"ctrl": (0x11,), "alt": (0x12,), "shift": (0x10,), "super": (0x5B, 0x5C)}
_FLAGS_OF_MACOS = {"shift": 0x2_0000, "ctrl": 0x4_0000, "alt": 0x8_0000, "super": 0x10_0000}
_DOWN = 0x8000
_TO_CHARACTER = 2
_HARDWARE = 1
_COLUMNS = 8
_BUTTONS_OF_WINDOWS = (0x01, 0x02, 0x04, 0x05, 0x06)
_CLICKS_OF_MACOS = (1, 3, 25)
"""Event types: the left, the right and any other button going down."""
_ANY_INPUT = 0xFFFF_FFFF
_clicked = 0
PERMISSION = (
    "Allow the terminal, or what else starts VoiceBridge, to hear keys in System Settings > Privacy & Security > Input Monitoring and "
    "> Accessibility, then start it anew."
)
"""What to do on macOS, which lets nobody hear keys unasked."""


def characters() -> Mapping[int, str]:
    """What each key writes by itself, by its number; to be asked in the main thread, where macOS wants it."""
    if sys.platform == "win32":
        named = {number: ctypes.windll.user32.MapVirtualKeyW(number, _TO_CHARACTER) & 0xFFFF for number in range(0x30, 0x100)}
        return _printable({number: chr(point) for number, point in named.items()})
    if sys.platform == "darwin":
        from pynput._util.darwin import keycode_context, keycode_to_string

        with keycode_context() as context:
            return _printable({number: keycode_to_string(context, number) for number in range(128)})
    return _characters_of_x()


def modifiers() -> Collection[str] | None:
    """The modifiers that are down now; ``None`` where the system isn't asked."""
    if sys.platform == "win32":
        return [name for name, numbers in _NUMBERS_OF_WINDOWS.items() if any(is_down(number) for number in numbers)]
    if sys.platform == "darwin":
        flags = _macos().CGEventSourceFlagsState(_HARDWARE)
        return [name for name, flag in _FLAGS_OF_MACOS.items() if flags & flag]
    return None


def is_down(number: int) -> bool | None:
    """Whether a key is down; ``None`` where the system isn't asked."""
    if sys.platform == "win32":
        return bool(ctypes.windll.user32.GetAsyncKeyState(number) & _DOWN)
    if sys.platform == "darwin":
        return bool(_macos().CGEventSourceKeyState(_HARDWARE, number))
    return None


def clicks() -> int | None:
    """A number that changes with every click since it was asked for last; ``None`` where the system counts none."""
    global _clicked
    if sys.platform == "win32":
        # The lowest bit tells that the button went down since it was asked for last.
        _clicked += sum(bool(ctypes.windll.user32.GetAsyncKeyState(button) & (_DOWN | 1)) for button in _BUTTONS_OF_WINDOWS)
        return _clicked
    if sys.platform == "darwin":
        return sum(int(_macos().CGEventSourceCounterForEventType(_HARDWARE, kind)) for kind in _CLICKS_OF_MACOS)
    return None


def quiet_seconds() -> float | None:
    """Seconds for which nothing was pressed and no mouse moved; ``None`` where the system doesn't say."""
    if sys.platform == "win32":
        from ctypes import wintypes

        # LASTINPUTINFO: its own size, and the tick of the last input.
        last = (wintypes.DWORD * 2)(ctypes.sizeof(wintypes.DWORD) * 2, 0)
        if not ctypes.windll.user32.GetLastInputInfo(ctypes.byref(last)):
            return None
        return float((ctypes.windll.kernel32.GetTickCount() - last[1]) & 0xFFFF_FFFF) / 1000
    if sys.platform == "darwin":
        return float(_macos().CGEventSourceSecondsSinceLastEventType(_HARDWARE, _ANY_INPUT))
    return None


def may_listen() -> bool:
    """Whether macOS lets this program hear keys; true everywhere else."""
    if sys.platform == "darwin":
        with suppress(AttributeError):  # before macOS 10.15 nobody was asked
            return bool(_macos().CGPreflightListenEventAccess())
    return True


@lru_cache(maxsize=1)
def _macos() -> Any:
    library = ctypes.CDLL("/System/Library/Frameworks/CoreGraphics.framework/CoreGraphics")
    library.CGEventSourceFlagsState.restype = ctypes.c_uint64
    library.CGEventSourceFlagsState.argtypes = [ctypes.c_int32]
    library.CGEventSourceKeyState.restype = ctypes.c_bool
    library.CGEventSourceKeyState.argtypes = [ctypes.c_int32, ctypes.c_uint16]
    library.CGEventSourceCounterForEventType.restype = ctypes.c_uint32
    library.CGEventSourceCounterForEventType.argtypes = [ctypes.c_int32, ctypes.c_uint32]
    library.CGEventSourceSecondsSinceLastEventType.restype = ctypes.c_double
    library.CGEventSourceSecondsSinceLastEventType.argtypes = [ctypes.c_int32, ctypes.c_uint32]
    return library


def _characters_of_x() -> Mapping[int, str]:
    """Where a key's number is what it writes, the first of all that are on the same key."""
    from Xlib.display import Display

    display = Display()
    try:
        first = display.display.info.min_keycode
        there = display.get_keyboard_mapping(first, display.display.info.max_keycode - first + 1)
    finally:
        display.close()
    found: dict[int, str] = {}
    for column in range(_COLUMNS):
        for keysyms in there:
            plain = keysyms[0] & 0xFF_FFFF if keysyms[0] >> 24 == 1 else keysyms[0]
            if column < len(keysyms) and keysyms[column] and (plain < 0x100 or keysyms[0] >> 24 == 1):
                found.setdefault(keysyms[column], chr(plain))
    return _printable(found)


def _printable(found: Mapping[int, str | None]) -> Mapping[int, str]:
    return {number: each.lower() for number, each in found.items() if each and len(each) == 1 and each.isprintable() and not each.isspace()}
