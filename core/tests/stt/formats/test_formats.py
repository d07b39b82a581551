from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import av
import pytest
import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from voicebridge import Segment, UnknownNameError, Word
from voicebridge.cli.stt.command import FORMATS as FORMATS_IN_HELP
from voicebridge.speech import TranscriptInfo
from voicebridge.stt.formats.table import BUILT_IN, FORMATS
from voicebridge.stt.formats.text import LOOK_ALIKES, one_line, timestamp

HEARD = TranscriptInfo(duration=12.5, language="en", model="acme/tiny", task="transcribe")

# Characters of the formats' own syntax, those that files can't contain, and scripts unlike Latin.
TRICKY = [
    *("-->", "<i>", "</b>", "&", "&amp;", "&#0;", "{\\an8}", "\\N", "\\h", "{", "}", "\\", "[00:01.00]", "<00:01.00>", "[", "<", ">"),
    *("\n", "\r\n", "\n\n", "\t", "\x00", "\x1b[2J", "\x85", "\u2028", "\ufeff", "\ufffe", "\ud800", "WEBVTT", "NOTE", "STYLE", "42"),
    *("# ", "- ", "1. ", "* ", "=== ", "***", "__", "`", "~~~", "|", "$", "![](", '"', "'", ",", ";", "=1+1"),
    *("word", " ", "שלום", "\u202e", "😀", "👩‍👩‍👧", "日本語。", "e\u0301"),
]
wild_text = st.lists(st.one_of(st.sampled_from(TRICKY), st.text(max_size=5)), max_size=12).map("".join)


@st.composite
def wild_segments(draw: st.DrawFn) -> list[Segment]:
    """Segments in order of time, of any duration including zero, with any content."""
    marks = sorted(draw(st.lists(st.integers(0, 500_000_000), max_size=12)))
    return [Segment(start / 1000, end / 1000, draw(wild_text)) for start, end in zip(marks[::2], marks[1::2], strict=False)]


def write(name: str, written: list[Segment], *, words: bool = False) -> str:
    file = io.StringIO(newline="\n")
    writer = FORMATS[name].make(file, words)
    for segment in written:
        writer.write(segment)
    writer.finish(HEARD)
    file.getvalue().encode()  # everything written must be encodable
    return file.getvalue()


def spoken(written: list[Segment]) -> list[Segment]:
    return [segment for segment in written if one_line(segment.text)]


def alike(text: str) -> str:
    """The text for comparison, if a format can't represent some characters."""
    return one_line(text.translate(LOOK_ALIKES))


def by_ffmpeg(name: str, text: str) -> list[tuple[float, str]]:
    """(start in s, text) of each line or cue found by FFmpeg's libraries; each is decoded too."""
    with av.open(io.BytesIO(text.encode()), "r", format={"vtt": "webvtt"}.get(name, name)) as container:
        assert [stream.type for stream in container.streams] == ["subtitle"]
        packets = [packet for packet in container.demux() if packet.size]
        for packet in packets:
            if name != "lrc":  # whose decoder PyAV has no name for
                packet.decode()
        return [(float(packet.pts * packet.time_base), bytes(packet).decode()) for packet in packets]  # type: ignore[operator]


@settings(deadline=None)
@given(wild_segments())
def test_txt_has_a_line_for_each_segment(written: list[Segment]) -> None:
    assert write("txt", written).split("\n")[:-1] == [one_line(segment.text) for segment in spoken(written)]


@settings(deadline=None)
@given(wild_segments())
def test_tsv_has_the_layout_of_openai_whisper(written: list[Segment]) -> None:
    rows = list(csv.reader(io.StringIO(write("tsv", written), newline=""), delimiter="\t", quoting=csv.QUOTE_NONE))

    assert rows[0] == ["start", "end", "text"]
    assert rows[1:] == [[str(round(s.start * 1000)), str(round(s.end * 1000)), one_line(s.text)] for s in spoken(written)]


@settings(deadline=None)
@given(wild_segments(), wild_text)
def test_csv_is_read_back_by_the_csv_module(written: list[Segment], speaker: str) -> None:
    written = [*written, Segment(600_000, 600_001, "Hello, you.", speaker=speaker)]
    rows = list(csv.DictReader(io.StringIO(write("csv", written), newline="")))

    assert [(float(row["start"]), float(row["end"]), row["text"]) for row in rows] == [
        (s.start, s.end, one_line(s.text)) for s in spoken(written)
    ]
    assert rows[-1]["speaker"] == one_line(speaker)


@settings(deadline=None)
@given(wild_segments())
def test_ffmpeg_reads_each_line_of_lrc_and_no_time_that_was_only_said(written: list[Segment]) -> None:
    said = list({round(segment.start * 100): segment for segment in spoken(written)}.values())  # FFmpeg may drop lines of one time

    found = by_ffmpeg("lrc", write("lrc", said))

    assert [start for start, _ in found] == pytest.approx([segment.start for segment in said], abs=0.0051)
    assert [one_line(text) for _, text in found] == [alike(segment.text) for segment in said]


def test_lines_of_text_begin_with_their_speaker_where_one_is_known() -> None:
    said = [Segment(1.0, 2.0, "Hello.", speaker=" Anna\t[B]"), Segment(2.0, 3.0, "Who is it?"), Segment(3.0, 4.0, "Me.", speaker="\n")]

    assert write("txt", said) == "Anna [B]: Hello.\nWho is it?\nMe.\n"
    assert write("tsv", said).splitlines()[1:] == ["1000\t2000\tAnna [B]: Hello.", "2000\t3000\tWho is it?", "3000\t4000\tMe."]
    assert write("lrc", said).splitlines()[1:] == ["[00:01.00]Anna ［B］: Hello.", "[00:02.00]Who is it?", "[00:03.00]Me."]
    assert [start for start, _ in by_ffmpeg("lrc", write("lrc", said))] == [1.0, 2.0, 3.0]


def test_lrc_times_each_word_where_words_are_asked_for() -> None:
    written = [Segment(61.0, 62.5, "Hello you.", words=(Word(61.0, 61.5, "Hello"), Word(61.75, 62.5, "you.")))]

    assert write("lrc", written, words=True).splitlines()[1:] == ["[01:01.00]<01:01.00>Hello <01:01.75>you. <01:02.50>"]
    assert write("lrc", written).splitlines()[1:] == ["[01:01.00]Hello you."]
    assert by_ffmpeg("lrc", write("lrc", written, words=True))[0][0] == 61.0


@settings(deadline=None)
@given(wild_segments())
def test_markdown_shows_what_was_said_and_nothing_else(written: list[Segment]) -> None:
    tokens = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(write("md", written))
    shown = " ".join(_markdown_text(tokens))

    assert {token.type for token in tokens} <= {"heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline"}
    assert shown == " ".join(["Transcript", *(one_line(segment.text) for segment in spoken(written))])


def _markdown_text(tokens: Any) -> Iterator[str]:
    for inline in (token for token in tokens if token.type == "inline"):
        depth, text = 0, ""
        for child in inline.children:
            depth += child.nesting  # the times are in bold
            assert child.type in {"text", "text_special", "softbreak", "strong_open", "strong_close"}
            text += "" if depth else " " if child.type == "softbreak" else child.content
        yield text.strip()


def test_markdown_begins_a_paragraph_for_a_speaker_after_a_pause_and_when_it_is_long() -> None:
    said = [Segment(0, 1, "Hello.", speaker="Anna"), Segment(1, 2, "Well?", speaker="Anna"), Segment(2, 3, "Hi.", speaker="B_n")]
    said += [Segment(10, 11, "Later.", speaker="B_n")]
    said += [Segment(3600 + at, 3601 + at, f"Sentence {at} of many that make this long.") for at in range(20)]

    document = write("md", said).split("\n\n")

    assert document[:4] == ["# Transcript", "**[0:00] Anna:** Hello.\nWell?", "**[0:02] B\\_n:** Hi.", "**[0:10] B\\_n:** Later."]
    assert [paragraph.split()[0] for paragraph in document[4:]] == ["**[1:00:00]**", "**[1:00:16]**"]


@settings(deadline=None)
@given(wild_segments())
def test_json_gives_everything_back(written: list[Segment]) -> None:
    document = json.loads(write("json", written))

    assert [(s["start"], s["end"], s["text"].replace("\ufffd", "\ud800")) for s in document["segments"]] == [
        (s.start, s.end, s.text.replace("\ufffd", "\ud800")) for s in written
    ]
    assert (document["duration"], document["language"], document["task"]) == (12.5, "en", "transcribe")


def test_json_lists_words_in_their_segment_and_all_together_where_they_are_asked_for() -> None:
    words = (Word(0.0, 0.5, "One", 0.9), Word(0.5, 1.0, "two."))
    said = [Segment(0.0, 1.0, "One two.", words=words, speaker="A")]
    document = json.loads(write("json", said, words=True))

    expected = [{"word": "One", "start": 0.0, "end": 0.5, "probability": 0.9}, {"word": "two.", "start": 0.5, "end": 1.0}]
    assert document["words"] == expected
    assert document["segments"][0]["words"] == expected
    assert document["segments"][0]["speaker"] == "A"
    assert "word" not in write("json", said)


@pytest.mark.parametrize("name", FORMATS)
def test_a_recording_without_speech_gives_a_transcript_that_can_be_read(name: str) -> None:
    written = write(name, [])

    match name:
        case "txt":
            assert written == ""
        case "srt" | "lrc" | "ass":  # FFmpeg recognises an empty SRT only if the format is specified
            assert by_ffmpeg(name, written) == []
        case "vtt":
            assert by_ffmpeg(name, written) == []
            assert webvtt.from_string(written).captions == []
        case "json":
            assert json.loads(written)["segments"] == []
        case "tsv" | "csv":
            assert len(written.splitlines()) == 1
        case "md":
            assert written == "# Transcript\n"
        case "ttml":
            assert len(list(ElementTree.fromstring(written).iter("{http://www.w3.org/ns/ttml}p"))) == 0
        case _:
            pytest.fail("a format that this test doesn't know")


@pytest.mark.parametrize("name", FORMATS)
def test_an_hour_of_one_sentence_is_written_whole(name: str) -> None:
    text = " ".join(f"w{index}" for index in range(20_000))

    assert "w19999" in write(name, [Segment(0.0, 3600.0, text)])


@given(st.floats(0, 1e6))
def test_a_time_stamp_names_its_milliseconds(seconds: float) -> None:
    hours, minutes, rest = timestamp(seconds, ".").split(":")

    assert int(hours) * 3600 + int(minutes) * 60 + float(rest) == pytest.approx(seconds, abs=0.0006)
    assert int(minutes) < 60
    assert float(rest) < 60


def test_formats_with_cues_want_words() -> None:
    assert [name for name in FORMATS if BUILT_IN.wants_words([name])] == ["srt", "vtt", "ass", "ttml"]
    assert BUILT_IN.wants_words(["txt", "srt"])
    assert not BUILT_IN.wants_words([])


def test_the_help_names_the_formats_that_there_are() -> None:
    assert FORMATS_IN_HELP.split("|") == list(FORMATS)


def test_an_unknown_format_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'srt'"):
        BUILT_IN.check("str")
