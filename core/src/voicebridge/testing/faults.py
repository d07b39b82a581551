"""The rules on plain values: each function lists what is wrong with what it is given, and an empty list means nothing is.

Nothing here runs an engine or needs pytest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from pydantic import ValidationError

from voicebridge.errors import PluginError
from voicebridge.options import EngineOptions, check_value, describe, first_message
from voicebridge.ports import WeightsPlace
from voicebridge.specs import ModelSpec, load_ref
from voicebridge.speech import AudioChunk, Segment, Word
from voicebridge.testing.sounds import Sound

TOLERANCE = 0.1
"""Seconds by which a time may miss its bound: engines count in steps of their own."""

QUIET = 0.003
"""Root mean square below which sound is silence; speech has some 0.05."""

CLIPPED = 0.01
"""Share of samples at full scale above which sound is clipped; a loud voice touches it a few times."""

PLACE_KINDS = ("folder", "cache", "hub cache", "package", "hub")

# ISO 639-1, and "jw", which was withdrawn for "jv" but lives on in Whisper's vocabulary.
_ISO_639_1 = """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es
    et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv jw ka kg ki
    kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr
    nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th
    ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
_LANGUAGES = frozenset(_ISO_639_1.split())


def descriptor_faults(spec: ModelSpec) -> list[str]:
    """What is wrong with a model's descriptor: no description, an unknown language, a reference that leads nowhere."""
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
    """What is wrong with what a descriptor refers to: it can't be imported, or is no such thing."""
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


def option_faults(options: type[EngineOptions]) -> list[str]:
    """What is wrong with an engine's options: one without a description, or with a default that its own type refuses."""
    faults = [f"{doc.name} has no description" for doc in describe(options) if not doc.description.strip()]
    for name, field in options.model_fields.items():
        if field.is_required():
            faults.append(f"{name} has no default: an engine must run without any option given")
            continue
        default = field.get_default(call_default_factory=True)
        try:
            check_value(field, default, text=False)
        except ValidationError as error:
            faults.append(f"{name}: its default {default!r} won't do: {first_message(error)}")
    if not faults:
        try:
            options()
        except ValidationError as error:  # a rule that spans several options
            faults.append(f"the defaults don't go together: {first_message(error)}")
    return faults


def segment_faults(segments: Sequence[Segment], duration: float) -> list[str]:
    """What is wrong with the segments of one utterance.

    Args:
        segments: in the order in which the engine gave them.
        duration: of the audio, in seconds.
    """
    faults = []
    for segment in segments:
        where = f"{segment.text[:40]!r} ({segment.start:.2f}-{segment.end:.2f} s)"
        faults += _span_faults(where, segment.start, segment.end, -TOLERANCE, duration + TOLERANCE, "the audio")
        if not segment.text.strip():
            faults.append(f"{where}: its text is empty; leave such a segment out")
        elif segment.text != segment.text.strip():
            faults.append(f"{where}: its text has space around it; strip it")
    final = [segment for segment in segments if segment.final]
    for before, after in pairwise(final):
        if after.start < before.start:
            faults.append(f"{after.text[:40]!r} starts at {after.start:.2f} s, before the segment ahead of it ({before.start:.2f} s)")
    if segments and not segments[-1].final:
        faults.append("the last segment is not final: every guess must be followed by the final text")
    return faults


def word_faults(segment: Segment) -> list[str]:
    """What is wrong with the words of a segment for which word times were asked for."""
    if not segment.words:
        return [f"{segment.text[:40]!r} has no words, though the descriptor says words=True"]
    faults = []
    for word in segment.words:
        where = f"{word.text!r} ({word.start:.2f}-{word.end:.2f} s) in {segment.text[:40]!r}"
        bounds = f"its segment ({segment.start:.2f}-{segment.end:.2f} s)"
        faults += _span_faults(where, word.start, word.end, segment.start - TOLERANCE, segment.end + TOLERANCE, bounds)
        if not word.text or word.text != word.text.strip():
            faults.append(f"{where}: a word is neither empty nor surrounded by space")
    return faults + _order_faults(segment.words)


def chunk_faults(chunks: Sequence[AudioChunk], sample_rate: int | None) -> list[str]:
    """What is wrong with the chunks of one reading.

    Args:
        chunks: in the order in which the engine gave them.
        sample_rate: the descriptor's, in Hertz; ``None`` where any will do that is the same for all chunks.
    """
    faults: list[str] = []
    given = 0
    rate = sample_rate or (chunks[0].sample_rate if chunks else 0)
    for number, chunk in enumerate(chunks):
        if chunk.sample_rate != rate:
            faults.append(f"chunk {number} has {chunk.sample_rate} Hz, not {rate}")
        elif abs(chunk.start - given / rate) > 0.5 / rate:
            faults.append(f"chunk {number} starts at {chunk.start:.4f} s, but {given / rate:.4f} s were given before it")
        faults += [f"chunk {number} {fault}" for fault in _sample_faults(chunk.samples)]
        given += len(chunk.samples)
    return faults


def speech_faults(sound: Sound, sample_rate: int, text: str, pace: tuple[float, float]) -> list[str]:
    """What keeps the sound of a text from being speech: it is silent, clipped, or far too short or long.

    Args:
        sound: of the whole text.
        sample_rate: Hertz.
        text: what is said.
        pace: fewest and most characters that are spoken in a second.
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
    """What is wrong with the answer of a weights store's ``places()``."""
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
        return [f"is {what}, not float32[n]"]
    if not len(samples):
        return ["holds no samples; leave it out"]
    if not np.isfinite(samples).all():
        return ["holds samples that are not finite"]
    peak = float(np.abs(samples).max())
    return [f"reaches {peak:.2f}, beyond [-1, 1]"] if peak > 1 else []


def _is_language(code: object) -> bool:
    return isinstance(code, str) and (code in _LANGUAGES or bool(re.fullmatch(r"[a-z]{3}", code)))


def _span_faults(where: str, start: float, end: float, earliest: float, latest: float, bounds: str) -> list[str]:
    faults = []
    if end < start:
        faults.append(f"{where}: it ends before it starts")
    if not (earliest <= start and end <= latest):
        faults.append(f"{where}: it lies outside {bounds}")
    return faults


def _order_faults(words: Sequence[Word]) -> list[str]:
    wrong = [(before, after) for before, after in pairwise(words) if after.start < before.start]
    return [f"the word {after.text!r} starts before {before.text!r} ahead of it" for before, after in wrong]
