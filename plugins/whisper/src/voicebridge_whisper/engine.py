"""The Whisper engine: audio in, segments out, while audio is still arriving.

A recording is cut into pieces of speech (:mod:`voicebridge.recognition.segmenter`), which are decoded in batches by workers
(:mod:`voicebridge.recognition.batches`) while the next ones are being cut. Suspicious results are decoded again
(:mod:`voicebridge_whisper.passes`) or dropped (:mod:`voicebridge_whisper.guards`). The state of a recording belongs to its
:class:`_Utterance`, so one loaded model serves several at once.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from voicebridge import AudioChunk, Segment, SttRequest, Word
from voicebridge.recognition.batches import BatchQueue, ClosedError
from voicebridge.recognition.loops import cut_loops, has_words, repeats
from voicebridge.recognition.segmenter import SAMPLE_RATE, Cutting, Piece, Samples, Segmenter
from voicebridge.recognition.sentences import sentences

from voicebridge_whisper import guards
from voicebridge_whisper.bounds import longest_piece
from voicebridge_whisper.decoder import FULL_WINDOW, Ask, Decoded, Decoder
from voicebridge_whisper.device import Share, load_on_best_device, share_of
from voicebridge_whisper.failures import while_transcribing
from voicebridge_whisper.jobs import Job
from voicebridge_whisper.options import WhisperOptions
from voicebridge_whisper.passes import Passes
from voicebridge_whisper.vad import SpeechProbability
from voicebridge_whisper.weights.store import WhisperWeights
from voicebridge_whisper.window import frames_for

log = logging.getLogger(__name__)

QUIET = 1e-3
"""A piece whose peak is below this (-60 dBFS) contains no intelligible speech."""
LANGUAGE_WITHIN = 30.0
"""Seconds of speech for detecting the language: a greeting may be in another one than the rest."""
LONGEST = 16.0
"""Seconds in a piece. The window holds 30 s, but the cost of encoder and decoder grows faster than the length; at 10 s, words are lost."""
LONG_SILENCE, LONG_PAUSE = 5.0, 1.0
"""Seconds of silence that complete a piece; the second if the language of each is detected: another person may speak in another one."""


class WhisperEngine:
    """A loaded Whisper model; see :class:`voicebridge.SpeechToText`."""

    def __init__(self, name: str, options: WhisperOptions) -> None:
        """Load the model ``name`` (a catalogue name, a folder or a hub id), downloading it first if allowed.

        Raises:
            ModelError: if it can't be found, downloaded or loaded.
        """
        folder = WhisperWeights().resolve(name)
        self._options = options
        model = load_on_best_device(lambda device, compute: _load(folder, device, compute, options), _try_out, options)
        self._decoder: Decoder | None = Decoder(model, options)
        self._passes: Passes | None = Passes(self._decoder, options)
        share = share_of(model.model.device, options)
        log.info("%s: %d workers of %d threads, batches of up to %d", model.model.device, *share, options.batch_size)
        self._queue = BatchQueue(self._decode, share.workers, options.batch_size, "whisper")

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Iterator[Segment]:
        """Yield segments piece by piece; see :meth:`voicebridge.SpeechToText.transcribe`."""
        if self._decoder is None:
            raise ClosedError
        language = request.language if self._decoder.multilingual else "en"
        return _Utterance(self._queue, self._options, request, language).run(audio)

    def close(self) -> None:
        """Free the model's memory."""
        self._queue.close()
        self._decoder = self._passes = None

    def _decode(self, jobs: list[Job]) -> list[Job]:
        if self._passes is None:
            raise ClosedError
        return self._passes.decode(jobs)


class _Utterance:
    """The transcription of one recording."""

    def __init__(self, queue: BatchQueue[Job], options: WhisperOptions, request: SttRequest, language: str | None) -> None:
        self._queue = queue
        self._options = options
        self._request = request
        self._ask = Ask(language, request.translate, request.prompt, ", ".join(request.hotwords) or None)
        self._segmenter = _segmenter(options)
        if language is not None:
            self._segmenter.keep_to(longest_piece(language))
        self._finding_language = language is None and not options.multilingual
        self._heard: list[Samples] = []  # the audio for detecting the language
        self._waiting: list[Piece] = []  # until the language is known
        self._pending: deque[Job] = deque()
        self._pieces = 0
        self._end = 0.0

    def run(self, audio: Iterable[AudioChunk]) -> Iterator[Segment]:
        self._number = self._queue.enter()
        try:
            for chunk in audio:
                for piece in self._segmenter.feed(chunk):
                    self._add(piece)
                yield from self._ready(self._room)
            for piece in self._segmenter.finish():
                self._add(piece)
            self._find_language()
            yield from self._ready(0)
        except (RuntimeError, ValueError, MemoryError) as error:
            raise while_transcribing(error) from error
        finally:
            self._queue.leave(self._number)

    def _add(self, piece: Piece) -> None:
        wanted = piece.time_at(piece.duration, end=True) > self._request.after and np.abs(piece.samples).max(initial=0.0) > QUIET
        if not self._finding_language:
            if wanted:
                self._submit(piece)
            return
        # Known parts are read too, so that a resumed run detects the same language.
        if sum(map(len, self._heard)) < LANGUAGE_WITHIN * SAMPLE_RATE:
            self._heard.append(piece.samples)
        self._waiting += [piece] if wanted else []
        if sum(map(len, self._heard)) >= LANGUAGE_WITHIN * SAMPLE_RATE:
            self._find_language()

    def _find_language(self) -> None:
        if not self._waiting:
            return
        heard = np.concatenate(self._heard)[: int(LANGUAGE_WITHIN * SAMPLE_RATE)] if len(self._heard) > 1 else None
        first, *others = self._waiting
        self._ask = self._submit(first, heard).ask_in_full.result()
        self._segmenter.keep_to(longest_piece(str(self._ask.language)))
        self._finding_language, self._heard, self._waiting = False, [], []
        for piece in others:
            self._submit(piece)

    def _submit(self, piece: Piece, heard: Samples | None = None) -> Job:
        frames = frames_for(piece.duration, short=self._options.short_window)
        job = Job((self._number, self._pieces), piece, self._ask, frames, heard=heard)
        self._pieces += 1
        self._pending.append(job)
        self._queue.add(job)
        return job

    @property
    def _room(self) -> int:
        # Few at first, so that the first words appear soon; then as many as keep the batches full.
        return min(self._queue.room, self._queue.workers + 2 * (self._pieces - len(self._pending)))

    def _ready(self, room: int) -> Iterator[Segment]:
        # Results are yielded in order; if the queue is full, wait for the oldest.
        while self._pending and (len(self._pending) > room or room == 0 or self._pending[0].done.done()):
            job = self._pending.popleft()
            for piece, decoded in job.done.result():
                yield from (segment for segment in self._segments(piece, decoded) if segment.end > self._request.after)

    def _segments(self, piece: Piece, decoded: Decoded) -> Iterator[Segment]:
        if guards.is_made_up(decoded.text, decoded.avg_logprob, decoded.no_speech_prob, self._options):
            return
        # Words keep their leading space until here: languages without spaces must not get any.
        words = [self._in_recording(piece, word) for word in decoded.words]
        astray = guards.is_astray(decoded.text, decoded.tokens, piece.duration, self._options, decoded.language)
        if not words or (astray and repeats(decoded.text)):
            words = [self._in_recording(piece, Word(0.0, piece.duration, cut_loops(decoded.text)))]
        for sentence in sentences(words):
            text = "".join(word.text for word in sentence).strip()
            if has_words(text):
                yield Segment(
                    start=sentence[0].start,
                    end=sentence[-1].end,
                    text=text,
                    words=tuple(replace(word, text=word.text.strip()) for word in sentence) if self._request.words else (),
                    language=decoded.language,
                    avg_logprob=decoded.avg_logprob,
                    no_speech_prob=decoded.no_speech_prob,
                )

    def _in_recording(self, piece: Piece, word: Word) -> Word:
        # Times never decrease, which resuming relies on.
        start = max(self._end, piece.begin_of(word.start, word.end))
        self._end = max(start, piece.time_at(word.end, end=True))
        return replace(word, start=start, end=self._end)


def _segmenter(options: WhisperOptions) -> Segmenter:
    cutting = Cutting(
        threshold=options.vad_threshold,
        min_silence=options.vad_min_silence,
        min_speech=options.vad_min_speech,
        margin=options.vad_pad,
        longest=LONGEST,
        long_silence=LONG_PAUSE if options.multilingual else LONG_SILENCE,
    )
    return Segmenter(SpeechProbability() if options.vad else None, cutting)


def _load(folder: Path, device: str, compute_type: str, options: WhisperOptions) -> Any:
    share: Share = share_of(device, options)
    return WhisperModel(str(folder), device=device, compute_type=compute_type, cpu_threads=share.threads, num_workers=share.workers)


def _try_out(model: Any) -> None:
    model.encode(np.zeros((model.model.n_mels, FULL_WINDOW), np.float32))
