"""Conformance tests for plugins.

A model plugin runs them all with one class in its own tests, and plain ``pytest``::

    from voicebridge.testing import SttContract

    class TestAcme(SttContract):  # TtsContract for a text-to-speech model
        model = "acme/tiny"

The plugin has to be installed (``pip install -e .``), because it is found like in VoiceBridge. If an engine has to deviate from a rule,
override the test and mark it ``@pytest.mark.xfail(reason="…")``.

The rules are also available as functions on plain values (:mod:`voicebridge.testing.faults`). Needs pytest: ``pip install
"voicebridge-core[testing]"``.
"""

from voicebridge.testing.check import CheckContract
from voicebridge.testing.command import CommandContract
from voicebridge.testing.daemon_part import DaemonPartContract
from voicebridge.testing.desktop_services import AutostartContract, ClipboardContract, CursorContract, FocusContract
from voicebridge.testing.diarizer import DiarizerContract
from voicebridge.testing.executor import ExecutorContract
from voicebridge.testing.faults import (
    chunk_faults,
    descriptor_faults,
    draft_faults,
    option_faults,
    place_faults,
    segment_faults,
    speech_faults,
    word_faults,
)
from voicebridge.testing.formats import TranscriptFormatContract
from voicebridge.testing.imports import foreign_imports
from voicebridge.testing.key_services import HotkeysContract, InserterContract, PressesContract
from voicebridge.testing.listener import ListenerContract
from voicebridge.testing.model import Loaded, ModelContract
from voicebridge.testing.notifiers import LastingNotifierContract, NotifierContract
from voicebridge.testing.readers import DocumentReaderContract
from voicebridge.testing.service import ServiceContract
from voicebridge.testing.settings import SettingsContract
from voicebridge.testing.sound_services import MicrophoneContract, SpeakerContract
from voicebridge.testing.sounds import FOX, STELLA, Sample, WatchedAudio, WatchedText, in_chunks, joined
from voicebridge.testing.stt import SttContract
from voicebridge.testing.text_filter import TextFilterContract
from voicebridge.testing.tts import TtsContract

__all__ = [
    "FOX",
    "STELLA",
    "AutostartContract",
    "CheckContract",
    "ClipboardContract",
    "CommandContract",
    "CursorContract",
    "DaemonPartContract",
    "DiarizerContract",
    "DocumentReaderContract",
    "ExecutorContract",
    "FocusContract",
    "HotkeysContract",
    "InserterContract",
    "LastingNotifierContract",
    "ListenerContract",
    "Loaded",
    "MicrophoneContract",
    "ModelContract",
    "NotifierContract",
    "PressesContract",
    "Sample",
    "ServiceContract",
    "SettingsContract",
    "SpeakerContract",
    "SttContract",
    "TextFilterContract",
    "TranscriptFormatContract",
    "TtsContract",
    "WatchedAudio",
    "WatchedText",
    "chunk_faults",
    "descriptor_faults",
    "draft_faults",
    "foreign_imports",
    "in_chunks",
    "joined",
    "option_faults",
    "place_faults",
    "segment_faults",
    "speech_faults",
    "word_faults",
]
