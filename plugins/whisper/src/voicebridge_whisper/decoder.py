"""Run Whisper on pieces of speech: features, encoder, decoder and word alignment, by CTranslate2 through faster-whisper's model.

faster-whisper's own batches always encode 30 s. Here, the encoder receives only the speech and a little silence after it
(docs/adr/0008-short-window.md), so the stages are called separately; tests verify that they exist and give the same results as
faster-whisper's batches. This module is independent of recordings: pieces in, text and timed words out.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from statistics import median
from typing import Any

import ctranslate2
import numpy as np
import numpy.typing as npt
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens, merge_punctuations
from voicebridge import ModelError, Word

from voicebridge_whisper.bounds import ROOM
from voicebridge_whisper.context import before_text
from voicebridge_whisper.options import WhisperOptions

FRAMES_PER_SECOND = 100
FULL_WINDOW = 3000
"""Frames: the 30 s window on which Whisper was trained."""
_DYNAMIC_RANGE = 2.0
"""Silence is this far below the maximum of the normalised features; see ``log_mel_spectrogram`` in OpenAI's ``audio.py``."""
_BEST_OF = 5
"""Number of samples at a temperature above 0, of which the most probable is used."""
_LONGEST_WORD = 0.7
"""Seconds. A word beside a pause is cut to twice the median word duration, but at most to twice this."""
_HALF_CHARACTER = "\ufffd"
"""The replacement for invalid UTF-8: the tokenizer spells many scripts byte by byte, and weak models produce incomplete sequences."""
_PREPENDED, _APPENDED = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"  # noqa: RUF001 - intentional

Features = npt.NDArray[np.float32]
Encoded = Sequence[ctranslate2.StorageView]
"""The encoder's output for several pieces: one item per piece, or one for all."""


@dataclass(frozen=True)
class Ask:
    """The request for a piece."""

    language: str | None
    """``None`` if it is to be detected."""
    translate: bool = False
    prompt: str | None = None
    hotwords: str | None = None
    found: bool = False
    """Whether the language was detected rather than specified; then it may change."""


@dataclass(frozen=True)
class Manner:
    """The parameters of decoding."""

    temperature: float = 0.0
    """Randomness of sampling; 0 is beam search."""
    repetition_penalty: float = 1.0
    no_repeat_ngram_size: int = 0


@dataclass(frozen=True)
class Decoded:
    """The result of decoding a piece."""

    text: str
    tokens: int
    """The number of tokens in the text."""
    avg_logprob: float
    no_speech_prob: float
    words: tuple[Word, ...]
    """Times from the start of the piece; the text of each word begins with the space before it, if there is one."""
    language: str
    cut_off: bool = False
    """Whether the text was truncated at the token limit."""


class Decoder:
    """A loaded model with its decoding options; thread-safe."""

    def __init__(self, model: Any, options: WhisperOptions) -> None:
        """Wrap a ``faster_whisper.WhisperModel``."""
        self.model = model
        self._options = options
        self._tokenizers: dict[tuple[str, bool], Tokenizer] = {}
        self._lock = threading.Lock()

    @cached_property
    def multilingual(self) -> bool:
        """Whether the model supports languages other than English."""
        return bool(self.model.model.is_multilingual)

    def features(self, samples: npt.NDArray[np.float32], frames: int) -> Features:
        """Log-mel features ``float32[mels, frames]`` of samples at 16 kHz, padded with silence to ``frames``."""
        found = self.model.feature_extractor(samples)[:, :frames].astype(np.float32)
        floor = float(found.max(initial=0.0)) - _DYNAMIC_RANGE
        return np.pad(found, ((0, 0), (0, frames - found.shape[1])), constant_values=floor)

    def encode(self, features: Sequence[Features]) -> Encoded:
        """The encoder's output for features of equal length: one by one on a CPU, whose caches hold no more, otherwise all at once."""
        if self.model.model.device == "cpu":
            return [self.model.encode(each) for each in features]
        return [self.model.encode(np.stack(features))]

    def languages_of(self, encoded: Encoded) -> list[tuple[str, float]]:
        """The most probable language of each encoded piece, with its probability (0 to 1)."""
        found = [likely[0] for view in encoded for likely in self.model.model.detect_language(view)]
        return [(str(token[2:-2]), float(probability)) for token, probability in found]  # <|en|>

    def decode(
        self,
        encoded: Encoded,
        durations: Sequence[float],
        ask: Ask,
        manner: Manner,
        most_tokens: int = ROOM,
    ) -> list[Decoded]:
        """Decode pieces, given their durations (s); ``ask`` must have a language.

        A text has at most ``most_tokens`` tokens, and at most those that fit into the decoder beside the prompt.

        Raises:
            ModelError: if the weights turn out to be damaged.
        """
        tokenizer, options = self._tokenizer(ask), self._options
        prompt = self.model.get_prompt(tokenizer, before_text(tokenizer, ask.prompt, ask.hotwords), without_timestamps=True)
        limit = min(most_tokens, ROOM - len(prompt) - 1)  # alignment needs one more position
        results = self.model.model.generate(
            _together(encoded),
            [prompt] * len(durations),
            beam_size=1 if manner.temperature else options.beam_size,
            num_hypotheses=_BEST_OF if manner.temperature else 1,
            sampling_topk=0 if manner.temperature else 1,
            sampling_temperature=manner.temperature or 1.0,
            patience=options.patience,
            length_penalty=options.length_penalty,
            repetition_penalty=manner.repetition_penalty,
            no_repeat_ngram_size=manner.no_repeat_ngram_size,
            suppress_tokens=get_suppressed_tokens(tokenizer, list(options.suppress_tokens)),
            max_length=_max_length(limit, len(prompt)),
            return_scores=True,
            return_no_speech_prob=True,
        )
        if not all(isfinite(result.scores[0]) for result in results):
            raise ModelError("This model's weights are damaged: it computes NaN. Copy or download them again.")
        tokens = [result.sequences_ids[0] for result in results]
        words = self._words(encoded, tokens, durations, tokenizer)
        return [
            Decoded(
                text=tokenizer.decode(ids).replace(_HALF_CHARACTER, "").strip(),
                tokens=len(ids),
                # The sum of log probabilities, without the length penalty, divided by the number of tokens including the end token.
                avg_logprob=result.scores[0] * len(ids) ** options.length_penalty / (len(ids) + 1),
                no_speech_prob=result.no_speech_prob,
                words=timed,
                language=ask.language or "en",
                cut_off=len(ids) >= limit,
            )
            for result, ids, timed in zip(results, tokens, words, strict=True)
        ]

    def _tokenizer(self, ask: Ask) -> Tokenizer:
        key = (ask.language or "en", ask.translate)
        with self._lock:
            if key not in self._tokenizers:
                task = "translate" if ask.translate else "transcribe"
                self._tokenizers[key] = Tokenizer(self.model.hf_tokenizer, self.multilingual, task=task, language=key[0])
            return self._tokenizers[key]

    def _words(self, encoded: Encoded, tokens: list[list[int]], durations: Sequence[float], tokenizer: Tokenizer) -> list[tuple[Word, ...]]:
        # Alignment requires text tokens only, and the number of frames with audio in each piece. Pieces that were encoded one by one are
        # aligned one by one: it takes no longer, and even the last digit of a probability doesn't depend on the rest of the batch.
        texts = [[token for token in ids if token < tokenizer.eot] for ids in tokens]
        frames = [min(round(duration * FRAMES_PER_SECOND), FULL_WINDOW) for duration in durations]
        size = len(texts) // len(encoded)
        return [
            _timed(alignment)
            for at, view in zip(range(0, len(texts), size), encoded, strict=True)
            for alignment in self.model.find_alignment(tokenizer, texts[at : at + size], view, frames[at : at + size])
        ]


def _max_length(limit: int, prompt: int) -> int:
    # CTranslate2 (4.8) generates at most min(max_length / 2, max_length - (prompt - 1)) tokens after a prompt, despite the option's name.
    return max(2 * limit, limit + prompt - 1) if prompt > 1 else 2 * limit


def _together(encoded: Encoded) -> ctranslate2.StorageView:
    if len(encoded) == 1:
        return encoded[0]
    return ctranslate2.StorageView.from_array(np.concatenate([np.asarray(view) for view in encoded]))


def _timed(alignment: list[dict[str, Any]]) -> tuple[Word, ...]:
    merge_punctuations(alignment, _PREPENDED, _APPENDED)
    texts = [each["word"].replace(_HALF_CHARACTER, "") for each in alignment]
    found = [
        Word(float(each["start"]), float(each["end"]), text, float(each["probability"]))
        for each, text in zip(alignment, texts, strict=True)
        if text
    ]
    lengths = [word.end - word.start for word in found if word.end > word.start]
    longest = 2 * min(_LONGEST_WORD, median(lengths)) if lengths else 0.0
    return tuple(_without_pause(word, found[index - 1] if index else None, longest) for index, word in enumerate(found))


def _without_pause(word: Word, before: Word | None, longest: float) -> Word:
    # Alignment adds a pause to a neighbouring word: the first word of a sentence then starts, or the last one ends, within the pause.
    if word.end - word.start <= longest:
        return word
    if before is None or _ends_sentence(before):
        return Word(word.end - longest, word.end, word.text, word.probability)
    if _ends_sentence(word):
        return Word(word.start, word.start + longest, word.text, word.probability)
    return word


def _ends_sentence(word: Word) -> bool:
    return word.text.rstrip().endswith((".", "!", "?", "。", "！", "？"))  # noqa: RUF001
