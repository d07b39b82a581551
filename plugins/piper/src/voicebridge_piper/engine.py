"""The Piper text-to-speech engine."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from piper import PhonemeType, PiperVoice, SynthesisConfig
from voicebridge import AudioChunk, ModelError, NotSupportedError, OptionError, TtsRequest, UnknownNameError
from voicebridge.errors import brief, nearest
from voicebridge.installing import remedy
from voicebridge.text_parts import stretches

from voicebridge_piper import catalog
from voicebridge_piper.loading import LoadedVoice, load
from voicebridge_piper.options import PiperOptions
from voicebridge_piper.splitting import TEXT_AT_ONCE, breaths, cleaned
from voicebridge_piper.weights.store import PiperWeights

_FASTER = 0.08
"""Maximum relative change of the pace by a seed, in either direction."""

Samples = npt.NDArray[np.float32]


class PiperEngine:
    """A loaded Piper voice; see :class:`voicebridge.TextToSpeech`.

    Several readings may use the voice at once: onnxruntime is thread-safe, and piper-tts protects espeak-ng, which isn't, with a lock.
    Audio is yielded sentence by sentence.
    """

    def __init__(self, name: str, options: PiperOptions) -> None:
        """Load a voice.

        Args:
            name: a short or official name, a file or a folder.
            options: the options of the voice.

        Raises:
            VoiceBridgeError: if its files can't be found, are damaged, or are not a Piper voice.
        """
        self._name = name
        self._options = options
        self._voice: LoadedVoice | None = load(PiperWeights().resolve(name), options.threads)
        speakers = self._voice.piper.config.num_speakers
        if options.speaker is not None and options.speaker >= max(1, speakers):
            self._voice = None
            known = f"the numbers 0 to {speakers - 1}" if speakers > 1 else "one speaker, number 0"
            raise OptionError(f"speaker = {options.speaker} is not valid: piper/{name} has {known}.")

    def synthesize(self, text: Iterable[str], request: TtsRequest) -> Iterator[AudioChunk]:
        """Yield the audio of each sentence as soon as it is generated; closing the iterator stops the generation.

        Raises:
            NotSupportedError: if the voice doesn't speak the language.
            UnknownNameError: if it has no such speaker.
            ModelError: if it fails, or was closed.
        """
        voice = self._voice
        if voice is None:
            raise ModelError(f"piper/{self._name} was closed. Load it again.")
        if request.language not in (None, voice.language):
            raise NotSupportedError(
                f"piper/{self._name} speaks {voice.language}, not {request.language}. Use a voice of that language: voicebridge models"
            )
        manner = self._manner(voice, request)
        given, rate = 0, voice.piper.config.sample_rate
        for piece in text:
            for samples in self._spoken(voice.piper, piece, manner):
                yield AudioChunk(samples, rate, given / rate)
                given += len(samples)

    def close(self) -> None:
        """Free the voice."""
        self._voice = None

    def _manner(self, voice: LoadedVoice, request: TtsRequest) -> SynthesisConfig:
        options, seed = self._options, request.seed
        still = 0.0 if options.repeatable or seed is not None else None
        return SynthesisConfig(
            speaker_id=self._speaker(voice, request.voice),
            length_scale=voice.piper.config.length_scale / (request.speed * pace_of(seed)),
            noise_scale=options.noise_scale if still is None else still,
            noise_w_scale=options.noise_w if still is None else still,
        )

    def _speaker(self, voice: LoadedVoice, asked: str | None) -> int | None:
        if asked is None or asked == self._name or catalog.find(asked) == (catalog.find(self._name) or self):
            return self._options.speaker
        if asked in voice.speakers:
            return voice.speakers[asked]
        known = (
            f" It has the speakers {', '.join(list(voice.speakers)[:10])}." if voice.speakers else " Leave it out, or use another model."
        )
        raise UnknownNameError(f"piper/{self._name} has no voice {asked!r}.{nearest(asked, voice.speakers)}{known}")

    def _spoken(self, piper: PiperVoice, piece: str, manner: SynthesisConfig) -> Iterator[Samples]:
        for stretch in stretches(cleaned(piece, phonemes=self._options.phonemes), TEXT_AT_ONCE):
            for sentence in self._phonemes(piper, stretch):
                gain = math.inf
                for run in breaths(sentence):
                    samples = self._sound(piper, run, manner)
                    gain = min(gain, self._gain(samples))  # one gain per sentence, limited by its loudest part
                    yield np.clip(samples * np.float32(gain), -1.0, 1.0)

    def _phonemes(self, piper: PiperVoice, stretch: str) -> list[list[str]]:
        try:
            sentences = piper.phonemize(stretch)
        except ImportError as error:
            raise ModelError(
                f"piper/{self._name} needs a package for its language: {error}. See the extras of piper-tts: {remedy('piper-tts[zh]')}"
            ) from error
        except Exception as error:
            raise ModelError(f"piper/{self._name} can't convert the text to phonemes: {brief(error)}.") from error
        if piper.config.phoneme_type == PhonemeType.PINYIN:  # these consist of several entries of the map
            return sentences
        known = piper.config.phoneme_id_map
        return [[phoneme for phoneme in sentence if phoneme in known] for sentence in sentences]

    def _sound(self, piper: PiperVoice, phonemes: Sequence[str], manner: SynthesisConfig) -> Samples:
        try:
            made = piper.phoneme_ids_to_audio(piper.phonemes_to_ids(list(phonemes)), manner)
        except Exception as error:  # onnxruntime's errors have no common base class
            raise ModelError(f"piper/{self._name} failed: {brief(error)}. Check that the .onnx.json belongs to this voice.") from error
        return np.atleast_1d(np.asarray(made, np.float32))

    def _gain(self, samples: Samples) -> float:
        peak = float(np.abs(samples).max(initial=0.0))
        return self._options.volume / (peak if self._options.normalize and peak > 1e-8 else 1.0)


def pace_of(seed: int | None) -> float:
    """The pace for a seed, around 1; seed 0 has the natural pace, and neighbouring seeds differ clearly.

    Piper's own randomness can't be seeded: it is generated inside the network, with generators that onnxruntime seeds once per session. So
    a seed turns it off and chooses a pace instead, so that different seeds still give different readings.
    """
    if seed is None:
        return 1.0
    golden = 0.6180339887498949
    return 1.0 + 2 * _FASTER * ((seed * golden + 0.5) % 1.0 - 0.5)
