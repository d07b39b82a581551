"""What the plugin offers; nothing else is imported before it is used."""

from __future__ import annotations

from collections.abc import Iterator

from voicebridge import DocumentReaderSpec, FormatSpec, hookimpl

VOICEBRIDGE_API = 1


@hookimpl
def voicebridge_transcript_formats() -> Iterator[FormatSpec]:
    """The formats that transcripts are written in."""
    yield FormatSpec(
        name="sbv", factory="voicebridge_documents.sbv:Sbv", words=True, speakers=True, description="Subtitles for YouTube.",
    )  # fmt: skip
    yield FormatSpec(
        name="docx", factory="voicebridge_documents.docx:Docx", binary=True, speakers=True,
        description="A Word document: paragraphs with their time and speaker.",
    )  # fmt: skip


@hookimpl
def voicebridge_document_readers() -> Iterator[DocumentReaderSpec]:
    """The kinds of documents that are read."""
    yield DocumentReaderSpec(
        name="odt",
        factory="voicebridge_documents.open_document:OpenDocumentReader",
        suffixes=[".odt", ".ott", ".fodt"],
        media_types=["application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text-template"],
        description="OpenDocument texts, as LibreOffice writes them.",
    )
    yield DocumentReaderSpec(
        name="rtf",
        factory="voicebridge_documents.rtf:RtfReader",
        suffixes=[".rtf"],
        starts=[b"{\\rtf"],
        description="Rich Text Format.",
    )
