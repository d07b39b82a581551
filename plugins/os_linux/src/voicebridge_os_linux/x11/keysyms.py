"""Convert key names to keysyms of X."""

from __future__ import annotations

from voicebridge.keys import keysym_name
from Xlib import XK

from voicebridge_os_linux.keysyms import of_character

XK.load_keysym_group("xf86")
XK.load_keysym_group("xkb")  # includes AltGr

_ALTERNATIVES = {"alt_l": ("Meta_L",), "alt_r": ("ISO_Level3_Shift", "Mode_switch", "Meta_R"), "super_l": ("Hyper_L",)}


def of_key(key: str) -> tuple[int, ...]:
    """The keysyms of a key of :mod:`voicebridge.keys`, the usual one first; for a character, those of :func:`of_character`."""
    if len(key) == 1:
        return of_character(key)
    name = keysym_name(key).replace("XF86", "XF86_")  # Xlib's spelling
    found = (XK.string_to_keysym(each) for each in (name, *_ALTERNATIVES.get(key, ())))
    return tuple(keysym for keysym in found if keysym)
