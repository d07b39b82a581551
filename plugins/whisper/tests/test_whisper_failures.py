"""Each failure is reported with its cause; the weights are blamed only if their values are wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge import AudioChunk, ModelError, SttRequest
from voicebridge.testing import FOX
from voicebridge_whisper.context import LONGEST, before_text
from voicebridge_whisper.engine import WhisperEngine
from voicebridge_whisper.failures import while_loading, while_transcribing
from voicebridge_whisper.options import WhisperOptions

RATE = 16_000
SOUND = FOX.at(RATE)


@pytest.fixture
def engine() -> Iterator[WhisperEngine]:
    engine = WhisperEngine("tiny.en", WhisperOptions(beam_size=1))
    yield engine
    engine.close()


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("mkl_malloc: failed to allocate memory"),
        RuntimeError("CUDA failed with error out of memory"),
        RuntimeError("std::bad_alloc"),
        MemoryError(),
    ],
    ids=str,
)
def test_memory_that_is_exhausted_is_named_with_what_helps(error: Exception) -> None:
    for said in (str(while_transcribing(error)), while_loading(error)):
        assert "memory" in said
        assert "-m tiny" in said
        assert "fetch" not in said
        assert "Copy" not in said


def test_another_failure_of_the_library_is_not_blamed_on_the_weights() -> None:
    said = str(while_transcribing(RuntimeError("No position encodings are defined\nfor positions >= 448")))
    assert said.startswith("Whisper failed while transcribing: No position encodings are defined. Please report it")
    assert "weights" not in said


def test_a_model_that_is_closed_by_another_thread_says_so(engine: WhisperEngine) -> None:
    heard = threading.Event()

    def audio() -> Iterator[AudioChunk]:
        for index in range(40):
            yield AudioChunk(np.concatenate([SOUND, np.zeros(RATE, np.float32)]), RATE, index * (len(SOUND) / RATE + 1))
            heard.set()
        closing.join()

    def close() -> None:
        heard.wait()
        engine.close()

    closing = threading.Thread(target=close)
    closing.start()
    with pytest.raises(ModelError, match="has been closed"):
        list(engine.transcribe(audio(), SttRequest()))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_samples_that_are_no_numbers_are_silence(engine: WhisperEngine, value: float) -> None:
    sound = SOUND.copy()
    sound[:: RATE // 2] = value
    [segment] = engine.transcribe([AudioChunk(sound, RATE)], SttRequest())
    assert "fox" in segment.text


def test_a_prompt_and_hotwords_that_are_both_long_are_shortened(engine: WhisperEngine) -> None:
    request = SttRequest(hotwords=tuple(f"Thingamajig{index}" for index in range(60)), prompt="This is a sentence of the prompt. " * 40)
    assert any("fox" in segment.text for segment in engine.transcribe([AudioChunk(SOUND, RATE)], request))


class Letters:
    """A tokenizer with one token per letter."""

    def encode(self, text: str) -> list[int]:
        return [ord(letter) for letter in text]


@given(st.text("ab .", max_size=500), st.lists(st.text("xyz", min_size=1, max_size=40), max_size=60))
def test_what_stands_before_the_text_fits_and_keeps_hotwords_whole(prompt: str, words: list[str]) -> None:
    found = "".join(map(chr, before_text(Letters(), prompt, ", ".join(words))))
    assert len(found) <= LONGEST
    said = f" {prompt.strip()}" if prompt else ""
    kept = next(count for count in range(len(words), -1, -1) if found.startswith(f" {', '.join(words[:count])}" if count else ""))
    assert said.endswith(found[len(f" {', '.join(words[:kept])}") if kept else 0 :])
    if len(said) + len(", ".join(words)) + 1 <= LONGEST:
        assert kept == len(words)
        assert found.endswith(said)


def test_a_prompt_alone_may_take_all_the_room_and_keeps_its_end() -> None:
    assert "".join(map(chr, before_text(Letters(), "a" * 500 + "b", None))) == "a" * (LONGEST - 1) + "b"


def test_a_prompt_takes_half_beside_many_hotwords() -> None:
    found = "".join(map(chr, before_text(Letters(), "p" * 500, ", ".join(["word"] * 100))))
    assert found.count("p") >= LONGEST // 2
    assert found.startswith(" word, word")
