"""From a voice's two files to a voice that speaks; what is damaged or no voice at all is refused in one line."""

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

onnxruntime.disable_telemetry_events()  # older builds for Windows, which log to the system, know no environment variable for it

_INPUTS = {"input", "input_lengths", "scales"}
_LANGUAGES = {"cmn": "zh", "nb": "no"}  # what espeak-ng calls otherwise than ISO 639-1 or Piper's own names do


@dataclass(frozen=True, slots=True)
class LoadedVoice:
    """A voice in memory; several readings may use it at once."""

    piper: PiperVoice
    language: str
    """ISO 639-1 code."""
    speakers: dict[str, int]
    """The speakers' numbers by name, of a voice that has several."""


def load(files: VoiceFiles, threads: int) -> LoadedVoice:
    """Load a voice.

    Args:
        files: where it is.
        threads: CPU threads to compute with; 0 is one for each core.

    Raises:
        ModelError: when one of the files is damaged, or they are no Piper voice.
    """
    settings = _settings(files.config)
    try:
        config = PiperConfig.from_dict(settings)
        language = (settings.get("language") or {}).get("family") or config.espeak_voice.partition("-")[0]
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(
            f"{files.config} doesn't describe a Piper voice ({brief(error)}). Take the .onnx.json that belongs to the voice."
        ) from error
    voice = PiperVoice(session=_session(files.onnx, threads, config.num_speakers), config=config)
    return LoadedVoice(voice, _LANGUAGES.get(language, language), dict(config.speaker_id_map))


def _settings(path: Path) -> dict[str, Any]:
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path} can't be read: {error.strerror or error}.") from error
    except ValueError as error:  # not JSON, or not even text
        raise ModelError(f"{path} is damaged: {' '.join(str(error).split())}. Fetch the voice anew.") from error
    return settings if isinstance(settings, dict) else {}


def _session(path: Path, threads: int, speakers: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # More optimizing takes as long again as loading does, and speaks no faster. Threads that spin while they wait take the processor from
    # whatever else runs on it, playing for one.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_mem_pattern = False  # plans memory for inputs of one length; no two sentences have the same, and it takes a third more
    options.log_severity_level = 4  # what goes wrong is raised; its warnings about a model are of no use to who listens
    try:
        session = onnxruntime.InferenceSession(str(path), sess_options=options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no base class of their own
        reason = " ".join(str(error).split()).rpartition(" : ")[2].rstrip(".")
        raise ModelError(f"{path} is damaged or no ONNX model: {reason}. Fetch the voice anew.") from error
    inputs = {each.name for each in session.get_inputs()}
    if missing := (_INPUTS | ({"sid"} if speakers > 1 else set())) - inputs:
        raise ModelError(f"{path} is an ONNX model but no Piper voice: it has no input {', '.join(sorted(missing))}. Give another file.")
    return session
