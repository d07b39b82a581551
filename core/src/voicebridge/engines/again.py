"""Jobs that outlive who does them: when an engine is gone in the middle, the next one goes on, and nothing is lost or done twice."""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import IO, TYPE_CHECKING

from voicebridge.engines.wire import Gone
from voicebridge.iterators import closed_after
from voicebridge.speech import AudioChunk, Segment, SttRequest, TtsRequest

if TYPE_CHECKING:
    from voicebridge.ports import SpeechToText, TextToSpeech

IN_MEMORY = 16 * 1024 * 1024
"""Bytes of sound that are kept in memory; what is more goes to a temporary file."""
KEPT = 256 * 1024 * 1024
"""Bytes of sound that are kept at the most, 70 minutes at 16 kHz: after those a job can't be begun again."""
_HEAD = struct.Struct("=idi")

Attempt = Callable[[SttRequest], Iterable[Segment]]
"""Begins to transcribe a recording: asked for what is not known yet, it gives segments."""


def transcribe(
    engines: Iterable[SpeechToText], audio: Iterable[AudioChunk], request: SttRequest, *, resumes: bool
) -> Generator[Segment, None, None]:
    """Segments from the first engine, or, where that is gone, from the next.

    Args:
        engines: asked for one after the other, as they are needed.
        audio: of the recording.
        request: what is asked of the engine.
        resumes: whether the model can go on in the middle; one that can't begins anew unless a final segment was given already.

    Raises:
        Gone: when all are gone, or none can go on.
        VoiceBridgeError: what an engine raises.
    """
    with Kept(audio) as kept:
        attempts = (partial(_transcribe_kept, engine, kept) for engine in engines)
        yield from transcribe_by(attempts, request, resumes=resumes, repeatable=lambda: kept.is_whole)


def transcribe_by(
    attempts: Iterable[Attempt], request: SttRequest, *, resumes: bool, repeatable: Callable[[], bool] = lambda: True
) -> Generator[Segment, None, None]:
    """Segments from the first attempt, or, where its engine is gone, from the next.

    Args:
        attempts: begun one after the other, as they are needed.
        request: what is asked of the engine.
        resumes: whether the model can continue in the middle; one that can't begins anew unless a final segment was given already.
        repeatable: says whether the sound can be heard from its beginning once more.

    Raises:
        Gone: when all are gone, or none can continue.
        VoiceBridgeError: what an engine raises.
    """
    gone = Gone("No engine was there.")
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
        except Gone as error:
            gone = error
            if not repeatable() or (given.anything and not resumes):
                break
        else:
            return
    raise gone


def _transcribe_kept(engine: SpeechToText, kept: Kept, request: SttRequest) -> Iterable[Segment]:
    return engine.transcribe(kept.all(), request)


def synthesize(engines: Iterable[TextToSpeech], text: Iterable[str], request: TtsRequest) -> Generator[AudioChunk, None, None]:
    """Sound from the first engine, or, where that is gone, from the next, which leaves out as much as was given.

    Args:
        engines: asked for one after the other, as they are needed.
        text: what is spoken.
        request: what is asked of the engine.

    Raises:
        Gone: when all are gone.
        VoiceBridgeError: what an engine raises.
    """
    gone = Gone("No engine was there.")
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
        except Gone as error:
            gone = error
        else:
            return
    raise gone


class _Given:
    """The final segments that were given, and how an engine is asked for those that come after them."""

    def __init__(self, request: SttRequest) -> None:
        self.anything = False
        self.behind = 0
        """How many segments that :attr:`request` asks for were given."""
        self.request = request
        self._last = request.after

    def add(self, segment: Segment) -> None:
        if not segment.final:
            return
        self.anything = True
        if segment.end > self._last:  # those that end together stay in what is asked for: one of them may not have been given
            self.request = replace(self.request, after=self._last, language=self.request.language or segment.language)
            self._last, self.behind = segment.end, 0
        self.behind += 1


class Kept:
    """Sound that can be heard again from its beginning, as far as it was heard; it is deleted at the end."""

    def __init__(self, audio: Iterable[AudioChunk], most: int = KEPT) -> None:
        """Prepare; nothing is taken from ``audio`` before it is asked for. ``most`` is the bytes that are kept."""
        self._source = iter(audio)
        self._most = most
        self._file: IO[bytes] | None = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed by close()
        self._size = 0

    @property
    def is_whole(self) -> bool:
        """Whether everything that was heard can be heard again."""
        return self._file is not None

    def all(self) -> Iterator[AudioChunk]:
        """What was heard, and then the rest."""
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
        """Delete what is kept."""
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
        except OSError:  # a full disk: the job goes on, and can't be begun again
            self.close()
            return
        self._size += len(data)
        if self._size > self._most:
            self.close()

    def __enter__(self) -> Kept:
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
