"""Speech to text with VibeVoice: the speaker, times and text of each segment.

The model processes up to an hour of audio at once, which lets it distinguish speakers, and then generates text. A recording is split into
stretches of that length, at quiet moments; segments are yielded while the text of a stretch is still being generated.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from transformers import StoppingCriteriaList
from voicebridge import AudioChunk, InputError, ModelError, Segment, SttRequest

from voicebridge_vibevoice.answer import Answer, Utterance
from voicebridge_vibevoice.catalog import LISTENING, SAMPLE_RATE
from voicebridge_vibevoice.loading import Loaded, explain_failure, load, quietly, slowness
from voicebridge_vibevoice.options import ListeningOptions
from voicebridge_vibevoice.turns import TURNS, Job
from voicebridge_vibevoice.weights.store import ListeningWeights

log = logging.getLogger(__name__)

Samples = npt.NDArray[np.float32]

QUIET = 1e-3
"""A stretch whose peak is below this (-60 dBFS) contains no intelligible speech."""
SHORTEST = 0.1
"""Seconds; a shorter stretch contains no word."""
SEARCH = 20.0
"""Seconds at the end of a stretch in which to search for the quietest moment."""
TOKENS_PER_SECOND, TOKENS_AT_LEAST = 20, 256
"""Limits for the generated text: three times the rate of the fastest speech, to prevent endless output."""


class VibeVoiceListener:
    """A loaded VibeVoice speech-to-text model; see :class:`voicebridge.SpeechToText`.

    Recordings may overlap, but a process runs one generation at a time (:mod:`voicebridge_vibevoice.turns`).
    """

    def __init__(self, name: str, options: ListeningOptions) -> None:
        """Load the model ``name`` (a published name, a folder or a hub id), downloading it first if allowed.

        Raises:
            ModelError: if it can't be found, downloaded or loaded.
        """
        folder = ListeningWeights().resolve(name)
        self._options = options
        self._loaded: Loaded | None = load(folder, LISTENING, "VibeVoiceAsrForConditionalGeneration", "VibeVoiceAsrProcessor", options)
        if (times := slowness(self._loaded)) > 1:
            log.warning("Without a GPU this model takes some %.0f times as long as a recording. Whisper is faster: -m whisper/base", times)

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Iterator[Segment]:
        """Yield segments with their speakers; see :meth:`voicebridge.SpeechToText.transcribe`. The language is always detected.

        Raises:
            ModelError: if the model fails.
            InputError: if the audio has another sample rate.
        """
        if self._loaded is None:
            raise ModelError("This VibeVoice model has been closed. Load it again.")
        return _Recording(self._loaded, self._options, request).run(audio)

    def close(self) -> None:
        """Free the model's memory after the last recording has ended."""
        self._loaded = None


class _Recording:
    """The transcription of one recording."""

    def __init__(self, loaded: Loaded, options: ListeningOptions, request: SttRequest) -> None:
        self._loaded, self._options = loaded, options
        context = [request.prompt or "", ", ".join(request.hotwords)]
        self._context = "\n".join(each for each in context if each.strip()) or None
        self._speakers = 0
        self._last = 0.0

    def run(self, audio: Iterable[AudioChunk]) -> Iterator[Segment]:
        for start, samples in stretches(audio, self._options.stretch * 60):
            if len(samples) < SHORTEST * SAMPLE_RATE or np.abs(samples).max() <= QUIET:
                continue
            # The model doesn't recognise a speaker in the next stretch, so the numbers continue.
            yield from self._stretch(start, samples, self._speakers)

    def _stretch(self, start: float, samples: Samples, first_speaker: int) -> Iterator[Segment]:
        latest = start + len(samples) / SAMPLE_RATE
        at = start
        while True:
            begin, answer, ended = at, Answer(), False
            spoken = partial(self._segment, start=begin, latest=latest, first_speaker=first_speaker)
            with closing(TURNS.run(partial(self._write, samples[round((begin - start) * SAMPLE_RATE) :]))) as written:
                for text, ended in written:  # noqa: B007 - the last value is used
                    for segment in filter(None, map(spoken, answer.feed(text))):
                        at = max(at, segment.end)
                        yield segment
            if ended or at < begin + 1.0:
                break
            if latest - at < 1.0:
                return
            log.debug("the answer stopped at %.0f s; continuing from there", at)
        yield from filter(None, map(spoken, answer.finish()))
        if not ended:
            log.warning("VibeVoice stopped at %.0f s; the part up to %.0f s is missing. Try: -O repetition_penalty=1.1", at, latest)

    def _segment(self, said: Utterance, start: float, latest: float, first_speaker: int) -> Segment | None:
        if said.is_event and not self._options.events:
            return None
        begin = min(max(self._last if said.start is None else start + said.start, self._last), latest)
        end = latest if said.end is None else start + said.end
        self._last = begin
        number = None if said.speaker is None else first_speaker + said.speaker + 1
        self._speakers = max(self._speakers, number or 0)
        return Segment(begin, min(max(end, begin), latest), said.text, speaker=None if number is None else f"Speaker {number}")

    def _write(self, samples: Samples, job: Job[tuple[str, bool]]) -> None:
        model, processor, place = self._loaded.model, self._loaded.processor, self._loaded.place
        limit = TOKENS_AT_LEAST + round(TOKENS_PER_SECOND * len(samples) / SAMPLE_RATE)
        writer = _Writer(processor.tokenizer, model.generation_config.eos_token_id, job)
        try:
            with quietly(), torch.inference_mode():
                inputs = processor.apply_transcription_request(samples, prompt=self._context).to(*place)
                torch.manual_seed(self._options.seed)
                model.generate(
                    **inputs,
                    max_new_tokens=limit,
                    do_sample=False,
                    repetition_penalty=self._options.repetition_penalty,
                    streamer=writer,
                    stopping_criteria=StoppingCriteriaList([partial(_stops, job)]),
                )
        except Exception as error:
            raise explain_failure(error, "Shorter stretches need less memory: -O stretch=10") from error


def _stops(job: Job[Any], input_ids: torch.Tensor, _scores: object, **_: object) -> torch.Tensor:
    return torch.full((len(input_ids),), job.cancelled, dtype=torch.bool, device=input_ids.device)


class _Writer:
    """Receives tokens as the model generates them, and emits text, one object of the answer at a time."""

    def __init__(self, tokenizer: Any, ends: int | list[int] | None, job: Job[tuple[str, bool]]) -> None:
        self._tokenizer, self._job = tokenizer, job
        self._ends = set(ends if isinstance(ends, list) else [] if ends is None else [ends])
        self._pending: list[int] = []
        self._prompted = False
        self._ended = False

    def put(self, tokens: torch.Tensor) -> None:
        """Receive the prompt first, then one token per call."""
        if not self._prompted:
            self._prompted = True
            return
        for token in tokens.reshape(-1).tolist():
            self._ended = token in self._ends
            self._pending.append(token)
            if "}" in self._tokenizer.decode([token]):
                self._hand_on()

    def end(self) -> None:
        """Emit the rest."""
        self._hand_on()

    def _hand_on(self) -> None:
        self._job.emit((self._tokenizer.decode(self._pending, skip_special_tokens=True), self._ended))
        self._pending = []


def stretches(audio: Iterable[AudioChunk], seconds: float) -> Iterator[tuple[float, Samples]]:
    """Split a recording into stretches of up to ``seconds``, at quiet moments, each with its start in seconds.

    Raises:
        InputError: if the audio has another sample rate.
    """
    most = round(seconds * SAMPLE_RATE)
    held: list[Samples] = []
    count, start = 0, 0.0
    for chunk in audio:
        if chunk.sample_rate != SAMPLE_RATE:
            raise InputError(f"VibeVoice takes audio at {SAMPLE_RATE} Hz, not at {chunk.sample_rate} Hz. Resample it.")
        if not count:
            start = max(start, chunk.start)
        held.append(chunk.samples)
        count += len(chunk.samples)
        while count > most:
            whole = np.concatenate(held)
            at = _quietest(whole[:most])
            yield start, whole[:at]
            start += at / SAMPLE_RATE
            held, count = [whole[at:]], len(whole) - at
    if count:
        yield start, np.concatenate(held)


def _quietest(samples: Samples) -> int:
    # The middle of the quietest tenth of a second near the end, where a cut is least harmful.
    step = SAMPLE_RATE // 10
    search = min(round(SEARCH * SAMPLE_RATE), len(samples) // 2) // step
    tail = samples[len(samples) - search * step :].reshape(search, step)
    return len(samples) - search * step + int(np.square(tail).mean(axis=1).argmin()) * step + step // 2
