"""What the kit feeds to engines: spoken samples, and audio and text that know how much of them was taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files

import av
import numpy as np
import numpy.typing as npt

from voicebridge.speech import AudioChunk

Sound = npt.NDArray[np.float32]
"""``float32[n]``, mono, in [-1, 1]."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A spoken sentence that comes with the kit, in English."""

    name: str
    text: str
    """What is said, word for word."""

    def at(self, sample_rate: int) -> Sound:
        """The sentence at a sample rate in Hertz, properly resampled."""
        resampler = av.AudioResampler(format="flt", layout="mono", rate=sample_rate)
        with as_file(files("voicebridge.testing") / "samples" / f"{self.name}.flac") as path, av.open(str(path)) as container:
            frames = [resampled for frame in container.decode(audio=0) for resampled in resampler.resample(frame)]
        frames += resampler.resample(None)
        return np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.float32)


FOX = Sample("fox", "The quick brown fox jumps over the lazy dog.")
STELLA = Sample("stella", "Please call Stella, and ask her to bring these things with her from the store.")


def silence(seconds: float, sample_rate: int) -> Sound:
    """Digital zero."""
    return np.zeros(round(seconds * sample_rate), np.float32)


def faint_noise(seconds: float, sample_rate: int) -> Sound:
    """What a quiet room sounds like, about -66 dB; the same each time."""
    return (np.random.default_rng(0).standard_normal(round(seconds * sample_rate)) * 5e-4).astype(np.float32)


def in_chunks(sound: Sound, sample_rate: int, sizes: Iterable[int] = ()) -> Iterator[AudioChunk]:
    """The sound in chunks of these ``sizes`` (samples); what is left over, or all of it, in chunks of 70 ms."""
    begin = 0
    for size in sizes:
        yield AudioChunk(sound[begin : begin + size], sample_rate, begin / sample_rate)
        begin += size
    step = sample_rate * 7 // 100
    for start in range(begin, len(sound), step):
        yield AudioChunk(sound[start : start + step], sample_rate, start / sample_rate)


def repeated(sound: Sound, sample_rate: int, seconds: float) -> Iterator[AudioChunk]:
    """The sound over and over, in chunks of 70 ms, for at least ``seconds``."""
    start = 0.0
    while start < seconds:
        for chunk in in_chunks(sound, sample_rate):
            yield AudioChunk(chunk.samples, sample_rate, start + chunk.start)
        start += len(sound) / sample_rate


def joined(chunks: Iterable[AudioChunk]) -> Sound:
    """All samples of some chunks."""
    return np.concatenate([np.zeros(0, np.float32), *(np.ravel(chunk.samples) for chunk in chunks)])


def likeness(heard: Sound, said: Sound) -> float:
    """How like the best matching part of a recording is to what was said: 1 is the same; a gap or a repetition within it halves that."""
    size = 1 << (len(heard) + len(said)).bit_length()
    match = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size)), size)[: len(heard)]
    at = int(np.argmax(np.abs(match)))
    there = heard[at : at + len(said)]
    there = np.pad(there, (0, len(said) - len(there)))
    return float(np.dot(there, said) / (np.linalg.norm(there) * np.linalg.norm(said) + 1e-9))


class WatchedText:
    """Passes pieces of text on and counts them, so that a test sees how many an engine took."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces = iter(pieces)
        self.taken = 0
        """How many have been taken."""

    def __iter__(self) -> WatchedText:
        return self

    def __next__(self) -> str:
        piece = next(self._pieces)
        self.taken += 1
        return piece


class WatchedAudio:
    """Passes chunks on and counts them, so that a test sees how much an engine took."""

    def __init__(self, chunks: Iterable[AudioChunk]) -> None:
        self._chunks = iter(chunks)
        self.seconds = 0.0
        """How much has been taken."""
        self.ended = False
        """Whether the engine came to the end."""

    def __iter__(self) -> WatchedAudio:
        return self

    def __next__(self) -> AudioChunk:
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self.ended = True
            raise
        self.seconds += chunk.duration
        return chunk
