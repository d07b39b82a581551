"""Choose the device for a model.

The most frequently reported problem of faster-whisper is a CUDA or cuDNN installation that doesn't work, so a GPU is used only after a
successful trial run. A failure is remembered for a day, or until something that a repair changes has changed.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import ctranslate2
import psutil
from voicebridge import ModelError, paths

from voicebridge_whisper.failures import first_line, while_loading
from voicebridge_whisper.options import WhisperOptions

log = logging.getLogger(__name__)

VERDICT_HOLDS = 24 * 3600.0
"""Seconds for which a GPU that failed is not tried again, so that a repair without visible changes takes effect too."""

_DRIVER_VERSION = Path("/proc/driver/nvidia/version")

Loader = Callable[[str, str], Any]
"""Loads the model on (device, compute type)."""


class Share(NamedTuple):
    """How a machine's cores are used."""

    workers: int
    """Batches decoded in parallel."""
    threads: int
    """CPU threads per worker."""


MAX_WORKERS = 4
"""More of them save little time and take memory."""


def share_of(device: str, options: WhisperOptions) -> Share:
    """The number of workers and threads.

    During decoding, all threads but the first are idle most of the time, so a worker per core is faster than all cores for one worker: by
    1.4 on two cores. Threads only use the cores that are left.
    """
    if device != "cpu":
        return Share(options.workers or 1, options.threads)
    cores = _cores()
    workers = options.workers or max(1, min(MAX_WORKERS, cores // max(1, options.threads)))
    return Share(workers, options.threads or max(1, cores // workers))


def _cores() -> int:
    # Physical cores available to this process: two threads on one core slow each other down here.
    physical = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else physical
    return min(physical, allowed)


def load_on_best_device(load: Loader, try_out: Callable[[Any], None], options: WhisperOptions) -> Any:
    """Load on the device in the options, or on the best that works.

    Args:
        load: loads the model on a device with a compute type.
        try_out: runs a small job on a loaded model and raises if it fails.
        options: ``device`` and ``compute_type`` are used.

    Raises:
        ModelError: if the model can't be loaded on the requested device.
    """
    if options.device == "auto" and _gpu_is_believed_good():
        try:
            model = load("cuda", _compute_type("cuda", options))
            try_out(model)
        except (RuntimeError, ValueError, OSError) as error:
            _remember_bad_gpu(str(error))
            log.warning("The GPU can't be used (%s), so the CPU is used. To make this permanent: -O device=cpu", first_line(error))
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
        age = time.time() - _verdict_file().stat().st_mtime
        verdict = json.loads(_verdict_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return True
    return not 0 <= age < VERDICT_HOLDS or bool(verdict != _fingerprint())


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
    # What a repair changes, as far as it can be read quickly: a library from the system's packages is not detected.
    return {
        "ctranslate2": ctranslate2.__version__,
        "gpus": ctranslate2.get_cuda_device_count(),
        "driver": _driver(),
        "libraries": os.environ.get("PATH" if sys.platform == "win32" else "LD_LIBRARY_PATH", ""),
    }


def _driver() -> str:
    try:
        return _DRIVER_VERSION.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _explain(device: str, options: WhisperOptions, error: BaseException) -> str:
    if "compute type" in str(error):
        able = ", ".join(sorted(ctranslate2.get_supported_compute_types(device)))
        return f"This {device} can't compute in {options.compute_type}. It can in: {able}. Set -O compute_type=auto."
    if device == "cuda":
        return f"The GPU can't be used: {first_line(error)}. Use the CPU with: -O device=cpu"
    return while_loading(error)
