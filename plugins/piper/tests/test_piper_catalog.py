"""The list of voices and their descriptions."""

from __future__ import annotations

import pytest
from voicebridge import TtsSpec
from voicebridge.hookspecs import HOOKS
from voicebridge.runtime.plugins import load_plugins
from voicebridge.testing import descriptor_faults
from voicebridge_piper import catalog, plugin
from voicebridge_piper.weights.names import understand


@pytest.fixture(scope="module")
def specs() -> list[TtsSpec]:
    return list(plugin.voicebridge_tts_models())


def test_every_voice_is_described_light_and_has_its_own_names(specs: list[TtsSpec]) -> None:
    assert [fault for spec in specs for fault in descriptor_faults(spec)] == []
    assert all(spec.light and spec.streaming and spec.speed and spec.seed for spec in specs)
    names = [name for spec in specs for name in (spec.name, *spec.aliases)]
    assert len(names) == len(set(names))


def test_joe_comes_first_and_answers_to_names_that_nobody_listed(specs: list[TtsSpec]) -> None:
    assert specs[0].name == "joe"
    assert [spec.name for spec in specs if spec.open_names] == ["joe"]


def test_a_model_is_a_voice_and_has_its_name(specs: list[TtsSpec]) -> None:
    assert [[voice.name for voice in spec.voices] for spec in specs] == [[spec.name] for spec in specs]
    assert all(spec.languages == {voice.language} for spec in specs for voice in spec.voices)


def test_the_sample_rate_follows_from_the_quality() -> None:
    rates = {voice.quality: voice.sample_rate for voice in catalog.VOICES}
    assert rates == {"low": 16_000, "medium": 22_050, "high": 22_050}


@pytest.mark.parametrize("name", ["lessac", "en_US-lessac-medium", "en_us-lessac-medium"])
def test_a_voice_answers_to_its_short_and_official_name(name: str) -> None:
    understood = understand(name)
    assert understood.key == "en_US-lessac-medium"
    assert understood.on_hub == "en/en_US/lessac/medium"
    assert understood.path is None


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("de_DE-eva_k-x_low", "de/de_DE/eva_k/x_low"),
        ("pt_PT-tugão-medium", "pt/pt_PT/tugão/medium"),
        ("en_US-libritts_r-medium", "en/en_US/libritts_r/medium"),
        ("vi_VN-25hours_single-low", "vi/vi_VN/25hours_single/low"),
    ],
)
def test_any_official_name_has_its_place_on_the_hub(name: str, folder: str) -> None:
    assert understand(name).on_hub == folder


@pytest.mark.parametrize("name", ["./joe", "voices/joe.onnx", "joe.onnx", "~/voices", r"C:\voices", "en_US/lessac"])
def test_a_path_is_a_path(name: str) -> None:
    understood = understand(name)
    assert understood.path is not None
    assert understood.key is understood.on_hub is None


def test_every_listed_voice_is_on_the_hub() -> None:
    """According to the naming rule; whether the hub has each of them can't be checked offline."""
    assert [voice.name for voice in catalog.VOICES if not understand(voice.name).on_hub] == []


def test_the_plugin_is_found_active_and_offers_nothing_but_voices() -> None:
    record = load_plugins(only=["piper"]).get("piper")
    assert (record.active, record.reason) == (True, "")
    assert {type(spec) for spec in record.specs} == {HOOKS["voicebridge_tts_models"]}
