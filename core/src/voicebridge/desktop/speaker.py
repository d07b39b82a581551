"""A loudspeaker, by miniaudio: PulseAudio, PipeWire, ALSA, JACK, Core Audio and WASAPI, with nothing to be installed on the system."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from threading import Condition
from types import TracebackType
from typing import Any

import miniaudio
import numpy as np
import numpy.typing as npt

from voicebridge.audio.pcm import bounded
from voicebridge.desktop.sound_devices import ANSWER_SECONDS, Kind, SoundDevice, close, find_device, list_devices, real_backends
from voicebridge.desktop.sound_queue import SoundQueue
from voicebridge.desktop.waiting import within
from voicebridge.errors import Unavailable
from voicebridge.iterators import closed_after
from voicebridge.playback import Playing
from voicebridge.ports import Device
from voicebridge.speech import AudioChunk

PERIOD_MS = 100
"""How much sound the device asks for at a time. Python may keep its thread waiting for some tens of milliseconds."""
PERIODS = 2
PREBUFFER = PERIOD_MS * PERIODS / 1000
"""Seconds of sound, or all that there is, before the first is played: the device fills its buffers with them when it starts, and what
isn't there by then would be heard as a gap."""
AHEAD = 30.0
"""Seconds of sound that may wait to be played: so long may an engine take over one piece without being heard to."""
PATIENCE = 2.0
"""Seconds without being asked for sound, after which a device is taken to be gone."""
START_PATIENCE = 5.0
"""The same while it starts: Bluetooth wakes slowly."""
_CLOSE_PATIENCE = 1.0
"""Seconds that a device is given to close."""
_SETTLING = 1.0
"""Seconds within which a device has filled its buffers."""
_GONE = "The sound device is gone: it stopped asking for sound. Check that it is connected and its sound server runs, then try again."


class MiniaudioSpeaker:
    """Plays on any output of this machine; may be used from several threads at once."""

    def devices(self) -> Sequence[Device]:
        """Every output that can be played on.

        Raises:
            Unavailable: when there is no sound in this session.
        """
        return [output.device for output in list_devices(Kind.OUTPUT)]

    def play(self, audio: Iterable[AudioChunk], device: str | None, playing: Playing | None = None) -> None:
        """Return when the last sample has been heard; ``audio`` is closed then, and also when playing ends early.

        Chunks of another rate than the first are resampled. Where the engine is slower than real time there is silence until more comes.

        Args:
            audio: the sound; taken up to :data:`AHEAD` seconds before it is played. An error of it comes through after what was before it.
            device: name or id of an output, or a part of it that no other has; ``None`` is the one that the system prefers.
            playing: pauses, stops and softens it meanwhile; heard within half a second, of which the device itself takes most. Once it is
                stopped no more is taken of ``audio``; what is being waited for comes first.

        Raises:
            Unavailable: when there is no such device, or it vanishes while playing.
        """
        playing = playing or Playing()
        output = find_device(Kind.OUTPUT, device) if device is not None else None
        failure: Exception | None = None
        with closed_after(iter(audio)) as chunks:
            first = next((chunk for chunk in chunks if len(chunk.samples)), None)
            if first is None or playing.stopped:
                return
            with _Playback(first.sample_rate, output, playing) as playback, closing(_AtOneRate(first.sample_rate)) as converter:
                playback.add(first.samples)
                while not playing.stopped:
                    try:
                        chunk = next(chunks)
                    except StopIteration:
                        break
                    except Exception as error:  # what was made before it is still to be heard
                        failure = error
                        break
                    for samples in converter.convert(chunk):
                        playback.add(samples)
                for samples in converter.finish():
                    playback.add(samples)
                playback.finish()
        if failure is not None:
            raise failure


class _Playback:
    """A device that plays, and the sound that waits for it."""

    def __init__(self, sample_rate: int, output: SoundDevice | None, playing: Playing) -> None:
        """Open a device for sound of this rate (Hz); it starts once there is enough.

        Raises:
            Unavailable: when the device can't be opened.
        """
        self._rate = sample_rate
        self._playing = playing
        self._queue = SoundQueue(sample_rate, playing.level)
        self._asked = 0  # samples that the device has asked for
        self._given = 0  # samples of the sound that it has got
        self._silent = 0  # of those, how many it got none for since there was sound
        self._depth = 0.0  # samples that the device holds when its buffers are full
        self._started = self._last = 0.0
        self._runs = False  # whether it has asked for more than fills its buffers
        self._change = Condition()
        try:
            self._device: Any = within(ANSWER_SECONDS, lambda: _open(sample_rate, output))
        except (miniaudio.MiniaudioError, TimeoutError) as error:
            name = f"The sound device {output.device.name!r}" if output else "The sound device"
            reason = error.args[0] if error.args else "it doesn't answer"
            raise Unavailable(f"{name} can't be opened: {reason}. Close what else uses it, or choose another with --device.") from error

    def add(self, samples: npt.NDArray[np.float32]) -> None:
        """Append sound; waits while enough of it is waiting already, unless playing has been stopped.

        Raises:
            Unavailable: when the device has gone.
        """
        with self._change:
            self._queue.add(bounded(samples))
        if not self._started and self._queue.waiting >= PREBUFFER * self._rate:
            self._start()
        if self._started:
            asked = self._asked
            self._wait_until(lambda: self._queue.waiting <= AHEAD * self._rate and (self._asked > asked or self._is_fresh()))

    def finish(self) -> None:
        """Wait until the last of it has been heard, or playing has been stopped.

        Raises:
            Unavailable: when the device has gone.
        """
        if not self._started and not self._playing.stopped:
            self._start()
        # Stopping a device throws away what it still holds, nearly everywhere: silence has to push that out first.
        self._wait_until(lambda: self._queue.waiting == 0 and self._silent >= self._depth)

    def __enter__(self) -> _Playback:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._change:
            self._queue.clear()
        with suppress(TimeoutError):  # of a server that hangs
            within(_CLOSE_PATIENCE, lambda: close(self._device))
        self._playing.progress(self._heard, sounds=False)

    def _start(self) -> None:
        self._started = self._last = time.monotonic()
        source = self._source()
        next(source)
        try:
            within(START_PATIENCE, lambda: self._device.start(source))
        except (miniaudio.MiniaudioError, TimeoutError) as error:
            raise Unavailable(_GONE) from error

    def _source(self) -> Generator[bytes, int, None]:
        """Answers the device, in a thread of its own: as many samples as it asks for."""
        wanted = yield b""
        while True:
            wanted = yield self._take(wanted)

    def _take(self, wanted: int) -> bytes:
        with self._change:
            taken, filled = self._queue.take(wanted, self._playing.level)
            self._given += filled
            self._asked += wanted
            self._silent = wanted - filled if filled else self._silent + wanted
            self._last = time.monotonic()
            elapsed = self._last - self._started
            self._runs = self._runs or elapsed > PREBUFFER
            if elapsed < _SETTLING:
                self._depth = max(self._depth, self._asked - elapsed * self._rate)
            self._playing.progress(self._heard, sounds=filled > 0 or self._silent < self._depth)
            self._change.notify_all()
        return taken.tobytes()

    @property
    def _heard(self) -> float:
        """Seconds of the sound that the device no longer holds."""
        return max(0.0, self._given - max(0.0, self._depth - self._silent)) / self._rate

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._last < PATIENCE

    def _wait_until(self, reached: Callable[[], bool]) -> None:
        """Wait, as long as the device goes on asking; the time alone may jump, when the machine sleeps."""
        with self._change:
            while not (reached() or self._playing.stopped):
                asked = self._asked
                patience = PATIENCE if self._runs else START_PATIENCE
                if not self._change.wait_for(lambda asked=asked: reached() or self._asked > asked, patience):  # type: ignore[misc]
                    raise Unavailable(_GONE)


def _open(sample_rate: int, output: SoundDevice | None) -> Any:
    return miniaudio.PlaybackDevice(
        output_format=miniaudio.SampleFormat.FLOAT32,
        nchannels=1,
        sample_rate=sample_rate,
        buffersize_msec=PERIOD_MS,
        callback_periods=PERIODS,
        device_id=output.handle if output else None,
        backends=real_backends(),
        app_name="VoiceBridge",
    )


class _AtOneRate:
    """Makes sound of any rate one of the first chunk's."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._resampler: Any = None

    def convert(self, chunk: AudioChunk) -> Iterator[npt.NDArray[np.float32]]:
        """The sound of a chunk, or as much of it as can be resampled by now."""
        if chunk.sample_rate == self._rate:
            yield from self.finish()
            yield chunk.samples
            return
        import av  # rare enough that nobody else should wait for it

        from voicebridge.audio.resample import Resampler

        if self._resampler is None:
            self._resampler = Resampler(self._rate, self._rate // 10)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(chunk.samples[np.newaxis], np.float32), format="flt", layout="mono")
        frame.sample_rate = chunk.sample_rate
        yield from self._resampler.feed(frame)

    def finish(self) -> Iterator[npt.NDArray[np.float32]]:
        """What is left in the resampler."""
        if self._resampler is not None:
            yield from self._resampler.finish()

    def close(self) -> None:
        """Forget what is left."""
        if self._resampler is not None:
            self._resampler.close()
