"""The rules as functions on plain values: each returns a list of faults, empty if there are none.

Nothing here runs an engine or needs pytest.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from pydantic import ValidationError

from voicebridge.errors import PluginError
from voicebridge.languages import THREE_LETTERS, is_code
from voicebridge.options import EngineOptions, check_value, describe, first_message, value_problem
from voicebridge.ports import WeightsPlace
from voicebridge.spec_fields import load_ref
from voicebridge.specs import ModelSpec
from voicebridge.speech import AudioChunk, Segment, Word
from voicebridge.testing.sounds import Sound

TOLERANCE = 0.1
"""Tolerance of times in seconds: engines count in steps of their own."""

_COUNT = "count the samples of all chunks so far"
QUIET = 0.003
"""Root mean square below which audio is silence; speech has about 0.05."""

CLIPPED = 0.01
"""Share of full-scale samples above which audio is clipped; a loud voice has a few."""

PLACE_KINDS = ("folder", "cache", "hub cache", "package", "hub")

_LANGUAGES = THREE_LETTERS.keys() | {"jw"}
"""Two-letter codes; "jw" was withdrawn for "jv" but is still in Whisper's vocabulary."""


def descriptor_faults(spec: ModelSpec) -> list[str]:
    """Faults of a model's descriptor: no description, an unknown language, a broken reference."""
    faults = []
    if not spec.description.strip():
        faults.append("description is empty: say in one line what the model is good for")
    if "\n" in spec.description:
        faults.append("description has more than one line")
    strange = [code for code in sorted(spec.languages or ()) if not _is_language(code)]
    faults += [f"languages: {code!r} is no ISO 639-1 code such as 'en' (nor a three-letter one for a language without)" for code in strange]
    if spec.sample_rate <= 0:
        faults.append(f"sample_rate={spec.sample_rate} is not a rate in Hertz")
    return faults


def reference_faults(spec: ModelSpec) -> list[str]:
    """Faults of a descriptor's references: not importable, or of the wrong kind."""
    faults = []
    for field in ("factory", "options", "weights"):
        ref = getattr(spec, field)
        if ref is None:
            continue
        try:
            target = load_ref(ref)
        except PluginError as error:
            faults.append(f"{field}: {error}")
            continue
        if not callable(target):
            faults.append(f"{field}: {ref} can't be called")
        if field == "options" and not (isinstance(target, type) and issubclass(target, EngineOptions)):
            faults.append(f"options: {ref} is not a subclass of EngineOptions")
    return faults


def option_faults(options: type[EngineOptions], *, required: bool = False) -> list[str]:
    """Faults of an engine's options, or a plugin's settings: no description, or a default that is missing or invalid for its type.

    Args:
        options: their class.
        required: whether a default may be missing if the description says "required".
    """
    faults = [f"{doc.name} has no description" for doc in describe(options) if not doc.description.strip()]
    for name, field in options.model_fields.items():
        if field.is_required():
            if not required:
                faults.append(f"{name} has no default: an engine must run without any option given")
            elif "required" not in (field.description or "").lower():
                faults.append(f"{name} has no default: give it one, or say in its description that it is required")
            continue
        default = field.get_default(call_default_factory=True)
        try:
            check_value(field, default, text=False)
        except ValidationError as error:
            faults.append(f"the default of {value_problem(name, default, field, error)}")
    if not faults and not any(field.is_required() for field in options.model_fields.values()):
        try:
            options()
        except ValidationError as error:  # a validator for several options
            faults.append(f"the defaults don't go together: {first_message(error)}")
    return faults


def segment_faults(segments: Sequence[Segment], duration: float, *, partials: bool = True) -> list[str]:
    """Faults of the segments of one utterance.

    Args:
        segments: in the order of the engine.
        duration: of the audio, in seconds.
        partials: whether there may be drafts, as the descriptor says.
    """
    faults = []
    for segment in segments:
        where = _where(segment)
        faults += _span_faults(where, segment.start, segment.end, 0.0, duration + TOLERANCE, "the audio")
        if segment.final or segment.text:  # an empty draft withdraws the last one
            faults += _text_faults(where, segment.text)
        if segment.language is not None and not (isinstance(segment.language, str) and is_code(segment.language)):
            faults.append(f"{where}: its language {segment.language!r} is not a code: give an ISO 639-1 code such as 'en', or None")
        if not segment.final and not partials:
            faults.append(f"{where}: it is a draft (final=False): set partials=True in the descriptor, or yield only final text")
    if faults:
        return faults
    final = [segment for segment in segments if segment.final]
    for before, after in pairwise(final):
        if after.start < before.start:
            where = f"{after.text[:40]!r} starts at {after.start:.2f} s"
            faults.append(f"{where}, before the segment ahead of it ({before.start:.2f} s): sort them")
    faults += [f"{_where(twice)}: it comes twice, with the same times and text: yield each segment once" for twice in _repeated(final)]
    if segments and not segments[-1].final and segments[-1].text.strip():
        faults.append("the last segment is not final: every draft must be followed by the final text")
    return faults


def _repeated(final: Sequence[Segment]) -> list[Segment]:
    seen: set[tuple[float, float, str]] = set()
    found = []
    for segment in final:
        key = (segment.start, segment.end, segment.text)
        if key in seen:
            found.append(segment)
        seen.add(key)
    return found


def draft_faults(segments: Sequence[Segment], duration: float) -> list[str]:
    """Faults of the drafts of one utterance, and final segments that come twice.

    Args:
        segments: drafts and final segments in the order of the engine.
        duration: of the audio, in seconds.
    """
    end = 0.0
    faults = [f"{_where(twice)}: this final segment came already: yield each once" for twice in _repeated([s for s in segments if s.final])]
    for segment in segments:
        if segment.final:
            end = max(end, segment.end)
            continue
        faults += _span_faults(_where(segment), segment.start, segment.end, -TOLERANCE, duration + TOLERANCE, "the audio")
        if segment.start < end - TOLERANCE:
            faults.append(f"{_where(segment)}: a draft begins before {end:.2f} s, where the last final segment ends: that text stays")
    if segments and not segments[-1].final and segments[-1].text.strip():
        faults.append(f"{segments[-1].text[:40]!r} is a draft at the end: a final segment must replace it")
    latest = max((segment.end for segment in segments if not segment.final), default=0.0)
    if end < latest - TOLERANCE:
        faults.append(f"the final segments end at {end:.2f} s, but a draft reached {latest:.2f} s: every draft must become final")
    return faults


def word_faults(segment: Segment) -> list[str]:
    """Faults of the words of a segment with requested word timestamps."""
    if not segment.words:
        return [f"{segment.text[:40]!r} has no words, though the descriptor says words=True: fill in Segment.words, or set words=False"]
    faults = []
    for word in segment.words:
        where = f"{word.text!r} ({_time(word.start)}-{_time(word.end)} s) in {segment.text[:40]!r}"
        bounds = f"its segment ({_time(segment.start)}-{_time(segment.end)} s)"
        faults += _span_faults(where, word.start, word.end, segment.start - TOLERANCE, segment.end + TOLERANCE, bounds)
        if not word.text or word.text != word.text.strip():
            faults.append(f"{where}: a word is neither empty nor surrounded by space: strip it")
    return faults + _order_faults(segment.words)


def chunk_faults(chunks: Sequence[AudioChunk], sample_rate: int | None) -> list[str]:
    """Faults of the chunks of one reading.

    Args:
        chunks: in the order of the engine.
        sample_rate: the descriptor's, in Hertz; ``None`` accepts any that is the same for all chunks.
    """
    faults: list[str] = []
    given = 0
    rate = sample_rate or (chunks[0].sample_rate if chunks else 0)
    for number, chunk in enumerate(chunks):
        if chunk.sample_rate != rate:
            faults.append(f"chunk {number} has {chunk.sample_rate} Hz, not {rate}: resample it, or set the descriptor's sample_rate")
        elif abs(chunk.start - given / rate) > 0.5 / rate:
            faults.append(f"chunk {number} starts at {chunk.start:.4f} s, but {given / rate:.4f} s were given before it: {_COUNT}")
        faults += [f"chunk {number} {fault}" for fault in _sample_faults(chunk.samples)]
        given += len(chunk.samples)
    return faults


def speech_faults(sound: Sound, sample_rate: int, text: str, pace: tuple[float, float]) -> list[str]:
    """Why the audio of a text can't be speech: it is silent, clipped, or far too short or long.

    Args:
        sound: of the whole text.
        sample_rate: Hertz.
        text: the text.
        pace: minimum and maximum number of characters per second.
    """
    if not len(sound):
        return [f"{text[:40]!r}: no sound"]
    faults = []
    seconds, (slowest, fastest) = len(sound) / sample_rate, pace
    if not len(text) / fastest <= seconds <= len(text) / slowest:
        faults.append(f"{text[:40]!r}: its {len(text)} characters take {seconds:.2f} s, which nobody would need")
    if (loudness := float(np.sqrt(np.mean(sound**2)))) < QUIET:
        faults.append(f"{text[:40]!r}: its loudness is {loudness:.5f}, as root mean square; that is silence")
    if (clipped := float(np.mean(np.abs(sound) >= 0.999))) > CLIPPED:
        faults.append(f"{text[:40]!r}: {clipped:.1%} of its samples are at full scale; it is clipped")
    return faults


def place_faults(places: Iterable[Any]) -> list[str]:
    """Faults of the result of a weights store's ``places()``."""
    places = list(places)
    faults = [] if places else ["places() is empty: name at least one place where the weights are looked for"]
    for place in places:
        if not isinstance(place, WeightsPlace):
            faults.append(f"{place!r} is no WeightsPlace")
            continue
        if place.kind not in PLACE_KINDS:
            faults.append(f"kind={place.kind!r} is none of {', '.join(PLACE_KINDS)}")
        if not place.where.strip():
            faults.append(f"a place of kind {place.kind!r} doesn't say where it is")
        if place.kind == "hub" and place.local:
            faults.append("a place of kind 'hub' must have local=False")
    return faults


def _sample_faults(samples: object) -> list[str]:
    if not isinstance(samples, np.ndarray) or samples.dtype != np.float32 or samples.ndim != 1:
        what = f"{samples.dtype}{list(samples.shape)}" if isinstance(samples, np.ndarray) else type(samples).__name__
        return [f"is {what}, not float32[n]: convert it, and mix the channels"]
    if not len(samples):
        return ["holds no samples: leave it out"]
    if not np.isfinite(samples).all():
        return ["holds samples that are not finite: look for a division by zero"]
    peak = float(np.abs(samples).max())
    return [f"reaches {peak:.2f}, beyond [-1, 1]: clip it"] if peak > 1 else []


def _is_language(code: object) -> bool:
    return isinstance(code, str) and (code in _LANGUAGES or bool(re.fullmatch(r"[a-z]{3}", code)))


def _span_faults(where: str, start: Any, end: Any, earliest: float, latest: float, bounds: str) -> list[str]:
    for name, time in (("start", start), ("end", end)):
        if isinstance(time, np.generic) or not isinstance(time, int | float):
            return [f"{where}: its {name} is {_kind(time)}: convert it with float()"]
        if not math.isfinite(time):
            return [f"{where}: its {name} is {time}: give times in seconds"]
    faults = []
    if end < start:
        faults.append(f"{where}: it ends before it starts: swap the times, or clip the end")
    if not (earliest <= start and end <= latest):
        faults.append(f"{where}: it lies outside {bounds}: clip its times")
    return faults


def _text_faults(where: str, text: object) -> list[str]:
    if not isinstance(text, str):
        return [f"{where}: its text is {_kind(text)}, not a str: leave such a segment out"]
    if not text.strip():
        return [f"{where}: its text is empty: leave such a segment out"]
    faults = []
    if text != text.strip():
        faults.append(f"{where}: its text has space around it: strip it")
    if len(text.strip().splitlines()) > 1:
        faults.append(f"{where}: its text has a line break: write it as a space, or yield two segments")
    return faults


def _where(segment: Segment) -> str:
    return f"{str(segment.text)[:40]!r} ({_time(segment.start)}-{_time(segment.end)} s)"


def _time(time: Any) -> str:
    return f"{time:.2f}" if isinstance(time, int | float | np.number) else repr(time)


def _kind(value: object) -> str:
    return "None" if value is None else f"a {type(value).__module__}.{type(value).__name__}".replace("builtins.", "")


def _order_faults(words: Sequence[Word]) -> list[str]:
    wrong = [(before, after) for before, after in pairwise(words) if after.start < before.start]
    return [f"the word {after.text!r} starts before {before.text!r} ahead of it: sort them" for before, after in wrong]
