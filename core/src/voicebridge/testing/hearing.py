"""What every conformance test of a speech-to-text model does: have it listen, and compare what is written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np
import pytest

from voicebridge.speech import AudioChunk, Segment, SttRequest
from voicebridge.testing.model import Loaded
from voicebridge.testing.output import CapturedOutput, TestedEngine
from voicebridge.testing.process_rules import ProcessRules
from voicebridge.testing.sounds import FOX, STELLA, Sample, Sound, in_chunks
from voicebridge.testing.texts import likeness, text_of


class Hearing(ProcessRules):
    """A speech-to-text model that listens; has no rules of its own."""

    samples: ClassVar[tuple[Sample, Sample]] = (FOX, STELLA)
    """Two different spoken sentences, a shorter and a longer one; :class:`voicebridge.testing.Sample` for those of another language."""
    understands_english: ClassVar[bool] = True
    """Whether the engine should recognise English samples; their audio is used in any case."""
    min_likeness: ClassVar[float] = 0.6
    """Minimum similarity (0 to 1) of transcript and spoken text; small models make mistakes."""

    @pytest.fixture(scope="class")
    @classmethod
    def alone(cls, loaded: Loaded) -> dict[str, list[Segment]]:
        """The engine's transcript of each sample alone, as the reference for the other tests."""
        heard = {sample.name: cls.transcribe(loaded, sample.at(loaded.sample_rate)) for sample in cls.samples}
        if silent := [name for name, segments in heard.items() if not text_of(segments)]:
            pytest.fail(f"the engine gives no text for the spoken sample {silent[0]!r}: set `samples` if it is for another language.")
        return heard

    @classmethod
    def request(cls, loaded: Loaded, **asked: Any) -> SttRequest:
        """A request in the language of the samples if the model supports it, else without a language."""
        languages, spoken = loaded.model.spec.languages, cls.samples[0].language
        return SttRequest(language=spoken if languages and spoken in languages else None, **asked)

    @classmethod
    def job(cls, loaded: Loaded, engine: TestedEngine) -> CapturedOutput[Segment]:
        """Begin to transcribe a sample."""
        rate = loaded.sample_rate
        return engine.transcribe(in_chunks(cls.samples[0].at(rate), rate), cls.request(loaded))

    @classmethod
    def transcribe(cls, loaded: Loaded, audio: Sound | Iterable[AudioChunk], **asked: Any) -> list[Segment]:
        """All segments of one utterance; an array is split into chunks of 70 ms at the model's rate."""
        chunks = in_chunks(audio, loaded.sample_rate) if isinstance(audio, np.ndarray) else audio
        [segments] = loaded.finish(lambda: list(loaded.engine.transcribe(chunks, cls.request(loaded, **asked))))
        return segments

    def _expect_like(self, heard: str, said: str) -> None:
        if likeness(heard, said) < self.min_likeness:
            pytest.fail(f"said: {said!r}, written: {heard!r}: check the scale of the samples, or lower min_likeness.")

    def _understands(self) -> bool:
        return self.understands_english or self.samples[0].language != "en"

    def _expect_same(self, loaded: Loaded, heard: str, reference: str, when: str) -> None:
        """Fail unless the texts are equal; of a model with ``repeatable=False``, unless both are texts or neither is."""
        if heard != reference if loaded.model.spec.repeatable else bool(heard) != bool(reference):
            pytest.fail(
                f"{heard!r}; {when} it was {reference!r}: keep all state in the iterator, or set repeatable=False in the descriptor if the "
                "engine samples at random."
            )

    def _expect_next_is_right(self, loaded: Loaded, alone: dict[str, list[Segment]]) -> None:
        self._expect_same(
            loaded, text_of(self.transcribe(loaded, self.samples[0].at(loaded.sample_rate))), text_of(alone[self.samples[0].name]), "before"
        )
