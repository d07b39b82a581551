"""Conformance tests for speech-to-text models: the protocol :class:`voicebridge.ports.SpeechToText`, tested with real speech."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from voicebridge.errors import InputError, VoiceBridgeError
from voicebridge.speech import AudioChunk, Segment, SttRequest
from voicebridge.testing import sounds
from voicebridge.testing.faults import segment_faults, word_faults
from voicebridge.testing.model import Loaded, expect_none
from voicebridge.testing.sounds import Sample, Sound, WatchedAudio, in_chunks
from voicebridge.testing.stt_partials import PartialRules
from voicebridge.testing.texts import text_of
from voicebridge.testing.threads import Turnstile

SLACK = 1.0
"""Seconds by which a segment may start before its speech or end after it; engines add padding."""


class SttContract(PartialRules):
    """All rules for a speech-to-text model; derive a test class and set ``model``."""

    def test_segments_are_well_formed_and_in_order_of_time(self, loaded: Loaded) -> None:
        """Starts never decrease, no end is before its start, all are within the audio; text is stripped and not empty.

        Troubleshooting: times are seconds from the start of the recording, not of a window or of the speech between two pauses. Clip an end
        that padding has moved beyond the audio.
        """
        rate = loaded.sample_rate
        audio = np.concatenate([self.samples[0].at(rate), sounds.silence(1.5, rate), self.samples[1].at(rate)])
        segments = self.transcribe(loaded, audio)
        faults = segment_faults(segments, len(audio) / rate, partials=loaded.model.spec.partials)
        expect_none(
            [
                *faults,
                *(f"{s.text!r} has words, which nobody asked for: fill them in only if request.words is set" for s in segments if s.words),
            ]
        )

    def test_timestamps_say_where_the_speech_is(self, loaded: Loaded) -> None:
        """A sentence between two silent sections has the right times, within a second.

        Troubleshooting: silence that the engine skips still counts as time; so does the rest between two windows.
        """
        rate = loaded.sample_rate
        spoken = self.samples[0].at(rate)
        segments = self.transcribe(loaded, np.concatenate([sounds.silence(3, rate), spoken, sounds.silence(3, rate)]))
        first, last = min(s.start for s in segments), max(s.end for s in segments)
        end = 3 + len(spoken) / rate
        if first < 3 - SLACK or last > end + SLACK or last < end - SLACK:
            pytest.fail(
                f"the sentence is spoken from 3.0 to {end:.1f} s, but its segments reach from {first:.1f} to {last:.1f} s: "
                "count time from the start of the recording, in local variables of the iterator."
            )

    def test_speech_becomes_its_words(self, alone: dict[str, list[Segment]]) -> None:
        """The engine transcribes the two spoken samples approximately.

        Troubleshooting: an engine for another language sets ``samples`` of its own, or ``understands_english = False``; a very small one
        lowers ``min_likeness``. Otherwise check the scale of the audio: samples are float32 in [-1, 1].
        """
        if not self._understands():
            pytest.skip("understands_english = False")
        for sample in self.samples:
            self._expect_like(text_of(alone[sample.name]), sample.text)

    def test_its_input_stays_as_it_was(self, loaded: Loaded) -> None:
        """The engine doesn't change the samples that it receives: dictation keeps them, and other engines may get the same.

        Troubleshooting: ``samples * gain`` creates a new array; ``samples *= gain`` and ``out=`` change the caller's.
        """
        rate = loaded.sample_rate
        audio = self.samples[0].at(rate)
        kept = audio.copy()
        self.transcribe(loaded, audio)
        if not np.array_equal(audio, kept):
            pytest.fail("the engine changed the samples that it was given: copy them before changing anything.")

    def test_the_size_of_chunks_makes_no_difference(self, loaded: Loaded, alone: dict[str, list[Segment]]) -> None:
        """The same audio in chunks of any size, including empty ones, gives the same text.

        Troubleshooting: collect samples until there are enough for a step of the engine; don't treat a chunk as a step.
        """
        sizes = [1, 0, 7, 5000, 160, 0, 12_345, 333]
        heard = text_of(self.transcribe(loaded, in_chunks(self.samples[0].at(loaded.sample_rate), loaded.sample_rate, sizes)))
        self._expect_same(loaded, heard, text_of(alone[self.samples[0].name]), "in chunks of 70 ms")

    @pytest.mark.parametrize("times", [0.5, 3.0], ids=["half the rate", "three times the rate"])
    def test_a_wrong_sample_rate_is_handled(self, loaded: Loaded, alone: dict[str, list[Segment]], times: float) -> None:
        """Chunks at a rate other than the descriptor's are resampled, or rejected with a VoiceBridgeError; never misinterpreted.

        Troubleshooting: check ``chunk.sample_rate``. Audio at half the rate, used as is, plays at double speed and pitch. Reject it:
        ``raise InputError(f"… takes {RATE} Hz, not {chunk.sample_rate}")``.
        """
        rate = round(loaded.sample_rate * times)
        try:
            segments = self.transcribe(loaded, in_chunks(self.samples[0].at(rate), rate))
        except VoiceBridgeError:
            return
        end, right_end = (max((s.end for s in each), default=0.0) for each in (segments, alone[self.samples[0].name]))
        if abs(end - right_end) > 0.2 * right_end:
            pytest.fail(
                f"at {rate} Hz the sentence ends at {end:.1f} s; at {loaded.sample_rate} Hz it ends at {right_end:.1f} s: "
                "check chunk.sample_rate, and raise an InputError if it is another one."
            )
        if self._understands():
            self._expect_like(text_of(segments), self.samples[0].text)

    def test_what_is_known_already_is_left_out(self, loaded: Loaded) -> None:
        """A model with ``resume=True`` and a given ``after`` yields exactly those segments of a complete run that end later.

        Troubleshooting: the audio still starts at its beginning, so that pauses, levels and other state of the engine are the same as in a
        complete run. Skip the computation for what ends by ``request.after``, not the reading. Segments have to be in the order of their
        ends, or set ``resume=False``.
        """
        if not loaded.model.spec.is_resumable:
            pytest.skip("the descriptor has resume=False or repeatable=False")
        rate = loaded.sample_rate
        pause = sounds.silence(1.5, rate)
        audio = np.concatenate([self.samples[0].at(rate), pause, self.samples[1].at(rate), pause] * 2)
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
        """Audio without speech raises no error, however short or empty it is.

        Troubleshooting: a loop over the audio may run zero times, a mean over nothing is NaN, and a window may be shorter than the engine's
        minimum: yield no segment then.
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
        """Silence gives no text.

        Troubleshooting: many models hallucinate text for silence ("Thank you."). Check the energy, or use voice activity detection, first.
        """
        if text := text_of(self.transcribe(loaded, sounds.silence(5, loaded.sample_rate))):
            pytest.fail(f"five seconds of digital zero became {text!r}: yield nothing if there is no speech.")

    def test_an_error_of_the_source_comes_through(self, loaded: Loaded, alone: dict[str, list[Segment]]) -> None:
        """If the audio fails midway, its VoiceBridgeError reaches the caller, and the model still works for the next utterance.

        Troubleshooting: don't catch errors raised by iterating over ``audio``. An engine that ends normally instead presents half a
        recording as complete; one that wraps the error in another type hides the reason from the user.
        """

        def breaking() -> Iterator[AudioChunk]:
            rate = loaded.sample_rate
            yield from in_chunks(self.samples[0].at(rate)[: 2 * rate], rate)
            raise InputError("the microphone is gone")

        try:
            heard = self.transcribe(loaded, breaking())
        except VoiceBridgeError:
            self._expect_next_is_right(loaded, alone)
        else:
            pytest.fail(
                f"the audio failed after two seconds, but the utterance ended as though it were whole: {text_of(heard)!r}. "
                "Don't catch errors that come from iterating over the audio."
            )

    def test_an_impossible_request_is_a_voicebridge_error(self, loaded: Loaded) -> None:
        """A language that doesn't exist, or that the model doesn't support, is ignored or rejected with a VoiceBridgeError.

        Troubleshooting: VoiceBridge shows the message of a VoiceBridgeError to the user as is; anything else looks like a crash. Wrap the
        errors of the engine's library: ``raise NotSupportedError("…") from error``.
        """
        engine, audio = loaded.engine, in_chunks(self.samples[0].at(loaded.sample_rate), loaded.sample_rate)
        try:
            loaded.finish(lambda: list(engine.transcribe(audio, SttRequest(language="xx"))))
        except VoiceBridgeError as error:
            if "\n" in str(error) or not str(error).strip():
                pytest.fail(f"the message has to be one line that says what is wrong, then what to do: {str(error)!r}")

    def test_closing_early_stops_the_work(self, loaded: Loaded) -> None:
        """After ``close()`` of the iterator, no more audio is consumed; audio that was not needed until then is not read.

        Troubleshooting: a generator stops at its ``yield`` automatically. Don't continue reading in ``finally``, and stop a thread that
        reads ahead.
        """
        rate = loaded.sample_rate
        pause = sounds.silence(2, rate)
        watched = WatchedAudio(in_chunks(np.concatenate([self.samples[0].at(rate), pause, self.samples[1].at(rate), pause]), rate))

        def begin_and_close() -> float:
            segments = loaded.engine.transcribe(watched, self.request(loaded))
            segments.first()
            taken = watched.seconds
            segments.close()
            return taken

        [taken] = loaded.finish(begin_and_close)
        self.transcribe(loaded, self.samples[0].at(rate))  # gives a thread that continues reading time to be detected
        if watched.seconds > taken:
            pytest.fail(
                f"{taken:.1f} s of audio had been taken when the iterator was closed, {watched.seconds:.1f} s afterwards: "
                "read no further in `finally`, and stop a thread that reads ahead."
            )

    def test_closing_early_frees_the_model(self, loaded: Loaded, alone: dict[str, list[Segment]]) -> None:
        """Iterators that were closed early, or never started, don't affect the next utterance.

        Troubleshooting: keep the state of an utterance in local variables of ``transcribe``, and hold locks with ``with``.
        """
        rate = loaded.sample_rate

        def begin_and_close() -> None:
            for begun in (True, False):
                segments = loaded.engine.transcribe(in_chunks(self.samples[1].at(rate), rate), self.request(loaded))
                if begun:
                    segments.first()
                segments.close()

        loaded.finish(begin_and_close)
        self._expect_next_is_right(loaded, alone)

    def test_two_utterances_at_once_do_not_mix(self, loaded: Loaded, alone: dict[str, list[Segment]]) -> None:
        """Two threads that use one loaded model in step get the same text as each alone.

        Troubleshooting: the model is shared, so ``self`` must not contain state of an utterance: no buffer, no position, no language. If
        the library is not thread-safe, put a lock around its call, not around the whole utterance.
        """
        rate, turnstile = loaded.sample_rate, Turnstile(2, self.patience / 40)
        engine, request = loaded.engine, self.request(loaded)

        def hear(stream: int, sample: Sample) -> str:
            return text_of(engine.transcribe(turnstile.through(stream, in_chunks(sample.at(rate), rate)), request))

        heard = loaded.finish(lambda: hear(0, self.samples[0]), lambda: hear(1, self.samples[1]))
        for sample, text in zip(self.samples, heard, strict=True):
            self._expect_same(loaded, text, text_of(alone[sample.name]), "alone")

    def test_an_utterance_may_begin_and_end_within_another(self, loaded: Loaded, alone: dict[str, list[Segment]]) -> None:
        """While one iterator is suspended between two segments, the same model transcribes another utterance completely.

        Troubleshooting: a lock held across a ``yield`` blocks all other utterances for as long as the caller likes.
        """
        rate, request = loaded.sample_rate, self.request(loaded)
        both = np.concatenate([self.samples[0].at(rate), sounds.silence(1.5, rate), self.samples[1].at(rate)])

        def nested() -> tuple[str, str]:
            outer = loaded.engine.transcribe(in_chunks(both, rate), request)
            first = outer.first()
            inner = text_of(loaded.engine.transcribe(in_chunks(self.samples[1].at(rate), rate), request))
            return text_of([first, *outer]), inner

        both_alone = text_of(self.transcribe(loaded, both))
        [(outer, inner)] = loaded.finish(nested)
        self._expect_same(loaded, outer, both_alone, "alone")
        self._expect_same(loaded, inner, text_of(alone[self.samples[1].name]), "alone")

    def test_words_lie_in_order_inside_their_segment(self, loaded: Loaded) -> None:
        """A model with ``words=True`` times every word on request.

        Troubleshooting: word timestamps are also seconds from the start of the recording.
        """
        if not loaded.model.spec.words:
            pytest.skip("the descriptor has words=False")
        segments = self.transcribe(loaded, self.samples[1].at(loaded.sample_rate), words=True)
        expect_none([fault for segment in segments if segment.final for fault in word_faults(segment)])

    def test_text_comes_while_audio_still_arrives(self, loaded: Loaded) -> None:
        """A model with ``streaming=True`` yields its first segment long before a five-minute recording has been read.

        Troubleshooting: yield the speech between two pauses as soon as the second pause is detected, or set ``streaming=False``.
        """
        if not loaded.model.spec.streaming:
            pytest.skip("the descriptor has streaming=False")
        rate = loaded.sample_rate
        pause = sounds.silence(5, rate)
        talk = np.concatenate([self.samples[0].at(rate), pause, self.samples[1].at(rate), pause])
        watched = WatchedAudio(sounds.repeated(talk, rate, seconds=300))
        segments = loaded.engine.transcribe(watched, self.request(loaded))
        loaded.finish(segments.first)
        taken = watched.seconds
        segments.close()
        if taken > 120:
            pytest.fail(
                f"the first segment came after {taken:.0f} s of audio: yield it at the pause, or set streaming=False in the descriptor."
            )


def _essence(segment: Segment) -> tuple[float, float, str]:
    return round(segment.start, 2), round(segment.end, 2), segment.text
