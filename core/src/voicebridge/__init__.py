"""VoiceBridge: local speech to text and text to speech.

Plugins use the names of the plugin API; Python programs use :func:`transcribe` and related functions. Everything is imported on first use,
so that importing this module in a plugin is cheap. Importing it turns off the telemetry of the engines' libraries
(:mod:`voicebridge.telemetry`).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from voicebridge.telemetry import switch_off as _switch_telemetry_off

if TYPE_CHECKING:
    from voicebridge.api.stt import SttModel, load_model, stream, transcribe
    from voicebridge.api.transcript import Transcript
    from voicebridge.api.tts import TtsModel, load_voice, save_speech, speak
    from voicebridge.api.worker import SttWorker
    from voicebridge.blocks import Block, Document, DocumentSource
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
        UnavailableError,
        UnknownNameError,
        UsageError,
        VoiceBridgeError,
        WeightsNotFoundError,
    )
    from voicebridge.extension_ports import Event, Finding, TextContext, Turn
    from voicebridge.extensions import (
        CheckSpec,
        DaemonPartSpec,
        DiarizerSpec,
        DocumentReaderSpec,
        ExecutorSpec,
        FormatSpec,
        ListenerSpec,
        SettingsSpec,
        TextFilterSpec,
    )
    from voicebridge.hookspecs import API_VERSION, hookimpl
    from voicebridge.host import Host
    from voicebridge.jobs import Receipt, SttJob
    from voicebridge.options import EngineOptions
    from voicebridge.ports import Device, SpeechToText, TextToSpeech, WeightsPlace, WeightsStore, Window
    from voicebridge.specs import CommandSpec, ServiceSpec, SttSpec, TtsSpec
    from voicebridge.speech import AudioChunk, Line, Segment, SttRequest, TranscriptInfo, TtsRequest, Voice, Word

_switch_telemetry_off()  # before any engine library is loaded, because the libraries read the variables on loading

_HOMES = {
    "api.stt": ("SttModel", "load_model", "stream", "transcribe"),
    "api.transcript": ("Transcript",),
    "api.worker": ("SttWorker",),
    "api.tts": ("TtsModel", "load_voice", "save_speech", "speak"),
    "blocks": ("Block", "Document", "DocumentSource"),
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
        "UnavailableError",
        "UnknownNameError",
        "UsageError",
        "VoiceBridgeError",
        "WeightsNotFoundError",
    ),
    "extension_ports": ("Event", "Finding", "TextContext", "Turn"),
    "extensions": (
        "CheckSpec",
        "DaemonPartSpec",
        "DiarizerSpec",
        "DocumentReaderSpec",
        "ExecutorSpec",
        "FormatSpec",
        "ListenerSpec",
        "SettingsSpec",
        "TextFilterSpec",
    ),
    "host": ("Host",),
    "jobs": ("Receipt", "SttJob"),
    "hookspecs": ("API_VERSION", "hookimpl"),
    "options": ("EngineOptions",),
    "ports": ("Device", "SpeechToText", "TextToSpeech", "WeightsPlace", "WeightsStore", "Window"),
    "specs": ("CommandSpec", "ServiceSpec", "SttSpec", "TtsSpec"),
    "speech": ("AudioChunk", "Line", "Segment", "SttRequest", "TranscriptInfo", "TtsRequest", "Voice", "Word"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names} | {"Unavailable": "errors"}  # as it was called before

__version__ = "0.1.0"
__all__ = [
    "API_VERSION",
    "AmbiguousNameError",
    "AudioChunk",
    "Block",
    "CheckSpec",
    "CommandSpec",
    "ConfigError",
    "DaemonPartSpec",
    "Device",
    "DiarizerSpec",
    "Document",
    "DocumentReaderSpec",
    "DocumentSource",
    "DownloadError",
    "EngineOptions",
    "Event",
    "ExecutorSpec",
    "Finding",
    "FormatSpec",
    "Host",
    "InputError",
    "Line",
    "ListenerSpec",
    "ModelError",
    "NotSupportedError",
    "OptionError",
    "OutputError",
    "PartlyInsertedError",
    "PluginError",
    "Receipt",
    "Segment",
    "ServiceSpec",
    "SettingsSpec",
    "SpeechToText",
    "SttJob",
    "SttModel",
    "SttRequest",
    "SttSpec",
    "SttWorker",
    "TextContext",
    "TextFilterSpec",
    "TextToSpeech",
    "Transcript",
    "TranscriptInfo",
    "TtsModel",
    "TtsRequest",
    "TtsSpec",
    "Turn",
    "UnavailableError",
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
    "save_speech",
    "speak",
    "stream",
    "transcribe",
]


if not TYPE_CHECKING:  # or type checkers would accept every name

    def __getattr__(name: str) -> Any:
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
