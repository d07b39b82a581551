"""Downloading from a hub, with a local substitute."""

from __future__ import annotations

import pytest
from voicebridge.testing.downloads import WEIGHTS, DownloadContract
from voicebridge.testing.hub import StandIn
from voicebridge_vibevoice.weights.store import SpeechWeights

FILES = {
    ".gitattributes": b"not wanted",
    "README.md": b"not wanted",
    "pytorch_model.bin": b"not wanted",
    "config.json": b'{"model_type": "vibevoice", "text_config": {}}',
    "chat_template.jinja": b"{{ messages }}",
    "model.safetensors": WEIGHTS,
    "processor_config.json": b'{"processor_class": "VibeVoiceProcessor"}',
    "tokenizer.json": b'{"version": "1.0"}',
    "sub/config.json": b"not wanted",
}


class TestVibeVoiceDownloads(DownloadContract):
    store = SpeechWeights
    model = repo = "acme/nano-voice"
    folder = "vibevoice/acme--nano-voice"
    files = FILES
    weights, small = "model.safetensors", "tokenizer.json"
    unwanted = frozenset({".gitattributes", "README.md", "pytorch_model.bin", "sub/config.json"})

    def test_a_connection_that_breaks_twice_is_taken_up_each_time(self, hub: StandIn) -> None:
        hub.cuts = [100_000, 50_000]
        self.download()
        assert hub.ranges == [None, "bytes=100000-", "bytes=150000-"]

    @pytest.mark.parametrize(
        ("config", "says"),
        [
            (b'{"model_type": "vibevoice", "decoder_config": {"hidden_size": 3584}}', "use vibevoice/VibeVoice-7B-hf"),
            (b'{"model_type": "llama"}', "is not a VibeVoice model"),
        ],
    )
    def test_what_could_not_be_loaded_is_refused_before_the_gigabytes(self, hub: StandIn, config: bytes, says: str) -> None:
        hub.files["config.json"] = config
        self.refused(says)
        assert hub.ranges == []

    def test_pickles_alone_are_no_model(self, hub: StandIn) -> None:
        del hub.files["model.safetensors"]
        self.refused("no weights in safetensors, and pickles are not loaded")

    def test_a_model_that_lacks_something_is_refused(self, hub: StandIn) -> None:
        del hub.files["tokenizer.json"]
        self.refused(r"lacks tokenizer\.json")
