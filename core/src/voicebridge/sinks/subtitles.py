"""Subtitle formats: the same cues in four notations, each written as soon as it is settled (docs/adr/0009-subtitles.md)."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from typing import TextIO

from voicebridge.sinks.cues import Cue, CueMaker, join
from voicebridge.sinks.text import LOOK_ALIKES, one_line, timestamp
from voicebridge.sinks.writer import Heard
from voicebridge.speech import Segment


class _CueWriter:
    """Writes cues; what comes before, between and after them is the format's."""

    header = ""

    def __init__(self, file: TextIO, words: bool) -> None:
        self._file = file
        self._words = words
        self._cues = CueMaker()
        file.write(self.header)

    def write(self, segment: Segment) -> None:
        for cue in self._cues.add(segment):
            self._put(cue)

    def finish(self, heard: Heard) -> None:
        for cue in self._cues.close(heard.start + heard.duration):
            self._put(cue)

    def _put(self, cue: Cue) -> None:
        raise NotImplementedError


class Srt(_CueWriter):
    """SubRip. It has no way to write a character that could begin a command as itself; see :data:`LOOK_ALIKES`."""

    _count = 0

    def _put(self, cue: Cue) -> None:
        self._count += 1
        times = f"{timestamp(cue.start, ',')} --> {timestamp(cue.end, ',')}"
        self._file.write(f"{self._count}\n{times}\n{_without_commands(cue.text)}\n\n")


def _without_commands(text: str) -> str:
    text = re.sub(r"[<{}\\]", lambda mark: mark[0].translate(LOOK_ALIKES), text)
    return text.replace("-->", "--" + ">".translate(LOOK_ALIKES))  # an arrow would be read as the times of another cue


class Vtt(_CueWriter):
    """WebVTT, with the time of each word inside its cue where words are asked for."""

    header = "WEBVTT\n\n"

    def _put(self, cue: Cue) -> None:
        speaker = one_line(cue.speaker or "").rstrip("- ")  # which would make an arrow of the end of the tag
        voice = f"<v {escape(speaker, quote=False)}>" if speaker else ""
        text = _marked(cue) if self._words else escape(cue.text, quote=False)
        self._file.write(f"{timestamp(cue.start, '.')} --> {timestamp(cue.end, '.')}\n{voice}{text}\n\n")


def _marked(cue: Cue) -> str:
    """The text with the time of each word before it. A time may stand between those of the cue only, and later than the one before."""
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


class Ass(_CueWriter):
    """Advanced SubStation Alpha: braces and backslashes in the text become full-width ones."""

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

    def _put(self, cue: Cue) -> None:
        text = re.sub(r"[{}\\]", lambda mark: mark[0].translate(LOOK_ALIKES), cue.text).replace("\n", r"\N")
        speaker = one_line(cue.speaker or "").replace(",", ";")  # a comma ends the field
        self._file.write(f"Dialogue: 0,{_ass_time(cue.start)},{_ass_time(cue.end)},Default,{speaker},0,0,0,,{text}\n")


def _ass_time(seconds: float) -> str:
    hours, rest = divmod(round(seconds * 100), 360_000)
    minutes, rest = divmod(rest, 6000)
    return f"{hours}:{minutes:02}:{rest // 100:02}.{rest % 100:02}"


class Ttml(_CueWriter):
    """Timed Text Markup Language 1."""

    _open = False

    def write(self, segment: Segment) -> None:
        """Take the next segment; the first one tells the language."""
        self._begin(segment.language)
        super().write(segment)

    def finish(self, heard: Heard) -> None:
        """Write the last cue and close the document."""
        self._begin(heard.language)
        super().finish(heard)
        self._file.write("    </div>\n  </body>\n</tt>\n")

    def _begin(self, language: str | None) -> None:
        # Not before the language is known, which the root element has to name; empty means that nobody knows.
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

    def _put(self, cue: Cue) -> None:
        text = "<br/>".join(escape(join(line), quote=False) for line in cue.lines)
        self._file.write(f'      <p begin="{timestamp(cue.start, ".")}" end="{timestamp(cue.end, ".")}">{text}</p>\n')
