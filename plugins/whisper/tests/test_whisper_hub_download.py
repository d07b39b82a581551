"""Downloading from a hub, with a local substitute."""

from __future__ import annotations

from pathlib import Path

import pytest
from voicebridge.errors import DownloadError
from voicebridge.testing.downloads import WEIGHTS, DownloadContract
from voicebridge.testing.hub import StandIn
from voicebridge_whisper.weights import hub as fetching
from voicebridge_whisper.weights.store import WhisperWeights

FILES = {
    "README.md": b"not wanted",
    "config.json": b'{"alignment_heads": []}',
    "model.bin": WEIGHTS,
    "tokenizer.json": b'{"version": "1.0"}',
    "vocabulary.json": b'["a", "b"]',
}


class TestWhisperDownloads(DownloadContract):
    store = WhisperWeights
    model = repo = "acme/whisper-nano"
    folder = "whisper/acme--whisper-nano"
    files = FILES
    weights, small, unwanted = "model.bin", "tokenizer.json", frozenset({"README.md"})

    def test_a_model_that_is_not_the_pinned_one_is_refused_before_it_is_fetched(self, hub: StandIn, tmp_path: Path) -> None:
        with pytest.raises(DownloadError, match="Try: .*install.*whisper"):
            fetching.fetch(self.repo, tmp_path / "pinned", sha256="0" * 64)
        assert hub.ranges == []

    def test_a_model_in_another_format_is_refused_by_its_list_of_files(self, hub: StandIn) -> None:
        del hub.files["vocabulary.json"]
        self.refused(r"lacks vocabulary\.json .*CTranslate2")
        assert hub.ranges == []
