"""A checkpoint is loaded from its folder completely, or not at all and with one clear line."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from voicebridge import ModelError, OptionError
from voicebridge.options import Layer, validate
from voicebridge_vibevoice import loading
from voicebridge_vibevoice.catalog import LISTENING, SPEECH
from voicebridge_vibevoice.device import Place
from voicebridge_vibevoice.loading import Loaded, load, slowness
from voicebridge_vibevoice.options import LoadingOptions, SpeechOptions

CLASSES = ("VibeVoiceForConditionalGeneration", "VibeVoiceProcessor")


def speech(folder: Path, **options: Any) -> Loaded:
    return load(folder, SPEECH, *CLASSES, LoadingOptions(**{"device": "cpu", **options}))


@pytest.fixture
def copy(speech_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(speech_folder, tmp_path / "copy"))


@pytest.mark.parametrize(("dtype", "expected"), [("auto", torch.bfloat16), ("float32", torch.float32), ("float16", torch.float16)])
def test_the_precision_is_the_one_that_was_chosen_and_what_was_chosen_is_told(
    speech_folder: Path, caplog: pytest.LogCaptureFixture, dtype: str, expected: torch.dtype
) -> None:
    caplog.set_level(logging.INFO)
    loaded = speech(speech_folder, dtype=dtype)
    assert {parameter.dtype for parameter in loaded.model.parameters()} == {expected}
    assert f"tiny runs on cpu in {str(expected).removeprefix('torch.')}" in caplog.text
    assert not loaded.model.training


def test_nothing_is_printed_while_loading(speech_folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    speech(speech_folder)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "processor_config.json", "model.safetensors"])
def test_a_file_that_was_cut_short_is_one_clear_line(copy: Path, name: str) -> None:
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelError, match="config.json is damaged|can't be loaded") as caught:
        speech(copy)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_weights_that_lack_a_part_are_not_made_up(copy: Path) -> None:
    weights = load_file(copy / "model.safetensors")
    del weights["lm_head.weight"]
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match="incomplete: 1 part"):
        speech(copy)


def test_weights_of_another_shape_are_not_made_up(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    config["text_config"]["intermediate_size"] *= 2
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="incomplete|can't be loaded") as caught:
        speech(copy)
    assert "\n" not in str(caught.value)


def test_a_pickle_beside_the_config_is_never_opened(copy: Path) -> None:
    (copy / "model.safetensors").unlink()
    (copy / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'touch /tmp/never'\ntR.")
    with pytest.raises(ModelError, match="pickle"):
        speech(copy)


def test_a_model_of_the_other_kind_is_refused_before_it_is_loaded(speech_folder: Path, listening_folder: Path) -> None:
    with pytest.raises(ModelError, match="listens: use it with voicebridge stt"):
        speech(listening_folder)
    with pytest.raises(ModelError, match="speaks: use it with voicebridge tts"):
        load(speech_folder, LISTENING, *CLASSES, LoadingOptions())


def test_the_older_layout_is_refused_before_it_is_loaded(copy: Path) -> None:
    (copy / "config.json").write_text('{"model_type": "vibevoice", "decoder_config": {"hidden_size": 1536}}')
    with pytest.raises(ModelError, match="use vibevoice/VibeVoice-1.5B-hf"):
        speech(copy)


def test_a_model_that_does_not_fit_is_loaded_elsewhere(
    speech_folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real, tried = loading._load_on, []

    def full_at_first(folder: Path, model_class: Any, place: Any) -> Any:
        tried.append(place.device)
        if place.device == "cuda":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(folder, model_class, place)

    monkeypatch.setattr(loading, "_load_on", full_at_first)
    monkeypatch.setattr(loading, "best_place", lambda options: Place("cuda", torch.bfloat16))
    loaded = load(speech_folder, SPEECH, *CLASSES, LoadingOptions())
    assert tried == ["cuda", "cpu"]
    assert loaded.place.device == "cpu"
    assert "so the CPU is used" in caplog.text


def test_only_a_cpu_makes_one_wait(speech_folder: Path) -> None:
    loaded = speech(speech_folder)
    assert 0 < slowness(loaded) < 0.01
    assert slowness(Loaded(loaded.model, loaded.processor, Place("cuda", torch.bfloat16))) == 0


def test_the_number_of_threads_can_be_set(speech_folder: Path) -> None:
    before = torch.get_num_threads()
    try:
        speech(speech_folder, threads=3)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_options_read_from_words_and_refuse_what_makes_no_sense() -> None:
    read = validate(SpeechOptions, [Layer("-O", {"voice_seed": "none", "max_length": "2.5", "diffusion_steps": "20"}, text=True)])
    assert (read.voice_seed, read.max_length, read.diffusion_steps) == (None, 2.5, 20)
    with pytest.raises(OptionError, match="guidance_scale"):
        validate(SpeechOptions, [Layer("-O", {"guidance_scale": "0"}, text=True)])
