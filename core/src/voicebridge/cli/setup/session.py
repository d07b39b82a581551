"""State shared by the steps of a setup: the current configuration, loaded models, and the recorded sentence."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from voicebridge.engines.source import ClientEngines

if TYPE_CHECKING:
    from voicebridge.cli.setup.listening import RecordedSound
    from voicebridge.cli.shared.state import RunState
    from voicebridge.dictation.choose import LazyModel
    from voicebridge.runtime.registry import Registry


@dataclass
class Session:
    """A run of ``voicebridge setup``."""

    state: RunState
    seconds: float
    """Time-out in seconds for the user to speak or press a key."""
    sentence: RecordedSound | None = None
    """The recorded sentence."""
    _lazy_model: dict[str, LazyModel] = field(default_factory=dict)
    _engines: ClientEngines = field(default_factory=lambda: ClientEngines(daemon=False))
    """Loaded in this process, because loading is part of the test."""

    def registry(self) -> Registry:
        """The models and services of the current configuration."""
        return self.state.registry()

    def lazy_model(self, model: str | None = None) -> LazyModel:
        """A speech-to-text model, loaded once; by default, the configured or a lightweight one.

        Raises:
            VoiceBridgeError: if there is none of that name.
        """
        from voicebridge.dictation.choose import choose

        found = choose(self.registry(), model=model, asked={}, engines=self._engines)
        return self._lazy_model.setdefault(found.model.full_name, found)

    def transcribe(self, lazy_model: LazyModel, sound: RecordedSound) -> str:
        """Transcribe audio.

        Raises:
            VoiceBridgeError: if the model can't be loaded, or fails.
        """
        from voicebridge.audio.resample import chunks_of
        from voicebridge.stt.transcribe import Transcription

        ear = lazy_model.open()
        chunks = chunks_of(sound.samples, sound.sample_rate, ear.sample_rate)
        with closing(iter(Transcription(ear.engine.result(), ear.model, chunks, ear.request))) as segments:
            return " ".join(segment.text.strip() for segment in segments)

    def close(self) -> None:
        """Free the models."""
        self._engines.close()
