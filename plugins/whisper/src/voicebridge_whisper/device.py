"""Chooses where a model runs.

The commonest fault reported of faster-whisper is a CUDA or cuDNN that is there but doesn't work, so a GPU is believed only after a
trial run, and a bad verdict is remembered.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import ctranslate2
import psutil
from voicebridge import ModelError, paths

from voicebridge_whisper.failures import first_line, while_loading
from voicebridge_whisper.options import WhisperOptions

log = logging.getLogger(__name__)

Loader = Callable[[str, str], Any]
"""Loads the model on (device, compute type)."""


class Share(NamedTuple):
    """How a machine is shared out."""

    workers: int
    """Batches decoded at the same time."""
    threads: int
    """Processor threads of each."""


MAX_WORKERS = 4
"""More of them save little time and cost memory."""


def share_of(device: str, options: WhisperOptions) -> Share:
    """How many workers and threads do the work.

    One decoding leaves all but the first of its threads idle for most of the time, so a worker for each core is faster than all
    cores for one worker: by 1.4 on two cores. Threads only share out the cores that are left.
    """
    if device != "cpu":
        return Share(options.workers or 1, options.threads)
    cores = _cores()
    workers = options.workers or max(1, min(MAX_WORKERS, cores // max(1, options.threads)))
    return Share(workers, options.threads or max(1, cores // workers))


def _cores() -> int:
    # Real ones, as far as this process may use them: two threads on one core get in each other's way here.
    physical = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else physical
    return min(physical, allowed)


def load_on_best_device(load: Loader, try_out: Callable[[Any], None], options: WhisperOptions) -> Any:
    """Load on the device that the options name, or on the best that works.

    Args:
        load: loads the model on a device with a compute type.
        try_out: runs something small on a loaded model and raises when it can't.
        options: ``device`` and ``compute_type`` are read.

    Raises:
        ModelError: when the model can't be loaded where the user wants it.
    """
    if options.device == "auto" and _gpu_is_believed_good():
        try:
            model = load("cuda", _compute_type("cuda", options))
            try_out(model)
        except (RuntimeError, ValueError, OSError) as error:
            _remember_bad_gpu(str(error))
            log.warning("The GPU can't be used (%s), so the CPU does the work. Say so for good with: -O device=cpu", first_line(error))
        else:
            return model
    device = "cuda" if options.device == "cuda" else "cpu"
    try:
        return load(device, _compute_type(device, options))
    except (RuntimeError, ValueError, OSError, MemoryError) as error:
        raise ModelError(_explain(device, options, error)) from error


def _compute_type(device: str, options: WhisperOptions) -> str:
    if options.compute_type != "auto":
        return options.compute_type
    supported = ctranslate2.get_supported_compute_types(device)
    preferred = ("float16", "int8_float16", "int8", "float32") if device == "cuda" else ("int8", "float32")
    return next(each for each in preferred if each in supported)


def _gpu_is_believed_good() -> bool:
    if ctranslate2.get_cuda_device_count() == 0:
        return False
    try:
        verdict = json.loads(_verdict_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return True
    return bool(verdict != _fingerprint())


def _remember_bad_gpu(reason: str) -> None:
    log.debug("trial run on the GPU failed: %s", reason)
    try:
        _verdict_file().parent.mkdir(parents=True, exist_ok=True)
        _verdict_file().write_text(json.dumps(_fingerprint()), encoding="utf-8")
    except OSError:
        log.debug("the verdict on the GPU can't be remembered", exc_info=True)


def _verdict_file() -> Path:
    return paths.cache_dir() / "whisper" / "gpu-does-not-work.json"


def _fingerprint() -> dict[str, object]:
    # The verdict holds until the library or the number of GPUs changes.
    return {"ctranslate2": ctranslate2.__version__, "gpus": ctranslate2.get_cuda_device_count()}


def _explain(device: str, options: WhisperOptions, error: BaseException) -> str:
    if "compute type" in str(error):
        able = ", ".join(sorted(ctranslate2.get_supported_compute_types(device)))
        return f"This {device} can't compute in {options.compute_type}. It can in: {able}. Set -O compute_type=auto."
    if device == "cuda":
        return f"The GPU can't be used: {first_line(error)}. Use the CPU with: -O device=cpu"
    return while_loading(error)
