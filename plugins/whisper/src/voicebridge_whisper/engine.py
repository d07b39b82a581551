"""Whisper as an engine: audio in, segments out, while the audio is still coming.

The recording is cut into pieces of speech (:mod:`voicebridge_whisper.segmenter`), pieces are decoded together in small batches, and
what looks wrong is decoded again with more randomness or left out (:mod:`voicebridge_whisper.guards`). All the state of one
recording lives in its :class:`_Utterance`, so one loaded model serves several at once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel
from voicebridge import AudioChunk, ModelError, Segment, SttRequest, Word

from voicebridge_whisper import guards
from voicebridge_whisper.device import load_on_best_device
from voicebridge_whisper.options import WhisperOptions
from voicebridge_whisper.segmenter import Piece, cut
from voicebridge_whisper.sentences import sentences
from voicebridge_whisper.vad import SAMPLE_RATE
from voicebridge_whisper.weights.store import WhisperWeights

log = logging.getLogger(__name__)

QUIET = 1e-3
"""A piece whose loudest sample is below this (-60 dBFS) holds nothing that anybody could have meant to say."""


class WhisperEngine:
    """A loaded Whisper model; see :class:`voicebridge.SpeechToText`."""

    def __init__(self, name: str, options: WhisperOptions) -> None:
        """Load the model called ``name`` (a catalogue name, a folder or a hub id), fetching it first where that is allowed.

        Raises:
            ModelError: when it can't be found, fetched or loaded.
        """
        folder = WhisperWeights().resolve(name)
        self._options = options
        self._model: Any = load_on_best_device(lambda device, compute: _load(folder, device, compute, options), _try_out, options)

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Iterator[Segment]:
        """Yield segments piece by piece; see :meth:`voicebridge.SpeechToText.transcribe`."""
        if self._model is None:
            raise ModelError("This Whisper model has been closed. Load it again.")
        return _Utterance(self._model, self._options, request).run(audio)

    def close(self) -> None:
        """Free the model's memory."""
        self._model = None


class _Utterance:
    """One recording on its way through the model."""

    def __init__(self, model: Any, options: WhisperOptions, request: SttRequest) -> None:
        self._model = model
        self._options = options
        self._request = request
        self._language = request.language if model.model.is_multilingual else "en"

    def run(self, audio: Iterable[AudioChunk]) -> Iterator[Segment]:
        pieces = (piece for piece in cut(audio, self._options) if np.abs(piece.samples).max(initial=0.0) > QUIET)
        size = 1  # the first piece goes alone, so that the first words show early
        while batch := list(islice(pieces, size)):
            yield from self._decode(batch)
            size = self._options.batch_size

    def _decode(self, pieces: list[Piece]) -> Iterator[Segment]:
        try:
            found = self._decode_together(pieces)
            for piece, segments in zip(pieces, found, strict=True):
                yield from self._finish(piece, segments)
        except (RuntimeError, ValueError) as error:
            raise ModelError(f"Whisper failed while transcribing: {error}. Try a smaller batch: -O batch_size=1") from error

    def _decode_together(self, pieces: list[Piece]) -> list[list[Any]]:
        # One array with a clip for each piece: the library pads each clip to Whisper's window by itself.
        offsets = np.cumsum([0, *(len(piece.samples) for piece in pieces)])
        clips = [{"start": a / SAMPLE_RATE, "end": b / SAMPLE_RATE} for a, b in pairwise(offsets)]
        segments, info = BatchedInferencePipeline(self._model).transcribe(
            np.concatenate([piece.samples for piece in pieces]),
            clip_timestamps=clips,
            batch_size=len(pieces),
            without_timestamps=True,
            multilingual=self._options.multilingual,
            **self._common(),
        )
        self._language = info.language  # found out once, on the first piece
        found: list[list[Any]] = [[] for _ in pieces]
        for segment in segments:
            # A segment's ``seek`` is where its clip begins, in frames of 10 ms.
            index = int(np.searchsorted(offsets, (segment.seek + 1) * SAMPLE_RATE / 100, side="right")) - 1
            segment.start -= clips[index]["start"]
            segment.end -= clips[index]["start"]
            for word in segment.words or ():
                word.start -= clips[index]["start"]
                word.end -= clips[index]["start"]
            found[index].append(segment)
        return found

    def _finish(self, piece: Piece, decoded: list[Any]) -> Iterator[Segment]:
        others = self._options.temperature[1:]
        judged = _judged(piece, decoded)
        if decoded and others and guards.is_doubtful(*judged, decoded[0].avg_logprob, self._options):
            log.debug("decoding %.1f s again: the text looks wrong", piece.duration)
            decoded = self._decode_again(piece, others)
            judged = _judged(piece, decoded)
        astray = guards.is_astray(*judged, self._options)
        for each in decoded:
            if not guards.is_made_up(each.text, each.avg_logprob, each.no_speech_prob, self._options):
                yield from self._segments(piece, each, astray=astray)

    def _decode_again(self, piece: Piece, temperatures: Sequence[float]) -> list[Any]:
        segments, _ = self._model.transcribe(
            piece.samples,
            condition_on_previous_text=False,
            compression_ratio_threshold=self._options.compression_ratio_threshold,
            log_prob_threshold=self._options.log_prob_threshold,
            no_speech_threshold=self._options.no_speech_threshold,
            **{**self._common(), "temperature": list(temperatures)},
        )
        return list(segments)

    def _common(self) -> dict[str, Any]:
        options, request = self._options, self._request
        return {
            "language": self._language,
            "task": "translate" if request.translate else "transcribe",
            "beam_size": options.beam_size,
            "patience": options.patience,
            "length_penalty": options.length_penalty,
            "repetition_penalty": options.repetition_penalty,
            "no_repeat_ngram_size": options.no_repeat_ngram_size,
            "temperature": options.temperature[0],
            "suppress_tokens": list(options.suppress_tokens),
            "initial_prompt": request.prompt,
            "hotwords": ", ".join(request.hotwords) or None,
            "word_timestamps": True,  # also where none are asked for: they tell where sentences begin and end
        }

    def _segments(self, piece: Piece, decoded: Any, *, astray: bool) -> Iterator[Segment]:
        # Words keep the space before them until here: languages that write none between words must not be given any.
        words = [_word(piece, word) for word in decoded.words or ()]
        if not words or (astray and guards.repeats(decoded.text)):
            start = piece.time_at(decoded.start)
            end = max(start, piece.time_at(decoded.end, end=True))
            words = [Word(start, end, guards.cut_loops(decoded.text.strip()))]
        for sentence in sentences(words):
            text = "".join(word.text for word in sentence).strip()
            if text:
                yield Segment(
                    start=sentence[0].start,
                    end=sentence[-1].end,
                    text=text,
                    words=tuple(replace(word, text=word.text.strip()) for word in sentence) if self._request.words else (),
                    language=self._language,
                    avg_logprob=decoded.avg_logprob,
                    no_speech_prob=decoded.no_speech_prob,
                )


def _judged(piece: Piece, decoded: Sequence[Any]) -> tuple[str, int, float]:
    # (text, tokens, seconds of speech), as the guards want it
    return " ".join(each.text.strip() for each in decoded), sum(len(each.tokens) for each in decoded), piece.duration


def _word(piece: Piece, word: Any) -> Word:
    start = piece.time_at(word.start)
    return Word(start, max(start, piece.time_at(word.end, end=True)), word.word, float(word.probability))


def _load(folder: Path, device: str, compute_type: str, options: WhisperOptions) -> Any:
    return WhisperModel(str(folder), device=device, compute_type=compute_type, cpu_threads=options.threads, num_workers=options.workers)


def _try_out(model: Any) -> None:
    model.encode(np.zeros((model.model.n_mels, 3000), np.float32))
