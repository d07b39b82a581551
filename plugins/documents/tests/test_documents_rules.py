"""The conformance tests."""

from __future__ import annotations

import io
import zipfile

import docx
from voicebridge.testing import DocumentReaderContract, TranscriptFormatContract


class TestSbv(TranscriptFormatContract):
    format = "documents/sbv"


class TestDocx(TranscriptFormatContract):
    format = "documents/docx"

    def text_of(self, content: bytes) -> str:
        return "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(content)).paragraphs)


class TestOdt(DocumentReaderContract):
    reader = "documents/odt"
    text = "It began in autumn."

    def sample(self) -> bytes:
        office, text = (f"urn:oasis:names:tc:opendocument:xmlns:{each}:1.0" for each in ("office", "text"))
        body = f"<o:body><o:text><t:h>One</t:h><t:p>{self.text}</t:p></o:text></o:body>"
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w") as archive:
            archive.writestr(zipfile.ZipInfo("mimetype"), "application/vnd.oasis.opendocument.text")
            content = f'<o:document-content xmlns:o="{office}" xmlns:t="{text}">{body}</o:document-content>'
            archive.writestr(zipfile.ZipInfo("content.xml"), content)
        return whole.getvalue()


class TestRtf(DocumentReaderContract):
    reader = "documents/rtf"
    text = "It began in autumn."

    def sample(self) -> bytes:
        return rb"{\rtf1\ansi{\fonttbl{\f0 Times;}}{\stylesheet{\s1 heading 1;}}\pard\s1 One\par\pard It began in autumn.\par}"
