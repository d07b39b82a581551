"""Conformance tests for transcript formats."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from voicebridge.errors import VoiceBridgeError
from voicebridge.extensions import FormatSpec
from voicebridge.files.atomic import OutputFile
from voicebridge.speech import Segment, TranscriptInfo, Word
from voicebridge.stt.choose import formats_of
from voicebridge.testing.extensions import check_descriptor, extension_of, registry_of

_HEARD = TranscriptInfo(30.0, "en", "acme/tiny", "transcribe")
_SPOKEN = (
    Segment(0.0, 2.0, "Good morning.", (Word(0.0, 1.0, "Good"), Word(1.0, 2.0, "morning.")), language="en", speaker="Anna"),
    Segment(2.0, 4.5, "Nice weather today.", speaker="Ben"),
    Segment(9.0, 12.0, "Indeed.", speaker="Anna"),
)
_WORDS = ("Good", "morning", "Nice", "weather", "today", "Indeed")
_TRICKY = (
    "-->", "<b>&amp;</b>", "]]>", "{\\an8}", "a\nb", "\x00\x0b\x1b", "\ud800", "\ufffe", "日本語。", "😀", "שלום", "\u2028", "", " ",
)  # fmt: skip
_DAY = 86_400.0


class TranscriptFormatContract:
    """The rules for a transcript format."""

    format: ClassVar[str]
    """Full name of the format to test, ``plugin/name``."""

    def text_of(self, content: bytes) -> str:
        """The text that a file of this format shows; to be overridden for a binary format."""
        return content.decode("utf-8")

    def test_the_descriptor_is_documented_and_light(self) -> None:
        """The format has a description, and the plugin's module imports no library.

        Troubleshooting: every command imports this module; import libraries in the module that ``factory`` refers to.
        """
        check_descriptor(extension_of(self.format, FormatSpec))

    @pytest.mark.parametrize("words", [False, True])
    def test_all_that_is_said_is_written(self, words: bool, tmp_path: Path) -> None:
        """Every word of the transcript is in the file, with and without word timestamps.

        Troubleshooting: what ``write`` holds back has to be written by ``finish``. Override ``text_of`` for a binary format.
        """
        text = self.text_of(self._written(_SPOKEN, tmp_path, words=words))
        if missing := [word for word in _WORDS if word not in text]:
            pytest.fail(f"not written: {', '.join(missing)}")

    def test_speakers_are_shown_as_declared(self, tmp_path: Path) -> None:
        """The speakers' names are in the file if and only if the descriptor says so.

        Troubleshooting: write :attr:`voicebridge.Segment.speaker` and set ``speakers=True``, or neither.
        """
        text = self.text_of(self._written(_SPOKEN, tmp_path))
        shown = all(name in text for name in ("Anna", "Ben"))
        if shown != extension_of(self.format, FormatSpec).spec.speakers:
            pytest.fail(f"speakers are {'shown, but speakers is False' if shown else 'not shown, but speakers is True'}")

    def test_silence_is_a_valid_file(self, tmp_path: Path) -> None:
        """A recording without speech gives a file too.

        Troubleshooting: ``finish`` may be called without a ``write`` before it.
        """
        self.text_of(self._written((), tmp_path))

    def test_unusual_texts_and_times_do_no_harm(self, tmp_path: Path) -> None:
        """Control characters, markup, unpaired surrogates, empty texts, segments without duration, and overlapping ones are written.

        Troubleshooting: :func:`voicebridge.stt.formats.text.one_line` removes what files can't contain.
        """
        odd = [Segment(start, start, text, speaker=text or None) for start, text in enumerate(_TRICKY)]
        odd += [Segment(36_000.0, 36_001.0, "Late.", (Word(35_999.0, 36_002.0, "Early."),)), Segment(36_000.5, 36_000.6, "Overlapping.")]
        text = self.text_of(self._written(odd, tmp_path, words=True))
        if missing := [word for word in ("日本語", "😀", "שלום", "Late.") if word not in text]:
            pytest.fail(f"not written: {', '.join(missing)}")

    def test_the_same_transcript_is_the_same_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A run that was killed and resumed on another day gives the same bytes.

        Troubleshooting: don't write the current time; archives contain it unless told otherwise.
        """
        first = self._written(_SPOKEN, tmp_path)
        now = time.time
        monkeypatch.setattr(time, "time", lambda: now() + _DAY)
        if self._written(_SPOKEN, tmp_path) != first:
            pytest.fail("the file differs on another day")

    def _written(self, segments: Sequence[Segment], folder: Path, *, words: bool = False) -> bytes:
        """The file of a transcript, as VoiceBridge writes it."""
        formats = formats_of(lambda: registry_of(self.format))
        name = formats.check(self.format)
        file = OutputFile(folder / "transcript", binary=formats[name].binary)
        try:
            writer = formats[name].make(file.file, words)
            for segment in segments:
                writer.write(segment)
            writer.finish(_HEARD)
            file.settle()
            return file.commit().read_bytes()
        except VoiceBridgeError as error:
            pytest.fail(str(error))
        finally:
            file.discard()
