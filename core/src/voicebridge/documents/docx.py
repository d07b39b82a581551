"""Word documents: interpret styles and lists, and convert the text part by part to equivalent HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from voicebridge.blocks import Block, Document, DocumentSource
from voicebridge.documents.archive import Archive, opened
from voicebridge.documents.markup import Reader
from voicebridge.documents.word_events import Lists, WordEvents, WordStyle
from voicebridge.languages import language_code
from voicebridge.patterns import pattern

_SLICE = 65_536
"""Bytes parsed at a time."""
_TEXT = "word/document.xml"
_NOTES = {"footnote": "word/footnotes.xml", "endnote": "word/endnotes.xml"}
_HEADING = pattern(r"heading ([1-9])\b|title$", re.IGNORECASE)
_DEEPEST_STYLE = 20
"""Maximum length of a chain of styles based on one another."""


def read_docx(source: DocumentSource) -> Document:
    """Read a Word document: headings, paragraphs, lists, tables, and the notes at its end; every part is checked before the first block.

    Raises:
        InputError: if it is damaged.
    """
    with opened(source) as archive:
        for name in (_TEXT, *_NOTES.values()):
            if name == _TEXT or name in archive.names:
                archive.check_xml(name)
        properties = archive.xml("docProps/core.xml") if "docProps/core.xml" in archive.names else None
        styles = archive.xml("word/styles.xml") if "word/styles.xml" in archive.names else None
        numbering = archive.xml("word/numbering.xml") if "word/numbering.xml" in archive.names else None
    blocks = _blocks(source, _styles(styles), _lists(numbering))
    return Document(blocks, _fact(properties, "title"), _fact(properties, "creator"), _language(styles))


def _blocks(source: DocumentSource, styles: dict[str, WordStyle], lists: Lists) -> Iterator[Block]:
    reader = Reader("text")
    with opened(source) as archive:
        events = WordEvents(reader, styles, lists)
        yield from _parsed(archive, _TEXT, events)
        for kind, name in _NOTES.items():
            if events.notes[kind] and name in archive.names:
                yield from _parsed(archive, name, WordEvents(reader, styles, lists, wanted=events.notes[kind]))
    reader.finish()
    yield from reader.taken()


def _parsed(archive: Archive, name: str, events: WordEvents) -> Iterator[Block]:
    from lxml import etree

    parser = etree.XMLParser(target=events, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    with archive.open(name) as part:
        try:
            while data := part.read(_SLICE):
                parser.feed(data)
                yield from events.reader.taken()
            parser.close()
        except etree.XMLSyntaxError as error:
            raise archive.wrong(f"has a damaged part, {name}") from error


def _styles(root: Element | None) -> dict[str, WordStyle]:
    elements = {_value(each, "styleId"): each for each in (root.iter("style") if root is not None else ())}
    return {name: _style(name, elements) for name in elements}


def _style(name: str, elements: dict[str, Element]) -> WordStyle:
    title, level, number, depth = "", 0, "", 0
    for _ in range(_DEEPEST_STYLE):
        element = elements.get(name)
        if element is None:
            break
        called = _child(element, "name")
        title = title or called
        outline = _child(element, "pPr/outlineLvl")
        if not level and (match := _HEADING.match(called)):
            level = int(match[1] or 1)
        elif not level and outline.isdecimal():
            level = int(outline) + 1 if int(outline) < 9 else 0
        if not number and (number := _child(element, "pPr/numPr/numId")):
            indent = _child(element, "pPr/numPr/ilvl")
            depth = int(indent) if indent.isdecimal() else 0
        name = _child(element, "basedOn")
    return WordStyle(title.lower(), min(level, 6), number, depth)


def _lists(root: Element | None) -> Lists:
    if root is None:
        return Lists({})
    kinds = {}
    for abstract in root.iter("abstractNum"):
        levels = {}
        for level in abstract.iter("lvl"):
            start = _child(level, "start")
            levels[_value(level, "ilvl")] = (_child(level, "numFmt"), int(start) if re.fullmatch("[0-9]{1,6}", start) else 1)
        kinds[_value(abstract, "abstractNumId")] = levels
    return Lists({_value(each, "numId"): kinds.get(_child(each, "abstractNumId"), {}) for each in root.iter("num")})


def _child(element: Element, path: str) -> str:
    found = element.find(path)
    return _value(found, "val") if found is not None else ""


def _value(element: Element, name: str) -> str:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _language(styles: Element | None) -> str | None:
    for element in styles.iter("lang") if styles is not None else ():
        if value := _value(element, "val"):
            return language_code(value)
    return None


def _fact(properties: Element | None, name: str) -> str | None:
    found = properties.find(name) if properties is not None else None
    return (found.text or "").strip() or None if found is not None else None
