"""Choose the device and the precision for a model.

An available GPU doesn't always work: its driver may not match torch, or it may not support bfloat16. So each choice is confirmed by a
trial run, a tiny computation with the kinds of operations that the model uses.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch.nn import functional
from voicebridge import ModelError

from voicebridge_vibevoice.options import LoadingOptions

log = logging.getLogger(__name__)


class Place(NamedTuple):
    """A device and a data type to compute with."""

    device: str
    dtype: torch.dtype

    def __str__(self) -> str:
        return f"{self.device} in {str(self.dtype).removeprefix('torch.')}"


def best_place(options: LoadingOptions) -> Place:
    """The best place that the options allow and where a trial run succeeds.

    Raises:
        ModelError: if there is none.
    """
    reasons: dict[str, str] = {}
    for place in _candidates(options):
        try:
            try_out(place)
        except (RuntimeError, NotImplementedError, AssertionError, TypeError) as error:  # torch without CUDA raises AssertionError
            log.debug("a trial on %s failed: %s", place, error)
            reasons.setdefault(place.device, _first_line(error))
            continue
        chosen = place.device
        for device in (each for each in reasons if each != chosen):
            log.warning(
                "The device %s can't be used (%s), so VibeVoice runs on %s. To make this permanent: -O device=%s",
                device,
                reasons[device],
                chosen,
                chosen,
            )
        return place
    failed = "; ".join(f"{device}: {reason}" for device, reason in reasons.items())
    raise ModelError(f"VibeVoice can't use these settings ({failed}). Use: -O device=auto -O dtype=auto")


def fallback(options: LoadingOptions, failed: Place, error: Exception) -> Place:
    """The place to use after a model failed to load or run on a GPU that was chosen automatically.

    Raises:
        ModelError: if there is no other place.
    """
    if failed.device == "cpu" or options.device != "auto":
        remedy = (
            "It needs more memory: close other programs, or choose a smaller model" if _is_out_of_memory(error) else "Try: -O device=cpu"
        )
        raise ModelError(f"The model can't be loaded on {failed}: {_first_line(error)}. {remedy}.") from error
    log.warning(
        "The model can't be loaded on %s (%s), so the CPU is used. To make this permanent: -O device=cpu", failed, _first_line(error)
    )
    return best_place(options.model_copy(update={"device": "cpu"}))


def try_out(place: Place) -> None:
    """Run a small computation with the model's operations: attention, a matrix product, and the convolution that generates audio.

    Raises:
        RuntimeError: or another of torch's errors, if it fails or the results are not finite.
    """
    # Created on the CPU: a device that can't even hold it fails when it is moved there.
    x = torch.linspace(-1, 1, 256).reshape(1, 1, 16, 16).to(place.device, place.dtype)
    attended = functional.scaled_dot_product_attention(x, x, x)[0]
    sound = functional.conv_transpose1d(attended @ attended.mT, torch.ones(16, 1, 4, device=place.device, dtype=place.dtype), stride=2)
    if not torch.isfinite(sound.float()).all().item():
        raise RuntimeError("its results are not numbers")


def _candidates(options: LoadingOptions) -> Iterator[Place]:
    devices = [device for device in ("cuda", "mps", "cpu") if _is_there(device)] if options.device == "auto" else [options.device]
    # Without float16, unless requested: the language model overflows in it.
    dtypes = [torch.bfloat16, torch.float32] if options.dtype == "auto" else [getattr(torch, options.dtype)]
    for device in devices:
        for dtype in dtypes:
            if device == "cuda" and options.dtype == "auto" and dtype is torch.bfloat16 and not torch.cuda.is_bf16_supported(False):
                continue  # older GPUs emulate it, slower than float32
            yield Place(device, dtype)


def _is_there(device: str) -> bool:
    if device == "cuda":
        return bool(torch.cuda.is_available())
    return device == "cpu" or bool(torch.backends.mps.is_available())


def _is_out_of_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "out of memory" in str(error).lower()


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
