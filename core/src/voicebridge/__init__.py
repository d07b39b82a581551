"""VoiceBridge: voice into text and text into voice, on the user's own machine.

Writing a plugin takes the names of the contract; using VoiceBridge from Python takes :func:`transcribe` and its kin. Everything is
imported on first use, so that a plugin's module costs next to nothing to import. Importing it switches off the telemetry of engines'
libraries (:mod:`voicebridge.telemetry`).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from voicebridge.telemetry import switch_off as _switch_telemetry_off

if TYPE_CHECKING:
    from voicebridge.api.stt import SttModel, load_model, stream, transcribe
    from voicebridge.api.tts import TtsModel, load_voice, speak
    from voicebridge.errors import (
        AmbiguousNameError,
        ConfigError,
        DownloadError,
        InputError,
        ModelError,
        NotSupportedError,
        OptionError,
        OutputError,
        PartlyInsertedError,
        PluginError,
        Unavailable,
        UnknownNameError,
        UsageError,
        VoiceBridgeError,
        WeightsNotFoundError,
    )
    from voicebridge.hookspecs import API_VERSION, hookimpl
    from voicebridge.options import EngineOptions
    from voicebridge.ports import Device, SpeechToText, TextToSpeech, WeightsPlace, WeightsStore, Window
    from voicebridge.specs import CommandSpec, ServiceSpec, SttSpec, TtsSpec
    from voicebridge.speech import AudioChunk, Line, Segment, SttRequest, Transcript, TtsRequest, Voice, Word

_switch_telemetry_off()  # before any library of an engine is loaded, which is when they look

_HOMES = {
    "api.stt": ("SttModel", "load_model", "stream", "transcribe"),
    "api.tts": ("TtsModel", "load_voice", "speak"),
    "errors": (
        "AmbiguousNameError",
        "ConfigError",
        "DownloadError",
        "InputError",
        "ModelError",
        "NotSupportedError",
        "OptionError",
        "OutputError",
        "PartlyInsertedError",
        "PluginError",
        "Unavailable",
        "UnknownNameError",
        "UsageError",
        "VoiceBridgeError",
        "WeightsNotFoundError",
    ),
    "hookspecs": ("API_VERSION", "hookimpl"),
    "options": ("EngineOptions",),
    "ports": ("Device", "SpeechToText", "TextToSpeech", "WeightsPlace", "WeightsStore", "Window"),
    "specs": ("CommandSpec", "ServiceSpec", "SttSpec", "TtsSpec"),
    "speech": ("AudioChunk", "Line", "Segment", "SttRequest", "Transcript", "TtsRequest", "Voice", "Word"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__version__ = "0.1.0"
__all__ = [
    "API_VERSION",
    "AmbiguousNameError",
    "AudioChunk",
    "CommandSpec",
    "ConfigError",
    "Device",
    "DownloadError",
    "EngineOptions",
    "InputError",
    "Line",
    "ModelError",
    "NotSupportedError",
    "OptionError",
    "OutputError",
    "PartlyInsertedError",
    "PluginError",
    "Segment",
    "ServiceSpec",
    "SpeechToText",
    "SttModel",
    "SttRequest",
    "SttSpec",
    "TextToSpeech",
    "Transcript",
    "TtsModel",
    "TtsRequest",
    "TtsSpec",
    "Unavailable",
    "UnknownNameError",
    "UsageError",
    "Voice",
    "VoiceBridgeError",
    "WeightsNotFoundError",
    "WeightsPlace",
    "WeightsStore",
    "Window",
    "Word",
    "hookimpl",
    "load_model",
    "load_voice",
    "speak",
    "stream",
    "transcribe",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
