"""Inputs for engines: speech samples, and audio and text that record how much was consumed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from voicebridge.speech import AudioChunk

Sound = npt.NDArray[np.float32]
"""``float32[n]``, mono, in [-1, 1]."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A spoken sentence: one of the two English ones of the tests, or an author's own in another language."""

    name: str
    """For messages; without ``audio``, the name of one of the tests' own recordings."""
    text: str
    """The spoken text."""
    language: str = "en"
    """The ISO 639-1 code of its language."""
    audio: Path | Sound | None = None
    """A recording in any format, or samples: ``float32[n]``, mono, in [-1, 1], at ``sample_rate``. It lasts two to ten seconds, with speech
    from beginning to end.
    """
    sample_rate: int = 16_000
    """Hertz; only for an array."""

    def at(self, sample_rate: int) -> Sound:
        """The sentence at a sample rate in Hertz, properly resampled; the caller may change the array."""
        return _decoded(self, sample_rate).copy()


@cache
def _decoded(sample: Sample, sample_rate: int) -> Sound:
    """Nearly every test asks for a sample, and decoding takes longer than most of them."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=sample_rate)
    frames = [resampled for frame in _frames(sample) for resampled in resampler.resample(frame)]
    frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.float32)


def _frames(sample: Sample) -> Iterator[av.AudioFrame]:
    if isinstance(sample.audio, np.ndarray):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sample.audio[np.newaxis], np.float32), format="flt", layout="mono")
        frame.sample_rate = sample.sample_rate
        yield frame
        return
    with ExitStack() as stack:
        own = files("voicebridge.testing") / "samples" / f"{sample.name}.flac"
        path = sample.audio if sample.audio is not None else stack.enter_context(as_file(own))
        yield from stack.enter_context(av.open(str(path))).decode(audio=0)


FOX = Sample("fox", "The quick brown fox jumps over the lazy dog.")
STELLA = Sample("stella", "Please call Stella, and ask her to bring these things with her from the store.")


def silence(seconds: float, sample_rate: int) -> Sound:
    """Digital zero."""
    return np.zeros(round(seconds * sample_rate), np.float32)


def faint_noise(seconds: float, sample_rate: int) -> Sound:
    """A quiet room, about -66 dB; always the same samples."""
    return (np.random.default_rng(0).standard_normal(round(seconds * sample_rate)) * 5e-4).astype(np.float32)


def in_chunks(sound: Sound, sample_rate: int, sizes: Iterable[int] = ()) -> Iterator[AudioChunk]:
    """The audio in chunks of these ``sizes`` (samples); the rest, or all of it, in chunks of 70 ms."""
    begin = 0
    for size in sizes:
        yield AudioChunk(sound[begin : begin + size], sample_rate, begin / sample_rate)
        begin += size
    step = sample_rate * 7 // 100
    for start in range(begin, len(sound), step):
        yield AudioChunk(sound[start : start + step], sample_rate, start / sample_rate)


def repeated(sound: Sound, sample_rate: int, seconds: float) -> Iterator[AudioChunk]:
    """The audio repeated for at least ``seconds``, in chunks of 70 ms."""
    start = 0.0
    while start < seconds:
        for chunk in in_chunks(sound, sample_rate):
            yield AudioChunk(chunk.samples, sample_rate, start + chunk.start)
        start += len(sound) / sample_rate


def joined(chunks: Iterable[AudioChunk]) -> Sound:
    """All samples of some chunks."""
    return np.concatenate([np.zeros(0, np.float32), *(np.ravel(chunk.samples) for chunk in chunks)])


def likeness(heard: Sound, said: Sound) -> float:
    """Similarity of the best matching part of a recording to the reference: 1 is identical; a gap or a repetition halves it."""
    size = 1 << (len(heard) + len(said)).bit_length()
    match = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size)), size)[: len(heard)]
    at = int(np.argmax(np.abs(match)))
    there = heard[at : at + len(said)]
    there = np.pad(there, (0, len(said) - len(there)))
    return float(np.dot(there, said) / (np.linalg.norm(there) * np.linalg.norm(said) + 1e-9))


class WatchedText:
    """Passes on passages of text and counts them, so that a test knows how many an engine consumed."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces = iter(pieces)
        self.taken = 0
        """How many were consumed."""

    def __iter__(self) -> WatchedText:
        return self

    def __next__(self) -> str:
        piece = next(self._pieces)
        self.taken += 1
        return piece


class WatchedAudio:
    """Passes on chunks and counts them, so that a test knows how much an engine consumed."""

    def __init__(self, chunks: Iterable[AudioChunk]) -> None:
        self._chunks = iter(chunks)
        self.seconds = 0.0
        """How much was consumed."""
        self.ended = False
        """Whether the engine read to the end."""

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
