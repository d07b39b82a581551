"""``voicebridge tts`` as a user runs it, with a real voice, and its speech transcribed by a real Whisper."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
import voicebridge
from voicebridge import SttModel
from voicebridge.audio.decode import AudioReader
from voicebridge.testing.processes import PATIENCE, THOROUGH, wait_until

ROOT = Path(__file__).resolve().parents[2]
posix = pytest.mark.skipif(os.name != "posix", reason="signals and closed streams as POSIX has them")

ARTICLE = """---
title: The Bees of Autumn
author: Ada Miller
---

# The bees

In autumn the bees leave the valley. Nobody knows why.

## Where they go

They fly over the river, and they rest in the old tower.

## When they return

In spring they are back. The first flowers are open then.
"""

Speak = Callable[..., "subprocess.CompletedProcess[str]"]
SENTENCES, KILLS = (60, 40) if THOROUGH else (24, 8)
"""Sentences of the reading that is killed, and maximum number of kills."""


@pytest.fixture(scope="module")
def listener(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SttModel]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOICEBRIDGE_HOME", str(tmp_path_factory.mktemp("home")))
        with voicebridge.load_model("tiny.en", daemon=False) as model:
            yield model


@pytest.fixture
def heard(listener: SttModel) -> Callable[[Path], str]:
    """Whisper's transcript of a file, in lower case without punctuation."""
    return lambda file: " ".join(re.findall(r"[a-z0-9]+", listener.transcribe(file).text.lower()))


def duration(file: Path) -> float:
    with AudioReader(file) as reader:
        return sum(chunk.duration for chunk in reader.chunks(16_000))


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"home"}


def test_a_sentence_is_written_and_understood(speak: Speak, heard: Callable[[Path], str], tmp_path: Path) -> None:
    done = speak("The old lighthouse stands on the northern cliff.", "-o", "out.wav")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "Wrote out.wav\n")
    assert "stands on the northern cliff" in heard(tmp_path / "out.wav")
    assert files_in(tmp_path) == {"out.wav"}


def test_every_format_can_be_heard_and_is_as_long_as_the_others(speak: Speak, heard: Callable[[Path], str], tmp_path: Path) -> None:
    for ending in ("wav", "flac", "mp3", "opus", "m4b", "ogg"):
        done = speak("The old lighthouse stands on the northern cliff.", "-o", f"out.{ending}", "--seed", "1")

        assert done.returncode == 0, done
        assert "stands on the northern cliff" in heard(tmp_path / f"out.{ending}")
        assert duration(tmp_path / f"out.{ending}") == pytest.approx(duration(tmp_path / "out.wav"), abs=0.1)


def test_an_article_becomes_a_book_with_chapters_and_tags(speak: Speak, heard: Callable[[Path], str], tmp_path: Path) -> None:
    (tmp_path / "bees.md").write_text(ARTICLE, encoding="utf-8")

    done = speak("bees.md", "-f", "m4b")

    assert (done.returncode, done.stderr) == (0, "Wrote bees.m4b\n")
    with av.open(str(tmp_path / "bees.m4b")) as book:
        chapters = [chapter["metadata"]["title"] for chapter in book.chapters()]
        starts = [chapter["start"] for chapter in book.chapters()]
        tags = {name: book.metadata.get(name) for name in ("title", "artist")}
    assert chapters == ["The bees", "Where they go", "When they return"]
    assert starts[0] == 0
    assert starts == sorted(starts)
    assert tags == {"title": "The Bees of Autumn", "artist": "Ada Miller"}
    text = heard(tmp_path / "bees.m4b")
    assert "nobody knows why" in text
    assert "author" not in text


def test_standard_input_is_spoken_to_standard_output(speak: Speak, heard: Callable[[Path], str], tmp_path: Path, command: str) -> None:
    with (tmp_path / "out.wav").open("wb") as out:
        done = subprocess.run(
            [command, "tts", "-", "-o", "-", "-q"],
            input=b"Seven ships came back from the south.",
            stdout=out,
            env=speak_environment(tmp_path),
        )

    assert done.returncode == 0
    assert "ships came back from the south" in heard(tmp_path / "out.wav")


def speak_environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VOICEBRIDGE_", "HF_"))}
    return {**kept, "VOICEBRIDGE_HOME": str(folder / "home"), "VOICEBRIDGE_OFFLINE": "1"}


def test_numbers_and_signs_are_spoken_as_words(speak: Speak, heard: Callable[[Path], str], tmp_path: Path) -> None:
    speak("The room costs $45 and measures 20 m².", "-o", "out.wav")

    assert re.search(r"costs 45( dollars)? and measures 20 square met", heard(tmp_path / "out.wav"))


def test_the_users_own_pronunciation_is_spoken(speak: Speak, heard: Callable[[Path], str], tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/config.toml").write_text('[tts.pronunciations]\nXQ = "banana"\n', encoding="utf-8")

    speak("My brother eats an XQ every morning.", "-o", "out.wav")

    assert "banana" in heard(tmp_path / "out.wav")


def test_faster_is_shorter_and_the_same_seed_the_same_sound(speak: Speak, tmp_path: Path) -> None:
    for name, words in {"a": [], "b": [], "fast": ["--speed", "2"]}.items():
        speak("A quiet morning by the lake.", "-o", f"{name}.wav", "--seed", "7", *words)

    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    assert duration(tmp_path / "fast.wav") == pytest.approx(duration(tmp_path / "a.wav") / 2, rel=0.25)


@posix
def test_a_reading_that_is_killed_again_and_again_ends_with_the_bytes_of_an_uninterrupted_one(
    speak: Speak, tmp_path: Path, command: str, environment: dict[str, str]
) -> None:
    text = " ".join(f"Sentence number {number} is about the weather of last week, which was fine." for number in range(1, SENTENCES + 1))
    (tmp_path / "weather.txt").write_text(text, encoding="utf-8")
    assert speak("weather.txt", "-o", "whole.wav", "--seed", "1").returncode == 0
    chance, kills = random.Random(5), 0

    while kills < KILLS:
        process = subprocess.Popen(
            [command, "tts", "weather.txt", "-o", "out.wav", "--seed", "1", "--resume", "-q"],
            cwd=tmp_path,
            env=environment,
            stderr=subprocess.PIPE,
        )
        try:
            process.wait(chance.uniform(0.8, 2.6))
            break
        except subprocess.TimeoutExpired:
            process.kill()
            kills += 1
        finally:
            process.communicate()
    print(f"{kills} kills")  # noqa: T201

    assert speak("weather.txt", "-o", "out.wav", "--seed", "1", "--resume").returncode == 0
    assert kills >= 3
    assert (tmp_path / "out.wav").read_bytes() == (tmp_path / "whole.wav").read_bytes()
    assert files_in(tmp_path) == {"weather.txt", "whole.wav", "out.wav"}


@posix
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_reading_says_how_to_go_on_and_does(
    speak: Speak, tmp_path: Path, command: str, environment: dict[str, str], number: int, code: int
) -> None:
    (tmp_path / "long.txt").write_text("The rain fell on the roofs of the town all night. " * 400, encoding="utf-8")
    words = [command, "tts", "long.txt", "-o", "out.mp3"]
    process = subprocess.Popen(words, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
    log = tmp_path / ".out.mp3.voicebridge-part"
    wait_until(lambda: log.exists() and log.read_bytes().count(b'"piece"') > 3, "a few sentences", process)

    process.send_signal(number)
    _, said = process.communicate(timeout=PATIENCE)

    assert process.returncode == code
    assert re.fullmatch(r"out\.mp3: interrupted at 0:\d\d\. Continue with --resume\.\n", said), said
    assert not (tmp_path / "out.mp3").exists()
    again = speak("long.txt", "-o", "out.mp3")
    assert again.returncode == 1
    assert "Continue with --resume, or start over with --overwrite." in again.stderr


def test_what_is_whole_is_left_alone(speak: Speak, tmp_path: Path) -> None:
    speak("One.", "-o", "out.wav")
    before = (tmp_path / "out.wav").read_bytes()

    again = speak("Two.", "-o", "out.wav")
    resumed = speak("One.", "-o", "out.wav", "--resume")

    assert (again.returncode, again.stderr) == (
        1,
        "Error: out.wav already exists. Replace it with --overwrite, or write elsewhere with -o.\n",
    )
    assert (resumed.returncode, resumed.stderr) == (0, "out.wav already exists and is complete.\n")
    assert (tmp_path / "out.wav").read_bytes() == before


def test_a_pause_is_as_long_as_was_asked_for(speak: Speak, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/config.toml").write_text("[tts]\npause = 1.5\n", encoding="utf-8")

    speak("The sun is up. The birds are singing. The day begins.", "-o", "out.wav", "--seed", "1")

    with wave.open(str(tmp_path / "out.wav")) as file:
        rate, samples = file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
    loud = np.flatnonzero(np.abs(samples) > 0.002)
    gaps = np.diff(loud) / rate
    assert sorted(gaps)[-2:] == pytest.approx([1.5, 1.5], abs=0.02)
    assert sorted(gaps)[-3] < 0.5


def test_verifying_speaks_and_says_nothing_when_all_is_well(speak: Speak, heard: Callable[[Path], str], tmp_path: Path) -> None:
    done = speak("The harbour was full of little boats. Each of them carried a lamp.", "-o", "out.wav", "--verify")

    assert done.returncode == 0, done
    assert done.stderr.splitlines()[0] == "Wrote out.wav"
    assert "each of them carried a lamp" in heard(tmp_path / "out.wav")


def test_a_dialogue_of_two_speakers_is_spoken_by_a_model_that_has_several(speak: Speak, tmp_path: Path) -> None:
    """With VibeVoice's real code and random weights: its speech is noise, whose duration depends on the text."""
    pytest.importorskip("transformers")
    subprocess.run([sys.executable, str(ROOT / "plugins/vibevoice/tests/tiny.py"), str(tmp_path / "tiny")], capture_output=True, check=True)
    (tmp_path / "dialogue.txt").write_text("Alice: Good morning. How are you?\nBob: Fine, thank you.\nAlice: The bees are back.\n")

    light = speak("dialogue.txt", "--script", "-o", "out.mp3")
    done = speak("dialogue.txt", "--script", "-m", "./tiny", "-o", "out.mp3", "--seed", "1")
    again = speak("dialogue.txt", "--script", "-m", "./tiny", "-o", "again.mp3", "--seed", "1")

    assert light.returncode == 2
    assert re.fullmatch(
        r"Error: piper/joe supports only 1 speaker, not 2\. Use one that can: -m (kokoro/int8|vibevoice/1\.5b)\n", light.stderr
    )
    assert (done.returncode, done.stderr) == (0, "Wrote out.mp3\n")
    assert duration(tmp_path / "out.mp3") > 1.0
    assert (tmp_path / "out.mp3").read_bytes() == (tmp_path / "again.mp3").read_bytes(), again


def test_a_dry_run_prints_what_would_be_spoken_and_loads_no_model(speak: Speak, tmp_path: Path) -> None:
    (tmp_path / "article.md").write_text(ARTICLE + "\nIt costs £1.5m.\n", encoding="utf-8")
    done = speak("article.md", "--dry-run", "-o", "article.wav")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[:4] == ["# The bees", "The bees.", "[0.9 s]", "In autumn the bees leave the valley."]
    assert done.stdout.splitlines()[-2:] == ["It costs one point five million pounds.", "[0.6 s]"]
    assert {path.name for path in tmp_path.iterdir()} <= {"article.md", "home"}


def test_a_dry_run_gives_programs_one_object_a_piece(speak: Speak) -> None:
    done = speak("--dry-run", "--json", "# One\n\nHenry VIII came.", "-l", "en")
    pieces = [json.loads(line) for line in done.stdout.splitlines()]
    assert pieces[-1] == {"text": "Henry the Eighth came.", "written": "Henry VIII came.", "pause": 0.6, "chapter": None}
