"""Conformance tests for text-to-speech models: the rules for every model, and those that follow from the descriptor."""

from __future__ import annotations

import pytest

from voicebridge.speech import AudioChunk, Line
from voicebridge.testing.faults import chunk_faults
from voicebridge.testing.model import Loaded, expect_none
from voicebridge.testing.sounds import FOX, Sound, joined
from voicebridge.testing.tts_rules import SpeakingRules
from voicebridge.testing.tts_speaking import alike


class TtsContract(SpeakingRules):
    """All rules for a text-to-speech model; derive a test class and set ``model``. Rules for undeclared capabilities are skipped."""

    def test_the_same_seed_gives_the_same_sound(self, loaded: Loaded) -> None:
        """A model with ``seed=True`` gives the same audio for two readings of a text with the same seed.

        Troubleshooting: seed a generator that belongs to this reading; a library's global one is also advanced by other readings.
        Randomness that can't be seeded can perhaps be turned off.
        """
        if not loaded.model.spec.seed:
            pytest.skip("the descriptor has seed=False")
        first, again = (joined(self.speak(loaded, self.sentences, seed=7)) for _ in range(2))
        if not alike(first, again):
            pytest.fail(f"with seed 7 came {len(first)} samples, then {len(again)}, or other ones")

    def test_speed_changes_how_long_it_takes(self, loaded: Loaded, alone: dict[str, Sound]) -> None:
        """A model with ``speed=True`` is much faster at 2.0 and much slower at 0.5, or at the ends of its ``speed_range``.

        Troubleshooting: 2.0 is twice as fast; many libraries use the inverse, a length.
        """
        if not loaded.model.spec.speed:
            pytest.skip("the descriptor has speed=False")
        sentence = self.sentences[1]
        natural = len(alone[sentence])
        lowest, highest = loaded.model.spec.speed_range or (0.5, 2.0)
        for speed in (max(0.5, lowest), min(2.0, highest)):
            times = len(joined(self.speak(loaded, sentence, speed=speed))) / natural
            if not 0.6 < times * speed < 1.5:
                is_inverse = 0.6 < times / speed < 1.5
                remedy = "2.0 is twice as fast, so invert it" if is_inverse else "pass request.speed on, or set speed=False"
                pytest.fail(f"at speed {speed:g} it takes {times:.2f} times as long: {remedy}.")

    def test_a_sample_is_what_the_voice_is_made_of(self, loaded: Loaded) -> None:
        """A model with ``cloning=True`` yields well-formed audio in the voice of a sample; two samples give two voices.

        Troubleshooting: the sample is ``request.sample``, mono float32 at the descriptor's rate.
        """
        if not loaded.model.spec.cloning:
            pytest.skip("the descriptor has cloning=False")
        heard = []
        for sample in self._samples(loaded):
            chunks = self.speak(loaded, self.sentences[0], sample=sample)
            expect_none(chunk_faults(chunks, None))
            heard.append(joined(chunks))
        if loaded.model.spec.seed and alike(*heard):
            pytest.fail("a low voice and a high one as samples give the same sound")

    def test_a_script_is_spoken_by_its_speakers(self, loaded: Loaded) -> None:
        """A model with several ``speakers`` speaks lines of that many in one reading, each in the requested voice.

        Troubleshooting: a passage may be a :class:`voicebridge.Line`, which is a ``str`` with a ``speaker``, a ``voice`` and a ``sample``.
        """
        spec = loaded.model.spec
        if spec.speakers < 2:
            pytest.skip("the descriptor has speakers=1")
        samples = self._samples(loaded) if spec.cloning else (None, None)
        lines = [Line(self.sentences[n % 2], n, sample=samples[n % 2]) for n in range(spec.speakers)]
        chunks = self.speak(loaded, [*lines, Line(self.sentences[0], 0, sample=samples[0])])
        expect_none(chunk_faults(chunks, None) if chunks else ["a script gives no sound"])

    def _samples(self, loaded: Loaded) -> tuple[AudioChunk, AudioChunk]:
        rate = loaded.sample_rate
        return AudioChunk(FOX.at(rate), rate), AudioChunk(FOX.at(rate * 2 // 3), rate)  # the same at another rate: half as high again
