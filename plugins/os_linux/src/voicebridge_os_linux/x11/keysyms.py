"""From the names of keys to what X calls them."""

from __future__ import annotations

from voicebridge.keysyms import keysym_name
from Xlib import XK

from voicebridge_os_linux.keysyms import of_character

XK.load_keysym_group("xf86")
XK.load_keysym_group("xkb")  # AltGr among them

_ALTERNATIVES = {"alt_l": ("Meta_L",), "alt_r": ("ISO_Level3_Shift", "Mode_switch", "Meta_R"), "super_l": ("Hyper_L",)}


def of_key(key: str) -> tuple[int, ...]:
    """The keysyms of a key of :mod:`voicebridge.keys`, the usual one first; a character's are those of :func:`of_character`."""
    if len(key) == 1:
        return of_character(key)
    name = keysym_name(key).replace("XF86", "XF86_")  # as Xlib writes it
    found = (XK.string_to_keysym(each) for each in (name, *_ALTERNATIVES.get(key, ())))
    return tuple(keysym for keysym in found if keysym)
