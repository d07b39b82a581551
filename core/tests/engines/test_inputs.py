"""What an engine receives: chunks, samples, texts and voices as its descriptor asks for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge import AudioChunk, Line, NotSupportedError, SttSpec, TtsRequest, TtsSpec, Voice
from voicebridge.engines.descriptors import spec_from, spec_to
from voicebridge.engines.inputs import audio_for, check_speed, text_for, tts_request_for
from voicebridge.testing.sounds import Sound

RATE = 16_000
VOICES = (Voice("clara", "en"), Voice("klara", "de"), Voice("any"))


def stt(**more: object) -> SttSpec:
    return SttSpec(name="tiny", factory="acme:Engine", **more)  # type: ignore[arg-type]


def tts(**more: object) -> TtsSpec:
    return TtsSpec(name="hum", factory="acme:Engine", voices=VOICES, **more)  # type: ignore[arg-type]


def chunks(sizes: Sequence[int]) -> list[AudioChunk]:
    """A ramp in chunks of these sizes, from second 2 on."""
    ends = np.cumsum([0, *sizes])
    ramp = (np.arange(ends[-1]) % 30_000 / 32_768).astype(np.float32)
    return [AudioChunk(ramp[end - size : end], RATE, 2 + float(end - size) / RATE) for size, end in zip(sizes, ends[1:], strict=True)]


@given(st.lists(st.integers(0, 50), max_size=30), st.integers(1, 40))
def test_chunks_have_exactly_the_size_of_a_frame_but_for_the_last(sizes: list[int], frame: int) -> None:
    given = chunks(sizes)
    found = list(audio_for(stt(frame=frame), given))
    assert [len(chunk.samples) for chunk in found[:-1]] == [frame] * (len(found) - 1)
    assert all(0 < len(chunk.samples) <= frame for chunk in found)
    assert np.array_equal(_joined(found), _joined(given))
    assert [chunk.start for chunk in found] == pytest.approx([2 + n * frame / RATE for n in range(len(found))])


def _joined(chunks: Sequence[AudioChunk]) -> Sound:
    return np.concatenate([np.zeros(0, np.float32), *(chunk.samples for chunk in chunks)])


def test_a_frame_is_given_as_soon_as_it_is_complete() -> None:
    taken = []

    def source() -> Iterator[AudioChunk]:
        for chunk in chunks([30, 30, 30, 30]):
            taken.append(chunk)
            yield chunk

    next(iter(audio_for(stt(frame=50), source())))
    assert len(taken) == 2


def test_samples_of_16_bits_are_exact_and_stay_in_range() -> None:
    samples = (np.array([-32_768, -1, 0, 1, 32_767]) / 32_768).astype(np.float32)
    loud = np.array([-2.0, 1.0, 1.5], np.float32)
    first, second = audio_for(stt(sample_type="int16"), [AudioChunk(samples, RATE), AudioChunk(loud, RATE, 1.0)])
    assert first.samples.dtype == np.int16
    assert first.samples.tolist() == [-32_768, -1, 0, 1, 32_767]
    assert second.samples.tolist() == [-32_768, 32_767, 32_767]
    assert second.start == 1.0


def test_an_engine_that_asks_for_nothing_gets_the_same_objects() -> None:
    audio, text = chunks([5]), ["One."]
    assert audio_for(stt(), audio) is audio
    assert text_for(tts(), text) is text


def test_long_text_is_split_at_sentences_clauses_and_words() -> None:
    assert list(text_for(tts(longest_text=30), ["One short sentence.", "It was late. The train, however, was later than late."])) == [
        "One short sentence.",
        "It was late. The train,",
        "however, was later than late.",
    ]


def test_the_parts_of_a_long_line_have_its_speaker() -> None:
    parts = list(text_for(tts(longest_text=15), [Line("It was late. The end.", 1, "clara")]))
    assert [(str(part), part.speaker, part.voice) for part in parts if isinstance(part, Line)] == [
        ("It was late.", 1, "clara"),
        ("The end.", 1, "clara"),
    ]


@pytest.mark.parametrize(
    ("request_", "voice"),
    [
        (TtsRequest(), "clara"),
        (TtsRequest(language="en"), "clara"),
        (TtsRequest(language="de"), None),
        (TtsRequest(voice="any"), "any"),
        (TtsRequest(sample=AudioChunk(np.zeros(1, np.float32), RATE)), None),
    ],
)
def test_the_default_voice_is_requested_if_nobody_names_one_and_it_speaks_the_language(request_: TtsRequest, voice: str | None) -> None:
    assert tts_request_for(tts(default_voice="clara"), request_).voice == voice
    assert tts_request_for(tts(), TtsRequest()).voice is None


def test_a_speed_outside_the_range_is_refused_with_the_range() -> None:
    spec = tts(speed=True, speed_range=(0.5, 2))
    check_speed("acme/hum", spec, 0.5)
    check_speed("acme/hum", spec, 2.0)
    with pytest.raises(NotSupportedError, match=r"^acme/hum can't speak at speed 2\.1\. Use a speed from 0\.5 to 2\.$"):
        check_speed("acme/hum", spec, 2.1)


@pytest.mark.parametrize(
    "spec",
    [
        stt(languages={"en", "de"}, frame=512, sample_type="int16", partials=True, aliases=["t"]),
        tts(longest_text=100, speed=True, speed_range=(0.5, 2), default_voice="clara", repeatable=False),
    ],
)
def test_a_descriptor_is_the_same_in_the_process_that_loads_the_model(spec: SttSpec | TtsSpec) -> None:
    assert spec_to(spec_from(json.loads(json.dumps(spec_to(spec))))) == spec_to(spec)
    assert isinstance(spec_from(spec_to(spec)), type(spec))
