from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from voicebridge.audio.capture_file import CaptureFile
from voicebridge.journal.history import History

Run = Callable[..., Any]

PLUGIN = """
    from voicebridge import ServiceSpec, SttSpec, hookimpl

    @hookimpl
    def voicebridge_stt_models():
        for name in ("good", "broken"):
            yield SttSpec(name=name, factory="PACKAGE.engine:Engine", languages={"en"})

    @hookimpl
    def voicebridge_services():
        for kind, name in (("speaker", "Speaker"), ("clipboard", "Clipboard")):
            yield ServiceSpec(kind=kind, name="fake", factory="PACKAGE.engine:" + name, probe="PACKAGE.engine:probe")
"""

ENGINE = """
    from voicebridge import ModelError, Segment, paths

    def probe():
        return 100

    class Engine:
        def __init__(self, name, options):
            self.name = name

        def transcribe(self, audio, request):
            seconds = sum(chunk.duration for chunk in audio)
            if self.name == "broken":
                raise ModelError("The model broke. Take another.")
            for text in (f"I heard {seconds:.1f} seconds.", "New line.", "That is all."):
                yield Segment(0.0, seconds, text)

        def close(self):
            pass

    class Clipboard:
        def write(self, text):
            (paths.data_dir() / "clipboard.txt").write_text(text)

    class Speaker:
        def play(self, audio, device):
            seconds = sum(chunk.duration for chunk in audio)
            (paths.data_dir() / "played.txt").write_text(f"{seconds:.1f} on {device}")
"""


@pytest.fixture(autouse=True)
def fake(site: Any) -> None:
    site.install("fake", PLUGIN, engine=ENGINE)


@pytest.fixture
def journal(home: Path) -> Iterator[History]:
    with closing(History(home / "data" / "history")) as journal:
        yield journal


def dictated(journal: History, text: str = "Hello there.", *, state: str = "delivered", ago: float = 0.0) -> int:
    entry = journal.begin(16_000, "xterm")
    with closing(CaptureFile(entry.audio, 16_000)) as file:
        file.write(np.full(24_000, 0.1, np.float32))
    if state != "recording":
        journal.recorded(entry.id, 1.5)
    if state == "delivered":
        journal.transcribed(entry.id, text, "fake/good")
        journal.delivered(entry.id, "cursor")
    began = datetime.now(UTC) - timedelta(days=ago)
    journal._database.execute("UPDATE entries SET began = ? WHERE id = ?", [began.isoformat(), entry.id])
    return entry.id


def test_what_was_dictated_is_listed_the_newest_first(run: Run, journal: History) -> None:
    old, new = dictated(journal, "First line\nand " + "more " * 30, ago=1), dictated(journal, state="recorded")
    ran = run("history")
    head, *rows = [re.split(" {2,}", line) for line in ran.out.splitlines()]
    assert (ran.code, ran.err) == (0, "")
    assert head == ["Id", "When", "Length", "State", "Text"]
    assert [row[0] for row in rows] == [str(new), str(old)]
    assert rows[0][2:] == ["1.5 s", "recorded"]
    assert rows[1][3] == "delivered to cursor"
    assert rows[1][4].startswith("First line and more")
    assert len(rows[1][4]) == 60
    assert len(run("history", "list", "-n", "1").out.splitlines()) == 2
    assert len(run("history", "list", "-n", "0").out.splitlines()) == 3


def test_as_json_it_is_all_there(run: Run, journal: History) -> None:
    number = dictated(journal)
    for command in (["history", "--json"], ["history", "list", "--json"]):
        [entry] = json.loads(run(*command).out)
        assert entry == json.loads(run("history", "show", "--json").out)
        assert (entry["id"], entry["text"], entry["state"], entry["application"]) == (number, "Hello there.", "delivered", "xterm")
        assert Path(entry["audio"]).exists()
        assert datetime.fromisoformat(entry["began"]).tzinfo is not None


def test_a_text_is_found_whatever_its_case_and_accents(run: Run, journal: History) -> None:
    old = dictated(journal, "We met at the Café in\nParis.", ago=2)
    long = dictated(journal, f"{'Many words stand before. ' * 10}The cafe is closed.", ago=1)
    dictated(journal, "Nothing of interest.")
    head, *rows = [re.split(r"  +", line) for line in run("history", "search", "CAFE").out.splitlines()]
    assert head == ["Id", "When", "Length", "State", "Text"]
    assert [row[0] for row in rows] == [str(long), str(old)]
    assert "The cafe" in rows[0][4]
    assert len(rows[0][4]) <= 60
    assert rows[1][4] == "We met at the Café in Paris."
    assert len(run("history", "search", "café in paris", "-n", "1").out.splitlines()) == 2
    assert [entry["id"] for entry in json.loads(run("history", "search", "cafe", "--json").out)] == [long, old]


def test_a_text_that_is_in_no_dictation_is_reported(run: Run, journal: History) -> None:
    dictated(journal)
    ran = run("history", "search", "xylophone")
    assert (ran.code, ran.out, ran.err) == (0, "", "No dictation contains 'xylophone'.\n")
    assert json.loads(run("history", "search", "xylophone", "--json").out) == []
    ran = run("history", "search", " ")
    assert ran.code != 0
    assert ran.err.startswith("Error: TEXT is empty.")


def test_an_empty_history_says_how_to_begin(run: Run) -> None:
    ran = run("history")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "The history is empty. Start dictating: voicebridge dictate\n"
    assert json.loads(run("history", "--json").out) == []
    assert run("history", "show").err == "Error: The history is empty. Start dictating: voicebridge dictate\n"


@pytest.mark.parametrize("last", [[], ["last"]])
def test_without_a_number_the_newest_is_meant(run: Run, journal: History, last: list[str]) -> None:
    dictated(journal, "The old one.", ago=1)
    dictated(journal, "The new one.")
    ran = run("history", "show", *last)
    assert ran.code == 0
    assert ran.out.splitlines()[-1] == "The new one."
    assert "Application:  xterm" in ran.out


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("7", "The history has no entry 7. List it with: voicebridge history"),
        ("first", "'first' is not an entry of the history. Give its number, or last. List them with: voicebridge history"),
        ("9" * 30, f"'{'9' * 30}' is not an entry of the history. Give its number, or last. List them with: voicebridge history"),
    ],
)
def test_an_entry_that_is_not_there_is_told(run: Run, wrong: str, message: str) -> None:
    for verb in ("show", "copy", "play", "retry", "remove"):
        ran = run("history", verb, wrong)
        assert (ran.code, ran.err) == (2, f"Error: {message}\n")


def test_a_text_is_copied(run: Run, journal: History, home: Path) -> None:
    dictated(journal, "Grüße 😀")
    assert run("history", "copy").err == "Copied 1.\n"
    assert (home / "data" / "clipboard.txt").read_text() == "Grüße 😀"
    dictated(journal, state="recorded")
    ran = run("history", "copy")
    assert (ran.code, ran.err) == (1, "Error: 2 has no text yet. Transcribe it: voicebridge history retry 2\n")


def test_a_recording_is_played(run: Run, journal: History, home: Path) -> None:
    number = dictated(journal)
    assert run("history", "play", "--device", "Headphones").code == 0
    assert (home / "data" / "played.txt").read_text() == "1.5 on Headphones"
    journal.get(number).audio.unlink()
    for verb in ("play", "retry"):
        ran = run("history", verb)
        assert ran.code == 1
        assert re.fullmatch(r"Error: The recording of 1 was deleted.*voicebridge history show 1\n", ran.err)


def test_a_recording_is_transcribed_again_and_marked(run: Run, journal: History) -> None:
    number = dictated(journal, "Wrong.")
    ran = run("history", "retry", "-m", "fake/good")
    assert (ran.code, ran.out) == (0, "I heard 1.5 seconds.\nThat is all.\n")
    entry = journal.get(number)
    assert (entry.state, entry.text, entry.model) == ("transcribed", "I heard 1.5 seconds.\nThat is all.", "fake/good")


def test_a_model_that_fails_leaves_the_recording_for_another_try(run: Run, journal: History) -> None:
    number = dictated(journal, state="recorded")
    ran = run("history", "retry", "-m", "fake/broken")
    assert (ran.code, ran.err) == (1, "Error: The model broke. Take another.\n")
    assert (journal.get(number).state, journal.get(number).problem) == ("failed", "The model broke. Take another.")
    assert run("history", "retry", "-m", "fake/good").code == 0
    assert (journal.get(number).state, journal.get(number).problem) == ("transcribed", "")


def test_what_is_being_recorded_is_left_alone(run: Run, journal: History) -> None:
    dictated(journal, state="recording")
    for words in (["retry"], ["remove", "1", "--yes"]):
        ran = run("history", *words)
        assert ran.code == 2
        assert "is still being recorded. Stop the recording first." in ran.err
    assert run("history", "clear", "--yes").err == "Deleted 0.\n"


def test_deleting_asks_first(run: Run, journal: History, monkeypatch: pytest.MonkeyPatch) -> None:
    dictated(journal)
    dictated(journal)
    ran = run("history", "remove", "1")
    assert (ran.code, len(journal.entries())) == (2, 2)
    assert ran.err.endswith("Confirm it with --yes, or run it in a terminal.\n")
    assert run("history", "remove", "1", "last", "--yes").err == "Deleted 1, 2.\n"
    assert journal.entries() == []


@pytest.mark.parametrize(("older", "left"), [("30d", 3), ("2w", 2), ("12h", 1)])
def test_purging_by_age(run: Run, journal: History, older: str, left: int) -> None:
    for days in (29, 10, 0.1):
        dictated(journal, ago=days)
    assert run("history", "clear", "--older-than", older).code == 2
    assert run("history", "clear", "--older-than", older, "--yes").err == f"Deleted {3 - left}.\n"
    assert len(journal.entries()) == left


def test_purging_everything(run: Run, journal: History) -> None:
    for _ in range(3):
        dictated(journal)
    assert run("history", "clear", "--yes").err == "Deleted 3.\n"
    assert not list(journal.folder.glob("*.wav"))


@pytest.mark.parametrize("words", [["--older-than", "soon"], ["--older-than", "999999999d"]])
def test_what_to_purge_must_be_said(run: Run, words: list[str]) -> None:
    assert run("history", "clear", "--yes", *words).code == 2


def test_the_settings_of_what_is_kept_are_applied(run: Run, journal: History, home: Path) -> None:
    dictated(journal, ago=3)
    (home / "config.toml").write_text("[history]\nkeep_audio_days = 2\n")
    assert json.loads(run("history", "--json").out)[0]["audio"] is None
    (home / "config.toml").write_text("[history]\nkeep_days = 2\n")
    assert json.loads(run("history", "--json").out) == []


def test_what_is_said_is_in_no_log(run: Run, journal: History, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    dictated(journal, "The combination is 4711.")
    for words in (["list"], ["show"], ["copy"], ["retry", "-m", "fake/good"]):
        run("history", *words)
    assert "4711" not in caplog.text
    assert "heard" not in caplog.text


def test_the_help_imports_no_database_and_no_arrays() -> None:
    code = (
        "import sys\nimport voicebridge.cli.history, voicebridge.cli.devices\n"
        "print(sorted({'sqlite3', 'numpy', 'miniaudio'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
