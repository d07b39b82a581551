"""From the names of keys and from characters to what X calls them."""

from __future__ import annotations

from Xlib import XK

XK.load_keysym_group("xf86")
XK.load_keysym_group("xkb")  # AltGr among them

_NAMES = {
    "enter": "Return", "esc": "Escape", "tab": "Tab", "backspace": "BackSpace", "page_up": "Prior", "page_down": "Next",
    "print_screen": "Print", "media_play_pause": "XF86_AudioPlay", "media_next": "XF86_AudioNext", "media_previous": "XF86_AudioPrev",
    "media_volume_up": "XF86_AudioRaiseVolume", "media_volume_down": "XF86_AudioLowerVolume", "media_volume_mute": "XF86_AudioMute",
    "ctrl_l": "Control_L", "ctrl_r": "Control_R", "space": "space",
}  # fmt: skip
_ALTERNATIVES = {"alt_l": ("Meta_L",), "alt_r": ("ISO_Level3_Shift", "Mode_switch", "Meta_R"), "super_l": ("Hyper_L",)}


# By the upper byte of its keysyms: the lowest lower byte, and the encoding that says what each one is.
_ENCODINGS = ((1, 0xA0, "iso8859-2"), (2, 0xA0, "iso8859-3"), (3, 0xA0, "iso8859-4"), (6, 0xA0, "koi8-r"), (7, 0xC1, "iso8859-7"))


def of_key(key: str) -> tuple[int, ...]:
    """The keysyms of a key of :mod:`voicebridge.keys`, the usual one first; a character's are those of :func:`of_character`."""
    if len(key) == 1:
        return of_character(key)
    name = _NAMES.get(key) or "_".join(part.capitalize() for part in key.split("_"))
    found = (XK.string_to_keysym(each) for each in (name, *_ALTERNATIVES.get(key, ())))
    return tuple(keysym for keysym in found if keysym)


def of_character(character: str) -> tuple[int, ...]:
    """The keysyms that write a character: the one that layouts have for it, where X has one from before Unicode, and that of Unicode."""
    point = ord(character)
    if point in (0x0A, 0x0D):
        return (XK.XK_Return,)
    if point == 0x09:
        return (XK.XK_Tab,)
    if 0x20 <= point < 0x7F or 0xA0 <= point < 0x100:
        return (point,)
    unicode = 0x0100_0000 | point
    return (_LEGACY[character], unicode) if character in _LEGACY else (unicode,)


def _legacy() -> dict[str, int]:
    """Of the letters that whole layouts are written in: their keysyms have the order of the 8-bit encodings of their time."""
    found: dict[str, int] = {}
    for high, low, encoding in _ENCODINGS:
        for byte in range(low, 0x100):
            character = bytes([byte]).decode(encoding, "ignore")
            if character.isalpha() and ord(character) >= 0x100:
                found.setdefault(character, high << 8 | byte)
    return found


_LEGACY = _legacy()
