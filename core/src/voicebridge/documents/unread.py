"""HTML elements that are not read aloud, regardless of their content."""

from __future__ import annotations

from collections.abc import Mapping

from voicebridge.patterns import pattern

_NEVER_READ = {
    "annotation", "annotation-xml", "applet", "audio", "binary", "button", "canvas", "datalist", "description", "embed", "head", "iframe",
    "map", "meter", "noscript", "noteref", "object", "pagenum", "progress", "rp", "rt", "script", "select", "style", "svg", "template",
    "textarea", "video",
}  # fmt: skip
_AROUND_THE_TEXT = frozenset({"nav", "footer", "aside", "form", "menu"})
_ROLES_AROUND_THE_TEXT = frozenset({"navigation", "banner", "contentinfo", "search", "complementary", "menu", "dialog"})
_PAGE_BREAK = pattern(r"\b(?:doc-)?pagebreak\b")
_NOTE_TEXT = pattern(r"(?<![\w-])(?:doc-)?(?:footnote|rearnote)(?![\w-])")
_HIDDEN = pattern(r"display\s*:\s*none|visibility\s*:\s*hidden")


def is_unread(tag: str, attributes: Mapping[str, str]) -> bool:
    """Whether an element is never read: scripts, form fields, hidden elements, page numbers, notes shown on demand."""
    if tag in _NEVER_READ or "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    if not attributes:
        return False
    if _HIDDEN.search(attributes.get("style", "")):
        return True
    kinds = f"{attributes.get('epub:type', '')} {attributes.get('role', '')}"
    if tag == "aside":
        kinds += f" {attributes.get('class', '')}"
    return bool(_PAGE_BREAK.search(kinds) or _NOTE_TEXT.search(kinds))


def is_around_text(tag: str, attributes: Mapping[str, str]) -> bool:
    """Whether an element of a web page is not part of its main text, such as navigation."""
    return tag in _AROUND_THE_TEXT or attributes.get("role") in _ROLES_AROUND_THE_TEXT
