"""What a microphone hears, in a file before anybody else has it; no lost microphone and no full disk ends it while there is another."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voicebridge.audio.capture_file import CaptureFile
from voicebridge.errors import OutputError, Unavailable, cannot_write
from voicebridge.iterators import closed_after
from voicebridge.ports import Microphone
from voicebridge.speech import AudioChunk

Tell = Callable[[str], None]
"""Told what the user should know, in one line."""

MUTE = 3.0
"""Seconds of nothing but zeros, after which a microphone is taken to be muted or forbidden: one that works hears some noise."""
MUTED = (
    "The microphone gives nothing but silence: it may be muted, or VoiceBridge may not use it. Look at the sound settings; on macOS and "
    "Windows also at Privacy & Security, Microphone."
)


def captured(microphone: Microphone, device: str | None, sample_rate: int, path: Path, tell: Tell) -> Capture:
    """Record from a microphone, and into a file.

    Args:
        microphone: that records.
        device: which of its devices; ``None`` is the one that the system prefers.
        sample_rate: hertz.
        path: of the WAV.
        tell: told when a microphone or the disk fails while the recording goes on.
    """
    return Capture(microphone, device, sample_rate, path, tell)


class Capture:
    """A recording under way; iterate over it for its chunks, each of which is in the file before it is given on."""

    def __init__(self, microphone: Microphone, device: str | None, sample_rate: int, path: Path, tell: Tell) -> None:
        """Prepare, as :func:`captured` says; nothing is opened before the first chunk is asked for."""
        self._microphone, self._device, self._rate, self._tell = microphone, device, sample_rate, tell
        self._file: CaptureFile | None = None
        self._given = 0  # samples
        self._chunks = self._run()
        self.path = path
        """What has the recording from its beginning, or as much of it as there was room for: another file once the one that was asked
        for could not be written."""

    @property
    def duration(self) -> float:
        """Seconds that were heard."""
        return self._given / self._rate

    def __iter__(self) -> Capture:
        return self

    def __next__(self) -> AudioChunk:
        """Wait for the next chunk; their times count on when the microphone changes.

        Raises:
            Unavailable: when no microphone can be recorded from any more; all that was heard was given before.
        """
        return next(self._chunks)

    def close(self) -> None:
        """Let go of the microphone and the file; whoever takes the chunks calls this."""
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
                except Unavailable as error:
                    if device is None and self._given == before:
                        raise
                    self._tell(f"{error} Going on with the microphone that the system prefers.")
                    device = None  # which may be another by now, where it was this one
        finally:
            if self._file is not None:
                self._file.close()

    def _record(self, device: str | None) -> Generator[AudioChunk, None, None]:
        zeros: int | None = 0  # since it began; None once that is settled
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
        """Go on with these in another place, or where there is no room either, without a file."""
        full, self._file = self._file, None
        try:
            self._file = _spare(self.path.name, full, self._rate, samples)
        except OutputError:
            self._tell(f"{error} There is no room elsewhere: what is said from now on is transcribed, and not kept.")
        else:
            self.path = self._file.path
            self._tell(f"{error} The whole recording is in {self.path} instead.")
        finally:
            if full is not None:
                full.close()


def _spare(name: str, full: CaptureFile | None, sample_rate: int, samples: npt.NDArray[np.float32]) -> CaptureFile:
    """A file in a new folder among the system's temporary ones, with what the full one had, and these samples."""
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
