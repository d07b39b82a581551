"""RTF files: find groups, control words and text, and convert them to the equivalent HTML elements for the HTML reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from voicebridge import Block, Document, DocumentSource, InputError

from voicebridge_documents.rtf_codes import CHARACTERS, CODE_PAGES, OF_CHARSETS, UNREAD, language_of
from voicebridge_documents.rtf_output import RtfOutput

_LARGEST = 128 << 20
"""Bytes, including pictures; the text of the longest books needs a tenth of it."""
_TOKEN = re.compile(rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\")
_HEADING = re.compile("heading ([1-9])|(title)", re.IGNORECASE)
_NO_RESULT = ("PAGE", "NUMPAGES", "SECTIONPAGES", "TOC", "INDEX", "NOTEREF")
"""Fields that show page numbers, or only refer to other places."""


class RtfReader:
    """Reads headings, paragraphs, lists and tables in their order, and the notes at the end."""

    def read(self, source: DocumentSource) -> Document:
        """The document; all of it is read before the first block.

        Raises:
            InputError: if it is damaged, or larger than any real document.
        """
        data = source.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise InputError(f"{source.name} has more than {_LARGEST >> 20} MiB, too much for a document. Split it.")
        if not data.startswith(b"{\\rtf"):
            raise InputError(f"{source.name} is not an RTF file, whatever its name says. Rename or convert it.")
        reading = _Reading(data)
        blocks = list(reading.blocks())
        if reading.is_cut:
            raise InputError(f"{source.name} is damaged: its end is missing. Get it again from its source.")
        facts = reading.facts
        return Document(blocks, facts.get("title"), facts.get("author"), reading.language)


@dataclass(frozen=True, slots=True)
class _Group:
    """What applies until the end of a group."""

    place: str = "text"
    """Where its text belongs: ``text``, ``skip``, or what is collected: a fact, a field's instruction, the fonts, the styles, a mark."""
    font: int = 0
    fallback: int = 1
    """Characters that follow each Unicode character for programs that don't know it."""
    is_hidden: bool = False
    is_raised: bool = False
    is_note: bool = False
    """Whether a note starts with it."""


@dataclass(slots=True)
class _Field:
    """A field whose result may have to be left out."""

    instruction: str = ""


@dataclass(slots=True)
class _Reading:
    data: bytes
    facts: dict[str, str] = field(default_factory=dict)
    language: str | None = None
    """ISO 639-1 code."""
    is_cut: bool = True
    _output: RtfOutput = field(default_factory=RtfOutput)
    _groups: list[_Group] = field(default_factory=list)
    _now: _Group = field(default_factory=_Group)
    _code_page: str = "cp1252"
    _fonts: dict[int, str] = field(default_factory=dict)
    _font: int = 0
    _style: int = 0
    _styles: dict[int, str] = field(default_factory=dict)
    _field: _Field = field(default_factory=_Field)
    _bytes: bytearray = field(default_factory=bytearray)
    _skip: int = 0
    """Fallback characters that are still to be left out."""
    _is_optional: bool = False
    """Whether the group is to be left out if its first word is unknown."""

    def blocks(self) -> Iterator[Block]:
        """Read everything."""
        at, end = 0, len(self.data)
        while at < end and (token := _TOKEN.match(self.data, at)):
            at = token.end()
            word, value, code, sign, brace, text = token.groups()
            if brace:
                self._flush()
                if not self._brace(brace):
                    break
            elif word:
                at += self._word(word.decode("ascii"), int(value) if value else None)
            elif code:
                self._take(bytes([int(code, 16)]))
            elif text:
                self._take(text)
            elif sign:
                self._sign(sign)
        self._output.finish()
        return self._output.reader.taken()

    def _brace(self, brace: bytes) -> bool:
        """Handle the start or end of a group, and return whether the document continues."""
        self._skip = 0
        if brace == b"{":
            self._groups.append(self._now)
            self._now = replace(self._now, is_note=False)
            self._is_optional = False
            return True
        if self._now.is_note:
            self._output.end_note()
        self._now = self._groups.pop()
        self.is_cut = bool(self._groups)
        return self.is_cut

    def _take(self, data: bytes) -> None:
        """Handle text in the code page of its font."""
        if self._skip:
            left = data[self._skip :]
            self._skip -= len(data) - len(left)
            data = left
        self._bytes += data

    def _flush(self) -> None:
        if self._bytes:
            text = self._bytes.decode(self._fonts.get(self._now.font, self._code_page), "replace")
            self._bytes.clear()
            self._text(text)

    def _text(self, text: str) -> None:
        place = self._now.place
        if place == "text":
            if not self._now.is_hidden:
                self._output.text(text, is_raised=self._now.is_raised)
        elif place == "mark":
            self._output.mark += text
        elif place == "instruction":
            self._field.instruction += text
        elif place == "styles":
            self._styles[self._style] = self._styles.get(self._style, "") + text
        elif place in ("title", "author"):
            self.facts[place] = (self.facts.get(place, "") + text).strip()

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._is_optional = True
        elif sign in b"\r\n":
            self._word("par", None)
        elif sign in b"\\{}":
            self._take(sign)
        elif sign in b"~_":
            self._take(b" " if sign == b"~" else b"-")

    def _word(self, word: str, value: int | None) -> int:
        """Handle a control word, and return how many bytes of data follow it."""
        optional, self._is_optional = self._is_optional, False
        if word == "u" and value is not None:
            self._flush()
            self._text(chr(value % 0x10000))
            self._skip = self._now.fallback
            return 0
        if word == "bin":
            return max(value or 0, 0)
        self._flush()
        if self._skip:
            self._skip -= 1
        elif word in CHARACTERS:
            self._text(CHARACTERS[word])
        elif action := _ACTIONS.get(word):
            action(self, value)
        elif word in UNREAD or optional:
            self._go_to("skip")
        elif self._now.place == "text":
            self._output.word(word, value)
        return 0

    def _go_to(self, place: str) -> None:
        if self._now.place != "skip" or place in ("title", "author"):
            self._now = replace(self._now, place=place)

    def _start_note(self, _: int | None) -> None:
        if self._now.place == "text" and not self._now.is_hidden:
            self._output.start_note()
            self._now = replace(self._now, is_note=True)

    def _start_result(self, _: int | None) -> None:
        words = self._field.instruction.split()
        self._field = _Field()
        if words and words[0].upper() in _NO_RESULT:
            self._go_to("skip")

    def _set_font(self, value: int | None) -> None:
        self._font = value or 0
        if self._now.place != "fonts":
            self._now = replace(self._now, font=self._font)

    def _set_charset(self, value: int | None) -> None:
        if self._now.place == "fonts" and value in OF_CHARSETS:
            self._fonts[self._font] = OF_CHARSETS[value]

    def _set_style(self, value: int | None) -> None:
        self._style = value or 0
        if self._now.place == "text":
            match = _HEADING.match(self._styles.get(self._style, ""))
            self._output.level = int(match[1] or 1) if match else 0

    def _set_code_page(self, value: int | None) -> None:
        self._code_page = CODE_PAGES.get(value or 1252, self._code_page)

    def _set_language(self, value: int | None) -> None:
        self.language = self.language or language_of(value)
        self._output.language = self.language

    def _set_plain(self, _: int | None) -> None:
        self._now = replace(self._now, font=0, is_hidden=False, is_raised=False)


def _going_to(place: str) -> Callable[[_Reading, int | None], None]:
    return lambda reading, _: reading._go_to(place)


def _setting(**fields: object) -> Callable[[_Reading, int | None], None]:
    def act(reading: _Reading, value: int | None) -> None:
        given = {name: (value != 0 if each is True else each) for name, each in fields.items()}
        reading._now = replace(reading._now, **given)  # type: ignore[arg-type]

    return act


def _set_fallback(reading: _Reading, value: int | None) -> None:
    reading._now = replace(reading._now, fallback=min(max(1 if value is None else value, 0), 100))


_ACTIONS: dict[str, Callable[[_Reading, int | None], None]] = {
    "fonttbl": _going_to("fonts"), "stylesheet": _going_to("styles"), "info": _going_to("skip"), "title": _going_to("title"),
    "author": _going_to("author"), "fldinst": _going_to("instruction"), "listtext": _going_to("mark"), "pntext": _going_to("mark"),
    "fldrslt": _Reading._start_result, "footnote": _Reading._start_note, "f": _Reading._set_font, "fcharset": _Reading._set_charset,
    "s": _Reading._set_style, "ansicpg": _Reading._set_code_page, "deflang": _Reading._set_language, "plain": _Reading._set_plain,
    "uc": _set_fallback, "v": _setting(is_hidden=True), "deleted": _setting(is_hidden=True), "super": _setting(is_raised=True),
    "nosupersub": _setting(is_raised=False),
}  # fmt: skip
