"""The conformance kit: every rule that a plugin must keep, as tests that a plugin runs against itself.

A model plugin gets them all with one class in its own tests, and plain ``pytest`` runs them::

    from voicebridge.testing import SttContract

    class TestAcme(SttContract):  # TtsContract for a model that speaks
        model = "acme/tiny"

The plugin has to be installed (``pip install -e .`` will do): the kit finds it the way that VoiceBridge does. An engine that has to
deviate says so openly: override the test and mark it ``@pytest.mark.xfail(reason="…")``.

The rules are also plain functions on plain values (:mod:`voicebridge.testing.faults`), for tests that want just one of them.
Needs pytest: ``pip install "voicebridge-core[testing]"``.
"""

from voicebridge.testing.faults import (
    chunk_faults,
    descriptor_faults,
    option_faults,
    place_faults,
    segment_faults,
    speech_faults,
    word_faults,
)
from voicebridge.testing.imports import foreign_imports
from voicebridge.testing.model import ModelContract
from voicebridge.testing.sounds import FOX, STELLA, Sample, WatchedAudio, WatchedText, in_chunks, joined
from voicebridge.testing.stt import SttContract
from voicebridge.testing.tts import TtsContract

__all__ = [
    "FOX",
    "STELLA",
    "ModelContract",
    "Sample",
    "SttContract",
    "TtsContract",
    "WatchedAudio",
    "WatchedText",
    "chunk_faults",
    "descriptor_faults",
    "foreign_imports",
    "in_chunks",
    "joined",
    "option_faults",
    "place_faults",
    "segment_faults",
    "speech_faults",
    "word_faults",
]
