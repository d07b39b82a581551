"""Conformance tests for services of the kinds ``microphone`` and ``speaker``."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import count

import numpy as np
import pytest

from voicebridge.playback import Playing
from voicebridge.ports import Device, Microphone, Speaker
from voicebridge.speech import AudioChunk
from voicebridge.testing.extension import within
from voicebridge.testing.faults import chunk_faults
from voicebridge.testing.leftovers import Leftovers
from voicebridge.testing.service import PATIENCE, ServiceContract, expect_nothing, fastest, refusing
from voicebridge.testing.sounds import Sound, WatchedAudio, in_chunks
from voicebridge.testing.threads import run_together

_LONGEST = 0.05
"""Maximum seconds in a chunk of a microphone."""
_SLOW = 1.0
"""Seconds for which a consumer takes nothing."""
_SOON = 1.0
"""Maximum seconds until playback has ended after it was stopped."""
_AHEAD = 60.0
"""Maximum seconds of audio that a speaker may consume in advance."""
_RATE = 24_000
_NOBODY = "no such device of the conformance tests"


class SourceError(Exception):
    """Raised by the audio that a speaker receives."""


class MicrophoneContract(ServiceContract):
    """The rules for a service of the kind ``microphone``; the session needs a default input, whatever it records."""

    kind = "microphone"

    def create(self) -> Microphone:
        """Create the service; override it for one that isn't installed."""
        made: Microphone = super().create()
        return made

    def test_its_inputs_can_be_told_apart(self) -> None:
        """Each has an id of its own and a name, and at most one is the default.

        Troubleshooting: users choose an input by its name or id, which must stay the same for the same device.
        """
        _expect_devices(within(PATIENCE, "devices()", self.create().devices))

    def test_it_records_in_short_chunks_without_gaps(self) -> None:
        """At the requested rate, whichever it is: mono ``float32`` in [-1, 1], at most 50 ms, with times that count the samples.

        Troubleshooting: resample if the device has another rate, and split what it delivers.
        """
        for rate in (16_000, 44_100):
            chunks = within(PATIENCE, "record()", lambda rate=rate: _recorded(self.create(), rate, 0.4))  # type: ignore[misc]
            if faults := chunk_faults(chunks, rate):
                pytest.fail(f"recorded at {rate} Hz: {faults[0]}")
            if (longest := max(len(chunk.samples) for chunk in chunks)) > _LONGEST * rate:
                pytest.fail(f"a chunk has {longest / rate:.3f} s: yield at most {_LONGEST:g} s at once, as soon as they are recorded.")

    def test_who_takes_chunks_slowly_loses_none(self) -> None:
        """What is recorded while nobody takes chunks is kept.

        Troubleshooting: put what the device delivers in an unbounded queue, in the device's thread.
        """

        def wait_then_take() -> float:
            with closing(_begun(self.create(), 16_000)) as chunks:
                next(chunks)
                threading.Event().wait(_SLOW)
                began, taken = time.monotonic(), 0.0
                while taken < _SLOW * 0.9:
                    taken += next(chunks).duration
                return time.monotonic() - began

        took = fastest(3, lambda: within(PATIENCE, "record()", wait_then_take), _SLOW / 2)
        if took > _SLOW / 2:
            pytest.fail(f"after {_SLOW:g} s without taking chunks, those {_SLOW:g} s of audio were lost: keep them in a queue.")

    def test_it_can_be_closed_at_any_time_and_leaves_nothing(self) -> None:
        """Closing the iterator, also twice, ends the recording and frees the device; then another recording works.

        Troubleshooting: stop and close the device in ``finally`` of a generator, and join what was started.
        """

        def record_and_close() -> None:
            chunks = _begun(self.create(), 16_000)
            next(chunks)
            for _ in range(2):
                chunks.close()
            if next(chunks, None) is not None:
                pytest.fail("the closed iterator yielded a chunk: end it when it is closed.")

        within(PATIENCE, "record()", record_and_close)  # what a library creates once doesn't count
        left = Leftovers("the microphone", "close() of the iterator")
        for _ in range(2):
            within(PATIENCE, "record()", record_and_close)
        expect_nothing(left)

    def test_an_unknown_input_is_refused(self) -> None:
        """With an UnavailableError, before or instead of the first chunk, and never by recording another input.

        Troubleshooting: look it up among ``devices()``, by its id, its name, or a unique part of it.
        """
        with refusing(f"record({_NOBODY!r})"), closing(_begun(self.create(), 16_000, _NOBODY)) as chunks:
            next(chunks)


class SpeakerContract(ServiceContract):
    """The rules for a service of the kind ``speaker``; they play faint sounds on the session's default output."""

    kind = "speaker"

    def create(self) -> Speaker:
        """Create the service; override it for one that isn't installed."""
        made: Speaker = super().create()
        return made

    def test_its_outputs_can_be_told_apart(self) -> None:
        """Each has an id of its own and a name, and at most one is the default.

        Troubleshooting: users choose an output by its name or id, which must stay the same for the same device.
        """
        _expect_devices(within(PATIENCE, "devices()", self.create().devices))

    def test_it_returns_when_everything_has_been_played(self) -> None:
        """No sooner than the audio takes, at any rate and in chunks of any size; at once if there is none.

        Troubleshooting: wait until the device has played its buffers; closing it discards them.
        """
        within(PATIENCE, "play() of no audio", lambda: self.create().play([], None))
        for rate in (_RATE, 8_000):
            began = time.monotonic()
            within(PATIENCE, "play()", lambda rate=rate: self.create().play(in_chunks(_hum(0.5, rate), rate, [1, 0]), None))  # type: ignore[misc]
            if (took := time.monotonic() - began) < 0.4:
                pytest.fail(f"0.5 s of audio at {rate} Hz were played in {took:.2f} s: return when the last sample has been played.")

    def test_an_error_of_the_audio_is_passed_on(self) -> None:
        """An exception that is raised by ``audio`` comes out unchanged, after what came before it has been played.

        Troubleshooting: don't catch it, or raise it again at the end.
        """

        def failing() -> Iterator[AudioChunk]:
            yield AudioChunk(_hum(0.3, _RATE), _RATE)
            raise SourceError

        began = time.monotonic()
        try:
            run_together([lambda: self.create().play(failing(), None)], PATIENCE)
        except SourceError:
            pass
        except Exception as error:
            pytest.fail(f"play() raised {type(error).__name__}: {error}, not the exception of its audio: raise that one again, unchanged.")
        else:
            pytest.fail("play() returned although its audio had raised an exception: raise that exception again.")
        if (took := time.monotonic() - began) < 0.2:
            pytest.fail(f"the exception came after {took:.2f} s: play the 0.3 s of audio before it first.")

    def test_it_can_be_stopped_and_leaves_nothing(self) -> None:
        """From another thread, within a second; it hasn't consumed audio far ahead then, and leaves nothing behind.

        Troubleshooting: check ``playing.stopped`` for each block, and while waiting for the device; close the device in ``finally``.
        """

        def stopped_after_the_beginning() -> float:
            playing, audio = self._playing(), WatchedAudio(_endless())
            playback = _Playback(self.create(), audio, playing)
            playback.wait_for(lambda: playing.heard > 0, "report what has been played to playing.progress()")
            began = time.monotonic()
            playback.stop("check playing.stopped for each block.")
            if audio.seconds > _AHEAD:
                pytest.fail(f"play() had consumed {audio.seconds:.0f} s of audio in advance: wait until the device needs more.")
            return time.monotonic() - began

        stopped_after_the_beginning()  # what a library creates once doesn't count
        left = Leftovers("the speaker", "play()")
        took = fastest(3, stopped_after_the_beginning, _SOON)
        if took > _SOON:
            pytest.fail(f"play() returned {took:.1f} s after playing.stop(): check playing.stopped for each block.")
        expect_nothing(left)

    def test_nothing_is_consumed_while_it_is_paused(self) -> None:
        """A paused playback keeps its position, and can be stopped; one that was stopped before it began plays nothing.

        Troubleshooting: consume no audio while ``playing.level`` is 0.
        """
        playing = self._playing()
        playing.stop()
        within(PATIENCE, "play() of a stopped playback", lambda: self.create().play(_endless(), None, playing))
        playing = self._playing()
        playing.pause()
        playback = _Playback(self.create(), _endless(), playing)
        playback.thread.join(0.5)
        heard = playing.heard
        playback.stop("check playing.stopped while it is paused, too.")
        if heard > 0:
            pytest.fail(f"{heard:.2f} s were played in a pause: send silence while playing.level is 0.")

    def test_an_unknown_output_is_refused(self) -> None:
        """With an UnavailableError, and never by playing on another output.

        Troubleshooting: look it up among ``devices()``, by its id, its name, or a unique part of it.
        """
        with refusing(f"play() on {_NOBODY!r}"):
            self.create().play(in_chunks(_hum(0.1, _RATE), _RATE), _NOBODY)

    def _playing(self) -> Playing:
        if len(inspect.signature(self.create().play).parameters) < 3:
            pytest.skip("its play() has no parameter `playing`, so that reading aloud pauses and stops up to a second late")
        return Playing()


def _expect_devices(devices: Sequence[Device]) -> None:
    if wrong := [each for each in devices if not isinstance(each, Device)]:
        pytest.fail(f"devices() gave {wrong[0]!r}: return voicebridge.ports.Device objects.")
    if unnamed := [each for each in devices if not each.id or not each.name.strip()]:
        pytest.fail(f"devices() gave {unnamed[0]!r}: give it an id and a name.")
    if twice := [each.id for each in devices if [other.id for other in devices].count(each.id) > 1]:
        pytest.fail(f"devices() gave the id {twice[0]!r} twice: ids are unique.")
    if len(defaults := [each.name for each in devices if each.default]) > 1:
        pytest.fail(f"devices() gave several defaults: {', '.join(defaults)}. The system has one.")


class _Playback:
    """A playback in a thread of its own."""

    def __init__(self, speaker: Speaker, audio: Iterator[AudioChunk], playing: Playing) -> None:
        self._playing = playing
        self._error: Exception | None = None
        self.thread = threading.Thread(target=self._run, args=(speaker, audio), daemon=True)
        self.thread.start()

    def wait_for(self, reached: Callable[[], bool], otherwise: str) -> None:
        """Return when that is so while it plays."""
        until = time.monotonic() + PATIENCE
        while not reached():
            if not self.thread.is_alive() or time.monotonic() > until:
                self.stop("check playing.stopped for each block.")
                pytest.fail(f"play() of endless audio has told nothing, or ended: {otherwise}")
            self._playing.wait_silent(0.01)

    def stop(self, otherwise: str) -> None:
        """Stop it, and fail the running test if it doesn't end, or has failed."""
        self._playing.stop()
        self.thread.join(PATIENCE)
        if self.thread.is_alive():
            pytest.fail(f"play() didn't return after playing.stop(): {otherwise}")
        if self._error is not None:
            pytest.fail(f"play() raised {type(self._error).__name__}: {self._error}")

    def _run(self, speaker: Speaker, audio: Iterator[AudioChunk]) -> None:
        try:
            speaker.play(audio, None, self._playing)
        except Exception as error:  # told by stop()
            self._error = error


class _Recording:
    """The iterator of a recording, which must be one that can be closed."""

    def __init__(self, chunks: Iterator[AudioChunk]) -> None:
        self._chunks = chunks

    def __next__(self) -> AudioChunk:
        chunk = next(self._chunks)
        if not isinstance(chunk, AudioChunk):
            pytest.fail(f"record() yielded a {type(chunk).__name__}: yield voicebridge.AudioChunk objects.")
        return chunk

    def __iter__(self) -> _Recording:
        return self

    def close(self) -> None:
        close = getattr(self._chunks, "close", None)
        if close is None:
            pytest.fail("record() returned an iterator that can't be closed: make it a generator.")
        close()


def _begun(microphone: Microphone, rate: int, device: str | None = None) -> _Recording:
    return _Recording(iter(microphone.record(device, rate)))


def _recorded(microphone: Microphone, rate: int, seconds: float) -> list[AudioChunk]:
    taken: list[AudioChunk] = []
    with closing(_begun(microphone, rate)) as chunks:
        while sum(chunk.duration for chunk in taken) < seconds:
            taken.append(next(chunks))
    return taken


def _hum(seconds: float, rate: int) -> Sound:
    """A faint tone, which is audible to a device."""
    return (0.01 * np.sin(2 * np.pi * 220 * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def _endless() -> Iterator[AudioChunk]:
    hum = _hum(0.1, _RATE)
    return (AudioChunk(hum, _RATE, number / 10) for number in count())
