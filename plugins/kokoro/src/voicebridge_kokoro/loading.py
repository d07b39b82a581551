"""Load a model from its two files; damaged and invalid files are rejected with a one-line message."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import onnxruntime
from voicebridge import ModelError
from voicebridge.errors import brief
from voicebridge.installing import remedy

from voicebridge_kokoro.weights.files import KokoroFiles

if TYPE_CHECKING:
    from kokoro_onnx import Kokoro

onnxruntime.disable_telemetry_events()  # older Windows builds, which log to the system, don't support the environment variable

_INPUTS = {"style", "speed"}


def load(files: KokoroFiles, threads: int) -> Kokoro:
    """Load a model.

    Args:
        files: its files.
        threads: the number of CPU threads; 0 means one per core.

    Raises:
        ModelError: if a file is damaged, or they are not a Kokoro model, or kokoro-onnx is missing.
    """
    try:
        from kokoro_onnx import Kokoro
    except ImportError as error:
        if sys.version_info >= (3, 14):
            raise ModelError(
                "kokoro-onnx doesn't support this version of Python. Use Python 3.13, or a voice of another plugin."
            ) from error
        raise ModelError(f"kokoro-onnx can't be imported: {brief(error)}. Install it: {remedy('kokoro-onnx')}") from error
    _quieten()
    session = _session(files, threads)
    try:
        kokoro: Kokoro = Kokoro.from_session(session, str(files.voices))
        names = kokoro.get_voices()
    except Exception as error:
        raise ModelError(f"{files.voices} is damaged or not a file of Kokoro voices: {brief(error)}. Download it again.") from error
    if not names:
        raise ModelError(f"{files.voices} contains no voice. Download it again.")
    return kokoro


def _quieten() -> None:
    """Undo what importing kokoro-onnx does to logging: it prints to standard error, and with ``LOG_LEVEL=DEBUG`` every text."""
    theirs = logging.getLogger("kokoro_onnx")
    theirs.handlers.clear()
    theirs.setLevel(logging.WARNING)


def _session(files: KokoroFiles, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # More optimisation takes twice as long to load, without making speech faster. Threads that spin while waiting take CPU time from other
    # programs, such as the one that plays the audio.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_mem_pattern = False  # it plans memory for inputs of one length; sentences differ in length
    options.log_severity_level = 4  # errors are raised; its warnings about a model don't help users
    try:
        session = onnxruntime.InferenceSession(str(files.onnx), sess_options=options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no common base class
        reason = " ".join(str(error).split()).rpartition(" : ")[2].rstrip(".")
        raise ModelError(f"{files.onnx} is damaged or not an ONNX model: {reason}. Download it again.") from error
    if missing := _INPUTS - {each.name for each in session.get_inputs()}:
        raise ModelError(f"{files.onnx} is an ONNX model but not Kokoro: it has no input {', '.join(sorted(missing))}. Give another file.")
    return session
