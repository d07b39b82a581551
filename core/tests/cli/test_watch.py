"""The ``voicebridge watch`` command: exit codes, and what it stores in the configuration."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.mark.usefixtures("echo")
def test_a_file_that_could_not_be_done_is_a_failure_each_time_until_it_is_gone(run: Run, inbox: Path) -> None:
    recording = inbox / "broken.wav"
    recording.write_text("This is no recording.")
    words = ("watch", str(inbox), "--once", "--no-daemon", "--stable-for", "0", "-m", "echo/small")
    first = run(*words)
    assert first.code == 1
    assert "broken.wav" in first.err
    assert run(*words).code == 1
    recording.unlink()
    (inbox / "broken.error.txt").unlink(missing_ok=True)
    assert run(*words).code == 0


@pytest.mark.usefixtures("echo")
def test_a_folder_is_added_with_its_options_listed_and_removed_and_comments_stay(run: Run, inbox: Path, home: Path) -> None:
    config = home / "config.toml"
    config.write_text("# Mine.\n[tts]\nspeed = 1.5 # always\n")
    added = run(
        "watch", "add", str(inbox), "-r", "-m", "echo/small", "-f", "srt", "-f", "txt", "--output", str(inbox / "done"), "-O", "beam_size=2"
    )
    assert added.code == 0, added.err
    assert config.read_text().startswith("# Mine.\n[tts]\nspeed = 1.5 # always\n")
    assert tomllib.loads(config.read_text())["watch"] == [
        {
            "folder": str(inbox),
            "recursive": True,
            "model": "echo/small",
            "formats": ["srt", "txt"],
            "output": str(inbox / "done"),
            "options": {"beam_size": 2},
        }
    ]
    other = inbox / "other"
    other.mkdir()
    assert run("watch", "add", str(other)).code == 0
    assert [line.split()[0] for line in run("watch", "list").out.splitlines()] == ["Folder", str(inbox), str(other)]
    removed = run("watch", "remove", str(inbox), str(other))
    assert removed.code == 0
    assert "Comments can't be kept in the file" in removed.err
    assert tomllib.loads(config.read_text()) == {"tts": {"speed": 1.5}}
    assert "Add one: voicebridge watch add FOLDER" in run("watch", "list").err


@pytest.mark.usefixtures("echo")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["add"], 2, "Give a folder: voicebridge watch add FOLDER"),
        (["add", "nowhere"], 1, "nowhere is not a folder"),
        (["add", "{inbox}", "-m", "nosuch"], 2, "No model is named 'nosuch'"),
        (["add", "{inbox}", "-f", "doc"], 2, "Unknown format 'doc'"),
        (["add", "{inbox}", "{inbox}"], 2, "{inbox}"),
        (["add", "{inbox}", "--tts", "--diarize"], 2, "diarize applies only to transcription"),
        (["remove", "{inbox}"], 2, "is not in"),
        (["remove", "{inbox}", "-r"], 2, "takes no options"),
        (["list", "{inbox}"], 2, "takes no folder"),
    ],
)
def test_what_can_not_be_watched_changes_nothing(run: Run, inbox: Path, home: Path, words: list[str], code: int, said: str) -> None:
    ran = run("watch", *(word.format(inbox=inbox) for word in words))
    assert (ran.code, ran.err.count("\n")) == (code, 1), ran.err
    assert said.format(inbox=inbox) in ran.err
    assert not (home / "config.toml").exists()


@pytest.mark.usefixtures("echo")
def test_a_list_that_is_written_inline_is_added_to_as_well(run: Run, inbox: Path, home: Path) -> None:
    other = inbox / "other"
    other.mkdir()
    (home / "config.toml").write_text(f"watch = [{{folder = '{inbox}'}}]\n")
    assert run("watch", "add", str(other)).code == 0
    assert [each["folder"] for each in tomllib.loads((home / "config.toml").read_text())["watch"]] == [str(inbox), str(other)]
