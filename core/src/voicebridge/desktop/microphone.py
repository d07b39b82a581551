"""A microphone through miniaudio: PulseAudio, PipeWire, ALSA, JACK, Core Audio and WASAPI, without system libraries."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any

import miniaudio
import numpy as np

from voicebridge.desktop.sound_devices import ANSWER_SECONDS, DeviceKind, SoundDevice, close, find_device, list_devices, real_backends
from voicebridge.desktop.waiting import within
from voicebridge.errors import UnavailableError
from voicebridge.ports import Device
from voicebridge.speech import AudioChunk

PERIOD_MS = 20
"""The amount of audio per block of the device, and the longest chunk."""
PERIODS = 10
"""How many of these the device can buffer while Python delays its thread."""
PATIENCE = 2.0
"""Seconds without audio after which a microphone counts as removed: no library reports it."""
START_PATIENCE = 5.0
"""The same before the first audio: Bluetooth starts slowly."""
_DOUBT = 0.5
"""Seconds without audio after which it is looked up among the devices."""
_CLOSE_PATIENCE = 1.0
"""Time-out in seconds for closing a device."""
_GONE = "The microphone has stopped delivering sound. Check that it is connected and that the sound server is running, then try again."


class MiniaudioMicrophone:
    """Records from any input of this machine; thread-safe."""

    def devices(self) -> Sequence[Device]:
        """All inputs, microphones first; then those that record an output.

        Raises:
            UnavailableError: if there is no input in this session.
        """
        return [each.device for each in list_devices(DeviceKind.INPUT)]

    def record(self, device: str | None, sample_rate: int) -> Iterator[AudioChunk]:
        """Yield audio as it is recorded, in chunks of at most 20 ms, until the iterator is closed.

        Args:
            device: the name or id of an input, or a unique part of it; ``None`` is the system's default.
            sample_rate: of the chunks, in Hz.

        Raises:
            UnavailableError: if there is no such device, or it disappears; what was recorded before is yielded first.
        """
        source = find_device(DeviceKind.INPUT, device) if device is not None else _default()
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
    """A recording device with its queue."""

    def __init__(self, sample_rate: int, source: SoundDevice | None) -> None:
        """Open a device and start it.

        Raises:
            UnavailableError: if it can't be opened.
        """
        self._heard: SimpleQueue[bytearray] = SimpleQueue()  # unbounded, so that the device's thread never blocks
        self._source = source
        name = f"The microphone {source.device.name!r}" if source else "The microphone"
        try:
            self._device: Any = within(ANSWER_SECONDS, lambda: _open(sample_rate, source, self._sink()))
        except (miniaudio.MiniaudioError, TimeoutError) as error:
            reason = error.args[0] if error.args else "it doesn't answer"
            raise UnavailableError(
                f"{name} can't be opened: {reason}. Close other programs that use it, or choose another with --device."
            ) from error

    def blocks(self) -> Iterator[bytearray]:
        """The recorded audio as ``float32``, endlessly.

        Raises:
            UnavailableError: if nothing has arrived for too long.
        """
        left = START_PATIENCE
        while True:
            try:
                yield self._heard.get(timeout=min(left, _DOUBT))
                left = PATIENCE
            except Empty:
                left -= _DOUBT
                if left <= 0 or (self._source is not None and not _is_there(self._source)):
                    raise UnavailableError(_GONE) from None

    def __enter__(self) -> _Capture:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with suppress(TimeoutError):  # of a server that hangs
            within(_CLOSE_PATIENCE, lambda: close(self._device))

    def _sink(self) -> Generator[None, bytearray, None]:
        """Receives audio in the device's thread."""
        while True:
            self._heard.put((yield))


def _default() -> SoundDevice | None:
    """The system's default device, ``None`` if the system should choose it."""
    if sys.platform != "linux":
        return None
    # If a microphone disappears, a sound server would move an unbound recording to another input. Without another microphone, that is one
    # that records an output, and nobody would notice.
    source = next((each for each in list_devices(DeviceKind.INPUT) if each.device.default), None)
    if source is not None and source.is_monitor:
        raise UnavailableError(
            "No microphone found: the default input is a loopback of the output. Connect one, or choose an input with --device."
        )
    return source


def _is_there(source: SoundDevice) -> bool:
    try:
        return any(each.device.id == source.device.id for each in within(PATIENCE, lambda: list_devices(DeviceKind.INPUT)))
    except (UnavailableError, TimeoutError):
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
