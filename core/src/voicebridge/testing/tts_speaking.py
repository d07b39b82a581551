"""What every conformance test of a text-to-speech model does: have it speak, and compare what is heard."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np
import pytest

from voicebridge.speech import AudioChunk, TtsRequest
from voicebridge.testing.model import Loaded
from voicebridge.testing.output import CapturedOutput, TestedEngine
from voicebridge.testing.process_rules import ProcessRules
from voicebridge.testing.sounds import FOX, STELLA, Sound, joined

SLACK = 0.35
"""Allowed difference in duration (as a share) between two readings of a text, if the engine is not reproducible."""


class Speaking(ProcessRules):
    """A text-to-speech model that is heard; has no rules of its own."""

    sentences: ClassVar[tuple[str, str]] = (FOX.text, STELLA.text)
    """Two sentences, a shorter and a longer one, in a language that the model speaks."""
    language: ClassVar[str | None] = None
    """The ISO 639-1 code of the sentences, if the model has to be told."""
    pace: ClassVar[tuple[float, float]] = (5.0, 30.0)
    """Minimum and maximum characters per second; lower for scripts without an alphabet."""
    speaks: ClassVar[bool] = True
    """Whether the output is speech: false for untrained weights, whose output is noise of any length."""

    @pytest.fixture(scope="class")
    @classmethod
    def alone(cls, loaded: Loaded) -> dict[str, Sound]:
        """The engine's audio for each sentence alone, as the reference for the other tests."""
        spoken = {sentence: joined(cls.speak(loaded, sentence)) for sentence in cls.sentences}
        if silent := [sentence for sentence, sound in spoken.items() if not len(sound)]:
            pytest.fail(f"the engine gives no sound for {silent[0]!r}")
        return spoken

    @classmethod
    def request(cls, loaded: Loaded, **asked: Any) -> TtsRequest:
        """A request for the engine's default voice, reproducible if the model supports it."""
        return TtsRequest(**{"language": cls.language} | ({"seed": 1} if loaded.model.spec.seed else {}) | asked)

    @classmethod
    def job(cls, loaded: Loaded, engine: TestedEngine) -> CapturedOutput[AudioChunk]:
        """Begin to speak a sentence."""
        return engine.synthesize([cls.sentences[0]], cls.request(loaded))

    @classmethod
    def speak(cls, loaded: Loaded, text: str | Iterable[str], **asked: Any) -> list[AudioChunk]:
        """All chunks of one reading."""
        pieces = [text] if isinstance(text, str) else text
        [chunks] = loaded.finish(lambda: list(loaded.engine.synthesize(pieces, cls.request(loaded, **asked))))
        return chunks

    def _rate(self, loaded: Loaded) -> int:
        return int(self.speak(loaded, self.sentences[0])[0].sample_rate)

    def _expect_next_is_right(self, loaded: Loaded, alone: dict[str, Sound]) -> None:
        sentence = self.sentences[0]
        self._expect_same(loaded, joined(self.speak(loaded, sentence)), alone[sentence], "before")

    def _expect_same(self, loaded: Loaded, heard: Sound, reference: Sound, when: str) -> None:
        if loaded.model.spec.seed:
            if not alike(heard, reference):
                pytest.fail(
                    f"{len(heard)} samples came that are not the {len(reference)} that came {when}: keep all state in the iterator."
                )
        elif self.speaks:
            expect_length(heard, len(reference), when)


def alike(first: Sound, second: Sound) -> bool:
    """Whether two readings are the same audio, sample by sample."""
    if len(first) != len(second):
        return False
    tolerance = 0.02 * float(np.nan_to_num(np.abs(first)).max(initial=0.0))  # threads may add numbers in a different order
    return bool(np.allclose(first, second, rtol=0, atol=tolerance, equal_nan=True))


def expect_length(heard: Sound, samples: int, when: str) -> None:
    """Fail unless this is about as many samples as ``when``."""
    if abs(len(heard) - samples) > SLACK * samples:
        pytest.fail(f"{len(heard)} samples came; {when} it were {samples}: speak every passage once, and keep all state in the iterator.")
