"""The rules for every text-to-speech model: the protocol :class:`voicebridge.ports.TextToSpeech`, tested with real text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from voicebridge.errors import InputError, VoiceBridgeError
from voicebridge.speech import AudioChunk
from voicebridge.testing.faults import chunk_faults, speech_faults
from voicebridge.testing.model import Loaded, expect_none
from voicebridge.testing.sounds import Sound, WatchedText, joined
from voicebridge.testing.threads import Turnstile
from voicebridge.testing.tts_speaking import Speaking, expect_length

ENORMOUS = 100_000
"""Characters of a passage that is far too long: a book saved as one line."""
STRANGE = {
    "punctuation": "… -- ?! «»",
    "emoji": "🙂 🎉",
    "control characters": "\x00\x1b\u200b\ufeff",
    "half a surrogate pair": "\ud800",
    "mathematical letters": "\U0001d518\U0001d52b",
    "several scripts": "漢字 кириллица עברית",
}
"""Text that some engines can't speak, but that must not break any."""


class SpeakingRules(Speaking):
    """What every text-to-speech model has to do."""

    def test_chunks_are_well_formed_and_follow_each_other(self, loaded: Loaded) -> None:
        """Chunks are mono float32 in [-1, 1], finite, at the descriptor's rate, and each starts where the previous one ended.

        Troubleshooting: convert your library's output (divide ``int16`` by 32768), clip what is too loud, and count the samples so far:
        ``AudioChunk(samples, RATE, given / RATE)``. Omit chunks without samples.
        """
        chunks = self.speak(loaded, self.sentences)
        listed = loaded.model.name == loaded.model.spec.name
        expect_none(chunk_faults(chunks, loaded.sample_rate if listed else None))

    def test_it_is_speech_that_comes_out(self, loaded: Loaded, alone: dict[str, Sound]) -> None:
        """The audio of a sentence is neither silent nor clipped, and has a plausible duration.

        Troubleshooting: audio that is too short or too long usually has a wrong sample rate; clipped audio was scaled twice. An engine for
        a script without an alphabet sets its own ``sentences`` and ``pace``; untrained weights set ``speaks = False``.
        """
        if not self.speaks:
            pytest.skip("speaks = False")
        rate = self._rate(loaded)
        expect_none([fault for sentence, sound in alone.items() for fault in speech_faults(sound, rate, sentence, self.pace)])

    def test_every_piece_is_spoken(self, loaded: Loaded, alone: dict[str, Sound]) -> None:
        """Two sentences in two passages take about as long as both alone: none is dropped or repeated.

        Troubleshooting: ``text`` is any iterable, often a generator; iterate over it once.
        """
        both = joined(self.speak(loaded, iter(self.sentences)))
        if self.speaks:
            expect_length(both, sum(len(sound) for sound in alone.values()), "for both sentences")

    def test_sound_comes_before_the_text_is_finished(self, loaded: Loaded) -> None:
        """A model with ``streaming=True`` yields its first audio long before a text of a hundred sentences has been read.

        Troubleshooting: speak a passage as soon as it arrives, or set ``streaming=False``.
        """
        if not loaded.model.spec.streaming:
            pytest.skip("the descriptor has streaming=False")
        watched = WatchedText(self.sentences * 50)
        chunks = loaded.engine.synthesize(watched, self.request(loaded))
        loaded.finish(chunks.first)
        taken = watched.taken
        chunks.close()
        if taken > 20:
            pytest.fail(f"the first sound came after {taken} of 100 sentences: yield it at once, or set streaming=False in the descriptor.")

    def test_closing_early_stops_the_work(self, loaded: Loaded) -> None:
        """After ``close()`` of the iterator, no more text is consumed; text that was not needed until then is not read.

        Troubleshooting: a generator stops at its ``yield`` automatically. Don't continue reading in ``finally``, and stop a thread that
        works ahead.
        """
        watched = WatchedText(self.sentences * (50 if loaded.model.spec.streaming else 1))

        def begin_and_close() -> int:
            chunks = loaded.engine.synthesize(watched, self.request(loaded))
            chunks.first()
            taken = watched.taken
            chunks.close()
            return taken

        [taken] = loaded.finish(begin_and_close)
        self.speak(loaded, self.sentences[0])  # gives a thread that continues reading time to be detected
        if watched.taken > taken:
            pytest.fail(
                f"{taken} pieces of text had been taken when the iterator was closed, {watched.taken} afterwards: read no further in "
                "`finally`, and stop a thread that reads ahead."
            )

    def test_closing_early_frees_the_model(self, loaded: Loaded, alone: dict[str, Sound]) -> None:
        """Iterators that were closed early, or never started, don't affect the next reading.

        Troubleshooting: keep the state of a reading in local variables of ``synthesize``, and hold locks with ``with``.
        """

        def begin_and_close() -> None:
            for begun in (True, False):
                chunks = loaded.engine.synthesize(self.sentences, self.request(loaded))
                if begun:
                    chunks.first()
                chunks.close()

        loaded.finish(begin_and_close)
        self._expect_next_is_right(loaded, alone)

    @pytest.mark.parametrize("kind", ["no piece", "an empty piece", "space"])
    def test_where_there_is_no_text_there_is_no_sound(self, loaded: Loaded, kind: str) -> None:
        """Text with nothing to speak gives no audio and no error.

        Troubleshooting: check that a passage contains a word before passing it to the engine; many invent speech for nothing.
        """
        pieces: dict[str, Sequence[str]] = {"no piece": [], "an empty piece": [""], "space": ["  \n\t "]}
        if chunks := self.speak(loaded, pieces[kind]):
            pytest.fail(
                f"{len(joined(chunks)) / chunks[0].sample_rate:.1f} s of sound came for {pieces[kind]}: yield nothing if there is no word."
            )

    @pytest.mark.parametrize("kind", STRANGE)
    def test_strange_text_is_no_error(self, loaded: Loaded, kind: str) -> None:
        """Punctuation, emoji, control characters, unpaired surrogates, foreign scripts: spoken, skipped or rejected, never a crash.

        Troubleshooting: skip what the engine can't speak, or raise a VoiceBridgeError; clean text before passing it to a C library:
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
        """A passage of 100,000 characters, a book in one line, yields audio soon, or is rejected with a VoiceBridgeError.

        A model with ``streaming=False`` gets 5,000.

        Troubleshooting: split what is too long for the engine at a space and speak it in parts, each with its chunk. If that is not
        possible, raise ``InputError("… characters are too many at once; …")``.
        """
        letters = ENORMOUS if loaded.model.spec.streaming else 5_000
        sentence = self.sentences[1] if kind == "sentences" else self.sentences[1].strip(".。!?").replace(",", "")
        piece = f"{sentence} " * (letters // len(sentence))

        def begin() -> list[AudioChunk]:
            chunks = loaded.engine.synthesize([piece], self.request(loaded))
            try:
                return [chunks.first()]
            except VoiceBridgeError as error:
                _expect_one_line(error)
                return []
            finally:
                chunks.close()

        [first] = loaded.finish(begin)
        expect_none(chunk_faults(first, None))

    def test_an_unknown_voice_is_a_voicebridge_error(self, loaded: Loaded) -> None:
        """A voice that the model doesn't have is rejected, not replaced by another.

        Troubleshooting: check ``request.voice``; only ``None`` lets the engine choose: ``raise UnknownNameError(f"… has no voice
        {request.voice!r}. It has: …")``.
        """
        try:
            self.speak(loaded, self.sentences[0], voice="no-such-voice")
        except VoiceBridgeError as error:
            _expect_one_line(error)
        else:
            pytest.fail("'no-such-voice' was spoken in some other voice: raise an UnknownNameError that lists the voices.")

    def test_every_listed_voice_speaks(self, loaded: Loaded) -> None:
        """Each voice of the descriptor, or the first five of them, gives audio when requested by name.

        Troubleshooting: the names in ``voices=`` are the values of ``request.voice``.
        """
        for voice in loaded.model.spec.voices[:5]:
            if not self.speak(loaded, self.sentences[0], voice=voice.name):
                pytest.fail(f"the voice {voice.name!r} gives no sound: compare voices= with request.voice.")

    def test_an_impossible_language_is_a_voicebridge_error(self, loaded: Loaded) -> None:
        """A language that doesn't exist, or that the model doesn't support, is ignored or rejected with a VoiceBridgeError.

        Troubleshooting: wrap the errors of the engine's library: ``raise NotSupportedError("…") from error``.
        """
        try:
            self.speak(loaded, self.sentences[0], language="xx")
        except VoiceBridgeError as error:
            _expect_one_line(error)

    def test_an_error_of_the_source_comes_through(self, loaded: Loaded, alone: dict[str, Sound]) -> None:
        """If the text fails midway, its VoiceBridgeError reaches the caller, and the model still works for the next reading.

        Troubleshooting: don't catch errors raised by iterating over ``text``. An engine that ends normally instead presents half a book as
        complete; one that wraps the error in another type hides the reason from the user.
        """

        def breaking() -> Iterator[str]:
            yield self.sentences[0]
            raise InputError("the page is torn")

        try:
            self.speak(loaded, breaking())
        except VoiceBridgeError:
            self._expect_next_is_right(loaded, alone)
        else:
            pytest.fail("the text failed after its first sentence, but the reading ended as though it were whole: don't catch its errors.")

    def test_two_readings_at_once_do_not_mix(self, loaded: Loaded) -> None:
        """Two threads that use one loaded model in step get the same audio as each alone.

        Troubleshooting: the model is shared, so ``self`` must not contain state of a reading: no voice, no speed, no sample count. If the
        library is not thread-safe, put a lock around its call, not around the whole reading.
        """
        turnstile, request = Turnstile(2, self.patience / 40), self.request(loaded)
        texts = (self.sentences, self.sentences[::-1])
        expected = [joined(self.speak(loaded, text)) for text in texts]

        def read(stream: int) -> Sound:
            return joined(list(loaded.engine.synthesize(turnstile.through(stream, texts[stream]), request)))

        for heard, right in zip(loaded.finish(lambda: read(0), lambda: read(1)), expected, strict=True):
            self._expect_same(loaded, heard, right, "alone")

    def test_a_reading_may_begin_and_end_within_another(self, loaded: Loaded, alone: dict[str, Sound]) -> None:
        """While one iterator is suspended between two chunks, the same model reads another text completely.

        Troubleshooting: a lock held across a ``yield`` blocks all other readings for as long as the caller likes.
        """
        request, (short, long) = self.request(loaded), self.sentences

        def nested() -> tuple[Sound, Sound]:
            outer = loaded.engine.synthesize([long], request)
            first = outer.first()
            inner = joined(list(loaded.engine.synthesize([short], request)))
            return joined([first, *outer]), inner

        [(outer, inner)] = loaded.finish(nested)
        self._expect_same(loaded, outer, alone[long], "alone")
        self._expect_same(loaded, inner, alone[short], "alone")


def _expect_one_line(error: VoiceBridgeError) -> None:
    if "\n" in str(error) or not str(error).strip():
        pytest.fail(f"the message has to be one line that says what is wrong, then what to do: {str(error)!r}")
