from __future__ import annotations

import io
import zipfile

import docx
from voicebridge import Segment, TranscriptInfo
from voicebridge_documents.docx import Docx
from voicebridge_documents.sbv import Sbv

HEARD = TranscriptInfo(20.0, "de", "acme/tiny", "transcribe")
SEGMENTS = [
    Segment(0.0, 2.0, "Guten Morgen.", speaker="Anna"),
    Segment(2.0, 4.0, "Schön hier.", speaker="Anna"),
    Segment(4.0, 6.5, "Ja, sehr.", speaker="Ben & Co"),
    Segment(3_600.0, 3_602.0, "Bis bald."),
]


def sbv(segments: list[Segment]) -> str:
    file = io.StringIO()
    writer = Sbv(file, False)
    for segment in segments:
        writer.write(segment)
    writer.finish(HEARD)
    return file.getvalue()


def test_sbv_has_the_cues_of_srt() -> None:
    assert sbv(SEGMENTS[:1]) == "0:00:00.000,0:00:02.000\nAnna: Guten Morgen.\n\n"
    assert sbv(SEGMENTS[1:]).startswith(
        "0:00:02.000,0:00:03.917\nAnna: Schön hier.\n\n0:00:04.000,0:00:06.500\nBen & Co: Ja, sehr.\n\n1:00:00"
    )


def document(segments: list[Segment]) -> bytes:
    file = io.BytesIO()
    writer = Docx(file, True)
    for segment in segments:
        writer.write(segment)
    writer.finish(HEARD)
    return file.getvalue()


def test_a_word_document_has_paragraphs_with_times_and_speakers() -> None:
    found = docx.Document(io.BytesIO(document(SEGMENTS)))
    assert [(paragraph.style and paragraph.style.name, paragraph.text) for paragraph in found.paragraphs] == [
        ("Heading 1", "Transcript"),
        ("Normal", "[0:00] Anna: Guten Morgen. Schön hier."),
        ("Normal", "[0:04] Ben & Co: Ja, sehr."),
        ("Normal", "[1:00:00] Bis bald."),
    ]
    assert [run.bold for run in found.paragraphs[1].runs] == [True, None, None]
    facts = found.core_properties
    assert (facts.title, facts.author, facts.language, facts.created) == ("Transcript", "", "de", None)


def test_a_word_document_contains_no_time_and_no_trace_of_the_template() -> None:
    with zipfile.ZipFile(io.BytesIO(document(SEGMENTS))) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"python-docx" not in archive.read("docProps/core.xml")
        assert b'w:val="de"' in archive.read("word/styles.xml")
