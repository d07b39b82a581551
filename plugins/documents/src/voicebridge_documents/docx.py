"""Transcripts as Word documents."""

from __future__ import annotations

import io
import zipfile
from typing import IO

from docx import Document
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph
from voicebridge import Segment, TranscriptInfo
from voicebridge.stt.formats.paragraphs import TranscriptParagraphs
from voicebridge.stt.formats.text import clock, one_line

_TITLE = "Transcript"
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time in a zip archive; the same transcript is always the same file."""


class Docx:
    """A heading, and paragraphs with their time and speaker in bold."""

    def __init__(self, file: IO[bytes], words: bool) -> None:
        """Prepare a document.

        Args:
            file: open for writing.
            words: not used: a document doesn't show the times of words.
        """
        del words
        self._file = file
        self._document = Document()
        self._document.add_heading(_TITLE, 1)
        self._paragraphs = TranscriptParagraphs()
        self._open: Paragraph | None = None

    def write(self, segment: Segment) -> None:
        """Add a segment to its paragraph."""
        text = one_line(segment.text)
        if not text:
            return
        if self._paragraphs.begin(segment, text) or self._open is None:
            self._open = self._document.add_paragraph()
            name = one_line(segment.speaker or "")
            self._open.add_run(f"[{clock(segment.start)}]{f' {name}:' if name else ''}").bold = True
        self._open.add_run(f" {text}")

    def finish(self, heard: TranscriptInfo) -> None:
        """Write the file; a Word document is written at once."""
        self._describe(heard)
        made = io.BytesIO()
        self._document.save(made)
        with zipfile.ZipFile(made) as parts, zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in parts.namelist():
                info = zipfile.ZipInfo(name, _EPOCH)
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, parts.read(name))

    def _describe(self, heard: TranscriptInfo) -> None:
        facts = self._document.core_properties
        for element in list(facts._element):  # those of the library's template, such as its author and its date
            facts._element.remove(element)
        facts.title = _TITLE
        if heard.language:
            facts.language = heard.language
            for element in self._document.styles.element.iter(qn("w:lang")):  # for the spelling checker
                element.set(qn("w:val"), heard.language)
