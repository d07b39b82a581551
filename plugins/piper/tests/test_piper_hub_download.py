"""Downloading from a hub, with a local substitute."""

from __future__ import annotations

import pytest
from voicebridge.errors import DownloadError
from voicebridge.testing.downloads import WEIGHTS, DownloadContract
from voicebridge.testing.hub import StandIn
from voicebridge_piper.weights import hub as fetching
from voicebridge_piper.weights.store import PiperWeights

CODE = "pt_PT-tugão-medium"
FOLDER = "pt/pt_PT/tugão/medium"

FILES = {
    "README.md": b"?",
    f"{FOLDER}/MODEL_CARD": b"# Model card",
    f"{FOLDER}/{CODE}.onnx": WEIGHTS,
    f"{FOLDER}/{CODE}.onnx.json": b'{"audio": {}}',
}


class TestPiperDownloads(DownloadContract):
    store = PiperWeights
    model = CODE
    folder = f"piper/{CODE}"
    repo = "rhasspy/piper-voices"
    files = FILES
    weights, small = f"{FOLDER}/{CODE}.onnx", f"{FOLDER}/{CODE}.onnx.json"
    unwanted = frozenset({"README.md"})

    def test_a_voice_is_loaded_from_where_it_was_fetched_to(self, hub: StandIn) -> None:
        found = PiperWeights().resolve(CODE)
        assert found.onnx == self.cached() / f"{CODE}.onnx"
        assert self.download() == self.cached()

    def test_a_voice_that_is_not_the_pinned_one_is_refused_before_it_is_fetched(self, hub: StandIn) -> None:
        with pytest.raises(DownloadError, match="Try: .*install.*piper"):
            fetching.fetch(CODE, FOLDER, sha256="0" * 64)
        assert hub.ranges == []

    def test_a_voice_that_was_never_published_comes_with_the_nearest(self, hub: StandIn) -> None:
        with pytest.raises(DownloadError, match="has no voice 'pt_PT-tugao-medium'. Did you mean 'pt_PT-tugão-medium'"):
            PiperWeights().download("pt_PT-tugao-medium")
        assert hub.ranges == []
