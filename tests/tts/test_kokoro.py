"""Kokoro beside the other plugins: heard by a real Whisper, in blends, and without changing the default voice."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from difflib import SequenceMatcher
from pathlib import Path

import pytest

pytest.importorskip("kokoro_onnx", reason="kokoro-onnx doesn't support this Python")

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def test_what_it_says_is_heard_by_whisper(voicebridge: Run, tmp_path: Path) -> None:
    text = "今日はとても良い天気ですね。"
    said = voicebridge("tts", text, "-m", "kokoro/ja", "--voice", "jf_alpha:0.7+jm_kumo:0.3", "-o", "said.wav")
    assert (said.returncode, said.stderr) == (0, "Wrote said.wav\n")
    heard = voicebridge("stt", "said.wav", "-m", "whisper/base", "--language", "ja")
    assert heard.returncode == 0, heard.stderr
    assert SequenceMatcher(None, text, heard.stdout.strip()).ratio() > 0.8, heard.stdout


def test_a_voice_that_is_misspelled_is_refused_with_the_nearest(voicebridge: Run, expect_refusal: Callable[..., str]) -> None:
    assert "No voice is named 'af_hart'. Did you mean 'af_heart'" in expect_refusal(
        voicebridge, "tts", "Hello.", "-o", "said.wav", "--voice", "af_hart", code=2
    )
    assert "no voice 'jf_alfa'. Did you mean 'jf_alpha'" in expect_refusal(
        voicebridge, "tts", "Hello.", "-o", "said.wav", "-m", "kokoro/ja", "--voice", "jf_alpha+jf_alfa", code=2, loads=True
    )


def test_offline_its_weights_are_not_asked_for(voicebridge: Run, expect_refusal: Callable[..., str]) -> None:
    assert "VoiceBridge is offline" in expect_refusal(voicebridge, "tts", "Hello.", "-o", "said.wav", "--voice", "af_heart")


@pytest.mark.parametrize(("language", "default"), [("en_GB.UTF-8", "piper/joe"), ("ja_JP.UTF-8", "kokoro/ja")])
def test_piper_stays_the_default_wherever_it_speaks_the_language(voicebridge: Run, language: str, default: str) -> None:
    listed = voicebridge("models", "--json", environment={"LC_ALL": language, "LANG": language})
    models = json.loads(listed.stdout)
    assert [each["name"] for each in models if each["kind"] == "tts" and each["default"]] == [default]
