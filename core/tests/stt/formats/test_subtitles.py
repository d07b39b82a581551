from __future__ import annotations

import html
import io
import re
from xml.etree import ElementTree

import av
import pysubs2
import pytest
import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st
from voicebridge import Segment, Word
from voicebridge.speech import TranscriptInfo
from voicebridge.stt.formats.cues import Cue, CueMaker
from voicebridge.stt.formats.table import FORMATS
from voicebridge.stt.formats.text import LOOK_ALIKES, named_line, one_line

NAMES = ["srt", "vtt", "ass", "ttml"]
HEARD = TranscriptInfo(duration=1e6, language="de", model="acme/tiny", task="transcribe")
TT, XML = "{http://www.w3.org/ns/ttml}", "{http://www.w3.org/XML/1998/namespace}"

# Characters of the formats' own syntax, and those that files can't contain.
TRICKY = [
    *("-->", "<i>", "</i>", "<font>", "<v Eve>", "<00:01.000>", "<", ">", "&", "&amp;", "&lt;", "]]>", "<!--", "<?xml"),
    *("{", "}", "{\\an8}", "{\\b1}", "\\N", "\\n", "\\h", "\\", ",", "Dialogue:", "[Events]", "WEBVTT", "NOTE", "STYLE"),
    *("\n", "\r\n", "\n\n", "\t", "\x00", "\x1b", "\x85", "\u2029", "\ufeff", "\uffff", "\ud800", "42"),
    *("word", " ", "that.", "שלום", "\u202e", "😀", "👩‍👩‍👧", "日本語。", "e\u0301"),
]
wild_text = st.lists(st.one_of(st.sampled_from(TRICKY), st.text(max_size=5)), max_size=30).map("".join)
Shown = list[tuple[int, int, str]]
"""(start in ms, end in ms, text with its line end) of each cue."""


@st.composite
def wild_segments(draw: st.DrawFn) -> list[Segment]:
    marks = sorted(draw(st.lists(st.integers(0, 359_000_000), max_size=12)))  # below 100 hours, where pysubs2 stops
    speaker = draw(st.one_of(st.none(), wild_text))
    return [
        Segment(start / 1000, end / 1000, draw(wild_text), speaker=speaker) for start, end in zip(marks[::2], marks[1::2], strict=False)
    ]


def write(name: str, written: list[Segment], *, words: bool = False) -> str:
    file = io.StringIO(newline="\n")
    writer = FORMATS[name].make(file, words)
    for segment in written:
        writer.write(segment)
    writer.finish(HEARD)
    file.getvalue().encode()  # everything written must be encodable
    return file.getvalue()


def cues_of(written: list[Segment], *, named: bool = False) -> list[Cue]:
    maker = CueMaker(named=named)
    return [cue for segment in written for cue in maker.add(segment)] + list(maker.close())


def expected(written: list[Segment], unit: int = 1, *, named: bool = False) -> Shown:
    """The cues that a reader should find, with times in units of ``unit`` ms; ``named`` means that the text has its speaker's name."""
    cues = cues_of(written, named=named)
    return [(_step(cue.start, unit), _step(cue.end, unit), named_line(cue.speaker, cue.text) if named else cue.text) for cue in cues]


def _step(seconds: float, unit: int) -> int:
    return round(seconds * (1000 // unit)) * unit


def alike(shown: Shown) -> Shown:
    """The cues for comparison, if a format can't represent some characters."""
    return [(start, end, text.translate(LOOK_ALIKES)) for start, end, text in shown]


def by_ffmpeg(name: str, text: str) -> Shown:
    """The cues found by FFmpeg's libraries; each is decoded too."""
    shown = []
    with av.open(io.BytesIO(text.encode()), "r", format="webvtt" if name == "vtt" else name) as container:
        assert [stream.type for stream in container.streams] == ["subtitle"]
        for packet in container.demux():
            if packet.size and packet.pts is not None and packet.time_base is not None and packet.duration is not None:
                assert len(packet.decode()) == 1
                unit = packet.time_base * 1000
                shown.append((int(packet.pts * unit), int((packet.pts + packet.duration) * unit), bytes(packet).decode()))
    if name == "ass":
        return [(start, end, said.split(",", 8)[8].replace(r"\N", "\n")) for start, end, said in shown]
    return [(start, end, _vtt_text(said) if name == "vtt" else said) for start, end, said in shown]


def _vtt_text(marked: str) -> str:
    return html.unescape(re.sub("<[^>]*>", "", marked))


def by_pysubs2(name: str, text: str) -> Shown:
    cues = pysubs2.SSAFile.from_string(text, format_=name)
    return [(cue.start, cue.end, cue.text.replace(r"\N", "\n")) for cue in cues]


def by_webvtt_py(name: str, text: str) -> Shown:
    found = webvtt.from_buffer(io.BytesIO(text.encode()), format=name).captions
    return [
        (_milliseconds(each.start), _milliseconds(each.end), _vtt_text(each.raw_text) if name == "vtt" else each.raw_text) for each in found
    ]


def by_xml(text: str) -> Shown:
    found = []
    for line in ElementTree.fromstring(text).iter(f"{TT}p"):
        for broken in line.iter(f"{TT}br"):
            broken.text = "\n"
        found.append((_milliseconds(line.get("begin", "")), _milliseconds(line.get("end", "")), "".join(line.itertext())))
    return found


def _milliseconds(time: str) -> int:
    hours, minutes, seconds = time.split(":")
    return round((int(hours) * 3600 + int(minutes) * 60) * 1000 + float(seconds) * 1000)


@settings(deadline=None)
@given(wild_segments())
def test_ffmpeg_pysubs2_and_webvtt_py_read_what_was_said_from_srt(written: list[Segment]) -> None:
    text, cues = write("srt", written), alike(expected(written, named=True))

    assert alike(by_ffmpeg("srt", text)) == cues
    assert not cues or alike(by_webvtt_py("srt", text)) == cues  # to webvtt-py a file without cues is no SRT
    if not cues or not re.fullmatch(r".+\n\d+", cues[-1][2]):  # pysubs2 takes a number alone on the very last line for that of a cue
        assert alike(by_pysubs2("srt", text)) == cues


@settings(deadline=None)
@given(wild_segments())
def test_ffmpeg_and_webvtt_py_read_what_was_said_from_vtt(written: list[Segment]) -> None:
    text, cues = write("vtt", written), expected(written)

    assert by_ffmpeg("vtt", text) == cues
    assert by_webvtt_py("vtt", text) == cues


@settings(deadline=None)
@given(wild_segments())
def test_ffmpeg_and_pysubs2_read_what_was_said_from_ass(written: list[Segment]) -> None:
    text, cues = write("ass", written), alike(expected(written, unit=10))

    assert alike(by_ffmpeg("ass", text)) == cues
    assert alike(by_pysubs2("ass", text)) == cues


@settings(deadline=None)
@given(wild_segments())
def test_xml_parsers_and_pysubs2_read_what_was_said_from_ttml(written: list[Segment]) -> None:
    text, cues = write("ttml", written), expected(written, named=True)

    assert by_xml(text) == cues
    assert [(start, end) for start, end, _ in by_pysubs2("ttml", text)] == [(start, end) for start, end, _ in cues]


@pytest.mark.parametrize("name", ["srt", "vtt", "ass"])
def test_what_ffmpeg_would_show_is_what_was_said(name: str) -> None:
    said = 'Is 1 < 2, "& so" on? <i>No</i> --> {\\an8}'

    with av.open(io.BytesIO(write(name, [Segment(0, 2, said)]).encode()), "r") as container:
        (shown,) = [each.ass.decode().split(",", 8)[8] for packet in container.demux() for each in packet.decode()]  # type: ignore[union-attr]

    # It writes a brace that is no command as \{{}, and puts an invisible joiner after such a backslash.
    shown = shown.replace("\\{{}", "{").replace("\\\u2060", "\\")
    assert shown.translate(LOOK_ALIKES) == said.translate(LOOK_ALIKES)


@pytest.mark.parametrize("name", ["srt", "vtt", "ass", "ttml"])
def test_recordings_longer_than_a_hundred_hours_keep_their_times(name: str) -> None:
    written = [Segment(3600 * 250 + 1.5, 3600 * 250 + 3.0, "Still here.")]
    text = write(name, written)

    found = by_xml(text) if name == "ttml" else by_ffmpeg(name, text)

    assert found == [(900_001_500, 900_003_000, "Still here.")]


@pytest.mark.parametrize("name", NAMES)
def test_segments_of_no_length_are_shown_all_the_same(name: str) -> None:
    written = [Segment(1.0, 1.0, "Now."), Segment(1.0, 1.0, f"And{' this' * 40}."), Segment(1.0, 1.0, "Too.")]
    text = write(name, written)

    found = by_xml(text) if name == "ttml" else by_ffmpeg(name, text)

    assert " ".join(said for _, _, said in found).split() == f"Now. And{' this' * 40}. Too.".split()
    assert all(start < end for start, end, _ in found)


def test_srt_counts_from_one_and_leaves_a_line_between_cues() -> None:
    written = write("srt", [Segment(0.0, 1.5, "One."), Segment(3661.25, 3662.5, "Two.")])

    assert written == "1\n00:00:00,000 --> 00:00:01,500\nOne.\n\n2\n01:01:01,250 --> 01:01:02,500\nTwo.\n\n"


@pytest.mark.parametrize("name", NAMES)
def test_cues_are_in_the_file_as_soon_as_the_next_segment_is_known(name: str) -> None:
    file = io.StringIO()
    writer = FORMATS[name].make(file, False)

    writer.write(Segment(0.0, 2.0, "First of all."))
    writer.write(Segment(3.0, 4.0, "Then this."))

    assert "First of all." in file.getvalue()
    assert "Then" not in file.getvalue()


def test_the_speaker_is_named_where_the_format_has_no_other_place() -> None:
    written = [Segment(0.0, 2.0, "Hello.", speaker="Anna <B>"), Segment(2.0, 4.0, "Who is it?")]

    assert [text for _, _, text in by_pysubs2("srt", write("srt", written))] == ["Anna ＜B>: Hello.", "Who is it?"]
    assert [text for _, _, text in by_xml(write("ttml", written))] == ["Anna <B>: Hello.", "Who is it?"]


class TestVtt:
    said = Segment(
        1.0, 3.0, "Rock & roll, baby.", (Word(1, 1.5, "Rock"), Word(1.5, 1.5, "&"), Word(1.5, 2.25, "roll,"), Word(2.25, 3, "baby."))
    )

    def test_words_are_timed_within_their_cue_where_they_are_asked_for(self) -> None:
        # Two words of one time share a mark: a mark must be later than the one before.
        marked = "Rock <00:00:01.500>&amp; roll, <00:00:02.250>baby."

        assert marked in write("vtt", [self.said], words=True)
        assert "Rock &amp; roll, baby." in write("vtt", [self.said])
        assert by_ffmpeg("vtt", write("vtt", [self.said], words=True)) == [(1000, 3000, self.said.text)]

    def test_estimated_times_are_not_shown_as_if_they_were_heard(self) -> None:
        assert "<" not in write("vtt", [Segment(0.0, 2.0, "Nobody timed this.")], words=True)

    def test_the_speaker_is_the_cue_s_voice(self) -> None:
        (cue,) = webvtt.from_string(write("vtt", [Segment(0.0, 2.0, "Hello.", speaker="Anna B")])).captions

        assert (cue.voice, cue.text) == ("Anna B", "Hello.")


class TestAss:
    def test_the_speaker_is_the_name_of_the_line(self) -> None:
        (cue,) = pysubs2.SSAFile.from_string(write("ass", [Segment(0.0, 2.0, "Hello, you.", speaker="Lovelace, Ada")]), format_="ass")

        assert (cue.name, cue.text) == ("Lovelace; Ada", "Hello, you.")

    def test_every_line_has_a_style_that_there_is(self) -> None:
        written = pysubs2.SSAFile.from_string(write("ass", [Segment(0.0, 2.0, "Hello.")]), format_="ass")

        assert {cue.style for cue in written} == set(written.styles)


class TestTtml:
    def test_the_root_names_the_language(self) -> None:
        assert ElementTree.fromstring(write("ttml", [])).get(f"{XML}lang") == "de"  # as requested
        heard = write("ttml", [Segment(0.0, 1.0, "Bonjour.", language="fr")])
        assert ElementTree.fromstring(heard).get(f"{XML}lang") == "fr"
        assert ElementTree.fromstring(write("ttml", [Segment(0.0, 1.0, "Hm.")])).get(f"{XML}lang") == ""

    def test_the_region_that_cues_stand_in_is_defined(self) -> None:
        root = ElementTree.fromstring(write("ttml", []))

        assert [body.get("region") for body in root.iter(f"{TT}body")] == [region.get(f"{XML}id") for region in root.iter(f"{TT}region")]


@settings(deadline=None)
@given(wild_text)
def test_no_text_of_a_speaker_breaks_a_file(speaker: str) -> None:
    written = [Segment(0.0, 2.0, "Hello, you.", speaker=speaker)]

    assert by_ffmpeg("ass", write("ass", written)) == [(0, 2000, "Hello, you.")]
    assert by_ffmpeg("vtt", write("vtt", written)) == [(0, 2000, "Hello, you.")]
    assert one_line(speaker) or "<v" not in write("vtt", written)


@pytest.mark.parametrize("name", ["srt", "vtt", "ass", "ttml"])
@pytest.mark.parametrize("start", [0.0, 60.0])
def test_the_last_cue_ends_with_the_recording(name: str, start: float) -> None:
    file = io.StringIO()
    writer = FORMATS[name].make(file, False)
    writer.write(Segment(start + 1.72, start + 3.4, "A sentence that is long enough to stay for a while after it was said."))
    writer.finish(TranscriptInfo(3.8, "en", "acme/tiny", "transcribe", start))

    ends = [float(each.replace(",", ".")) for each in re.findall(r"0:\d\d:(\d\d[.,]\d+)", file.getvalue())]
    assert ends == [1.72, pytest.approx(3.8, abs=0.01)]
