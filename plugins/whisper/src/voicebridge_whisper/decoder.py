"""Whisper on pieces of speech: features, encoder, decoder and word alignment, by CTranslate2 through faster-whisper's model.

faster-whisper's own batches always encode 30 s. Here the encoder is given what was spoken and a little silence after it
(docs/adr/0008-short-window.md), so its parts are called one by one; that they are there and give what its own batches give is held
by tests. Nothing in here knows of recordings: pieces in, text and timed words out.
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
"""Frames: the 30 s that Whisper was trained on."""
_DYNAMIC_RANGE = 2.0
"""Silence is this far below the loudest of the normalised features; see ``log_mel_spectrogram`` in OpenAI's ``audio.py``."""
_BEST_OF = 5
"""With randomness, the likeliest of so many tries is taken."""
_LONGEST_WORD = 0.7
"""Seconds; twice the median word, but no more than twice this, is where a word at a pause stops being believed."""
_HALF_CHARACTER = "\ufffd"
"""What bytes that are no character are decoded to: the tokenizer spells many scripts out, and weak models lose their way in them."""
_PREPENDED, _APPENDED = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"  # noqa: RUF001 - these are meant

Features = npt.NDArray[np.float32]
Encoded = Sequence[ctranslate2.StorageView]
"""What the encoder gave for some pieces: of each by itself, or of all in one."""


@dataclass(frozen=True)
class Ask:
    """What is wanted of a piece."""

    language: str | None
    """``None`` when it is to be found out."""
    translate: bool = False
    prompt: str | None = None
    hotwords: str | None = None
    found: bool = False
    """Whether the language was found out rather than named; then it may change."""


@dataclass(frozen=True)
class Manner:
    """How text is searched for."""

    temperature: float = 0.0
    """Randomness; 0 is none, and a beam search."""
    repetition_penalty: float = 1.0
    no_repeat_ngram_size: int = 0


@dataclass(frozen=True)
class Decoded:
    """What Whisper made of a piece."""

    text: str
    tokens: int
    """How many it took."""
    avg_logprob: float
    no_speech_prob: float
    words: tuple[Word, ...]
    """Timed from the start of the piece; the text of each begins with the space before it, if there is one."""
    language: str
    cut_off: bool = False
    """Whether the text was still going on when the tokens that it was allowed were used up."""


class Decoder:
    """A loaded model, and how it is to decode; may be used by several threads at once."""

    def __init__(self, model: Any, options: WhisperOptions) -> None:
        """Take a ``faster_whisper.WhisperModel``."""
        self.model = model
        self._options = options
        self._tokenizers: dict[tuple[str, bool], Tokenizer] = {}
        self._lock = threading.Lock()

    @cached_property
    def multilingual(self) -> bool:
        """Whether the model knows more than English."""
        return bool(self.model.model.is_multilingual)

    def features(self, samples: npt.NDArray[np.float32], frames: int) -> Features:
        """Log-mel features ``float32[mels, frames]`` of samples at 16 kHz, with silence up to the last frame."""
        found = self.model.feature_extractor(samples)[:, :frames].astype(np.float32)
        floor = float(found.max(initial=0.0)) - _DYNAMIC_RANGE
        return np.pad(found, ((0, 0), (0, frames - found.shape[1])), constant_values=floor)

    def encode(self, features: Sequence[Features]) -> Encoded:
        """The encoder's output for features of one length: of each by itself on a CPU, whose caches hold no more, else of all in one."""
        if self.model.model.device == "cpu":
            return [self.model.encode(each) for each in features]
        return [self.model.encode(np.stack(features))]

    def languages_of(self, encoded: Encoded) -> list[tuple[str, float]]:
        """The likeliest language of each piece that was encoded, and how likely it is (0 to 1)."""
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
        """The text of each piece, given how long they are (s); ``ask`` has a language.

        No text takes more than ``most_tokens``, nor more than fit into the decoder beside the prompt.

        Raises:
            ModelError: when the weights turn out to be damaged.
        """
        tokenizer, options = self._tokenizer(ask), self._options
        prompt = self.model.get_prompt(tokenizer, before_text(tokenizer, ask.prompt, ask.hotwords), without_timestamps=True)
        limit = min(most_tokens, ROOM - len(prompt) - 1)  # alignment wants one position more
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
            raise ModelError("This model's weights are damaged: it computes no numbers. Copy them again, or fetch them again.")
        tokens = [result.sequences_ids[0] for result in results]
        words = self._words(encoded, tokens, durations, tokenizer)
        return [
            Decoded(
                text=tokenizer.decode(ids).replace(_HALF_CHARACTER, "").strip(),
                tokens=len(ids),
                # The sum of log probabilities, undone from the length penalty, over the tokens and the one that ends them.
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
        # Alignment is for text alone, and wants to know how many frames of each piece hold sound. Where pieces were encoded one by one
        # they are aligned so too: it takes no longer, and not even the last digit of a probability depends on the rest of the batch.
        texts = [[token for token in ids if token < tokenizer.eot] for ids in tokens]
        frames = [min(round(duration * FRAMES_PER_SECOND), FULL_WINDOW) for duration in durations]
        size = len(texts) // len(encoded)
        return [
            _timed(alignment)
            for at, view in zip(range(0, len(texts), size), encoded, strict=True)
            for alignment in self.model.find_alignment(tokenizer, texts[at : at + size], view, frames[at : at + size])
        ]


def _max_length(limit: int, prompt: int) -> int:
    # CTranslate2 (4.8) writes at most min(max_length / 2, max_length - (prompt - 1)) tokens after a prompt, whatever it is called there.
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
    # Alignment gives a pause to the word beside it: the first of a sentence then begins, or the last one ends, in the middle of it.
    if word.end - word.start <= longest:
        return word
    if before is None or _ends_sentence(before):
        return Word(word.end - longest, word.end, word.text, word.probability)
    if _ends_sentence(word):
        return Word(word.start, word.start + longest, word.text, word.probability)
    return word


def _ends_sentence(word: Word) -> bool:
    return word.text.rstrip().endswith((".", "!", "?", "。", "！", "？"))  # noqa: RUF001
