"""A long list of hotwords doesn't replace the transcript.

The recording is from LibriVox (public domain): a sentence and a half of "Sense and Sensibility".
"""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from voicebridge import SttRequest
from voicebridge.audio.decode import AudioReader
from voicebridge_whisper.engine import WhisperEngine
from voicebridge_whisper.options import WhisperOptions

CODES = tuple(f"Termin{chr(97 + number % 26)}{'abc'[number // 26]}{number}" for number in range(60))


def test_sixty_codes_as_hotwords_change_no_sentence(caplog: pytest.LogCaptureFixture) -> None:
    def words(*hotwords: str) -> list[str]:
        with AudioReader(Path(__file__).with_name("recordings") / "dashwood.flac") as reader:
            segments = engine.transcribe(reader.chunks(16_000), SttRequest(language="en", hotwords=hotwords))
            return " ".join(segment.text for segment in segments).lower().replace(",", "").replace(".", "").split()

    engine = WhisperEngine("base", WhisperOptions())
    with caplog.at_level(logging.DEBUG, "voicebridge_whisper"):
        found = words(*CODES)
    said = words()
    engine.close()
    assert found == said
    assert "without prompt and hotwords" in caplog.text  # otherwise this recording proves nothing
