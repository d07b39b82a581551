"""A microphone that stays open between recordings, for devices that start slowly, such as Bluetooth headsets."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Sequence
from queue import SimpleQueue
from threading import Lock, Thread

from voicebridge.errors import UnavailableError, VoiceBridgeError
from voicebridge.iterators import closed_after
from voicebridge.ports import Device, Microphone
from voicebridge.speech import AudioChunk

BEFORE = 0.5
"""Seconds of audio from before the start of a recording; nothing older is kept, and nothing leaves the memory."""
ON_ITS_WAY = 0.15
"""Maximum latency of the microphone in seconds."""
_PATIENCE = 3.0
"""Time-out in seconds for closing the device."""


class WarmMicrophone:
    """Records from one device that stays open; a second concurrent recording, or one from another device, opens it separately."""

    def __init__(self, microphone: Microphone, device: str | None, sample_rate: int) -> None:
        """Open a device and start recording.

        Args:
            microphone: the microphone service.
            device: which of its devices; ``None`` is the system's default.
            sample_rate: of future recordings, in Hz.
        """
        self._microphone, self._device, self._rate = microphone, device, sample_rate
        self._last: deque[AudioChunk] = deque()
        self._taker: SimpleQueue[AudioChunk | VoiceBridgeError] | None = None
        self._lock = Lock()
        self._deaf_until = 0.0
        self._closed = False
        self._listens = False
        self._thread = self._listen()

    def devices(self) -> Sequence[Device]:
        """All inputs."""
        return self._microphone.devices()

    def record(self, device: str | None, sample_rate: int) -> Generator[AudioChunk, None, None]:
        """Yield audio as it is recorded, from :data:`BEFORE` seconds ago on.

        Raises:
            UnavailableError: if there is no such device, or it disappears; what was recorded before is yielded first.
        """
        heard: SimpleQueue[AudioChunk | VoiceBridgeError] = SimpleQueue()
        if (device, sample_rate) != (self._device, self._rate) or not self._take(heard):
            yield from self._microphone.record(device, sample_rate)
            return
        position = 0
        try:
            while True:
                chunk = heard.get()
                if isinstance(chunk, VoiceBridgeError):
                    raise chunk
                yield AudioChunk(chunk.samples, sample_rate, position / sample_rate)
                position += len(chunk.samples)
        finally:
            with self._lock:
                self._taker = None

    def forget(self) -> None:
        """Discard what was recorded so far or is in the device's buffer: it came from a playback."""
        with self._lock:
            self._last.clear()
            self._deaf_until = time.monotonic() + ON_ITS_WAY

    def close(self) -> None:
        """Close the device."""
        self._closed = True
        self._thread.join(_PATIENCE)

    def _take(self, heard: SimpleQueue[AudioChunk | VoiceBridgeError]) -> bool:
        with self._lock:
            if self._taker is not None or self._closed:
                return False
            for chunk in self._last:
                heard.put(chunk)
            self._last.clear()
            self._taker = heard
            if not self._listens:  # it had disappeared, and may be back
                self._thread = self._listen()
            return True

    def _listen(self) -> Thread:
        self._listens = True
        thread = Thread(target=self._run, name="warm-microphone", daemon=True)
        thread.start()
        return thread

    def _run(self) -> None:
        end: VoiceBridgeError = UnavailableError("The microphone was closed.")
        try:
            with closed_after(self._microphone.record(self._device, self._rate)) as chunks:
                for chunk in chunks:
                    if self._closed:
                        break
                    self._hear(chunk)
        except VoiceBridgeError as error:
            end = error
        with self._lock:
            self._listens = False
            self._last.clear()
            if self._taker is not None:
                self._taker.put(end)

    def _hear(self, chunk: AudioChunk) -> None:
        with self._lock:
            if time.monotonic() < self._deaf_until:
                return
            if self._taker is not None:
                self._taker.put(chunk)
                return
            self._last.append(chunk)
            while sum(each.duration for each in self._last) - self._last[0].duration >= BEFORE:
                self._last.popleft()
