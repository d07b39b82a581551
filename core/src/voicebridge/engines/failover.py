"""Jobs that survive their engine: if it is gone in the middle, the next one continues, and nothing is lost or repeated."""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import IO, TYPE_CHECKING

from voicebridge.engines.messages import PeerGoneError
from voicebridge.iterators import closed_after
from voicebridge.speech import AudioChunk, Segment, SttRequest, TtsRequest

if TYPE_CHECKING:
    from voicebridge.ports import SpeechToText, TextToSpeech

IN_MEMORY = 16 * 1024 * 1024
"""Bytes of audio that are kept in memory; more goes to a temporary file."""
KEPT = 256 * 1024 * 1024
"""Maximum bytes of audio that are kept, 70 minutes at 16 kHz: beyond that, a job can't be restarted."""
_HEAD = struct.Struct("=idi")

Attempt = Callable[[SttRequest], Iterable[Segment]]
"""Starts transcribing a recording with a request for the missing part, and yields segments."""


def transcribe(
    engines: Iterable[SpeechToText], audio: Iterable[AudioChunk], request: SttRequest, *, resumes: bool
) -> Generator[Segment, None, None]:
    """Segments from the first engine or, if it is gone, from the next.

    Args:
        engines: used one after another, as needed.
        audio: of the recording.
        request: the request for the engine.
        resumes: whether the model can resume in the middle; otherwise it starts over, unless a final segment was already yielded.

    Raises:
        PeerGoneError: if all are gone, or none can continue.
        VoiceBridgeError: errors of an engine.
    """
    with ReplayBuffer(audio) as kept:
        attempts = (partial(_transcribe_kept, engine, kept) for engine in engines)
        yield from transcribe_by(attempts, request, resumes=resumes, repeatable=lambda: kept.is_whole)


def transcribe_by(
    attempts: Iterable[Attempt], request: SttRequest, *, resumes: bool, repeatable: Callable[[], bool] = lambda: True
) -> Generator[Segment, None, None]:
    """Segments from the first attempt or, if its engine is gone, from the next.

    Args:
        attempts: started one after another, as needed.
        request: the request for the engine.
        resumes: whether the model can resume in the middle; otherwise it starts over, unless a final segment was already yielded.
        repeatable: whether the audio can be read from its start again.

    Raises:
        PeerGoneError: if all are gone, or none can continue.
        VoiceBridgeError: errors of an engine.
    """
    gone = PeerGoneError("No engine was there.")
    given = _Given(request)
    for attempt in attempts:
        known = given.behind
        try:
            with closed_after(attempt(given.request)) as segments:
                for segment in segments:
                    if known:
                        known -= segment.final
                        continue
                    given.add(segment)
                    yield segment
        except PeerGoneError as error:
            gone = error
            if not repeatable() or (given.anything and not resumes):
                break
        else:
            return
    raise gone


def _transcribe_kept(engine: SpeechToText, kept: ReplayBuffer, request: SttRequest) -> Iterable[Segment]:
    return engine.transcribe(kept.all(), request)


def synthesize(engines: Iterable[TextToSpeech], text: Iterable[str], request: TtsRequest) -> Generator[AudioChunk, None, None]:
    """Audio from the first engine or, if it is gone, from the next, which skips as much as was already yielded.

    Args:
        engines: used one after another, as needed.
        text: the text to speak.
        request: the request for the engine.

    Raises:
        PeerGoneError: if all are gone.
        VoiceBridgeError: errors of an engine.
    """
    gone = PeerGoneError("No engine was there.")
    pieces: list[str] = []
    source, given = iter(text), 0
    for engine in engines:
        known = given
        try:
            with closed_after(engine.synthesize(_replayed(pieces, source), request)) as chunks:
                for chunk in chunks:
                    left_out = min(known, len(chunk.samples))
                    known -= left_out
                    if left_out < len(chunk.samples):
                        given += len(chunk.samples) - left_out
                        yield _without(chunk, left_out)
        except PeerGoneError as error:
            gone = error
        else:
            return
    raise gone


class _Given:
    """The final segments that were yielded, and the request for those that follow."""

    def __init__(self, request: SttRequest) -> None:
        self.anything = False
        self.behind = 0
        """How many of the segments covered by :attr:`request` were yielded."""
        self.request = request
        self._last = request.after

    def add(self, segment: Segment) -> None:
        if not segment.final:
            return
        self.anything = True
        if segment.end > self._last:  # segments that end together are requested again, because one of them may not have been yielded
            self.request = replace(self.request, after=self._last, language=self.request.language or segment.language)
            self._last, self.behind = segment.end, 0
        self.behind += 1


class ReplayBuffer:
    """Audio that can be read again from its start, as far as it was read; it is deleted at the end."""

    def __init__(self, audio: Iterable[AudioChunk], most: int = KEPT) -> None:
        """Prepare; nothing is read from ``audio`` yet. ``most`` is the number of bytes that are kept."""
        self._source = iter(audio)
        self._most = most
        self._file: IO[bytes] | None = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed by close()
        self._size = 0

    @property
    def is_whole(self) -> bool:
        """Whether everything that was read can be read again."""
        return self._file is not None

    def all(self) -> Iterator[AudioChunk]:
        """The audio that was read, and then the rest."""
        import numpy as np

        at = 0
        while self._file is not None and at < self._size:
            self._file.seek(at)
            rate, start, size = _HEAD.unpack(self._file.read(_HEAD.size))
            samples = np.frombuffer(self._file.read(4 * size), np.float32)
            at = self._file.tell()
            yield AudioChunk(samples, rate, start)
        for chunk in self._source:
            self._keep(chunk)
            yield chunk

    def close(self) -> None:
        """Delete the kept audio."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _keep(self, chunk: AudioChunk) -> None:
        if self._file is None:
            return
        data = _HEAD.pack(chunk.sample_rate, chunk.start, len(chunk.samples)) + chunk.samples.astype("f4").tobytes()
        try:
            self._file.seek(self._size)
            self._file.write(data)
        except OSError:  # disk full: the job continues, but can't be restarted
            self.close()
            return
        self._size += len(data)
        if self._size > self._most:
            self.close()

    def __enter__(self) -> ReplayBuffer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _replayed(pieces: list[str], source: Iterator[str]) -> Iterator[str]:
    yield from tuple(pieces)
    for piece in source:
        pieces.append(piece)
        yield piece


def _without(chunk: AudioChunk, samples: int) -> AudioChunk:
    if not samples:
        return chunk
    return replace(chunk, samples=chunk.samples[samples:], start=chunk.start + samples / chunk.sample_rate)
