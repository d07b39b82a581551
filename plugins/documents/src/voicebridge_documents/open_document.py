"""OpenDocument texts, as archives (.odt) and as single XML files (.fodt)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import IO
from xml.parsers import expat

from voicebridge import Block, Document, DocumentSource, InputError
from voicebridge.documents.archive import opened

from voicebridge_documents.open_events import OpenEvents

_SLICE = 65_536
"""Bytes parsed at a time."""
_LARGEST = 256 << 20
"""Bytes of a single file, which contains its pictures."""
_TEXT, _FACTS, _STYLES, _MANIFEST = "content.xml", "meta.xml", "styles.xml", "META-INF/manifest.xml"


class OpenDocumentReader:
    """Reads headings, paragraphs, lists and tables in their order, and the notes at the end."""

    def read(self, source: DocumentSource) -> Document:
        """The document; all of it is checked before the first block.

        Raises:
            InputError: if it is damaged, encrypted, or larger than any real document.
        """
        events = OpenEvents()
        if source.read(2) == b"PK":
            _check_archive(source, events)
            blocks = _of_archive(source, events)
        else:
            _check_file(source)
            blocks = _of_file(source, events)
        first = next(blocks, None)  # the metadata of a single file precedes its text
        found = chain([first], blocks) if first is not None else ()
        return Document(found, events.facts.get("title"), events.author, events.language)


def _check_archive(source: DocumentSource, events: OpenEvents) -> None:
    with opened(source) as archive:
        if _MANIFEST in archive.names and b"encryption-data" in archive.read(_MANIFEST):
            raise InputError(f"{source.name} is encrypted. Remove its password first.")
        for name in (_FACTS, _STYLES):
            if name in archive.names:
                archive.check_xml(name)
                with archive.open(name) as part:
                    for _ in _parsed(part, events):
                        pass
        archive.check_xml(_TEXT)


def _of_archive(source: DocumentSource, events: OpenEvents) -> Iterator[Block]:
    with opened(source) as archive, archive.open(_TEXT) as part:
        yield from _blocks(part, events)


def _check_file(source: DocumentSource) -> None:
    with source.open() as file:
        if file.seek(0, 2) > _LARGEST:
            raise InputError(f"{source.name} has more than {_LARGEST >> 20} MiB, too much for a document. Split it.")
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise InputError(f"{source.name} declares entities, which is not allowed. Get it again from its source.")

    parser.EntityDeclHandler = refuse
    try:
        with source.open() as file:
            while data := file.read(_SLICE):
                parser.Parse(data)
            parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise InputError(f"{source.name} is damaged and can't be read. Get it again from its source.") from error


def _of_file(source: DocumentSource, events: OpenEvents) -> Iterator[Block]:
    with source.open() as file:
        yield from _blocks(file, events)


def _blocks(file: IO[bytes], events: OpenEvents) -> Iterator[Block]:
    for _ in _parsed(file, events):
        yield from events.reader.taken()
    events.finish()
    yield from events.reader.taken()


def _parsed(file: IO[bytes], events: OpenEvents) -> Iterable[None]:
    """Feed a checked file to the events, yielding after every slice."""
    from lxml import etree

    parser = etree.XMLParser(target=events, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    while data := file.read(_SLICE):
        parser.feed(data)
        yield
    parser.close()
