"""The system's information about the keyboard: the names of keys regardless of modifiers, and which are down.

pynput reports a key's character, which modifiers change, and misses releases, for example under a locked screen. Everything here is queried
from the system by the key's number, pynput's ``vk``.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Collection, Mapping
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
"""Event types: the left, the right and any other button pressed."""
_ANY_INPUT = 0xFFFF_FFFF
PERMISSION = (
    "Allow the application that starts VoiceBridge, such as the terminal, to monitor keys in System Settings > Privacy & Security > "
    "Input Monitoring and > Accessibility, then restart it."
)
"""The remedy on macOS, where receiving keys needs a permission."""


def characters() -> Mapping[int, str]:
    """The unmodified character of each key, by number; macOS requires the main thread."""
    if sys.platform == "win32":
        named = {number: ctypes.windll.user32.MapVirtualKeyW(number, _TO_CHARACTER) & 0xFFFF for number in range(0x30, 0x100)}
        return _printable({number: chr(point) for number, point in named.items()})
    if sys.platform == "darwin":
        from pynput._util.darwin import keycode_context, keycode_to_string

        with keycode_context() as context:
            return _printable({number: keycode_to_string(context, number) for number in range(128)})
    return _characters_of_x()


def modifiers() -> Collection[str] | None:
    """The modifiers that are down now; ``None`` if the system isn't queried."""
    if sys.platform == "win32":
        return [name for name, numbers in _NUMBERS_OF_WINDOWS.items() if any(is_down(number) for number in numbers)]
    if sys.platform == "darwin":
        flags = _macos().CGEventSourceFlagsState(_HARDWARE)
        return [name for name, flag in _FLAGS_OF_MACOS.items() if flags & flag]
    return None


def is_down(number: int) -> bool | None:
    """Whether a key is down; ``None`` if the system isn't queried."""
    if sys.platform == "win32":
        return bool(ctypes.windll.user32.GetAsyncKeyState(number) & _DOWN)
    if sys.platform == "darwin":
        return bool(_macos().CGEventSourceKeyState(_HARDWARE, number))
    return None


def click_counter() -> Callable[[], int] | None:
    """A function that returns a number that changes with every click since its last call; ``None`` if the system counts none."""
    if sys.platform == "win32":
        clicked = 0

        def clicks() -> int:
            nonlocal clicked
            # The lowest bit is set if the button was pressed since the last query.
            clicked += sum(bool(ctypes.windll.user32.GetAsyncKeyState(button) & (_DOWN | 1)) for button in _BUTTONS_OF_WINDOWS)
            return clicked

        return clicks
    if sys.platform == "darwin":
        return lambda: sum(int(_macos().CGEventSourceCounterForEventType(_HARDWARE, kind)) for kind in _CLICKS_OF_MACOS)
    return None


def quiet_seconds() -> float | None:
    """Seconds since the last key press, click or mouse movement; ``None`` if unknown."""
    if sys.platform == "win32":
        from ctypes import wintypes

        # LASTINPUTINFO: its size, and the tick of the last input.
        last = (wintypes.DWORD * 2)(ctypes.sizeof(wintypes.DWORD) * 2, 0)
        if not ctypes.windll.user32.GetLastInputInfo(ctypes.byref(last)):
            return None
        return float((ctypes.windll.kernel32.GetTickCount() - last[1]) & 0xFFFF_FFFF) / 1000
    if sys.platform == "darwin":
        return float(_macos().CGEventSourceSecondsSinceLastEventType(_HARDWARE, _ANY_INPUT))
    return None


def may_listen() -> bool:
    """Whether macOS lets this program receive keys; true on other systems."""
    if sys.platform == "darwin":
        with suppress(AttributeError):  # no permission was needed before macOS 10.15
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
    """Where a key's number is its character, the first of all on the same key."""
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
