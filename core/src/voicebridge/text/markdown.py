"""Markdown as blocks, by way of HTML, which Markdown may hold anyway.

A text is parsed stretch by stretch, parted where no paragraph, list, quote or code goes on, so that a book takes no more memory
than a chapter. The links and notes that are defined elsewhere in it are known in every stretch.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt

from voicebridge.text.document import Block, Document
from voicebridge.text.language import language_code
from voicebridge.text.markup import markup_blocks

if TYPE_CHECKING:
    from markdown_it.rules_inline import StateInline

_STRETCH = 20_000
"""Letters after which a text is parted at the next good place."""
_LONGEST_STRETCH = 100_000
"""Letters after which it is parted at any line's end, and a line at any letter: the parser's time may grow with the square of them."""
_LONGEST_FRONT_MATTER = 65_536
"""Letters: more are left out, but tell nothing of the text."""
_MOST_DEFINITIONS = 20_000
"""Links that are defined elsewhere in a text."""

_DEFINITIONS = 100
"""Links that are parsed at one go."""
_ENTRY = re.compile(r"([A-Za-z][\w-]*)[ \t]*:[ \t]*(.*)")
_DEFINITION = re.compile(r"^ {0,3}\[(?!\^)[^\]\n]{1,200}\]:[ \t]*\S.*$", re.MULTILINE)
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_NOTE = re.compile(r" {0,3}\[\^[^\]\s]{1,100}\]:[ \t]*")
_NOTE_MARK = re.compile(r"\[\^[^\]\s]{1,100}\]")
_TASK = re.compile(r"\[[ xX]\]\s+")
_ALERT = re.compile(r"\[!(\w+)\]\s*")


def read_markdown(text: str) -> Document:
    """Read Markdown; its front matter tells title, author and language, and is not read."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    mark, matter, text = _front_matter(text)
    facts = _facts(mark, matter) if mark else {}
    blocks = _blocks(text)
    first = next(blocks, None)
    title = facts.get("title") or (first.text if first is not None and first.kind == "heading" and first.level == 1 else None)
    language = language_code(facts.get("language") or facts.get("lang"))
    return Document(chain([first], blocks) if first is not None else (), title, facts.get("author") or facts.get("authors"), language)


def _front_matter(text: str) -> tuple[str, str, str]:
    """What encloses the front matter, the matter itself, and the text after it; the first is "" where there is none."""
    first, _, rest = text.removeprefix("\ufeff").partition("\n")
    mark = first.rstrip()
    if mark not in ("---", "+++"):
        return "", "", text
    end = re.search(rf"^(?:{re.escape(mark)}|\.\.\.)[ \t]*$", rest, re.MULTILINE)
    return (mark, rest[: end.start()], rest[end.end() + 1 :]) if end else ("", "", text)


def _blocks(text: str) -> Iterator[Block]:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.inline.ruler.before("link", "note_mark", _leave_out_note_mark)
    known: dict[str, Any] = {}
    definitions = [match[0] for _, match in zip(range(_MOST_DEFINITIONS), _DEFINITION.finditer(text), strict=False)]
    for start in range(0, len(definitions), _DEFINITIONS):
        parser.parse("\n\n".join(definitions[start : start + _DEFINITIONS]), known)
    for stretch in _stretches(text):
        for block in markup_blocks(parser.render(stretch, known)):
            yield _without_marks(block)


def _stretches(text: str) -> Iterator[str]:
    """The text in parts that mean the same when they are parsed one by one; definitions of notes become paragraphs."""
    lines: list[str] = []
    size, fence, in_note, after_blank, in_comment = 0, "", False, True, False
    for line in _lines(text):
        if size > _LONGEST_STRETCH:
            yield "\n".join([*lines, fence])
            lines, size = [fence] if fence else [], 0
        starts_anew = line[:1].isalpha() or (line.startswith("#") and not fence)
        if size > _STRETCH and after_blank and starts_anew and not fence and not in_comment:
            yield "\n".join(lines)
            lines, size = [], 0
        if not fence and (note := _NOTE.match(line)):
            line, in_note = f"\n{line[note.end() :]}", True
        elif in_note and line.startswith(("    ", "\t")):
            line = line.lstrip()
        elif in_note and line.strip():
            in_note = after_blank is False
        fence = _fence_after(fence, line)
        in_comment = not fence and (line.rfind("<!--") > line.rfind("-->") or (in_comment and "-->" not in line))
        after_blank = not line.strip()
        lines.append(line)
        size += len(line)
    yield "\n".join(lines)


def _lines(text: str) -> Iterator[str]:
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        for part in range(start, max(end, start + 1), _LONGEST_STRETCH):
            yield text[part : min(end, part + _LONGEST_STRETCH)]
        start = end + 1


def _fence_after(fence: str, line: str) -> str:
    """The fence that is open after a line, given the one before it."""
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
    """What front matter says, in TOML, or in what of YAML such facts are written in."""
    if len(matter) > _LONGEST_FRONT_MATTER:
        return {}
    if mark == "+++":
        try:
            values = {key.lower(): value for key, value in tomllib.loads(matter).items()}
        except (ValueError, RecursionError):  # no TOML, or a number or a nesting that is too large
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
