"""Subtitle formats: the same cues in four notations, each written as soon as it is final (docs/adr/0009-subtitles.md)."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from typing import TextIO

from voicebridge.speech import Segment, TranscriptInfo
from voicebridge.stt.formats.cues import Cue, CueMaker, join
from voicebridge.stt.formats.text import LOOK_ALIKES, named_line, one_line, timestamp


class CueWriter:
    """Writes cues; the format provides what comes before, between and after them."""

    header = ""
    """What comes before the first cue."""
    named = False
    """Whether the speaker is named in the text, because the format has no visible field for it."""

    def __init__(self, file: TextIO, words: bool) -> None:
        """Write the header.

        Args:
            file: open for writing.
            words: whether the user requested word timestamps.
        """
        self._file = file
        self._words = words
        self._cues = CueMaker(named=self.named)
        file.write(self.header)

    def write(self, segment: Segment) -> None:
        """Write the cues that are final after the next segment."""
        for cue in self._cues.add(segment):
            self.put(cue)

    def finish(self, heard: TranscriptInfo) -> None:
        """Write the last cues."""
        for cue in self._cues.close(heard.start + heard.duration):
            self.put(cue)

    def put(self, cue: Cue) -> None:
        """Write a cue; to be overridden."""
        raise NotImplementedError


class Srt(CueWriter):
    """SubRip. It has no escape for characters that could start a command; see :data:`LOOK_ALIKES`."""

    named = True
    _count = 0

    def put(self, cue: Cue) -> None:
        """Write a cue."""
        self._count += 1
        times = f"{timestamp(cue.start, ',')} --> {timestamp(cue.end, ',')}"
        self._file.write(f"{self._count}\n{times}\n{_without_commands(named_line(cue.speaker, cue.text))}\n\n")


def _without_commands(text: str) -> str:
    text = re.sub(r"[<{}\\]", lambda mark: mark[0].translate(LOOK_ALIKES), text)
    return text.replace("-->", "--" + ">".translate(LOOK_ALIKES))  # an arrow would be parsed as the times of another cue


class Vtt(CueWriter):
    """WebVTT, with word timestamps inside the cue if requested."""

    header = "WEBVTT\n\n"

    def put(self, cue: Cue) -> None:
        """Write a cue."""
        speaker = one_line(cue.speaker or "").rstrip("- ")  # it would form an arrow with the end of the tag
        voice = f"<v {escape(speaker, quote=False)}>" if speaker else ""
        text = _marked(cue) if self._words else escape(cue.text, quote=False)
        self._file.write(f"{timestamp(cue.start, '.')} --> {timestamp(cue.end, '.')}\n{voice}{text}\n\n")


def _marked(cue: Cue) -> str:
    """The text with the time of each word before it. Such times must be within the cue, and increasing."""
    last, end = round(cue.start * 1000), round(cue.end * 1000)
    lines = []
    for line in cue.lines:
        marked = []
        for token in line:
            now, mark = round(token.start * 1000), ""
            if token.timed and last < now < end:
                last, mark = now, f"<{timestamp(token.start, '.')}>"
            marked.append(replace(token, text=mark + escape(token.text, quote=False)))
        lines.append(join(marked))
    return "\n".join(lines)


class Ass(CueWriter):
    """Advanced SubStation Alpha: braces and backslashes in the text are replaced by full-width ones."""

    header = """\
[Script Info]
ScriptType: v4.00+
PlayResX: 384
PlayResY: 288
ScaledBorderAndShadow: yes

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, \
ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,16,&H00FFFFFF,&H000000FF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""

    def put(self, cue: Cue) -> None:
        """Write a cue."""
        text = re.sub(r"[{}\\]", lambda mark: mark[0].translate(LOOK_ALIKES), cue.text).replace("\n", r"\N")
        speaker = one_line(cue.speaker or "").replace(",", ";")  # a comma ends the field
        self._file.write(f"Dialogue: 0,{_ass_time(cue.start)},{_ass_time(cue.end)},Default,{speaker},0,0,0,,{text}\n")


def _ass_time(seconds: float) -> str:
    hours, rest = divmod(round(seconds * 100), 360_000)
    minutes, rest = divmod(rest, 6000)
    return f"{hours}:{minutes:02}:{rest // 100:02}.{rest % 100:02}"


class Ttml(CueWriter):
    """Timed Text Markup Language 1."""

    named = True
    _open = False

    def write(self, segment: Segment) -> None:
        """Process the next segment; the first one determines the language."""
        self._begin(segment.language)
        super().write(segment)

    def finish(self, heard: TranscriptInfo) -> None:
        """Write the last cue and close the document."""
        self._begin(heard.language)
        super().finish(heard)
        self._file.write("    </div>\n  </body>\n</tt>\n")

    def _begin(self, language: str | None) -> None:
        # The root element needs the language, so it can't be written before that is known; empty if unknown.
        if not self._open:
            self._open = True
            self._file.write(f"""\
<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling" xml:lang="{escape(one_line(language or ""))}">
  <head>
    <layout>
      <region xml:id="bottom" tts:origin="10% 10%" tts:extent="80% 80%" tts:displayAlign="after" tts:textAlign="center"/>
    </layout>
  </head>
  <body region="bottom">
    <div>
""")

    def put(self, cue: Cue) -> None:
        """Write a cue."""
        text = escape(named_line(cue.speaker, cue.text), quote=False).replace("\n", "<br/>")
        self._file.write(f'      <p begin="{timestamp(cue.start, ".")}" end="{timestamp(cue.end, ".")}">{text}</p>\n')
