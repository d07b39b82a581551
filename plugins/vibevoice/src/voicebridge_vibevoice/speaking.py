"""Text to speech with VibeVoice.

Passages of text are combined into scenes (:mod:`voicebridge_vibevoice.scenes`). Each scene is one generation, whose audio is yielded frame
by frame. For a speaker without a sample, the model generates a voice: it speaks one sentence once, with the seed of that voice, and that
sentence becomes the speaker's sample. So a voice stays the same between passages and between runs.
"""

from __future__ import annotations

import logging
import math
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np
import torch
from transformers import StoppingCriteriaList
from voicebridge import AudioChunk, ModelError, TtsRequest

from voicebridge_vibevoice import frames
from voicebridge_vibevoice.catalog import SAMPLE_RATE, SPEECH
from voicebridge_vibevoice.frames import Frame
from voicebridge_vibevoice.loading import Loaded, explain_failure, load, quietly, slowness
from voicebridge_vibevoice.options import SpeechOptions
from voicebridge_vibevoice.scenes import Scene, chat_of, refuse_voice, samples_of, scenes
from voicebridge_vibevoice.turns import TURNS, Job
from voicebridge_vibevoice.weights.store import SpeechWeights

log = logging.getLogger(__name__)

SENTENCE = "The morning was clear and quiet, and from the hill one could see the whole valley, the river, and the road to the sea."
"""The text from which a voice is generated: about eight seconds, without a greeting, because greetings tend to come with music."""


class VibeVoiceSpeech:
    """A loaded VibeVoice text-to-speech model; see :class:`voicebridge.TextToSpeech`.

    Readings may overlap, but a process runs one generation at a time (:mod:`voicebridge_vibevoice.turns`).
    """

    def __init__(self, name: str, options: SpeechOptions) -> None:
        """Load the model ``name`` (a published name, a folder or a hub id), downloading it first if allowed.

        Raises:
            ModelError: if it can't be found, downloaded or loaded.
        """
        folder = SpeechWeights().resolve(name)
        self._options = options
        self._loaded: Loaded | None = load(folder, SPEECH, "VibeVoiceForConditionalGeneration", "VibeVoiceProcessor", options)
        self._made_up: dict[int, Frame | None] = {}
        if (times := slowness(self._loaded)) > 1:
            log.warning(
                "Without a GPU this model takes about %.0f times as long as the speech lasts: a minute of it takes about %.0f minutes. "
                "A Piper voice is faster: -m piper/joe",
                times,
                times,
            )

    def synthesize(self, text: Iterable[str], request: TtsRequest) -> Iterator[AudioChunk]:
        """Yield audio in frames of 133 ms; see :meth:`voicebridge.TextToSpeech.synthesize`.

        Raises:
            ModelError: if the model fails, or generates no audio.
            InputError: if a sample has another sample rate, or is empty.
            UnknownNameError: if a voice is requested by name.
        """
        loaded = self._loaded
        if loaded is None:
            raise ModelError("This VibeVoice model has been closed. Load it again.")
        refuse_voice(request.voice)
        samples_of(request.sample)
        return self._read(loaded, text, request)

    def close(self) -> None:
        """Free the model's memory after the last reading has ended."""
        self._loaded = None
        self._made_up = {}

    def _read(self, loaded: Loaded, text: Iterable[str], request: TtsRequest) -> Iterator[AudioChunk]:
        seed = next((each for each in (request.seed, self._options.seed) if each is not None), secrets.randbelow(2**31))
        at = 0
        for scene in scenes(text, request):
            with closing(TURNS.run(partial(self._speak, loaded, scene, seed))) as made:
                for frame in made:
                    yield AudioChunk(frame, SAMPLE_RATE, at / SAMPLE_RATE)
                    at += len(frame)

    def _speak(self, loaded: Loaded, scene: Scene, seed: int, job: Job[Frame]) -> None:
        samples = {number: self._voice_of(loaded, number, job) if given is None else given for number, given in scene.samples.items()}
        if not job.cancelled:
            seconds = self._options.max_length or scene.longest
            generation = _Generation(loaded, self._options, job)
            generation.run(chat_of(scene, samples), seed, seconds, job.emit)
            generation.check(f"{scene.length} characters")

    def _voice_of(self, loaded: Loaded, number: int, job: Job[Frame]) -> Frame | None:
        if self._options.voice_seed is None:
            return None
        if number not in self._made_up:
            heard: list[Frame] = []
            scene = Scene()
            scene.add(0, SENTENCE, None)
            _Generation(loaded, self._options, job).run(
                chat_of(scene, scene.samples), self._options.voice_seed + number, 15.0, heard.append
            )
            if job.cancelled:
                return None
            self._made_up[number] = np.concatenate(heard) if heard else None
            log.debug("generated the voice of speaker %d: %.1f s", number, sum(map(len, heard)) / SAMPLE_RATE)
        return self._made_up[number]


class _Generation:
    """One call of the model, and its result."""

    def __init__(self, loaded: Loaded, options: SpeechOptions, job: Job[Any]) -> None:
        self._loaded, self._options, self._job = loaded, options, job
        self._heard = 0
        self._given = 0
        self._cut_off = False
        self._seconds = 0.0

    def run(self, chat: list[dict[str, object]], seed: int, seconds: float, hear: Callable[[Frame], None]) -> None:
        """Speak ``chat``, for at most ``seconds``, and call ``hear`` with each frame.

        Raises:
            ModelError: if the model fails.
        """
        model, processor, place = self._loaded.model, self._loaded.processor, self._loaded.place
        limit = max(1, math.ceil(seconds * SAMPLE_RATE / model.config.audio_config.hop_length))
        self._seconds = seconds

        def overhear(frame: Frame) -> None:
            self._heard += 1
            if not self._job.cancelled:
                hear(frame)

        log.debug("speaking with the seed %d, at most %.0f s", seed, seconds)
        try:
            with quietly(), frames.listening(model, overhear), torch.inference_mode():
                inputs = processor.apply_chat_template(chat, tokenize=True, return_dict=True, return_tensors="pt").to(*place)
                torch.manual_seed(seed % 2**63)
                output = model.generate(
                    **inputs,
                    max_new_tokens=limit,
                    guidance_scale=self._options.guidance_scale,
                    num_diffusion_steps=self._options.diffusion_steps,
                    stopping_criteria=StoppingCriteriaList([self._stops]),
                    return_dict_in_generate=True,
                )
        except ModelError:
            raise
        except Exception as error:
            raise explain_failure(error, "A shorter piece of text or sample needs less memory") from error
        made = len(output.sequences[0]) - len(inputs["input_ids"][0])
        self._cut_off = made >= limit
        self._given = 0 if output.audio[0] is None else output.audio[0].numel()

    def check(self, what: str) -> None:
        """Check for failures that raise no error.

        Raises:
            ModelError: if there was no audio, or it could not be received while it was generated.
        """
        if self._job.cancelled:
            return
        if self._given and not self._heard:
            raise frames.moved()
        if not self._heard:
            cause = f"{self._seconds:g} s (max_length) passed before any speech" if self._cut_off else "the model produced no speech"
            raise ModelError(f"VibeVoice produced no audio for {what}: {cause}. Try another seed, or a longer text.")
        if self._cut_off:
            log.warning(
                "VibeVoice was still speaking %s after %g s, and was stopped. Try another seed, or -O max_length=…", what, self._seconds
            )

    def _stops(self, input_ids: torch.Tensor, _scores: object, **_: object) -> torch.Tensor:
        return torch.full((len(input_ids),), self._job.cancelled, dtype=torch.bool, device=input_ids.device)
