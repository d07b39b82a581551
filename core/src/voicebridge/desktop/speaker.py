"""A speaker through miniaudio: PulseAudio, PipeWire, ALSA, JACK, Core Audio and WASAPI, without system libraries."""

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
from voicebridge.desktop.sound_devices import ANSWER_SECONDS, DeviceKind, SoundDevice, close, find_device, list_devices, real_backends
from voicebridge.desktop.sound_queue import SoundQueue
from voicebridge.desktop.waiting import within
from voicebridge.errors import UnavailableError
from voicebridge.iterators import closed_after
from voicebridge.playback import Playing
from voicebridge.ports import Device
from voicebridge.speech import AudioChunk

PERIOD_MS = 100
"""The amount of audio per request of the device. Python may delay its thread by some tens of milliseconds."""
PERIODS = 2
PREBUFFER = PERIOD_MS * PERIODS / 1000
"""Seconds of audio, or all of it, before playback starts: the device fills its buffers with them, and missing audio would be audible as a
gap.
"""
AHEAD = 30.0
"""Maximum seconds of buffered audio: an engine may take this long for one passage without a gap."""
PATIENCE = 2.0
"""Seconds without a request, after which a device counts as removed."""
START_PATIENCE = 5.0
"""The same at the start: Bluetooth starts slowly."""
_CLOSE_PATIENCE = 1.0
"""Time-out in seconds for closing a device."""
_SETTLING = 1.0
"""Seconds within which a device has filled its buffers."""
_GONE = "The sound device has stopped playing. Check that it is connected and that the sound server is running, then try again."


class MiniaudioSpeaker:
    """Plays on any output of this machine; thread-safe."""

    def devices(self) -> Sequence[Device]:
        """All outputs.

        Raises:
            UnavailableError: if there is no audio in this session.
        """
        return [output.device for output in list_devices(DeviceKind.OUTPUT)]

    def play(self, audio: Iterable[AudioChunk], device: str | None, playing: Playing | None = None) -> None:
        """Return when the last sample has been played; ``audio`` is then closed, also if playback ends early.

        Chunks of another rate than the first are resampled. If the engine is slower than real time, there is silence until more arrives.

        Args:
            audio: the audio; consumed up to :data:`AHEAD` seconds ahead. Its error is raised after what came before it.
            device: the name or id of an output, or a unique part of it; ``None`` is the system's default.
            playing: pauses, stops and fades the playback, audible within half a second, mostly because of the device. When it is stopped,
                ``audio`` is not consumed any more, after the item that is being waited for.

        Raises:
            UnavailableError: if there is no such device, or it disappears while playing.
        """
        playing = playing or Playing()
        output = find_device(DeviceKind.OUTPUT, device) if device is not None else None
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
                    except Exception as error:  # play what came before the error
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
    """A playback device with its queue."""

    def __init__(self, sample_rate: int, output: SoundDevice | None, playing: Playing) -> None:
        """Open a device for audio of this rate (Hz); it starts when there is enough.

        Raises:
            UnavailableError: if the device can't be opened.
        """
        self._rate = sample_rate
        self._playing = playing
        self._queue = SoundQueue(sample_rate, playing.level)
        self._asked = 0  # samples requested by the device
        self._given = 0  # samples of audio that it received
        self._silent = 0  # requested samples without audio since the last audio
        self._depth = 0.0  # samples in the device's full buffers
        self._started = self._last = 0.0
        self._runs = False  # whether it has requested more than its buffers hold
        self._change = Condition()
        try:
            self._device: Any = within(ANSWER_SECONDS, lambda: _open(sample_rate, output))
        except (miniaudio.MiniaudioError, TimeoutError) as error:
            name = f"The sound device {output.device.name!r}" if output else "The sound device"
            reason = error.args[0] if error.args else "it doesn't answer"
            raise UnavailableError(
                f"{name} can't be opened: {reason}. Close other programs that use it, or choose another with --device."
            ) from error

    def add(self, samples: npt.NDArray[np.float32]) -> None:
        """Append audio; waits while the queue is full, unless playback has been stopped.

        Raises:
            UnavailableError: if the device was removed.
        """
        with self._change:
            self._queue.add(bounded(samples))
        if not self._started and self._queue.waiting >= PREBUFFER * self._rate:
            self._start()
        if self._started:
            asked = self._asked
            self._wait_until(lambda: self._queue.waiting <= AHEAD * self._rate and (self._asked > asked or self._is_fresh()))

    def finish(self) -> None:
        """Wait until the end of the audio has been played, or playback has been stopped.

        Raises:
            UnavailableError: if the device was removed.
        """
        if not self._started and not self._playing.stopped:
            self._start()
        # Stopping a device discards its buffers on nearly all systems: silence has to push the audio out first.
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
            raise UnavailableError(_GONE) from error

    def _source(self) -> Generator[bytes, int, None]:
        """Provides the requested samples, in the device's thread."""
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
        """Seconds of the audio that have left the device's buffers."""
        return max(0.0, self._given - max(0.0, self._depth - self._silent)) / self._rate

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._last < PATIENCE

    def _wait_until(self, reached: Callable[[], bool]) -> None:
        """Wait as long as the device sends requests; the clock alone may jump when the machine sleeps."""
        with self._change:
            while not (reached() or self._playing.stopped):
                asked = self._asked
                patience = PATIENCE if self._runs else START_PATIENCE
                if not self._change.wait_for(lambda asked=asked: reached() or self._asked > asked, patience):  # type: ignore[misc]
                    raise UnavailableError(_GONE)


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
    """Resamples audio of any rate to that of the first chunk."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._resampler: Any = None

    def convert(self, chunk: AudioChunk) -> Iterator[npt.NDArray[np.float32]]:
        """The audio of a chunk, as far as it can be resampled by now."""
        if chunk.sample_rate == self._rate:
            yield from self.finish()
            yield chunk.samples
            return
        import av  # rare, so the import is not at the top

        from voicebridge.audio.resample import Resampler

        if self._resampler is None:
            self._resampler = Resampler(self._rate, self._rate // 10)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(chunk.samples[np.newaxis], np.float32), format="flt", layout="mono")
        frame.sample_rate = chunk.sample_rate
        yield from self._resampler.feed(frame)

    def finish(self) -> Iterator[npt.NDArray[np.float32]]:
        """The rest in the resampler."""
        if self._resampler is not None:
            yield from self._resampler.finish()

    def close(self) -> None:
        """Discard the rest."""
        if self._resampler is not None:
            self._resampler.close()
