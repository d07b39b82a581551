"""The rules for text-to-speech models, as tests: what :class:`voicebridge.ports.TextToSpeech` promises, tried out on real text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
import pytest

from voicebridge.errors import InputError, VoiceBridgeError
from voicebridge.speech import AudioChunk, Line, TtsRequest
from voicebridge.testing.faults import chunk_faults, speech_faults
from voicebridge.testing.model import Loaded, ModelContract, expect_none
from voicebridge.testing.sounds import FOX, STELLA, Sound, WatchedText, joined
from voicebridge.testing.threads import Turnstile

ENORMOUS = 100_000
"""Letters in a piece that is far too long: a book that was saved as one line."""
STRANGE = {
    "punctuation": "… -- ?! «»",
    "emoji": "🙂 🎉",
    "control characters": "\x00\x1b\u200b\ufeff",
    "half a surrogate pair": "\ud800",
    "mathematical letters": "\U0001d518\U0001d52b",
    "several scripts": "漢字 кириллица עברית",
}
"""Text that not every engine can speak, and none may stumble over."""
SLACK = 0.35
"""How far (as a share) two readings of one text may differ in length where an engine can't be made repeatable."""


class TtsContract(ModelContract):
    """All the rules for a text-to-speech model; derive a test class from it and name the ``model``."""

    sentences: ClassVar[tuple[str, str]] = (FOX.text, STELLA.text)
    """Two sentences, a shorter and a longer one, in a language that the model speaks."""
    pace: ClassVar[tuple[float, float]] = (5.0, 30.0)
    """Fewest and most characters that are spoken in a second; for a script without an alphabet both are lower."""
    speaks: ClassVar[bool] = True
    """Whether it is speech that comes out: false for weights that were never trained, whose sound is noise of any length."""

    @pytest.fixture(scope="class")
    @classmethod
    def alone(cls, loaded: Loaded) -> dict[str, Sound]:
        """What the engine makes of each sentence by itself, which is what the other tests compare with."""
        spoken = {sentence: joined(cls.speak(loaded, sentence)) for sentence in cls.sentences}
        if silent := [sentence for sentence, sound in spoken.items() if not len(sound)]:
            pytest.fail(f"the engine gives no sound for {silent[0]!r}")
        return spoken

    @classmethod
    def request(cls, loaded: Loaded, **asked: Any) -> TtsRequest:
        """A request for the engine's own voice, repeatable where the model can be made so."""
        return TtsRequest(**({"seed": 1} if loaded.model.spec.seed else {}) | asked)

    @classmethod
    def speak(cls, loaded: Loaded, text: str | Iterable[str], **asked: Any) -> list[AudioChunk]:
        """All chunks of one reading."""
        pieces = [text] if isinstance(text, str) else text
        [chunks] = loaded.finish(lambda: list(loaded.engine.synthesize(pieces, cls.request(loaded, **asked))))
        return chunks

    def test_chunks_are_well_formed_and_follow_each_other(self, loaded: Loaded) -> None:
        """Chunks are mono float32 in [-1, 1], finite, at the descriptor's rate, and each starts where the one before ended.

        Troubleshooting: convert what your library gives (``int16`` is divided by 32768), clip what is too loud, and count the samples
        that were given so far: ``AudioChunk(samples, RATE, given / RATE)``. Leave out a chunk without samples.
        """
        chunks = self.speak(loaded, self.sentences)
        listed = loaded.model.name == loaded.model.spec.name
        expect_none(chunk_faults(chunks, loaded.sample_rate if listed else None))

    def test_it_is_speech_that_comes_out(self, loaded: Loaded, alone: dict[str, Sound]) -> None:
        """The sound of a sentence is neither silence nor clipped, and lasts as long as it takes to say it.

        Troubleshooting: sound that is too short or too long is usually a wrong sample rate; what is clipped was scaled twice. An engine
        for a script without an alphabet sets its own ``sentences`` and ``pace``; weights that were never trained say ``speaks = False``.
        """
        if not self.speaks:
            pytest.skip("speaks = False")
        rate = self._rate(loaded)
        expect_none([fault for sentence, sound in alone.items() for fault in speech_faults(sound, rate, sentence, self.pace)])

    def test_every_piece_is_spoken(self, loaded: Loaded, alone: dict[str, Sound]) -> None:
        """Two sentences in two pieces last about as long as both by themselves: none is dropped, none is said twice.

        Troubleshooting: ``text`` is any iterable, often a generator; go through it once.
        """
        both = joined(self.speak(loaded, iter(self.sentences)))
        if self.speaks:
            _expect_length(both, sum(len(sound) for sound in alone.values()), "for both sentences")

    def test_sound_comes_before_the_text_is_finished(self, loaded: Loaded) -> None:
        """A model with ``streaming=True`` gives its first sound long before a text of a hundred sentences has been read.

        Troubleshooting: speak a piece as soon as it is there, or say ``streaming=False``.
        """
        if not loaded.model.spec.streaming:
            pytest.skip("the descriptor has streaming=False")
        watched = WatchedText(self.sentences * 50)
        chunks = loaded.engine.synthesize(watched, self.request(loaded))
        loaded.finish(lambda: next(chunks))
        taken = watched.taken
        chunks.close()
        if taken > 20:
            pytest.fail(f"the first sound came after {taken} of 100 sentences")

    def test_closing_early_stops_the_work(self, loaded: Loaded) -> None:
        """After ``close()`` of the iterator no more text is taken; what was not needed until then stays unread.

        Troubleshooting: a generator stops at its ``yield`` by itself. Don't read on in ``finally``, and stop a thread that works ahead.
        """
        watched = WatchedText(self.sentences * (50 if loaded.model.spec.streaming else 1))

        def begin_and_close() -> int:
            chunks = loaded.engine.synthesize(watched, self.request(loaded))
            next(chunks)
            taken = watched.taken
            chunks.close()
            return taken

        [taken] = loaded.finish(begin_and_close)
        self.speak(loaded, self.sentences[0])  # gives a thread that reads on the time to be caught
        if watched.taken > taken:
            pytest.fail(f"{taken} pieces of text had been taken when the iterator was closed, {watched.taken} afterwards")

    def test_closing_early_frees_the_model(self, loaded: Loaded, alone: dict[str, Sound]) -> None:
        """Iterators that were closed early, or never begun, leave the model as it was for the next reading.

        Troubleshooting: keep what belongs to one reading in local variables of ``synthesize``, and hold locks with ``with``.
        """

        def begin_and_close() -> None:
            for begun in (True, False):
                chunks = loaded.engine.synthesize(self.sentences, self.request(loaded))
                if begun:
                    next(chunks)
                chunks.close()

        loaded.finish(begin_and_close)
        self._expect_next_is_right(loaded, alone)

    @pytest.mark.parametrize("kind", ["no piece", "an empty piece", "space"])
    def test_where_there_is_no_text_there_is_no_sound(self, loaded: Loaded, kind: str) -> None:
        """Text that holds nothing to be said gives no sound, and no error.

        Troubleshooting: look whether a piece has a word in it before the engine gets it; many invent something for nothing.
        """
        pieces: dict[str, Sequence[str]] = {"no piece": [], "an empty piece": [""], "space": ["  \n\t "]}
        if chunks := self.speak(loaded, pieces[kind]):
            pytest.fail(f"{len(joined(chunks)) / chunks[0].sample_rate:.1f} s of sound came for {pieces[kind]}")

    @pytest.mark.parametrize("kind", STRANGE)
    def test_strange_text_is_no_error(self, loaded: Loaded, kind: str) -> None:
        """Punctuation, emoji, control characters, half a surrogate pair, foreign scripts: spoken, passed over or refused, never a crash.

        Troubleshooting: pass over what the engine can't speak, or raise a VoiceBridgeError; clean text before a C library gets it:
        ``text.encode("utf-8", "replace")``, and no NUL.
        """
        try:
            chunks = self.speak(loaded, [STRANGE[kind], self.sentences[0]])
        except VoiceBridgeError as error:
            _expect_one_line(error)
        else:
            expect_none(chunk_faults(chunks, None))

    @pytest.mark.parametrize("kind", ["sentences", "no full stop"])
    def test_an_enormous_piece_is_no_crash(self, loaded: Loaded, kind: str) -> None:
        """A piece of 100,000 characters, a book in one line, begins to sound in good time, or is refused with a VoiceBridgeError.

        A model with ``streaming=False`` gets 5,000.

        Troubleshooting: cut what is too long for the engine at a space and speak it in parts, each with its chunk. Where that can't be
        done say so: ``raise InputError("… characters are too many at once; …")``.
        """
        letters = ENORMOUS if loaded.model.spec.streaming else 5_000
        sentence = self.sentences[1] if kind == "sentences" else self.sentences[1].strip(".。!?").replace(",", "")
        piece = f"{sentence} " * (letters // len(sentence))

        def begin() -> list[AudioChunk]:
            chunks = loaded.engine.synthesize([piece], self.request(loaded))
            try:
                return [next(chunks)]
            except VoiceBridgeError as error:
                _expect_one_line(error)
                return []
            finally:
                chunks.close()

        [first] = loaded.finish(begin)
        expect_none(chunk_faults(first, None))

    def test_an_unknown_voice_is_a_voicebridge_error(self, loaded: Loaded) -> None:
        """A voice that the model doesn't have is refused, not replaced by another.

        Troubleshooting: look at ``request.voice``; ``None`` alone leaves the choice to the engine:
        ``raise UnknownNameError(f"… has no voice {request.voice!r}. It has: …")``.
        """
        try:
            self.speak(loaded, self.sentences[0], voice="no-such-voice")
        except VoiceBridgeError as error:
            _expect_one_line(error)
        else:
            pytest.fail("'no-such-voice' was spoken in some other voice")

    def test_every_listed_voice_speaks(self, loaded: Loaded) -> None:
        """Each voice of the descriptor, or the first five of them, gives sound when it is asked for by name.

        Troubleshooting: the names in ``voices=`` are those that ``request.voice`` brings.
        """
        for voice in loaded.model.spec.voices[:5]:
            if not self.speak(loaded, self.sentences[0], voice=voice.name):
                pytest.fail(f"the voice {voice.name!r} gives no sound")

    def test_an_impossible_language_is_a_voicebridge_error(self, loaded: Loaded) -> None:
        """A language that doesn't exist, or that the model doesn't know, is passed over or refused with a VoiceBridgeError.

        Troubleshooting: wrap what the engine's own library raises: ``raise NotSupportedError("…") from error``.
        """
        try:
            self.speak(loaded, self.sentences[0], language="xx")
        except VoiceBridgeError as error:
            _expect_one_line(error)

    def test_an_error_of_the_source_comes_through(self, loaded: Loaded, alone: dict[str, Sound]) -> None:
        """When the text fails midway, its VoiceBridgeError reaches the caller, and the model is good for the next reading.

        Troubleshooting: don't catch what iterating over ``text`` raises. An engine that ends quietly instead passes off half a book as a
        whole one; one that wraps the error in another type takes the reason away from the user.
        """

        def breaking() -> Iterator[str]:
            yield self.sentences[0]
            raise InputError("the page is torn")

        try:
            self.speak(loaded, breaking())
        except VoiceBridgeError:
            self._expect_next_is_right(loaded, alone)
        else:
            pytest.fail("the text failed after its first sentence, but the reading ended as though it were whole")

    def test_two_readings_at_once_do_not_mix(self, loaded: Loaded) -> None:
        """Two threads that read through one loaded model in step with each other get the sound that each would get alone.

        Troubleshooting: the model is shared, so ``self`` may hold nothing of a reading: no voice, no speed, no count of samples. A
        library that can't compute for two at once needs a lock around its call, not around the whole reading.
        """
        turnstile, request = Turnstile(2, self.patience / 40), self.request(loaded)
        texts = (self.sentences, self.sentences[::-1])
        expected = [joined(self.speak(loaded, text)) for text in texts]

        def read(stream: int) -> Sound:
            return joined(list(loaded.engine.synthesize(turnstile.through(stream, texts[stream]), request)))

        for heard, right in zip(loaded.finish(lambda: read(0), lambda: read(1)), expected, strict=True):
            self._expect_same(loaded, heard, right, "alone")

    def test_a_reading_may_begin_and_end_within_another(self, loaded: Loaded, alone: dict[str, Sound]) -> None:
        """While one iterator rests between two chunks, another text goes through the same model from start to end.

        Troubleshooting: a lock that is held across a ``yield`` keeps everybody else out for as long as the caller likes.
        """
        request, (short, long) = self.request(loaded), self.sentences

        def nested() -> tuple[Sound, Sound]:
            outer = loaded.engine.synthesize([long], request)
            first = next(outer)
            inner = joined(list(loaded.engine.synthesize([short], request)))
            return joined([first, *outer]), inner

        [(outer, inner)] = loaded.finish(nested)
        self._expect_same(loaded, outer, alone[long], "alone")
        self._expect_same(loaded, inner, alone[short], "alone")

    def test_the_same_seed_gives_the_same_sound(self, loaded: Loaded) -> None:
        """A model with ``seed=True`` reads a text twice with one seed and gives the same sound.

        Troubleshooting: give the seed to a generator of this reading's own; a library's global one is moved on by whoever else reads.
        Where randomness can't be seeded it can perhaps be left out.
        """
        if not loaded.model.spec.seed:
            pytest.skip("the descriptor has seed=False")
        first, again = (joined(self.speak(loaded, self.sentences, seed=7)) for _ in range(2))
        if not _alike(first, again):
            pytest.fail(f"with seed 7 came {len(first)} samples, then {len(again)}, or other ones")

    def test_speed_changes_how_long_it_takes(self, loaded: Loaded, alone: dict[str, Sound]) -> None:
        """A model with ``speed=True`` is done much sooner at 2.0 and much later at 0.5.

        Troubleshooting: 2.0 is twice as fast; many libraries take the inverse, a length.
        """
        if not loaded.model.spec.speed:
            pytest.skip("the descriptor has speed=False")
        sentence = self.sentences[1]
        natural = len(alone[sentence])
        fast, slow = (len(joined(self.speak(loaded, sentence, speed=speed))) / natural for speed in (2.0, 0.5))
        if not (0.3 < fast < 0.75 and 1.35 < slow < 3.0):
            pytest.fail(f"at speed 2.0 it takes {fast:.2f} times as long, at 0.5 {slow:.2f} times")

    def test_a_sample_is_what_the_voice_is_made_of(self, loaded: Loaded) -> None:
        """A model with ``cloning=True`` speaks well-formed sound in the voice of a sample; two samples give two voices.

        Troubleshooting: the sample is ``request.sample``, mono float32 at the descriptor's rate.
        """
        if not loaded.model.spec.cloning:
            pytest.skip("the descriptor has cloning=False")
        heard = []
        for sample in self._samples(loaded):
            chunks = self.speak(loaded, self.sentences[0], sample=sample)
            expect_none(chunk_faults(chunks, None))
            heard.append(joined(chunks))
        if loaded.model.spec.seed and _alike(*heard):
            pytest.fail("a low voice and a high one as samples give the same sound")

    def test_a_script_is_spoken_by_its_speakers(self, loaded: Loaded) -> None:
        """A model with several ``speakers`` speaks lines of as many, in one reading, each in the voice that the line asks for.

        Troubleshooting: a piece may be a :class:`voicebridge.Line`, which is a ``str`` with a ``speaker``, a ``voice`` and a ``sample``.
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
        return AudioChunk(FOX.at(rate), rate), AudioChunk(
            FOX.at(rate * 2 // 3), rate
        )  # the same taken for another rate: half as high again

    def _rate(self, loaded: Loaded) -> int:
        return int(self.speak(loaded, self.sentences[0])[0].sample_rate)

    def _expect_next_is_right(self, loaded: Loaded, alone: dict[str, Sound]) -> None:
        sentence = self.sentences[0]
        self._expect_same(loaded, joined(self.speak(loaded, sentence)), alone[sentence], "before")

    def _expect_same(self, loaded: Loaded, heard: Sound, reference: Sound, when: str) -> None:
        if loaded.model.spec.seed:
            if not _alike(heard, reference):
                pytest.fail(f"{len(heard)} samples came that are not the {len(reference)} that came {when}")
        elif self.speaks:
            _expect_length(heard, len(reference), when)


def _alike(first: Sound, second: Sound) -> bool:
    if len(first) != len(second):
        return False
    tolerance = 0.02 * float(np.nan_to_num(np.abs(first)).max(initial=0.0))  # threads may add up numbers in another order
    return bool(np.allclose(first, second, rtol=0, atol=tolerance, equal_nan=True))


def _expect_length(heard: Sound, samples: int, when: str) -> None:
    if abs(len(heard) - samples) > SLACK * samples:
        pytest.fail(f"{len(heard)} samples came; {when} it were {samples}")


def _expect_one_line(error: VoiceBridgeError) -> None:
    if "\n" in str(error) or not str(error).strip():
        pytest.fail(f"the message has to be one line that says what is wrong, then what to do: {str(error)!r}")
