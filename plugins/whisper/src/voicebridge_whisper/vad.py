"""Streaming voice activity detection: Silero's network (MIT, included in faster-whisper) with its state kept between calls.

faster-whisper's own wrapper starts from scratch at every call, so it needs the whole recording at once. The network is recurrent and
doesn't; fed in blocks, it gives the same probabilities, which a test compares with the wrapper. Source:
https://github.com/snakers4/silero-vad.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from faster_whisper.utils import get_assets_path

onnxruntime.disable_telemetry_events()  # older Windows builds, which log to the system, don't support the environment variable

_CONTEXT = 64
"""Samples of the previous frame that the network receives with each frame."""


class SpeechProbability:
    """Computes the speech probability of each frame of a recording."""

    def __init__(self) -> None:
        self._session = _network()
        self._state = [np.zeros((1, 1, 128), np.float32), np.zeros((1, 1, 128), np.float32)]
        self._context = np.zeros(_CONTEXT, np.float32)

    def __call__(self, frames: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Probabilities ``float32[k]`` of the next ``float32[k, FRAME]`` frames."""
        if not len(frames):
            return np.zeros(0, np.float32)
        before = np.vstack([self._context, frames[:-1, -_CONTEXT:]])
        self._context = frames[-1, -_CONTEXT:].copy()
        inputs = {"input": np.hstack([before, frames]), "h": self._state[0], "c": self._state[1]}
        output, *self._state = self._session.run(None, inputs)
        return np.asarray(output, np.float32).reshape(-1)


@lru_cache(maxsize=1)
def _network() -> Any:
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    model = Path(get_assets_path()) / "silero_vad_v6.onnx"
    return onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"], sess_options=options)
