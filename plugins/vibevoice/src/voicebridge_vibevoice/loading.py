"""Loading a checkpoint: from a folder of weights to a model and its processor on the device of choice."""

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

SLOWNESS = 11 / 2.7e9
"""Seconds that a CPU takes for a second of speech, for each parameter: 11 for the 2.7 billion of 1.5b, on two cores in bfloat16."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model that is ready to run."""

    model: Any
    processor: Any
    place: Place


def load(folder: Path, kind: str, model_class: str, processor_class: str, options: LoadingOptions) -> Loaded:
    """Load the model that a folder holds.

    Args:
        folder: a checkpoint in transformers' layout.
        kind: what its config.json has to say in ``model_type``.
        model_class: the name of the model's class in transformers.
        processor_class: likewise, of its processor's.
        options: ``device`` and ``dtype`` are read.

    Raises:
        ModelError: when it can't be loaded, with what to do about it.
    """
    if flaw := folders.flaw(folder, kind):
        raise ModelError(f"No VibeVoice model of the right kind can be loaded from {folder}: {flaw}.")
    if options.threads:
        torch.set_num_threads(options.threads)
    with quietly():
        try:
            processor = getattr(transformers, processor_class).from_pretrained(folder, local_files_only=True)
        except Exception as error:  # a damaged file shows itself in many ways
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
    """About how many times as long as the speech lasts the model takes on a CPU; 0 on anything faster."""
    return SLOWNESS * loaded.model.num_parameters() if loaded.place.device == "cpu" else 0.0


def explain_failure(error: Exception, smaller: str) -> ModelError:
    """The error for a model that failed while it ran; ``smaller`` says how it would need less memory."""
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
    if wrong:  # which transformers makes up for with random numbers
        raise ModelError(f"The weights in {folder} are not whole: {len(wrong)} of their parts are missing or misshapen. Fetch them again.")
    return model.to(place.device).eval()


def _unloadable(folder: Path, error: Exception) -> ModelError:
    reason = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
    return ModelError(f"The model in {folder} can't be loaded: {reason}. Copy it again, or: voicebridge models remove, then download")


@contextmanager
def quietly() -> Iterator[None]:
    """Keep transformers and diffusers from drawing bars and from telling users, on standard error, what is meant for their developers."""
    level, bars = transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # it warns of forks otherwise
    try:
        with warnings.catch_warnings():
            for category in (DeprecationWarning, FutureWarning):
                warnings.simplefilter("ignore", category)
            yield
    finally:
        transformers_logging.set_verbosity(level)
        if bars:
            transformers_logging.enable_progress_bar()
