"""Word documents, by way of the HTML that mammoth makes of them."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from voicebridge.errors import InputError, Unavailable, brief
from voicebridge.text.archive import Archive, opened
from voicebridge.text.document import Document, Source
from voicebridge.text.language import language_code
from voicebridge.text.markup import markup_blocks

_STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh\ncomment-reference => "


def read_docx(source: Source) -> Document:
    """Read a Word document: headings, paragraphs, lists, tables, and the notes at its end.

    Raises:
        InputError: when it is damaged.
        Unavailable: when mammoth is not installed.
    """
    with opened(source) as archive:
        archive.read("word/document.xml")
        properties = archive.xml("docProps/core.xml") if "docProps/core.xml" in archive.names else None
        language = _language(archive)
    return Document(markup_blocks(_html(source)), _fact(properties, "title"), _fact(properties, "creator"), language)


def _html(source: Source) -> str:
    try:
        import mammoth
    except ImportError as error:
        from voicebridge.installing import remedy

        raise Unavailable(f"Reading {source.name} takes a library: {remedy('voicebridge-core[documents]')}") from error
    try:
        with source.open() as file:
            html: str = mammoth.convert_to_html(file, style_map=_STYLES, convert_image=mammoth.images.img_element(_no_picture)).value
    except Exception as error:  # what a damaged document makes of the library's assumptions
        raise InputError(f"{source.name} can't be read: {brief(error)}. Open and save it again, or save it as text.") from error
    return html


def _no_picture(_: object) -> dict[str, str]:
    return {}


def _language(archive: Archive) -> str | None:
    if "word/styles.xml" not in archive.names:
        return None
    for element in archive.xml("word/styles.xml").iter("lang"):
        for name, value in element.attrib.items():
            if name.endswith("}val"):
                return language_code(value)
    return None


def _fact(properties: Element | None, name: str) -> str | None:
    found = properties.find(name) if properties is not None else None
    return (found.text or "").strip() or None if found is not None else None
