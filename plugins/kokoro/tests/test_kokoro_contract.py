"""The conformance tests with the real int8 weights, in Japanese: its voices are those that packages contain."""

from __future__ import annotations

import pytest
from voicebridge.testing import TtsContract


@pytest.mark.usefixtures("files")
class TestKokoroKeepsTheContract(TtsContract):
    model = "kokoro/ja"
    sentences = ("はい。", "犬が走る。")
    language = "ja"
    pace = (1.5, 15.0)
