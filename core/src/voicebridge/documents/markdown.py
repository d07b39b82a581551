"""Read Markdown as blocks by converting it to HTML, which Markdown may contain anyway.

The text is parsed in sections, split where no paragraph, list, quote or code block continues, so that a book takes no more memory than
a chapter. Links and notes that are defined elsewhere in the text are available in every section.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt

from voicebridge.blocks import Block, Document
from voicebridge.documents.markup import markup_blocks
from voicebridge.languages import language_code
from voicebridge.patterns import pattern

if TYPE_CHECKING:
    from markdown_it.rules_inline import StateInline

_STRETCH = 20_000
"""Characters after which the text is split at the next suitable place."""
_LONGEST_STRETCH = 100_000
"""Characters after which it is split at any line end, and a line at any character: parsing time may be quadratic in the length."""
_LONGEST_FRONT_MATTER = 65_536
"""Characters; longer front matter is skipped without being interpreted."""
_MOST_DEFINITIONS = 20_000
"""Maximum number of link definitions in a text."""

_DEFINITIONS = 100
"""Link definitions parsed at a time."""
_ENTRY = pattern(r"([A-Za-z][\w-]*)[ \t]*:[ \t]*(.*)")
_DEFINITION = pattern(r"^ {0,3}\[(?!\^)[^\]\n]{1,200}\]:[ \t]*\S.*$", re.MULTILINE)
_FENCE = pattern(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_NOTE = pattern(r" {0,3}\[\^[^\]\s]{1,100}\]:[ \t]*")
_NOTE_MARK = pattern(r"\[\^[^\]\s]{1,100}\]")
_TASK = pattern(r"\[[ xX]\]\s+")
_ALERT = pattern(r"\[!(\w+)\]\s*")
_MARK = pattern(r"[\n\\`*_~\[\]<&]|!\[")
"""Characters that may start inline markup, given the enabled rules."""
_STARTS_TEXT = pattern(r"[^\W\d_]|[\"'“”‘’„«(]|\d+(?![\d.)])")
"""The start of a line that cannot be a list, heading, quote, rule, code, table or HTML."""
_NO_PARAGRAPH = pattern(r"[|<]|\]:")
"""What the first lines of a table, an HTML block or a link definition contain."""


def read_markdown(text: str) -> Document:
    """Read Markdown; title, author and language come from its front matter, which is not read aloud."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    mark, matter, text = _front_matter(text)
    facts = _facts(mark, matter) if mark else {}
    blocks = _blocks(text)
    first = next(blocks, None)
    title = facts.get("title") or (first.text if first is not None and first.kind == "heading" and first.level == 1 else None)
    language = language_code(facts.get("language") or facts.get("lang"))
    return Document(chain([first], blocks) if first is not None else (), title, facts.get("author") or facts.get("authors"), language)


def _front_matter(text: str) -> tuple[str, str, str]:
    """The delimiter of the front matter, its content, and the text after it; the delimiter is "" if there is no front matter."""
    first, _, rest = text.removeprefix("\ufeff").partition("\n")
    mark = first.rstrip()
    if mark not in ("---", "+++"):
        return "", "", text
    end = re.search(rf"^(?:{re.escape(mark)}|\.\.\.)[ \t]*$", rest, re.MULTILINE)
    return (mark, rest[: end.start()], rest[end.end() + 1 :]) if end else ("", "", text)


def _blocks(text: str) -> Iterator[Block]:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.inline.ruler.before("link", "note_mark", _leave_out_note_mark)
    parser.inline.terminator_re = _MARK  # the parser's default also stops at characters of disabled rules, such as every colon
    known: dict[str, Any] = {}
    definitions = [match[0] for _, match in zip(range(_MOST_DEFINITIONS), _DEFINITION.finditer(text), strict=False)]
    for start in range(0, len(definitions), _DEFINITIONS):
        parser.parse("\n\n".join(definitions[start : start + _DEFINITIONS]), known)
    for stretch in _stretches(text):
        for block in markup_blocks(parser.render(stretch, known)):
            yield _without_marks(block)


def _stretches(text: str) -> Iterator[str]:
    """Split the text into sections that can be parsed independently; definitions of notes become paragraphs.

    The lines of a paragraph are joined where that does not change the result, because the parser tries every block rule on every line.
    """
    parts: list[str] = []
    paragraph = _ParagraphLines()
    size, fence, in_note, after_blank, in_comment = 0, "", False, True, False
    for line in _lines(text):
        if size > _LONGEST_STRETCH:
            yield "".join([*parts, "\n", fence])
            parts, size = [fence] if fence else [], 0
        starts_anew = line[:1].isalpha() or (line.startswith("#") and not fence)
        if size > _STRETCH and after_blank and starts_anew and not fence and not in_comment:
            yield "".join(parts)
            parts, size = [], 0
        if not fence and (note := _NOTE.match(line)):
            line, in_note = f"\n{line[note.end() :]}", True
        elif in_note and line.startswith(("    ", "\t")):
            line = line.lstrip()
        elif in_note and line.strip():
            in_note = after_blank is False
        fence = _fence_after(fence, line)
        in_comment = not fence and (line.rfind("<!--") > line.rfind("-->") or (in_comment and "-->" not in line))
        after_blank = not line.strip()
        parts += (" " if paragraph.goes_on(line, bool(fence)) else "\n", line)
        size += len(line)
    yield "".join(parts)


class _ParagraphLines:
    """Determines which lines are certain to continue a paragraph."""

    def __init__(self) -> None:
        self._is_plain = True
        self._after_text = False
        self._keeps_lines = False

    def goes_on(self, line: str, in_code: bool) -> bool:
        """Whether a line merely continues the paragraph of the previous line; must be called once for every line."""
        is_text = _STARTS_TEXT.match(line) is not None and not in_code
        if not line.strip():
            self._is_plain = not self._keeps_lines
        elif _NO_PARAGRAPH.search(line):
            self._is_plain = False
            self._keeps_lines |= "<pre" in line.lower()
        goes_on = is_text and self._after_text and self._is_plain
        self._after_text = is_text and not line.endswith(("  ", "\\"))  # these end a line explicitly
        return goes_on


def _lines(text: str) -> Iterator[str]:
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        for part in range(start, max(end, start + 1), _LONGEST_STRETCH):
            yield text[part : min(end, part + _LONGEST_STRETCH)]
        start = end + 1


def _fence_after(fence: str, line: str) -> str:
    """The fence that is open after a line, given the one open before it."""
    match = _FENCE.match(line)
    if not match:
        return fence
    if not fence:
        return match[1]
    closes = match[1][0] == fence[0] and len(match[1]) >= len(fence) and not line.strip().strip(fence[0])
    return "" if closes else fence


def _leave_out_note_mark(state: StateInline, _: bool) -> bool:
    match = _NOTE_MARK.match(state.src, state.pos)
    if match:
        state.pos = match.end()
    return match is not None


def _without_marks(block: Block) -> Block:
    if block.kind == "item":
        return Block("item", _TASK.sub("", block.text, count=1) if _TASK.match(block.text) else block.text)
    if block.kind == "quote" and (alert := _ALERT.match(block.text)):
        return Block("quote", f"{alert[1].capitalize()}: {block.text[alert.end() :]}")
    return block


def _facts(mark: str, matter: str) -> dict[str, str]:
    """Parse front matter in TOML, or in the subset of YAML used for such metadata."""
    if len(matter) > _LONGEST_FRONT_MATTER:
        return {}
    if mark == "+++":
        try:
            values = {key.lower(): value for key, value in tomllib.loads(matter).items()}
        except (ValueError, RecursionError):  # not TOML, or a number too large, or nesting too deep
            return {}
        return {key: ", ".join(map(str, value)) if isinstance(value, list) else str(value) for key, value in values.items()}
    facts: dict[str, str] = {}
    last = ""
    for line in matter.split("\n"):
        if entry := _ENTRY.fullmatch(line.rstrip()):
            last = entry[1].lower()
            value = entry[2].removeprefix("[").removesuffix("]") if entry[2].startswith("[") else entry[2]
            facts[last] = ", ".join(_unquoted(part) for part in value.split(",")) if entry[2].startswith("[") else _unquoted(value)
        elif last and line.lstrip().startswith("- "):
            facts[last] = ", ".join(filter(None, (facts[last], _unquoted(line.lstrip()[2:]))))
    return facts


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
