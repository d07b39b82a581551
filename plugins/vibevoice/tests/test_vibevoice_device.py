"""A device and a precision are used only after a trial, and failures are reported in one line."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import torch
from voicebridge import ModelError
from voicebridge_vibevoice import device
from voicebridge_vibevoice.device import Place, best_place, fallback, try_out
from voicebridge_vibevoice.options import LoadingOptions

CPU = Place("cpu", torch.bfloat16)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Simulates a machine with these devices, on which these combinations don't work."""

    def make(*devices: str, broken: tuple[Place, ...] = ()) -> None:
        def trial(place: Place) -> None:
            if place in broken or place.device not in devices:
                raise RuntimeError(f"{place.device} says no.\nIn many words.")

        monkeypatch.setattr(device, "_is_there", lambda name: name in devices)
        monkeypatch.setattr(device, "try_out", trial)
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda *_: True)

    return make


@pytest.mark.parametrize(
    ("devices", "expected"),
    [(("cpu",), "cpu"), (("mps", "cpu"), "mps"), (("cuda", "cpu"), "cuda"), (("cuda", "mps", "cpu"), "cuda")],
)
def test_the_fastest_device_that_is_there_is_taken_in_bfloat16(machine: Any, devices: tuple[str, ...], expected: str) -> None:
    machine(*devices)
    assert best_place(LoadingOptions()) == Place(expected, torch.bfloat16)


def test_without_bfloat16_it_is_float32_on_the_same_device_and_nothing_is_said(machine: Any, caplog: pytest.LogCaptureFixture) -> None:
    machine("mps", "cpu", broken=(Place("mps", torch.bfloat16),))
    assert best_place(LoadingOptions()) == Place("mps", torch.float32)
    assert caplog.text == ""


def test_a_gpu_that_only_imitates_bfloat16_computes_in_float32(machine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    machine("cuda", "cpu")
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda *_: False)
    assert best_place(LoadingOptions()) == Place("cuda", torch.float32)
    assert best_place(LoadingOptions(dtype="bfloat16")) == Place("cuda", torch.bfloat16)


def test_a_gpu_that_fails_its_trial_is_left_with_one_clear_line(machine: Any, caplog: pytest.LogCaptureFixture) -> None:
    machine("cuda", "cpu", broken=(Place("cuda", torch.bfloat16), Place("cuda", torch.float32)))
    assert best_place(LoadingOptions()) == CPU
    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert record.getMessage() == (
        "The device cuda can't be used (cuda says no), so VibeVoice runs on cpu. To make this permanent: -O device=cpu"
    )


def test_a_device_that_was_asked_for_is_not_replaced(machine: Any) -> None:
    machine("cpu")
    with pytest.raises(ModelError, match=r"cuda: cuda says no\)\. Use: -O device=auto") as caught:
        best_place(LoadingOptions(device="cuda"))
    assert "\n" not in str(caught.value)


def test_a_model_too_large_for_a_gpu_goes_to_the_cpu_unless_the_gpu_was_asked_for(machine: Any, caplog: pytest.LogCaptureFixture) -> None:
    machine("cuda", "cpu")
    gpu, full = Place("cuda", torch.bfloat16), torch.OutOfMemoryError("CUDA out of memory. Tried to allocate")
    assert fallback(LoadingOptions(), gpu, full) == CPU
    assert "can't be loaded on cuda in bfloat16 (CUDA out of memory" in caplog.text
    with pytest.raises(ModelError, match="more memory: close other programs"):
        fallback(LoadingOptions(device="cuda"), gpu, full)
    with pytest.raises(ModelError, match=r"driver too old\. Try: -O device=cpu"):
        fallback(LoadingOptions(device="cuda"), gpu, RuntimeError("driver too old"))
    with pytest.raises(ModelError, match="choose a smaller model"):
        fallback(LoadingOptions(), CPU, MemoryError())


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_the_trial_really_computes(dtype: torch.dtype) -> None:
    try_out(Place("cpu", dtype))


def test_the_trial_notices_results_that_are_no_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.nn.functional, "scaled_dot_product_attention", lambda x, *_: x * torch.nan)
    with pytest.raises(RuntimeError, match="not numbers"):
        try_out(Place("cpu", torch.float32))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_torch_without_cuda_is_one_clear_line() -> None:
    with pytest.raises(ModelError, match="cuda: .*-O device=auto"):
        best_place(LoadingOptions(device="cuda"))
