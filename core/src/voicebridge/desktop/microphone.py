"""A microphone, by miniaudio: PulseAudio, PipeWire, ALSA, JACK, Core Audio and WASAPI, with nothing to be installed on the system."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any

import miniaudio
import numpy as np

from voicebridge.desktop.sound_devices import ANSWER_SECONDS, Kind, SoundDevice, close, find_device, list_devices, real_backends
from voicebridge.desktop.waiting import within
from voicebridge.errors import Unavailable
from voicebridge.ports import Device
from voicebridge.speech import AudioChunk

PERIOD_MS = 20
"""How much sound the device gives at a time, and the longest chunk."""
PERIODS = 10
"""How many of these the device can hold, while Python keeps its thread waiting."""
PATIENCE = 2.0
"""Seconds without sound, after which a microphone is taken to be gone: no library tells."""
START_PATIENCE = 5.0
"""The same until the first: Bluetooth wakes slowly."""
_DOUBT = 0.5
"""Seconds without sound, after which it is looked for among the devices."""
_CLOSE_PATIENCE = 1.0
"""Seconds that a device is given to close."""
_GONE = "The microphone is gone: no sound comes from it any more. Check that it is connected and its sound server runs, then try again."


class MiniaudioMicrophone:
    """Records from any input of this machine; may be used from several threads at once."""

    def devices(self) -> Sequence[Device]:
        """Every input, microphones first; after them what hears an output.

        Raises:
            Unavailable: when there is no input in this session.
        """
        return [each.device for each in list_devices(Kind.INPUT)]

    def record(self, device: str | None, sample_rate: int) -> Iterator[AudioChunk]:
        """Yield sound as it is heard, in chunks of at most 20 ms, until the iterator is closed.

        Args:
            device: name or id of an input, or a part of it that no other has; ``None`` is the one that the system prefers.
            sample_rate: of the chunks, in Hz.

        Raises:
            Unavailable: when there is no such device, or it vanishes; what was heard before comes first.
        """
        source = find_device(Kind.INPUT, device) if device is not None else _default()
        longest = sample_rate * PERIOD_MS // 1000
        position = 0
        with _Capture(sample_rate, source) as capture:
            for data in capture.blocks():
                samples = np.frombuffer(data, np.float32)
                for at in range(0, len(samples), longest):
                    part = samples[at : at + longest]
                    yield AudioChunk(part, sample_rate, position / sample_rate)
                    position += len(part)


class _Capture:
    """A device that records, and the sound that waits to be taken."""

    def __init__(self, sample_rate: int, source: SoundDevice | None) -> None:
        """Open a device and start it.

        Raises:
            Unavailable: when it can't be opened.
        """
        self._heard: SimpleQueue[bytearray] = SimpleQueue()  # whoever puts something in is never kept waiting
        self._source = source
        name = f"The microphone {source.device.name!r}" if source else "The microphone"
        try:
            self._device: Any = within(ANSWER_SECONDS, lambda: _open(sample_rate, source, self._sink()))
        except (miniaudio.MiniaudioError, TimeoutError) as error:
            reason = error.args[0] if error.args else "it doesn't answer"
            raise Unavailable(f"{name} can't be opened: {reason}. Close what else uses it, or choose another with --device.") from error

    def blocks(self) -> Iterator[bytearray]:
        """What is heard, as ``float32``, without end.

        Raises:
            Unavailable: once nothing has come for too long.
        """
        left = START_PATIENCE
        while True:
            try:
                yield self._heard.get(timeout=min(left, _DOUBT))
                left = PATIENCE
            except Empty:
                left -= _DOUBT
                if left <= 0 or (self._source is not None and not _is_there(self._source)):
                    raise Unavailable(_GONE) from None

    def __enter__(self) -> _Capture:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with suppress(TimeoutError):  # of a server that hangs
            within(_CLOSE_PATIENCE, lambda: close(self._device))

    def _sink(self) -> Generator[None, bytearray, None]:
        """Takes what is heard, in a thread of the device's own."""
        while True:
            self._heard.put((yield))


def _default() -> SoundDevice | None:
    """What the system prefers, ``None`` where that is better left to it."""
    if sys.platform != "linux":
        return None
    # A sound server would move a recording that is bound to no device from a microphone that vanishes to another input. Without a
    # microphone that is one that hears what is played, and nobody would be told.
    source = next((each for each in list_devices(Kind.INPUT) if each.device.default), None)
    if source is not None and source.is_monitor:
        raise Unavailable(
            "No microphone is connected: the system's own choice hears what is played. Connect one, or name an input with --device."
        )
    return source


def _is_there(source: SoundDevice) -> bool:
    try:
        return any(each.device.id == source.device.id for each in within(PATIENCE, lambda: list_devices(Kind.INPUT)))
    except (Unavailable, TimeoutError):
        return False


def _open(sample_rate: int, source: SoundDevice | None, sink: Generator[None, bytearray, None]) -> Any:
    device = miniaudio.CaptureDevice(
        input_format=miniaudio.SampleFormat.FLOAT32,
        nchannels=1,
        sample_rate=sample_rate,
        buffersize_msec=PERIOD_MS,
        callback_periods=PERIODS,
        device_id=source.handle if source else None,
        backends=real_backends(),
        app_name="VoiceBridge",
    )
    next(sink)
    try:
        device.start(sink)
    except miniaudio.MiniaudioError:
        close(device)
        raise
    return device
