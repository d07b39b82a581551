"""The styles of an OpenDocument text, as far as they matter for reading it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from voicebridge.languages import language_code

_DEEPEST = 20
"""Maximum length of a chain of styles based on one another."""
_ESCAPE = re.compile("_([0-9a-f]{1,4})_")


@lru_cache(4096)
def short(name: str) -> str:
    """An element's or attribute's name with a prefix: ``text:p``."""
    space, _, local = name.removeprefix("{").rpartition("}")
    parts = space.split(":")
    prefix = "dc" if "purl.org/dc/" in space else parts[-2].removesuffix("-compatible") if len(parts) > 2 else ""
    return f"{prefix}:{local}"


@dataclass(slots=True)
class Style:
    """A style's own properties."""

    name: str
    """As users see it, in lower case; with inherited ones, one a line."""
    parent: str = ""
    level: int = 0
    language: str | None = None
    is_raised: bool = False
    is_hidden: bool = False


@dataclass(slots=True)
class Styles:
    """All styles by name."""

    language: str | None = None
    """ISO 639-1 code of text without another one."""
    _styles: dict[str, Style] = field(default_factory=dict)
    _lists: dict[str, dict[int, int]] = field(default_factory=dict)
    """For each list style, the first number by level; levels with bullets are left out."""
    _open: Style | None = None
    _open_list: str = ""
    _is_default: bool = False

    def start(self, tag: str, values: Mapping[str, str]) -> None:
        """Handle the start of an element that is not part of the text."""
        if tag == "style:style":
            name = values.get("style:name", "")
            seen = values.get("style:display-name") or _ESCAPE.sub(lambda code: chr(int(code[1], 16)), name)
            level = number(values.get("style:default-outline-level"), 0)
            self._open = self._styles[name] = Style(seen.lower(), values.get("style:parent-style-name", ""), min(level, 6))
        elif tag == "style:default-style":
            self._open, self._is_default = Style(""), values.get("style:family") == "paragraph"
        elif tag == "style:text-properties" and self._open is not None:
            self._note_properties(self._open, values)
        elif tag == "text:list-style":
            self._open_list = values.get("style:name", "")
            self._lists[self._open_list] = {}
        elif tag == "text:list-level-style-number" and values.get("style:num-format"):
            self._lists.setdefault(self._open_list, {})[number(values.get("text:level"), 1)] = number(values.get("text:start-value"), 1)

    def end(self, tag: str) -> None:
        """Handle the end of such an element."""
        if tag in ("style:style", "style:default-style"):
            self._open, self._is_default = None, False

    def of(self, name: str) -> Style:
        """A style with what it inherits."""
        found = Style("")
        for _ in range(_DEEPEST):
            style = self._styles.get(name)
            if style is None:
                break
            found.name = f"{found.name}{style.name}\n"
            found.level = found.level or style.level
            found.language = found.language or style.language
            found.is_raised |= style.is_raised
            found.is_hidden |= style.is_hidden
            name = style.parent
        return found

    def first_number(self, style: str, level: int) -> int | None:
        """The number of the first item of a list at that level; ``None`` for bullets."""
        return self._lists.get(style, {}).get(level)

    def _note_properties(self, style: Style, values: Mapping[str, str]) -> None:
        named = values.get("xsl-fo:language", "none")
        style.language = None if named == "none" else language_code(named)
        style.is_raised = values.get("style:text-position", "").startswith("super")
        style.is_hidden = values.get("text:display") == "none"
        if self._is_default:
            self.language = style.language


def number(text: str | None, otherwise: int) -> int:
    """A small number in an attribute."""
    return int(text) if text and re.fullmatch("[0-9]{1,6}", text) else otherwise
