"""What the steps of one setup share: the configuration as it is by now, the models that are loaded, and what was said."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from voicebridge.cli import state

if TYPE_CHECKING:
    from voicebridge.cli.setup_steps.listening import Sound
    from voicebridge.dictation.ear import Ears
    from voicebridge.registry import Registry


@dataclass
class Session:
    """One run of ``voicebridge setup``."""

    seconds: float
    """How long somebody is waited for who has to speak or to press a key."""
    sentence: Sound | None = None
    """What was said into the microphone."""
    _ears: dict[str, Ears] = field(default_factory=dict)

    def registry(self) -> Registry:
        """The models and services, under the configuration as it is now."""
        return state.registry()

    def ears(self, model: str | None = None) -> Ears:
        """A model that listens, loaded once; without a name the configured one or a light one.

        Raises:
            VoiceBridgeError: when there is none of that name.
        """
        from voicebridge.dictation.ear import find_ears

        found = find_ears(self.registry(), model=model, asked={})
        return self._ears.setdefault(found.model.full_name, found)

    def transcribe(self, ears: Ears, sound: Sound) -> str:
        """What is said in a sound.

        Raises:
            VoiceBridgeError: when the model can't be loaded, or fails.
        """
        from voicebridge.audio.resample import chunks_of
        from voicebridge.pipeline.transcribe import Transcription

        ear = ears.open()
        chunks = chunks_of(sound.samples, sound.sample_rate, ear.sample_rate)
        with closing(iter(Transcription(ear.engine.result(), ear.model, chunks, ear.request))) as segments:
            return " ".join(segment.text.strip() for segment in segments)

    def close(self) -> None:
        """Free the models."""
        for ears in self._ears.values():
            ears.close()
