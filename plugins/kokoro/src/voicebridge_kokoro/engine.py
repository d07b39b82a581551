"""The Kokoro text-to-speech engine."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from voicebridge import AudioChunk, Line, ModelError, NotSupportedError, TtsRequest
from voicebridge.errors import brief
from voicebridge.text_parts import stretches

from voicebridge_kokoro.blends import Style, blend, parts_of
from voicebridge_kokoro.catalog import DEFAULT, LANGUAGES, SAMPLE_RATE, Accent, accent_in, accent_of
from voicebridge_kokoro.loading import load
from voicebridge_kokoro.options import KokoroOptions
from voicebridge_kokoro.pronunciation import phonemes_of
from voicebridge_kokoro.splitting import TEXT_AT_ONCE, breaths, cleaned, pause_after
from voicebridge_kokoro.weights.store import KokoroWeights

if TYPE_CHECKING:
    from kokoro_onnx import Kokoro

Samples = npt.NDArray[np.float32]


class KokoroEngine:
    """A loaded Kokoro model; see :class:`voicebridge.TextToSpeech`.

    Several readings may use the model at once: onnxruntime is thread-safe, and locks protect espeak-ng and the file of voices, which
    aren't. A text always sounds the same. Audio is yielded run by run: a sentence, or the clauses of a long one.
    """

    def __init__(self, name: str, options: KokoroOptions) -> None:
        """Load a model.

        Args:
            name: one of the listed names, a file or a folder.
            options: the options of the model.

        Raises:
            VoiceBridgeError: if its files can't be found, are damaged, or are not a Kokoro model.
        """
        self._name = name
        self._volume = options.volume
        self._lock = threading.Lock()
        self._styles: dict[str, Style] = {}
        self._kokoro: Kokoro | None = load(KokoroWeights().resolve(name), options.threads)

    def synthesize(self, text: Iterable[str], request: TtsRequest) -> Iterator[AudioChunk]:
        """Yield the audio of each run as soon as it is generated; closing the iterator stops the generation.

        A line of a script without a voice gets one by the number of its speaker.

        Raises:
            NotSupportedError: if the language can't be pronounced.
            UnknownNameError: if there is no such voice.
            ModelError: if the model fails, or was closed.
        """
        kokoro = self._kokoro
        if kokoro is None:
            raise ModelError(f"kokoro/{self._name} was closed. Load it again.")
        given = 0
        for piece in text:
            speaker, voice = (piece.speaker, piece.voice) if isinstance(piece, Line) else (0, request.voice)
            style, accent = self._voice(kokoro, voice, request.language, speaker)
            for samples in self._spoken(kokoro, piece, style, accent, request.speed):
                yield AudioChunk(samples, SAMPLE_RATE, given / SAMPLE_RATE)
                given += len(samples)

    def close(self) -> None:
        """Free the model."""
        kokoro, self._kokoro = self._kokoro, None
        self._styles = {}
        if kokoro is not None:
            voices: Any = kokoro.voices  # an archive, declared as an array
            with self._lock:
                voices.close()

    def _voice(self, kokoro: Kokoro, asked: str | None, language: str | None, speaker: int) -> tuple[Style, Accent]:
        names = kokoro.get_voices()
        parts = parts_of(asked or self._some_voice(names, language, speaker), names)
        accent = accent_in(language if language in LANGUAGES else None, next(iter(parts)))
        if (language or accent.language) not in LANGUAGES:
            raise NotSupportedError(
                f"kokoro/{self._name} can't pronounce {language or accent.language}. It speaks {', '.join(sorted(LANGUAGES))}: "
                "give the language of the text, such as --language en"
            )
        return blend(parts, lambda name: self._style(kokoro, name)), accent

    def _some_voice(self, names: Sequence[str], language: str | None, speaker: int) -> str:
        """The voice of a speaker who has none, in the order of the names; the default one comes first in its language."""
        ordered = sorted(names, key=lambda name: name != DEFAULT)
        own = [name for name in ordered if (accent := accent_of(name)) and accent.language == (language or "en")] or ordered
        return own[speaker % len(own)]

    def _style(self, kokoro: Kokoro, name: str) -> Style:
        with self._lock:
            if name not in self._styles:
                try:
                    self._styles[name] = np.asarray(kokoro.get_voice_style(name), np.float32)
                except Exception as error:  # a damaged archive
                    raise ModelError(f"The voice {name!r} of kokoro/{self._name} is damaged: {brief(error)}. Download it again.") from error
            return self._styles[name]

    def _spoken(self, kokoro: Kokoro, piece: str, style: Style, accent: Accent, speed: float) -> Iterator[Samples]:
        from kokoro_onnx.chunker import split_phonemes

        pause = 0.0
        for stretch in stretches(cleaned(piece), TEXT_AT_ONCE):
            for run in breaths(kokoro.tokenizer.known(phonemes_of(stretch, accent)), split_phonemes):
                silence = np.zeros(round(pause / speed * SAMPLE_RATE), np.float32)
                yield np.concatenate([silence, self._sound(kokoro, run, style, speed)])
                pause = pause_after(run)

    def _sound(self, kokoro: Kokoro, run: str, style: Style, speed: float) -> Samples:
        try:
            samples, _ = kokoro.create(run, style, speed=speed, is_phonemes=True)
        except Exception as error:  # onnxruntime's errors have no common base class
            raise ModelError(f"kokoro/{self._name} failed: {brief(error)}. Check that the voices belong to this model.") from error
        loud: Samples = np.asarray(samples, np.float32) * np.float32(self._volume)
        return loud.clip(-1.0, 1.0)
