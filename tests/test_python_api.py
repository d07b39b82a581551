"""VoiceBridge from Python, with real weights."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import voicebridge

ROOT = Path(__file__).resolve().parents[1]
WELCOME = ROOT / "samples/welcome.flac"


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(tmp_path))
    monkeypatch.setenv("VOICEBRIDGE_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def test_a_path_and_an_array_of_any_rate_and_shape_give_the_same_words(sample_at: Callable[[int], Any]) -> None:
    with voicebridge.load_model("whisper/tiny.en") as model:
        from_path = model.transcribe(WELCOME)
        stereo = np.stack([sample_at(44_100)] * 2, axis=1)
        from_array = model.transcribe((stereo * 32_767).astype(np.int16), sample_rate=44_100)

    assert from_path.text.lower().replace(".", "").replace(",", "") == from_array.text.lower().replace(".", "").replace(",", "")
    assert from_path.duration == pytest.approx(from_array.duration, abs=0.02)
    assert (from_path.language, from_path.model) == ("en", "whisper/tiny.en")


def test_one_model_serves_several_threads() -> None:
    with voicebridge.load_model("tiny.en") as model, ThreadPoolExecutor(3) as pool:
        texts = list(pool.map(lambda _: model.transcribe(WELCOME).text, range(3)))

    assert len(set(texts)) == 1


def test_streaming_may_be_stopped_and_the_model_used_again() -> None:
    with voicebridge.load_model("tiny.en", options={"beam_size": 1}) as model:
        stream = model.stream(WELCOME, words=True)
        first = next(stream)
        stream.close()  # type: ignore[attr-defined]

        assert first.words
        assert model.transcribe(WELCOME).text


def test_a_recording_that_breaks_off_gives_what_it_has_and_a_warning(tmp_path: Path) -> None:
    (tmp_path / "cut.flac").write_bytes(WELCOME.read_bytes()[: WELCOME.stat().st_size * 6 // 10])

    with pytest.warns(UserWarning, match="cut.flac ends early: "):
        transcript = voicebridge.transcribe(tmp_path / "cut.flac", model="tiny.en")

    assert "this is a short recording" in transcript.text.lower()


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda: voicebridge.transcribe("absent.wav", model="tiny.en"), voicebridge.InputError),
        (lambda: voicebridge.transcribe(WELCOME, model="tinny.en"), voicebridge.UnknownNameError),
        (lambda: voicebridge.transcribe(WELCOME, model="tiny.en", translate=True), voicebridge.NotSupportedError),
        (lambda: voicebridge.transcribe(WELCOME, model="tiny.en", options={"beam": 1}), voicebridge.OptionError),
        (lambda: voicebridge.load_model(profile="absent"), voicebridge.ConfigError),
        (lambda: voicebridge.load_model("small"), voicebridge.WeightsNotFoundError),
    ],
)
def test_every_mistake_is_an_error_of_its_own_kind(call: object, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        call()  # type: ignore[operator]


def test_words_are_found_over_an_offset_at_any_level_and_with_channels_that_cancel_each_other_out(sample_at: Callable[[int], Any]) -> None:
    sound = sample_at(16_000)
    sound = sound / np.abs(sound).max() / 2
    with voicebridge.load_model("tiny.en") as model:
        words = len(model.transcribe(sound).text.split())
        odd = {
            "offset": sound * 0.2 + 0.5,
            "-80 dB": sound * 2e-4,
            "+30 dB": sound * 60,
            "16 bits": sound * 32_767,
            "not a number": np.where(np.arange(len(sound)) == 40_000, np.nan, sound),
            "opposed": np.stack([sound, -sound], axis=1),
        }
        found = {name: len(model.transcribe(each.astype(np.float32)).text.split()) for name, each in odd.items()}

    assert found == dict.fromkeys(odd, pytest.approx(words, abs=2))
