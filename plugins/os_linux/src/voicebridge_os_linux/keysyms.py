"""The keysyms of characters, as defined by X and used by the portal."""

from __future__ import annotations

_CONTROLS = {"\n": 0xFF0D, "\r": 0xFF0D, "\t": 0xFF09}
# By the upper byte of the keysyms: the lowest value of the lower byte, and the encoding that defines their order.
_ENCODINGS = ((1, 0xA0, "iso8859-2"), (2, 0xA0, "iso8859-3"), (3, 0xA0, "iso8859-4"), (6, 0xA0, "koi8-r"), (7, 0xC1, "iso8859-7"))


def of_character(character: str) -> tuple[int, ...]:
    """The keysyms of a character: the one that layouts use, if X had one before Unicode, then its Unicode keysym."""
    if character in _CONTROLS:
        return (_CONTROLS[character],)
    point = ord(character)
    if 0x20 <= point < 0x7F or 0xA0 <= point < 0x100:
        return (point,)
    unicode = 0x0100_0000 | point
    return (_LEGACY[character], unicode) if character in _LEGACY else (unicode,)


def to_character(keysym: int) -> str | None:
    """The character of a keysym, in lower case; ``None`` for a key that writes nothing, and for dead keys."""
    point = keysym & 0xFF_FFFF if keysym >> 24 == 1 else keysym if keysym < 0x100 else 0
    found = chr(point).lower() if point else _OF_LEGACY.get(keysym)
    return found if found and len(found) == 1 and found.isprintable() else None


def _legacy() -> dict[str, int]:
    """The keysyms of non-Latin-1 letters that layouts use: they are in the order of the 8-bit encodings of their time."""
    found: dict[str, int] = {}
    for high, low, encoding in _ENCODINGS:
        for byte in range(low, 0x100):
            character = bytes([byte]).decode(encoding, "ignore")
            if character.isalpha() and ord(character) >= 0x100:
                found.setdefault(character, high << 8 | byte)
    return found


_LEGACY = _legacy()
_OF_LEGACY = {keysym: character for character, keysym in _LEGACY.items()}
