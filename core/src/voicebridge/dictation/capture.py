"""Record a microphone to a file before the audio is used; a lost microphone or a full disk ends it only if there is no alternative."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voicebridge.audio.capture_file import CaptureFile
from voicebridge.errors import OutputError, UnavailableError, cannot_write
from voicebridge.iterators import closed_after
from voicebridge.ports import Microphone
from voicebridge.speech import AudioChunk

Tell = Callable[[str], None]
"""Called with a one-line message for the user."""

MUTE = 3.0
"""Seconds of only zeros after which a microphone is considered muted or denied: a working one has some noise."""
MUTED = (
    "The microphone delivers only silence: it may be muted, or VoiceBridge may not be allowed to use it. Check the sound settings; on "
    "macOS and Windows also Privacy & Security > Microphone."
)


def captured(microphone: Microphone, device: str | None, sample_rate: int, path: Path, tell: Tell) -> Capture:
    """Record from a microphone to a file.

    Args:
        microphone: the microphone service.
        device: which of its devices; ``None`` is the system's default.
        sample_rate: in hertz.
        path: of the WAV file.
        tell: called when a microphone or the disk fails while the recording continues.
    """
    return Capture(microphone, device, sample_rate, path, tell)


class Capture:
    """A recording in progress; iterate over it for its chunks, each of which is in the file before it is yielded."""

    def __init__(self, microphone: Microphone, device: str | None, sample_rate: int, path: Path, tell: Tell) -> None:
        """Prepare, as for :func:`captured`; nothing is opened before the first chunk is requested."""
        self._microphone, self._device, self._rate, self._tell = microphone, device, sample_rate, tell
        self._file: CaptureFile | None = None
        self._given = 0  # samples
        self._chunks = self._run()
        self.path = path
        """The file with the recording, as much of it as there was space for: another file if the requested one could not be written."""

    @property
    def duration(self) -> float:
        """Seconds recorded."""
        return self._given / self._rate

    def __iter__(self) -> Capture:
        return self

    def __next__(self) -> AudioChunk:
        """Wait for the next chunk; times continue when the microphone changes.

        Raises:
            UnavailableError: if no microphone can be used any more; everything recorded before was yielded.
        """
        return next(self._chunks)

    def close(self) -> None:
        """Release the microphone and the file; called by the consumer."""
        self._chunks.close()

    def _run(self) -> Generator[AudioChunk, None, None]:
        device = self._device
        try:
            self._begin()
            while True:
                before = self._given
                try:
                    yield from self._record(device)
                    return
                except UnavailableError as error:
                    if device is None and self._given == before:
                        raise
                    self._tell(f"{error} Continuing with the system's default microphone.")
                    device = None  # which may have changed, if it was this one
        finally:
            if self._file is not None:
                self._file.close()

    def _record(self, device: str | None) -> Generator[AudioChunk, None, None]:
        zeros: int | None = 0  # since the start; None once decided
        with closed_after(self._microphone.record(device, self._rate)) as chunks:
            for chunk in chunks:
                self._keep(chunk.samples)
                start, self._given = self.duration, self._given + len(chunk.samples)
                if zeros is not None:
                    zeros = None if np.any(chunk.samples) else zeros + len(chunk.samples)
                    if zeros is not None and zeros >= MUTE * self._rate:
                        zeros = None
                        self._tell(MUTED)
                yield AudioChunk(chunk.samples, self._rate, start)

    def _begin(self) -> None:
        try:
            self._file = CaptureFile(self.path, self._rate)
        except OutputError as error:
            self._move(error, np.zeros(0, np.float32))

    def _keep(self, samples: npt.NDArray[np.float32]) -> None:
        if self._file is not None:
            try:
                self._file.write(samples)
            except OutputError as error:
                self._move(error, samples)

    def _move(self, error: OutputError, samples: npt.NDArray[np.float32]) -> None:
        """Continue with these samples in another place, or if that is full too, without a file."""
        full, self._file = self._file, None
        try:
            self._file = _spare(self.path.name, full, self._rate, samples)
        except OutputError:
            self._tell(f"{error} There is no space elsewhere either: speech is transcribed from now on, but the recording is not kept.")
        else:
            self.path = self._file.path
            self._tell(f"{error} The whole recording is in {self.path} instead.")
        finally:
            if full is not None:
                full.close()


def _spare(name: str, full: CaptureFile | None, sample_rate: int, samples: npt.NDArray[np.float32]) -> CaptureFile:
    """A file in a new temporary folder, with the content of the full one and these samples."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="voicebridge-"))
    except OSError as error:
        raise cannot_write(Path(tempfile.gettempdir()), error) from error
    file: CaptureFile | None = None
    try:
        file = CaptureFile(folder / name, sample_rate)
        for part in (*(full.read() if full else ()), samples):
            file.write(part)
    except OutputError:
        if file is not None:
            file.close()
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return file
