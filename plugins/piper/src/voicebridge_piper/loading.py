"""Load a voice from its two files; damaged and invalid files are rejected with a one-line message."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnxruntime
from piper import PiperConfig, PiperVoice
from voicebridge import ModelError
from voicebridge.errors import brief

from voicebridge_piper.weights.files import VoiceFiles

onnxruntime.disable_telemetry_events()  # older Windows builds, which log to the system, don't support the environment variable

_INPUTS = {"input", "input_lengths", "scales"}
_LANGUAGES = {"cmn": "zh", "nb": "no"}  # names of espeak-ng that differ from ISO 639-1 or Piper's names


@dataclass(frozen=True, slots=True)
class LoadedVoice:
    """A voice in memory; several readings may use it at once."""

    piper: PiperVoice
    language: str
    """ISO 639-1 code."""
    speakers: dict[str, int]
    """The speakers' numbers by name, if the voice has several."""


def load(files: VoiceFiles, threads: int) -> LoadedVoice:
    """Load a voice.

    Args:
        files: the files of the voice.
        threads: the number of CPU threads; 0 means one per core.

    Raises:
        ModelError: if a file is damaged, or they are not a Piper voice.
    """
    settings = _settings(files.config)
    try:
        config = PiperConfig.from_dict(settings)
        language = (settings.get("language") or {}).get("family") or config.espeak_voice.partition("-")[0]
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(
            f"{files.config} doesn't describe a Piper voice ({brief(error)}). Use the .onnx.json that belongs to the voice."
        ) from error
    voice = PiperVoice(session=_session(files.onnx, threads, config.num_speakers), config=config)
    return LoadedVoice(voice, _LANGUAGES.get(language, language), dict(config.speaker_id_map))


def _settings(path: Path) -> dict[str, Any]:
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path} can't be read: {error.strerror or error}.") from error
    except ValueError as error:  # not JSON, or not text
        raise ModelError(f"{path} is damaged: {' '.join(str(error).split())}. Download the voice again.") from error
    return settings if isinstance(settings, dict) else {}


def _session(path: Path, threads: int, speakers: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # More optimisation doubles the loading time, without making speech faster. Threads that spin while waiting take CPU time from other
    # programs, such as the one that plays the audio.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_mem_pattern = False  # it plans memory for inputs of one length; sentences differ in length, and it takes a third more
    options.log_severity_level = 4  # errors are raised; its warnings about a model don't help users
    try:
        session = onnxruntime.InferenceSession(str(path), sess_options=options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no common base class
        reason = " ".join(str(error).split()).rpartition(" : ")[2].rstrip(".")
        raise ModelError(f"{path} is damaged or not an ONNX model: {reason}. Download the voice again.") from error
    inputs = {each.name for each in session.get_inputs()}
    if missing := (_INPUTS | ({"sid"} if speakers > 1 else set())) - inputs:
        raise ModelError(f"{path} is an ONNX model but not a Piper voice: it has no input {', '.join(sorted(missing))}. Give another file.")
    return session
