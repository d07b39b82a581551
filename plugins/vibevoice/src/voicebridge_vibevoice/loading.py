"""Load a checkpoint from a folder onto a device, with its processor."""

from __future__ import annotations

import gc
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers.utils import logging as transformers_logging
from voicebridge import ModelError

from voicebridge_vibevoice.device import Place, best_place, fallback
from voicebridge_vibevoice.options import LoadingOptions
from voicebridge_vibevoice.weights import folders

log = logging.getLogger(__name__)
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # otherwise tokenizers warns about forks

SLOWNESS = 11 / 2.7e9
"""Seconds of CPU time per second of speech and parameter: 11 for the 2.7 billion parameters of 1.5b, on two cores in bfloat16."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A loaded model."""

    model: Any
    processor: Any
    place: Place


def load(folder: Path, kind: str, model_class: str, processor_class: str, options: LoadingOptions) -> Loaded:
    """Load the model in a folder.

    Args:
        folder: a checkpoint in transformers' layout.
        kind: the required ``model_type`` in its config.json.
        model_class: the name of the model's class in transformers.
        processor_class: the name of the processor's class.
        options: ``device``, ``dtype`` and ``threads`` are used.

    Raises:
        ModelError: if it can't be loaded, with a remedy.
    """
    if flaw := folders.flaw(folder, kind):
        raise ModelError(f"No VibeVoice model of the right kind can be loaded from {folder}: {flaw}.")
    if options.threads:
        torch.set_num_threads(options.threads)
    with quietly():
        try:
            processor = getattr(transformers, processor_class).from_pretrained(folder, local_files_only=True)
        except Exception as error:  # a damaged file causes various errors
            raise _unloadable(folder, error) from error
        place = best_place(options)
        while True:
            try:
                model = _load_on(folder, getattr(transformers, model_class), place)
                break
            except (RuntimeError, MemoryError) as error:
                gc.collect()
                place = fallback(options, place, error)
    log.info("%s runs on %s, %.2g billion parameters", folder.name, place, model.num_parameters() / 1e9)
    return Loaded(model, processor, place)


def slowness(loaded: Loaded) -> float:
    """The model's approximate real-time factor on a CPU; 0 on faster devices."""
    return SLOWNESS * loaded.model.num_parameters() if loaded.place.device == "cpu" else 0.0


def explain_failure(error: Exception, smaller: str) -> ModelError:
    """The error for a model that failed while running; ``smaller`` explains how to reduce its memory usage."""
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
    if isinstance(error, MemoryError) or "memory" in str(error).lower():
        return ModelError(f"VibeVoice ran out of memory: {reason}. {smaller}.")
    return ModelError(f"VibeVoice failed: {reason}. Try another precision (-O dtype=float32) or device (-O device=cpu).")


def _load_on(folder: Path, model_class: Any, place: Place) -> Any:
    try:
        model, info = model_class.from_pretrained(
            folder, dtype=place.dtype, local_files_only=True, use_safetensors=True, output_loading_info=True
        )
    except MemoryError:
        raise
    except Exception as error:
        if "memory" in str(error).lower():
            raise
        raise _unloadable(folder, error) from error
    wrong = [*info.get("missing_keys", ()), *info.get("mismatched_keys", ())]
    if wrong:  # transformers replaces these by random numbers
        raise ModelError(
            f"The weights in {folder} are incomplete: {len(wrong)} parts are missing or have the wrong shape. Download them again."
        )
    return model.to(place.device).eval()


def _unloadable(folder: Path, error: Exception) -> ModelError:
    reason = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
    return ModelError(f"The model in {folder} can't be loaded: {reason}. Copy it again, or: voicebridge models remove, then download")


@contextmanager
def quietly() -> Iterator[None]:
    """Suppress progress bars of transformers and diffusers, and warnings for developers on standard error."""
    level, bars = transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            for category in (DeprecationWarning, FutureWarning):
                warnings.simplefilter("ignore", category)
            yield
    finally:
        transformers_logging.set_verbosity(level)
        if bars:
            transformers_logging.enable_progress_bar()
