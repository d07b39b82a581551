"""What X and Wayland call the keys."""

from __future__ import annotations

_NAMES = {
    "enter": "Return", "esc": "Escape", "tab": "Tab", "backspace": "BackSpace", "page_up": "Prior", "page_down": "Next", "space": "space",
    "print_screen": "Print", "media_play_pause": "XF86AudioPlay", "media_next": "XF86AudioNext", "media_previous": "XF86AudioPrev",
    "media_volume_up": "XF86AudioRaiseVolume", "media_volume_down": "XF86AudioLowerVolume", "media_volume_mute": "XF86AudioMute",
    "ctrl_l": "Control_L", "ctrl_r": "Control_R",
    "!": "exclam", "\"": "quotedbl", "#": "numbersign", "$": "dollar", "%": "percent", "&": "ampersand", "'": "apostrophe",
    "(": "parenleft", ")": "parenright", "*": "asterisk", "+": "plus", ",": "comma", "-": "minus", ".": "period", "/": "slash",
    ":": "colon", ";": "semicolon", "<": "less", "=": "equal", ">": "greater", "?": "question", "@": "at", "[": "bracketleft",
    "\\": "backslash", "]": "bracketright", "^": "asciicircum", "_": "underscore", "`": "grave", "{": "braceleft", "|": "bar",
    "}": "braceright", "~": "asciitilde",
}  # fmt: skip


def keysym_name(key: str) -> str:
    """The name of a key of :mod:`voicebridge.keys`, as xkbcommon reads it: ``Return``, ``F9``, ``period``, ``U00E4``."""
    if key in _NAMES:
        return _NAMES[key]
    if len(key) > 1:
        return "_".join(part.capitalize() for part in key.split("_"))
    return key if key.isascii() else f"U{ord(key):04X}"
