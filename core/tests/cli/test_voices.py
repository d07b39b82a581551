from __future__ import annotations

import json
import re
import sys
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from voicebridge.installing import remedy
from voicebridge.testing import FOX, STELLA

Site = Any  # the folder of planted packages in conftest.py
Run = Callable[..., Any]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Seven seconds of one speaker."""
    return write(tmp_path / "me.wav", np.concatenate([STELLA.at(24_000), FOX.at(24_000)]))


def write(path: Path, sound: Any, rate: int = 24_000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return path


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes standard input a terminal at which these answers are typed."""

    class Typed:
        def __init__(self, answers: tuple[str, ...]) -> None:
            self.answers = [*answers]

        def isatty(self) -> bool:
            return True

        def readline(self, *_: int) -> str:
            return self.answers.pop(0) + "\n"

    return lambda *answers: monkeypatch.setattr(sys, "stdin", Typed(answers))


def test_every_voice_is_listed_and_the_default_is_marked(run: Run, acme: Site, home: Path, recording: Path) -> None:
    assert run("voices", "add", "anna", str(recording), "--yes").code == 0
    ran = run("voices")
    head, *rows = [re.split(" {2,}", line) for line in ran.out.splitlines()]
    assert (ran.code, ran.err) == (0, "")
    assert head == ["Voice", "Model", "Language", "Local", "Remark"]
    assert [row[:4] for row in rows] == [
        ["anna", "acme/clone", "any", "yes"],
        ["joe", "acme/plain", "en", "yes"],
        ["lotte", "acme/plain", "de", "yes"],
        ["-", "acme/far", "any", "no"],
        ["-", "acme/clone", "any", "yes"],
    ]
    (home / "config.toml").write_text('[tts]\nvoice = "lotte"')
    assert [line.split()[0] for line in run("voices", "list").out.splitlines() if " *" in line] == ["lotte"]


def test_json_holds_all_of_it(run: Run, acme: Site, recording: Path) -> None:
    run("voices", "add", "anna", str(recording), "--yes")
    anna, joe, *_ = json.loads(run("voices", "--json").out)
    assert (anna["name"], anna["own"], anna["model"], anna["local"]) == ("anna", True, "acme/clone", True)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", anna["consent"])
    assert (joe["name"], joe["own"], joe["language"], joe["description"]) == ("joe", False, "en", "calm")


def test_without_any_model_the_way_to_one_is_shown(run: Run, site: Site) -> None:
    ran = run("voices")
    assert (ran.code, ran.out) == (0, "")
    assert remedy("voicebridge-piper") in ran.err


def test_a_sample_is_kept_once_its_owner_s_consent_is_confirmed(
    run: Run, acme: Site, recording: Path, terminal: Callable[..., None]
) -> None:
    terminal("y")
    ran = run("voices", "add", "anna", str(recording))
    assert ran.code == 0, ran.err
    assert ran.err.count("Is this your own voice, or has its owner agreed? [y/N]") == 1
    assert "Added anna: " in ran.err


def test_without_consent_nothing_is_kept(run: Run, acme: Site, home: Path, recording: Path, terminal: Callable[..., None]) -> None:
    terminal("")
    ran = run("voices", "add", "anna", str(recording))
    assert ran.code == 1
    assert "Nothing was kept." in ran.err
    assert not (home / "data").exists()


def test_where_nobody_can_be_asked_consent_has_to_be_given(run: Run, acme: Site, home: Path, recording: Path) -> None:
    ran = run("voices", "add", "anna", str(recording))
    assert ran.code == 2
    assert ran.err.splitlines() == [
        "Error: anna needs the consent of the voice's owner, but standard input is not a terminal. "
        "Confirm it with --yes, or run it in a terminal."
    ]
    assert not (home / "data").exists()


@pytest.mark.parametrize(
    ("seconds", "gain", "told"),
    [
        (1.0, 1.0, "of speech, but a sample needs 3 to 60 s"),
        (5.0, 0.0, "only silence"),
        (600.0, 1.0, "longer than the maximum of 60 s"),
    ],
    ids=["1 s", "silence", "10 minutes"],
)
def test_what_will_not_do_is_refused_in_one_line(
    run: Run, acme: Site, tmp_path: Path, home: Path, seconds: float, gain: float, told: str
) -> None:
    sound = np.resize(STELLA.at(8000), round(seconds * 8000)) * gain
    ran = run("voices", "add", "anna", str(write(tmp_path / "me.wav", sound, 8000)), "--yes")
    assert ran.code == 1
    assert len(ran.err.splitlines()) == 1
    assert ran.err.startswith("Error: me.wav can't be a voice sample. ")
    assert told in ran.err
    assert not (home / "data").exists()


def test_a_name_that_a_model_s_voice_has_is_refused_before_anything_is_read(run: Run, acme: Site) -> None:
    ran = run("voices", "add", "joe", "nowhere.wav", "--yes")
    assert (ran.code, ran.err) == (2, "Error: 'joe' is already a voice of acme/plain. Choose another name.\n")


def test_a_stretch_of_a_long_recording_can_be_taken(run: Run, acme: Site, tmp_path: Path) -> None:
    long = write(tmp_path / "talk.wav", np.resize(STELLA.at(8000), 8000 * 100), 8000)
    assert "Added anna: 10.0 s." in run("voices", "add", "anna", str(long), "--start", "1:10", "--end", "1:20", "--yes").err


@pytest.mark.parametrize(("voice", "hertz"), [("lotte", 440), ("anna", 880)])
def test_a_preview_can_be_written(run: Run, acme: Site, tmp_path: Path, recording: Path, voice: str, hertz: int) -> None:
    run("voices", "add", "anna", str(recording), "--yes")
    ran = run("voices", "preview", voice, "-o", str(tmp_path / "out.wav"))
    assert ran.code == 0, ran.err
    with wave.open(str(tmp_path / "out.wav")) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2")[: file.getframerate()]
    assert int(np.abs(np.fft.rfft(sound.astype(float))).argmax()) == pytest.approx(hertz, abs=2)


def test_an_unknown_voice_can_be_neither_heard_nor_removed(run: Run, acme: Site) -> None:
    ran = run("voices", "preview", "lote")
    assert (ran.code, ran.err) == (2, "Error: No voice is named 'lote'. Did you mean 'lotte'? List them with: voicebridge voices\n")
    assert run("voices", "remove", "lote").code == 2


def test_a_voice_of_one_s_own_can_be_removed_and_a_model_s_can_not(run: Run, acme: Site, home: Path, recording: Path) -> None:
    run("voices", "add", "anna", str(recording), "--yes")
    assert run("voices", "remove", "anna").err == "Removed anna.\n"
    assert list((home / "data" / "voices").iterdir()) == []
    assert run("voices", "remove", "joe").err == "Error: joe comes with acme/plain and can't be removed. Only your own voices can.\n"


def test_a_damaged_voice_is_told_of_and_can_be_removed(run: Run, acme: Site, home: Path, recording: Path) -> None:
    run("voices", "add", "anna", str(recording), "--yes")
    (home / "data" / "voices" / "anna" / "voice.json").write_text("")
    ran = run("voices")
    assert "anna" not in ran.out
    assert ran.err == "Warning: the voice anna is damaged. Remove it: voicebridge voices remove anna\n"
    assert run("voices", "remove", "anna").code == 0
