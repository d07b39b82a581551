"""EPUB books: chapters in spine order, with the headings that the table of contents has but the text lacks."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from voicebridge.blocks import LARGEST_COVER, Block, Document, DocumentSource
from voicebridge.documents.archive import Archive, opened
from voicebridge.documents.encoding import decoded_bytes
from voicebridge.documents.markup import Anchors, markup_blocks
from voicebridge.errors import InputError
from voicebridge.languages import language_code

_FONT_SCRAMBLING = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_TEXT_TYPES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")


@dataclass(frozen=True, slots=True)
class _Book:
    chapters: tuple[str, ...]
    """Names of the parts, in reading order."""
    headings: dict[str, dict[str, tuple[int, str]]]
    """For each part, the headings from the table of contents by position in it."""
    title: str | None
    author: str | None
    language: str | None
    year: str | None
    genre: str | None
    series: str | None
    cover: str | None
    """The name of the part with the cover picture."""


def read_epub(source: DocumentSource) -> Document:
    """Read a book; every chapter is decompressed once before the first is read, so that damage is found immediately.

    Raises:
        InputError: if it is damaged or copy-protected.
    """
    with opened(source) as archive:
        _check_protection(source, archive)
        book = _book(archive)
        archive.check_size(book.chapters)
        for name in book.chapters:
            archive.read(name)
        cover = archive.read(book.cover) if book.cover else None
    return Document(_blocks(source, book), book.title, book.author, book.language, book.year, book.genre, book.series, cover)


def _blocks(source: DocumentSource, book: _Book) -> Iterator[Block]:
    with opened(source) as archive:
        for name in book.chapters:
            yield from markup_blocks(decoded_bytes(archive.read(name)), _unrepeated(book.headings.get(name, {})))


def _unrepeated(headings: dict[str, tuple[int, str]]) -> Anchors:
    return {anchor: heading for anchor, heading in headings.items() if heading[1]}


def _check_protection(source: DocumentSource, archive: Archive) -> None:
    if "META-INF/encryption.xml" not in archive.names:
        return
    methods = [each.get("Algorithm", "") for each in archive.xml("META-INF/encryption.xml").iter("EncryptionMethod")]
    if any(method not in _FONT_SCRAMBLING for method in methods):
        raise InputError(f"{source.name} is copy-protected (DRM). Use a copy without DRM.")


def _book(archive: Archive) -> _Book:
    package_name = _package_name(archive)
    package = archive.xml(package_name)
    folder = posixpath.dirname(package_name)
    items = {each.get("id", ""): each for each in package.iter("item")}
    chapters = []
    for reference in package.iter("itemref"):
        item = items.get(reference.get("idref", ""))
        if item is None or reference.get("linear") == "no" or "nav" in item.get("properties", "").split():
            continue
        if item.get("media-type") in _TEXT_TYPES:
            chapters.append(_path(folder, item.get("href", "")))
    if not chapters:
        raise archive.wrong("lists no chapters")
    facts = package.find("metadata")
    return _Book(
        tuple(dict.fromkeys(chapters)),
        _headings(archive, folder, package, items),
        _fact(facts, "title"),
        ", ".join(_facts(facts, "creator")) or None,
        language_code(_fact(facts, "language")),
        year[0] if (year := re.search(r"\b[12]\d{3}\b", _fact(facts, "date") or "")) else None,
        _fact(facts, "subject"),
        _series(facts),
        _cover(archive, folder, facts, items),
    )


def _series(facts: Element | None) -> str | None:
    metas = list(facts.iter("meta")) if facts is not None else []
    told = {each.get("name") or each.get("property") or "": each.get("content") or _words(each) for each in reversed(metas)}
    name = told.get("calibre:series") or told.get("belongs-to-collection")
    place = told.get("calibre:series_index") or told.get("group-position")
    return f"{name} #{place.removesuffix('.0')}" if name and place else name or None


def _cover(archive: Archive, folder: str, facts: Element | None, items: dict[str, Element]) -> str | None:
    """The part with the cover picture, as declared by EPUB 3 or EPUB 2."""
    named = {each.get("content") for each in (facts.iter("meta") if facts is not None else ()) if each.get("name") == "cover"}
    for key, item in items.items():
        if "cover-image" in item.get("properties", "").split() or key in named:
            path = _path(folder, item.get("href", ""))
            if item.get("media-type") in ("image/jpeg", "image/png") and archive.holds(path, LARGEST_COVER):
                return path
    return None


def _package_name(archive: Archive) -> str:
    if "META-INF/container.xml" in archive.names:
        for root in archive.xml("META-INF/container.xml").iter("rootfile"):
            return unquote(root.get("full-path", ""))
    for name in sorted(archive.names):
        if name.endswith(".opf"):
            return name
    raise archive.wrong("has no table of contents")


def _headings(archive: Archive, folder: str, package: Element, items: dict[str, Element]) -> dict[str, dict[str, tuple[int, str]]]:
    headings: dict[str, dict[str, tuple[int, str]]] = {}
    try:
        for level, title, name, anchor in _contents(archive, folder, package, items):
            headings.setdefault(name, {}).setdefault(anchor, (min(level, 6), title))
    except InputError:  # the table of contents is optional
        return {}
    return headings


def _contents(archive: Archive, folder: str, package: Element, items: dict[str, Element]) -> Iterator[tuple[int, str, str, str]]:
    """The entries of the table of contents: level, title, part, and the position in it."""
    for item in items.values():
        if "nav" in item.get("properties", "").split():
            path = _path(folder, item.get("href", ""))
            for nav in archive.xml(path).iter("nav"):
                kinds = " ".join(value for key, value in nav.attrib.items() if key.endswith("type"))
                if "toc" in kinds.split() or not kinds:
                    yield from _nav_entries(nav, posixpath.dirname(path))
                    return
            return
    spine = package.find("spine")
    toc = items.get(spine.get("toc", "")) if spine is not None else None
    if toc is not None:
        path = _path(folder, toc.get("href", ""))
        yield from _ncx_entries(archive.xml(path).find("navMap"), posixpath.dirname(path))


def _nav_entries(nav: Element, folder: str) -> Iterator[tuple[int, str, str, str]]:
    waiting = [(nav, 0)]  # iterative, because a table of contents may be nested arbitrarily deep
    while waiting:
        element, level = waiting.pop()
        if element.tag == "a" and element.get("href"):
            yield (level, _words(element), *_place(folder, element.get("href", "")))
        else:
            waiting.extend((child, level + (child.tag == "ol")) for child in reversed(element))


def _ncx_entries(contents: Element | None, folder: str) -> Iterator[tuple[int, str, str, str]]:
    waiting = [(contents, 0)] if contents is not None else []
    while waiting:
        point, level = waiting.pop()
        label, content = point.find("navLabel"), point.find("content")
        if label is not None and content is not None:
            yield (level, _words(label), *_place(folder, content.get("src", "")))
        waiting.extend((child, level + 1) for child in reversed(point.findall("navPoint")))


def _words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _place(folder: str, reference: str) -> tuple[str, str]:
    name, _, anchor = reference.partition("#")
    return _path(folder, name), unquote(anchor)


def _path(folder: str, reference: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(reference)))


def _facts(facts: Element | None, name: str) -> list[str]:
    return [words for each in (facts.findall(name) if facts is not None else ()) if (words := _words(each))]


def _fact(facts: Element | None, name: str) -> str | None:
    return next(iter(_facts(facts, name)), None)
