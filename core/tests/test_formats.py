from __future__ import annotations

import html
import io
import json
from pathlib import Path

import pysubs2
import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st
from voicebridge import Segment, UnknownNameError, Word
from voicebridge.cli.stt import FORMATS as FORMATS_IN_HELP
from voicebridge.sinks.formats import FORMATS, Heard, check_format, one_line, open_writer, timestamp

HEARD = Heard(duration=12.5, language="en", model="acme/tiny", task="transcribe")

# Everything but half of a surrogate pair, which no file can hold, and the characters that line-based formats can't carry.
texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1).filter(lambda text: one_line(text) != "")


@st.composite
def segments(draw: st.DrawFn) -> list[Segment]:
    marks = sorted(draw(st.lists(st.integers(0, 359_999_999), min_size=2, max_size=20, unique=True)))
    pairs = zip(marks[::2], marks[1::2], strict=False)
    return [Segment(start / 1000, end / 1000, draw(texts)) for start, end in pairs]


def write(name: str, written: list[Segment], *, words: bool = False) -> str:
    file = io.StringIO(newline="\n")
    writer = open_writer(name, file, words=words)
    for segment in written:
        writer.write(segment)
    writer.finish(HEARD)
    return file.getvalue()


@given(segments())
def test_other_readers_find_the_same_times_in_srt(written: list[Segment]) -> None:
    cues = pysubs2.SSAFile.from_string(write("srt", written), format_="srt")

    assert [(cue.start, cue.end) for cue in cues] == [(round(s.start * 1000), round(s.end * 1000)) for s in written]


@given(segments())
def test_other_readers_find_the_same_cues_in_vtt(written: list[Segment]) -> None:
    cues = webvtt.from_string(write("vtt", written)).captions

    assert [(cue.start_in_seconds, cue.end_in_seconds) for cue in cues] == [(int(s.start), int(s.end)) for s in written]


def test_markup_in_what_was_said_stays_text() -> None:
    said = [Segment(0, 1, "a < b && c --> d <i>e</i>")]

    assert html.unescape(webvtt.from_string(write("vtt", said))[0].text) == "a < b && c --> d <i>e</i>"
    assert "-->" not in write("srt", said).splitlines()[2]


def test_srt_counts_from_one_and_leaves_a_line_between_cues() -> None:
    written = write("srt", [Segment(0.0, 1.5, "One."), Segment(3661.25, 3662.0, "Two.")])

    assert written == "1\n00:00:00,000 --> 00:00:01,500\nOne.\n\n2\n01:01:01,250 --> 01:01:02,000\nTwo.\n\n"


@given(segments())
def test_txt_has_a_line_for_each_segment(written: list[Segment]) -> None:
    assert write("txt", written).split("\n")[:-1] == [one_line(segment.text) for segment in written]


@given(segments())
def test_json_gives_everything_back(written: list[Segment]) -> None:
    document = json.loads(write("json", written))

    assert [(s["start"], s["end"], s["text"]) for s in document["segments"]] == [(s.start, s.end, s.text) for s in written]
    assert (document["duration"], document["language"], document["task"]) == (12.5, "en", "transcribe")


def test_json_lists_words_in_their_segment_and_all_together() -> None:
    words = (Word(0.0, 0.5, "One", 0.9), Word(0.5, 1.0, "two."))
    document = json.loads(write("json", [Segment(0.0, 1.0, "One two.", words=words, speaker="A")], words=True))

    expected = [{"word": "One", "start": 0.0, "end": 0.5, "probability": 0.9}, {"word": "two.", "start": 0.5, "end": 1.0}]
    assert document["words"] == expected
    assert document["segments"][0]["words"] == expected
    assert document["segments"][0]["speaker"] == "A"


@pytest.mark.parametrize("name", FORMATS)
def test_a_recording_without_speech_gives_a_valid_empty_transcript(name: str, tmp_path: Path) -> None:
    written = write(name, [])

    if name == "json":
        assert json.loads(written)["segments"] == []
    else:
        assert written == ("WEBVTT\n\n" if name == "vtt" else "")


@given(st.floats(0, 1e6))
def test_a_time_stamp_names_its_milliseconds(seconds: float) -> None:
    hours, minutes, rest = timestamp(seconds, ".").split(":")

    assert int(hours) * 3600 + int(minutes) * 60 + float(rest) == pytest.approx(seconds, abs=0.0006)
    assert int(minutes) < 60
    assert float(rest) < 60


def test_the_help_names_the_formats_that_there_are() -> None:
    assert FORMATS_IN_HELP.split("|") == list(FORMATS)


def test_an_unknown_format_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'srt'"):
        check_format("str")
