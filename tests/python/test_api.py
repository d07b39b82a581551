"""The Python API with real weights."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import voicebridge

ROOT = Path(__file__).resolve().parents[2]
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


def test_asyncio_runs_it_in_threads() -> None:
    async def both(model: voicebridge.SttModel) -> list[str]:
        one, other = await asyncio.gather(*(asyncio.to_thread(model.transcribe, WELCOME) for _ in range(2)))
        return [one.text, other.text]

    with voicebridge.load_model("tiny.en") as model:
        texts = asyncio.run(both(model))
        assert texts == [model.transcribe(WELCOME).text] * 2


def test_a_typo_is_a_type_error_before_anything_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicebridge.api.stt.registry", lambda _: pytest.fail("the plugins were loaded"))
    for call in (voicebridge.transcribe, voicebridge.stream):
        with pytest.raises(TypeError, match="unexpected keyword argument 'langauge'"):
            call(WELCOME, langauge="en")  # type: ignore[call-arg]


def test_progress_is_reported_up_to_the_end() -> None:
    seen: list[tuple[float, float | None]] = []
    transcript = voicebridge.transcribe(WELCOME, model="tiny.en", progress=lambda done, total: seen.append((done, total)))

    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1][0] == pytest.approx(transcript.duration)
    assert {total for _, total in seen} == {seen[0][1]}
    assert seen[0][1] == pytest.approx(transcript.duration, abs=0.1)


def test_a_progress_bar_is_that_of_tqdm(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    voicebridge.transcribe(WELCOME, model="tiny.en", progress=True)

    assert "s/s" in capsys.readouterr().err


@pytest.mark.parametrize("extension", ["srt", "txt", "json"])
def test_a_transcript_is_written_as_the_command_writes_it(extension: str, tmp_path: Path) -> None:
    transcript = voicebridge.transcribe(WELCOME, model="tiny.en", words=True)
    path = transcript.write(tmp_path / f"said.{extension}")
    command = [sys.executable, "-m", "voicebridge", "stt", str(WELCOME), "-m", "tiny.en", "--word-timestamps", "--no-daemon"]
    subprocess.run([*command, "-o", tmp_path / f"command.{extension}"], check=True, capture_output=True)

    assert path.read_text() == (tmp_path / f"command.{extension}").read_text()
    assert sorted(each.suffix for each in tmp_path.glob("*.*")) == [f".{extension}"] * 2


def test_a_written_transcript_is_read_back(tmp_path: Path) -> None:
    transcript = voicebridge.transcribe(WELCOME, model="tiny.en", words=True)
    found = voicebridge.Transcript.load(transcript.write(tmp_path / "said.json"))

    assert (found.text, found.language, found.model, found.task) == (transcript.text, "en", "whisper/tiny.en", "transcribe")
    assert found.duration == pytest.approx(transcript.duration, abs=0.001)
    assert [word.text for word in found.segments[0].words] == [word.text for word in transcript.segments[0].words]
    found.write(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_text() == (tmp_path / "said.json").read_text()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"segments": [{}], "duration": 1, "model": "a/b"}', '{"segments": 3, "duration": 1}'])
def test_what_is_no_transcript_is_refused_in_a_line(content: str, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text(content)
    with pytest.raises(voicebridge.InputError, match="is not a transcript in VoiceBridge's JSON"):
        voicebridge.Transcript.load(tmp_path / "other.json")
    with pytest.raises(voicebridge.InputError, match="can't be opened"):
        voicebridge.Transcript.load(tmp_path / "absent.json")


def test_a_transcript_with_an_unknown_extension_is_not_written(tmp_path: Path) -> None:
    transcript = voicebridge.Transcript((voicebridge.Segment(0.0, 1.0, "Hello."),), 1.0, "acme/tiny")
    with pytest.raises(voicebridge.UsageError, match="has no known extension"):
        transcript.write(tmp_path / "said.xyz")
    with pytest.raises(voicebridge.UnknownNameError, match="Unknown format 'srtt'. Did you mean 'srt'"):
        transcript.write(tmp_path / "said.txt", format="srtt")
    assert transcript.write(tmp_path / "said.dat", format="txt").read_text() == "Hello.\n"
    assert [path.name for path in tmp_path.glob("said*")] == ["said.dat"]


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


def test_words_are_found_where_somebody_quiet_speaks_after_somebody_loud(sample_at: Callable[[int], Any]) -> None:
    sound = sample_at(16_000)
    sound, pause = sound / np.abs(sound).max() / 2, np.zeros(16_000)
    with voicebridge.load_model("tiny.en") as model:
        words = len(model.transcribe(sound).text.split())
        for decibels in (-50, -62):
            quiet = sound * 2 * 10 ** (decibels / 20)
            both = np.concatenate([sound, pause, quiet, pause, sound]) + np.random.default_rng(0).normal(0, 1e-5, 3 * len(sound) + 32_000)
            assert len(model.transcribe(both.astype(np.float32)).text.split()) == pytest.approx(3 * words, abs=4)
