"""Give every engine its input in the form that its descriptor asks for: the size and type of chunks, the length of texts, a voice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from voicebridge.errors import NotSupportedError
from voicebridge.speech import AudioChunk, Line, TtsRequest
from voicebridge.text_parts import cut

if TYPE_CHECKING:
    from voicebridge.specs import SttSpec, TtsSpec

_FULL_SCALE = 32_768


def audio_for(spec: SttSpec, audio: Iterable[AudioChunk]) -> Iterable[AudioChunk]:
    """The audio in chunks of the spec's ``frame``, with samples of its ``sample_type``; the same object if it asks for neither."""
    if spec.frame:
        audio = _framed(audio, spec.frame)
    return map(_in_16_bits, audio) if spec.sample_type == "int16" else audio


def text_for(spec: TtsSpec, text: Iterable[str]) -> Iterable[str]:
    """The text in passages of at most the spec's ``longest_text``; the same object if it sets no limit."""
    return text if not spec.longest_text else (part for piece in text for part in _parts(piece, spec.longest_text))


def tts_request_for(spec: TtsSpec, request: TtsRequest) -> TtsRequest:
    """The request, with the spec's ``default_voice`` if it names no voice and the voice speaks its language."""
    if not spec.default_voice or request.voice is not None or request.sample is not None:
        return request
    spoken = next(voice.language for voice in spec.voices if voice.name == spec.default_voice)
    return request if request.language and spoken and request.language != spoken else replace(request, voice=spec.default_voice)


def check_speed(name: str, spec: TtsSpec, speed: float) -> None:
    """Reject a speed outside the spec's ``speed_range``.

    Raises:
        NotSupportedError: with the range.
    """
    if spec.speed_range is not None and not spec.speed_range[0] <= speed <= spec.speed_range[1]:
        lowest, highest = spec.speed_range
        raise NotSupportedError(f"{name} can't speak at speed {speed:g}. Use a speed from {lowest:g} to {highest:g}.")


def _framed(audio: Iterable[AudioChunk], frame: int) -> Iterator[AudioChunk]:
    import numpy as np  # on demand: not needed by commands that the daemon serves

    held: list[AudioChunk] = []
    size = 0
    for chunk in audio:
        if not len(chunk.samples):
            continue
        held.append(chunk)
        size += len(chunk.samples)
        if size < frame:
            continue
        rate, start = chunk.sample_rate, held[0].start
        samples = np.concatenate([each.samples for each in held])
        whole = size // frame * frame
        for at in range(0, whole, frame):
            yield AudioChunk(samples[at : at + frame], rate, start + at / rate)
        size -= whole
        held = [AudioChunk(samples[whole:], rate, start + whole / rate)] if size else []
    if held:
        yield replace(held[0], samples=np.concatenate([each.samples for each in held]))


def _in_16_bits(chunk: AudioChunk) -> AudioChunk:
    import numpy as np

    samples = np.clip(np.rint(chunk.samples * np.float32(_FULL_SCALE)), -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)
    return replace(chunk, samples=samples)


def _parts(piece: str, longest: int) -> Iterator[str]:
    if len(piece) <= longest:
        yield piece
        return
    for part in cut(piece, longest):
        yield Line(part, piece.speaker, piece.voice, piece.sample) if isinstance(piece, Line) else part
