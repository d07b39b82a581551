"""The rules for speech-to-text models, as tests: what :class:`voicebridge.ports.SpeechToText` promises, tried out on real speech."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
import pytest

from voicebridge.errors import InputError, VoiceBridgeError
from voicebridge.speech import AudioChunk, Segment, SttRequest
from voicebridge.testing import sounds
from voicebridge.testing.faults import segment_faults, word_faults
from voicebridge.testing.model import Loaded, ModelContract, expect_none
from voicebridge.testing.sounds import FOX, STELLA, Sound, WatchedAudio, in_chunks
from voicebridge.testing.texts import likeness, text_of
from voicebridge.testing.threads import Turnstile

SLACK = 1.0
"""Seconds by which a segment may begin before its speech or end after it; engines pad."""


class SttContract(ModelContract):
    """All the rules for a speech-to-text model; derive a test class from it and name the ``model``."""

    understands_english: ClassVar[bool] = True
    """Whether the engine should recognise the kit's English sentences; their sound is used either way."""
    min_likeness: ClassVar[float] = 0.6
    """How alike (0 to 1) what the engine writes and what was said have to be; small models mishear."""

    @pytest.fixture(scope="class")
    @classmethod
    def alone(cls, loaded: Loaded) -> dict[str, list[Segment]]:
        """What the engine makes of each sample by itself, which is what the other tests compare with."""
        heard = {sample.name: cls.transcribe(loaded, sample.at(loaded.sample_rate)) for sample in (FOX, STELLA)}
        if silent := [name for name, segments in heard.items() if not text_of(segments)]:
            pytest.fail(f"the engine gives no text for the kit's spoken sample {silent[0]}.flac")
        return heard

    @classmethod
    def request(cls, loaded: Loaded, **asked: Any) -> SttRequest:
        """A request in English where the model takes that, else one that leaves the language open."""
        languages = loaded.model.spec.languages
        return SttRequest(language="en" if languages and "en" in languages else None, **asked)

    @classmethod
    def transcribe(cls, loaded: Loaded, audio: Sound | Iterable[AudioChunk], **asked: Any) -> list[Segment]:
        """All segments of one utterance; audio that is no chunks yet is given at the model's rate, in chunks of 70 ms."""
        chunks = in_chunks(audio, loaded.sample_rate) if isinstance(audio, np.ndarray) else audio
        [segments] = loaded.finish(lambda: list(loaded.engine.transcribe(chunks, cls.request(loaded, **asked))))
        return segments

    def test_segments_are_well_formed_and_in_order_of_time(self, loaded: Loaded) -> None:
        """Starts never go back, no end is before its start, all lie within the audio; text is stripped and not empty.

        Troubleshooting: times are seconds from the start of the recording, not of a window or of a stretch between two pauses. Clip
        an end that padding has pushed past the audio.
        """
        rate = loaded.sample_rate
        audio = np.concatenate([FOX.at(rate), sounds.silence(1.5, rate), STELLA.at(rate)])
        segments = self.transcribe(loaded, audio)
        faults = segment_faults(segments, len(audio) / rate)
        expect_none([*faults, *(f"{s.text!r} has words, which nobody asked for" for s in segments if s.words)])

    def test_timestamps_say_where_the_speech_is(self, loaded: Loaded) -> None:
        """A sentence between two stretches of silence is timed where it is, give or take a second.

        Troubleshooting: silence that the engine skips still counts as time; so does what is left over between two windows.
        """
        rate = loaded.sample_rate
        spoken = FOX.at(rate)
        segments = self.transcribe(loaded, np.concatenate([sounds.silence(3, rate), spoken, sounds.silence(3, rate)]))
        first, last = min(s.start for s in segments), max(s.end for s in segments)
        end = 3 + len(spoken) / rate
        if first < 3 - SLACK or last > end + SLACK or last < end - SLACK:
            pytest.fail(f"the sentence is spoken from 3.0 to {end:.1f} s, but its segments reach from {first:.1f} to {last:.1f} s")

    def test_speech_becomes_its_words(self, alone: dict[str, list[Segment]]) -> None:
        """The engine writes down roughly what is said in the kit's two English sentences.

        Troubleshooting: an engine for another language sets ``understands_english = False``; a very small one lowers ``min_likeness``.
        Otherwise look at the audio's scale: samples are float32 in [-1, 1].
        """
        if not self.understands_english:
            pytest.skip("understands_english = False")
        for sample in (FOX, STELLA):
            self._expect_like(text_of(alone[sample.name]), sample.text)

    def test_the_size_of_chunks_makes_no_difference(self, loaded: Loaded, alone: dict[str, list[Segment]]) -> None:
        """The same audio in chunks of any size, even empty ones, gives the same text.

        Troubleshooting: collect samples until there are enough for a step of the engine; don't take a chunk for one.
        """
        sizes = [1, 0, 7, 5000, 160, 0, 12_345, 333]
        heard = text_of(self.transcribe(loaded, in_chunks(FOX.at(loaded.sample_rate), loaded.sample_rate, sizes)))
        _expect_same(heard, text_of(alone[FOX.name]), "in chunks of 70 ms")

    @pytest.mark.parametrize("times", [0.5, 3.0], ids=["half the rate", "three times the rate"])
    def test_a_wrong_sample_rate_is_handled(self, loaded: Loaded, alone: dict[str, list[Segment]], times: float) -> None:
        """Chunks at another rate than the descriptor's are resampled, or refused with a VoiceBridgeError; never taken for what they aren't.

        Troubleshooting: look at ``chunk.sample_rate``. Audio at half the rate that is taken as it comes lasts half as long and is
        spoken by a giant. Refuse it: ``raise InputError(f"… takes {RATE} Hz, not {chunk.sample_rate}")``.
        """
        rate = round(loaded.sample_rate * times)
        try:
            segments = self.transcribe(loaded, in_chunks(FOX.at(rate), rate))
        except VoiceBridgeError:
            return
        end, right_end = (max((s.end for s in each), default=0.0) for each in (segments, alone[FOX.name]))
        if abs(end - right_end) > 0.2 * right_end:
            pytest.fail(f"at {rate} Hz the sentence ends at {end:.1f} s; at {loaded.sample_rate} Hz it ends at {right_end:.1f} s")
        if self.understands_english:
            self._expect_like(text_of(segments), FOX.text)

    def test_what_is_known_already_is_left_out(self, loaded: Loaded) -> None:
        """A model with ``resume=True`` that is told ``after`` gives just those segments of a whole run that end later.

        Troubleshooting: the audio still comes from its beginning, so that pauses, levels and whatever else the engine gathers are those
        of a whole run. Skip the computing for what ends by ``request.after``, not the listening. Segments have to end in the order in
        which they come, or say ``resume=False``.
        """
        if not loaded.model.spec.resume:
            pytest.skip("the descriptor has resume=False")
        rate = loaded.sample_rate
        pause = sounds.silence(1.5, rate)
        audio = np.concatenate([FOX.at(rate), pause, STELLA.at(rate), pause] * 2)
        whole = [segment for segment in self.transcribe(loaded, audio) if segment.final]
        ends = [segment.end for segment in whole]
        if ends != sorted(ends):
            pytest.fail(f"the segments end at {ends}, which is not in order")
        for end in sorted(set(ends)):
            rest = [segment for segment in self.transcribe(loaded, audio, after=end) if segment.final]
            expected = [segment for segment in whole if segment.end > end]
            if list(map(_essence, rest)) != list(map(_essence, expected)):
                pytest.fail(f"after {end:.2f} s came {text_of(rest)!r}; a whole run has {text_of(expected)!r} there, or at other times")

    @pytest.mark.parametrize("kind", ["digital zero", "a quiet room", "no chunk", "an empty chunk", "one sample", "ten milliseconds"])
    def test_silence_is_no_error(self, loaded: Loaded, kind: str) -> None:
        """Nothing that holds no speech raises, however short or empty it is.

        Troubleshooting: a loop over the audio may run zero times, a mean over nothing is NaN, and a window may be shorter than the
        engine's smallest: give no segment then.
        """
        rate = loaded.sample_rate
        audio: dict[str, Sound | Sequence[AudioChunk]] = {
            "digital zero": sounds.silence(3, rate),
            "a quiet room": sounds.faint_noise(3, rate),
            "no chunk": [],
            "an empty chunk": [AudioChunk(sounds.silence(0, rate), rate)],
            "one sample": [AudioChunk(sounds.faint_noise(1 / rate, rate), rate)],
            "ten milliseconds": sounds.faint_noise(0.01, rate),
        }
        self.transcribe(loaded, audio[kind])

    def test_digital_zero_gives_no_text(self, loaded: Loaded) -> None:
        """Where nothing was recorded nothing is written.

        Troubleshooting: many models invent text for silence ("Thank you."). Look at the energy, or at a voice activity detector, first.
        """
        if text := text_of(self.transcribe(loaded, sounds.silence(5, loaded.sample_rate))):
            pytest.fail(f"five seconds of digital zero became {text!r}")

    def test_an_error_of_the_source_comes_through(self, loaded: Loaded, alone: dict[str, list[Segment]]) -> None:
        """When the audio fails midway, its VoiceBridgeError reaches the caller, and the model is good for the next utterance.

        Troubleshooting: don't catch what iterating over ``audio`` raises. An engine that ends quietly instead passes off half a
        recording as a whole one; one that wraps the error in another type takes the reason away from the user.
        """

        def breaking() -> Iterator[AudioChunk]:
            rate = loaded.sample_rate
            yield from in_chunks(FOX.at(rate)[: 2 * rate], rate)
            raise InputError("the microphone is gone")

        try:
            heard = self.transcribe(loaded, breaking())
        except VoiceBridgeError:
            self._expect_next_is_right(loaded, alone)
        else:
            pytest.fail(f"the audio failed after two seconds, but the utterance ended as though it were whole: {text_of(heard)!r}")

    def test_an_impossible_request_is_a_voicebridge_error(self, loaded: Loaded) -> None:
        """A language that doesn't exist, or that the model doesn't know, is passed over or refused with a VoiceBridgeError.

        Troubleshooting: VoiceBridge shows the message of a VoiceBridgeError to the user as it stands; anything else looks like a crash.
        Wrap what the engine's own library raises: ``raise NotSupportedError("…") from error``.
        """
        engine, audio = loaded.engine, in_chunks(FOX.at(loaded.sample_rate), loaded.sample_rate)
        try:
            loaded.finish(lambda: list(engine.transcribe(audio, SttRequest(language="xx"))))
        except VoiceBridgeError as error:
            if "\n" in str(error) or not str(error).strip():
                pytest.fail(f"the message has to be one line that says what is wrong, then what to do: {str(error)!r}")

    def test_closing_early_stops_the_work(self, loaded: Loaded) -> None:
        """After ``close()`` of the iterator no more audio is taken; what was not needed until then stays unread.

        Troubleshooting: a generator stops at its ``yield`` by itself. Don't read on in ``finally``, and stop a thread that reads ahead.
        """
        rate = loaded.sample_rate
        pause = sounds.silence(2, rate)
        watched = WatchedAudio(in_chunks(np.concatenate([FOX.at(rate), pause, STELLA.at(rate), pause]), rate))

        def begin_and_close() -> float:
            segments = loaded.engine.transcribe(watched, self.request(loaded))
            next(segments)
            taken = watched.seconds
            segments.close()
            return taken

        [taken] = loaded.finish(begin_and_close)
        self.transcribe(loaded, FOX.at(rate))  # gives a thread that reads on the time to be caught
        if watched.seconds > taken:
            pytest.fail(f"{taken:.1f} s of audio had been taken when the iterator was closed, {watched.seconds:.1f} s afterwards")

    def test_closing_early_frees_the_model(self, loaded: Loaded, alone: dict[str, list[Segment]]) -> None:
        """Iterators that were closed early, or never begun, leave the model as it was for the next utterance.

        Troubleshooting: keep what belongs to one utterance in local variables of ``transcribe``, and hold locks with ``with``.
        """
        rate = loaded.sample_rate

        def begin_and_close() -> None:
            for begun in (True, False):
                segments = loaded.engine.transcribe(in_chunks(STELLA.at(rate), rate), self.request(loaded))
                if begun:
                    next(segments)
                segments.close()

        loaded.finish(begin_and_close)
        self._expect_next_is_right(loaded, alone)

    def test_two_utterances_at_once_do_not_mix(self, loaded: Loaded, alone: dict[str, list[Segment]]) -> None:
        """Two threads that transcribe through one loaded model in step with each other get the text that each would get alone.

        Troubleshooting: the model is shared, so ``self`` may hold nothing of an utterance: no buffer, no position, no language.
        A library that can't compute for two at once needs a lock around its call, not around the whole utterance.
        """
        rate, turnstile = loaded.sample_rate, Turnstile(2, self.patience / 40)
        engine, request = loaded.engine, self.request(loaded)

        def hear(stream: int, sample: sounds.Sample) -> str:
            return text_of(engine.transcribe(turnstile.through(stream, in_chunks(sample.at(rate), rate)), request))

        heard = loaded.finish(lambda: hear(0, FOX), lambda: hear(1, STELLA))
        for sample, text in zip((FOX, STELLA), heard, strict=True):
            _expect_same(text, text_of(alone[sample.name]), "alone")

    def test_an_utterance_may_begin_and_end_within_another(self, loaded: Loaded, alone: dict[str, list[Segment]]) -> None:
        """While one iterator rests between two segments, another utterance goes through the same model from start to end.

        Troubleshooting: a lock that is held across a ``yield`` keeps everybody else out for as long as the caller likes.
        """
        rate, request = loaded.sample_rate, self.request(loaded)
        both = np.concatenate([FOX.at(rate), sounds.silence(1.5, rate), STELLA.at(rate)])

        def nested() -> tuple[str, str]:
            outer = loaded.engine.transcribe(in_chunks(both, rate), request)
            first = next(outer)
            inner = text_of(loaded.engine.transcribe(in_chunks(STELLA.at(rate), rate), request))
            return text_of([first, *outer]), inner

        both_alone = text_of(self.transcribe(loaded, both))
        [(outer, inner)] = loaded.finish(nested)
        _expect_same(outer, both_alone, "alone")
        _expect_same(inner, text_of(alone[STELLA.name]), "alone")

    def test_words_lie_in_order_inside_their_segment(self, loaded: Loaded) -> None:
        """A model with ``words=True`` times every word when asked to.

        Troubleshooting: word times, too, are seconds from the start of the recording.
        """
        if not loaded.model.spec.words:
            pytest.skip("the descriptor has words=False")
        segments = self.transcribe(loaded, STELLA.at(loaded.sample_rate), words=True)
        expect_none([fault for segment in segments if segment.final for fault in word_faults(segment)])

    def test_text_comes_while_audio_still_arrives(self, loaded: Loaded) -> None:
        """A model with ``streaming=True`` gives its first segment long before a five-minute recording has been read.

        Troubleshooting: yield what was said between two pauses as soon as the second is heard, or say ``streaming=False``.
        """
        if not loaded.model.spec.streaming:
            pytest.skip("the descriptor has streaming=False")
        rate = loaded.sample_rate
        pause = sounds.silence(5, rate)
        talk = np.concatenate([FOX.at(rate), pause, STELLA.at(rate), pause])
        watched = WatchedAudio(sounds.repeated(talk, rate, seconds=300))
        segments = loaded.engine.transcribe(watched, self.request(loaded))
        loaded.finish(lambda: next(segments))
        taken = watched.seconds
        segments.close()
        if taken > 120:
            pytest.fail(f"the first segment came after {taken:.0f} s of audio")

    def _expect_like(self, heard: str, said: str) -> None:
        if likeness(heard, said) < self.min_likeness:
            pytest.fail(f"said: {said!r}, written: {heard!r}")

    def _expect_next_is_right(self, loaded: Loaded, alone: dict[str, list[Segment]]) -> None:
        _expect_same(text_of(self.transcribe(loaded, FOX.at(loaded.sample_rate))), text_of(alone[FOX.name]), "before")


def _essence(segment: Segment) -> tuple[float, float, str]:
    return round(segment.start, 2), round(segment.end, 2), segment.text


def _expect_same(heard: str, reference: str, when: str) -> None:
    if heard != reference:
        pytest.fail(f"{heard!r}; {when} it was {reference!r}")
