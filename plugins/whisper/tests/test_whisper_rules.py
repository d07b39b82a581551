"""Pure decisions: what is doubtful, what is made up, when a GPU is used."""

from __future__ import annotations

import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

import ctranslate2
import pytest
from voicebridge import ModelError
from voicebridge.recognition.loops import compression_ratio
from voicebridge_whisper import device, guards
from voicebridge_whisper.device import load_on_best_device
from voicebridge_whisper.options import WhisperOptions

OPTIONS = WhisperOptions()


@pytest.mark.parametrize(
    "text",
    [
        "five five five five five five five five five five",
        "I said " + "thank you very much " * 6,
        "and so on, " * 5 + "and then it ended",
    ],
)
def test_a_loop_is_doubtful_at_any_pace(text: str) -> None:
    assert guards.is_doubtful(text, tokens=len(text.split()), seconds=1.0, avg_logprob=-0.1, options=OPTIONS)
    assert guards.is_doubtful(text, tokens=len(text.split()), seconds=30.0, avg_logprob=-0.1, options=OPTIONS)


@pytest.mark.parametrize("text", ["no, no, no, no, no", "ha ha ha ha", "one two three four five six seven eight", "", "bye bye"])
def test_what_people_do_say_is_not_doubtful(text: str) -> None:
    assert not guards.is_doubtful(text, tokens=len(text.split()), seconds=1.0, avg_logprob=-0.1, options=OPTIONS)


def test_a_sentence_that_is_said_ten_times_at_a_natural_pace_is_believed() -> None:
    text = "The quick brown fox jumps over the lazy dog. " * 10

    assert compression_ratio(text) > OPTIONS.compression_ratio_threshold
    assert not guards.is_doubtful(text, tokens=110, seconds=28.0, avg_logprob=-0.1, options=OPTIONS)


@pytest.mark.parametrize("text", ["女士" * 40, "เจ้า" * 40, "ကောင်း" * 12, "他不是一個" + "女兒" * 30 + "。", "Sa" + "qa" * 60 + " and"])
def test_a_loop_without_spaces_is_doubtful(text: str) -> None:
    assert guards.is_doubtful(text, tokens=len(text), seconds=5.0, avg_logprob=-0.1, options=OPTIONS, language="ja")


def test_text_that_the_model_is_unsure_of_is_doubtful() -> None:
    assert guards.is_doubtful("Some words.", tokens=3, seconds=1.0, avg_logprob=-1.2, options=OPTIONS)
    assert not guards.is_doubtful("Some words.", tokens=3, seconds=1.0, avg_logprob=-0.4, options=OPTIONS)


def test_text_is_made_up_only_where_the_model_doubts_both_the_speech_and_the_words() -> None:
    assert guards.is_made_up("Some words.", -1.2, 0.9, OPTIONS)
    assert not guards.is_made_up("Some words.", -0.2, 0.9, OPTIONS)
    assert not guards.is_made_up("Some words.", -1.2, 0.1, OPTIONS)


def test_thanks_are_believed_unless_the_model_doubts_them() -> None:
    assert not guards.is_made_up(" Thank you.", -0.1, 0.1, OPTIONS)
    assert guards.is_made_up(" Thank you.", -0.9, 0.9, OPTIONS)
    assert guards.is_made_up(" Thanks for watching!", -1.1, 0.1, OPTIONS)


def test_subtitle_credits_are_never_believed() -> None:
    assert guards.is_made_up(" Subtitles by the Amara.org community", -0.1, 0.0, OPTIONS)
    assert guards.is_made_up(" Untertitel der Amara.org-Community", -0.1, 0.0, OPTIONS)


class Loads:
    """Replaces loading a model: works on the CPU, and on a GPU unless configured otherwise."""

    def __init__(self, gpu_error: Exception | None = None) -> None:
        self.tried: list[tuple[str, str]] = []
        self.gpu_error = gpu_error

    def __call__(self, device: str, compute_type: str) -> Any:
        self.tried.append((device, compute_type))
        if device == "cuda" and self.gpu_error:
            raise self.gpu_error
        return device


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A GPU reported by the library. Whether a real one computes correctly is not tested here."""
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(tmp_path))
    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 1)
    real = ctranslate2.get_supported_compute_types
    monkeypatch.setattr(
        ctranslate2, "get_supported_compute_types", lambda device: {"float16", "int8"} if device == "cuda" else real(device)
    )


def test_without_a_gpu_the_cpu_is_taken_in_int8() -> None:
    loads = Loads()

    assert load_on_best_device(loads, lambda model: None, OPTIONS) == "cpu"
    assert loads.tried == [("cpu", "int8")]


@pytest.mark.usefixtures("gpu")
def test_a_gpu_that_passes_its_trial_is_taken() -> None:
    assert load_on_best_device(Loads(), lambda model: None, OPTIONS) == "cuda"


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize("where", ["loading", "running"])
def test_a_gpu_that_fails_its_trial_gives_way_to_the_cpu_with_one_line_and_is_not_tried_again(
    where: str, caplog: pytest.LogCaptureFixture
) -> None:
    error = RuntimeError("Library libcublas.so.12 is not found or cannot be loaded")

    def try_out(model: Any) -> None:
        if where == "running":
            raise error

    loads = Loads(error if where == "loading" else None)
    with caplog.at_level(logging.WARNING):
        assert load_on_best_device(loads, try_out, OPTIONS) == "cpu"
    assert [record.getMessage() for record in caplog.records] == [
        "The GPU can't be used (Library libcublas.so.12 is not found or cannot be loaded), so the CPU is used. "
        "To make this permanent: -O device=cpu"
    ]

    again = Loads(error)
    load_on_best_device(again, try_out, OPTIONS)
    assert again.tried == [("cpu", "int8")]


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize("repair", ["another driver", "another library path", "a day later"])
def test_a_gpu_that_failed_its_trial_is_tried_again_after_a_repair(repair: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = tmp_path / "version"
    driver.write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  470.256.02\n")
    monkeypatch.setattr(device, "_DRIVER_VERSION", driver)
    load_on_best_device(Loads(RuntimeError("CUDA driver version is insufficient")), lambda model: None, OPTIONS)

    if repair == "another driver":
        driver.write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.86.10\n")
    elif repair == "another library path":
        monkeypatch.setenv("PATH" if sys.platform == "win32" else "LD_LIBRARY_PATH", str(tmp_path))
    else:
        [verdict] = tmp_path.rglob("gpu-does-not-work.json")
        os.utime(verdict, (yesterday := time.time() - device.VERDICT_HOLDS, yesterday))

    assert load_on_best_device(Loads(), lambda model: None, OPTIONS) == "cuda"


@pytest.mark.usefixtures("gpu")
def test_a_gpu_that_the_user_insists_on_is_no_silent_fall_back() -> None:
    with pytest.raises(ModelError, match="The GPU can't be used: no driver. Use the CPU with: -O device=cpu"):
        load_on_best_device(Loads(RuntimeError("no driver")), lambda model: None, WhisperOptions(device="cuda"))


def test_a_precision_that_the_cpu_lacks_is_named_with_those_it_has() -> None:
    def load(device: str, compute_type: str) -> Any:
        raise ValueError(f"Requested {compute_type} compute type, but the target device or backend do not support efficient it.")

    with pytest.raises(ModelError, match="This cpu can't compute in float16. It can in: .*int8.*Set -O compute_type=auto"):
        load_on_best_device(load, lambda model: None, WhisperOptions(device="cpu", compute_type="float16"))
