"""Files that the tests of this plugin read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from voicebridge import Document, DocumentSource
from voicebridge_documents.open_document import OpenDocumentReader
from voicebridge_documents.rtf import RtfReader

SPACES = "".join(
    f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{space}:1.0"'
    for name, space in {
        "office": "office", "text": "text", "table": "table", "style": "style", "draw": "drawing", "meta": "meta",
        "fo": "xsl-fo-compatible", "svg": "svg-compatible",
    }.items()
) + ' xmlns:dc="http://purl.org/dc/elements/1.1/"'  # fmt: skip
META = (
    "<office:meta><dc:title>A Title</dc:title><meta:initial-creator>Anna</meta:initial-creator><dc:creator>Ben</dc:creator></office:meta>"
)
STYLES = """<office:styles>
<style:default-style style:family="paragraph"><style:text-properties fo:language="de"/></style:default-style>
<style:style style:name="Title" style:family="paragraph" style:parent-style-name="Heading"/>
<style:style style:name="Quotations" style:family="paragraph"/>
<text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-format="1"/>
<text:list-level-style-bullet text:level="2"/></text:list-style>
</office:styles><office:master-styles><text:p>A page header</text:p></office:master-styles>"""


def _odt(body: str, *, automatic: str = "", **parts: str | bytes) -> bytes:
    """An OpenDocument text with that body."""
    content = (
        f'<?xml version="1.0"?><office:document-content{SPACES}><office:automatic-styles>{automatic}</office:automatic-styles>'
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    files: Mapping[str, str | bytes] = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": content,
        "meta.xml": f"<office:document-meta{SPACES}>{META}</office:document-meta>",
        "styles.xml": f"<office:document-styles{SPACES}>{STYLES}</office:document-styles>",
        **{name.replace("__", "/").replace("_xml", ".xml"): part for name, part in parts.items()},
    }
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, part in files.items():
            archive.writestr(name, part, zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED)
    return whole.getvalue()


def _fodt(body: str) -> bytes:
    """The same as a single file."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document{SPACES}>{META}{STYLES}<office:body><office:text>{body}</office:text>'
        "</office:body></office:document>"
    ).encode()


@pytest.fixture
def odt() -> Callable[..., bytes]:
    """Makes an OpenDocument text with a body, and other parts by their names with ``__`` for a slash and ``_xml``."""
    return _odt


@pytest.fixture
def fodt() -> Callable[[str], bytes]:
    """Makes the same as a single file."""
    return _fodt


@pytest.fixture
def read() -> Callable[[bytes], Document]:
    """Reads a file by its content."""

    def read(data: bytes) -> Document:
        reader = RtfReader() if data.startswith(b"{") else OpenDocumentReader()
        return reader.read(DocumentSource("a.doc", Path("a.doc"), data))

    return read
