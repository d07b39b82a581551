"""``voicebridge vocabulary`` as a user runs it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def words(voicebridge: Run) -> Run:
    """Run ``voicebridge vocabulary``."""
    return partial(voicebridge, "vocabulary")


def test_a_word_is_added_listed_tried_and_removed(words: Run) -> None:
    assert words("add", "Kubernetes", "--sounds-like", "cooper netties", "-s", "cuban eddies").returncode == 0
    assert words("add", "Kubernetes", "-s", "cooper nettles").returncode == 0
    listed = json.loads(words("list", "--json").stdout)
    assert listed == [{"word": "Kubernetes", "sounds_like": ["cooper netties", "cuban eddies", "cooper nettles"]}]
    assert "cuban eddies" in words().stdout
    tried = words("test", "Dear team comma", "New line.", "we use Cooper netties full stop")
    assert tried.stdout == "Dear team,\nWe use Kubernetes.\n"
    assert words("remove", "Kubernetes", "-s", "cuban eddies").returncode == 0
    assert json.loads(words("--json").stdout)[0]["sounds_like"] == ["cooper netties", "cooper nettles"]
    assert words("remove", "Kubernetes").returncode == 0
    assert json.loads(words("--json").stdout) == []


def test_what_else_the_file_says_survives_and_its_comments_are_kept(words: Run, voicebridge: Run, tmp_path: Path) -> None:
    path = Path(voicebridge("config", "path").stdout.strip())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('# my keys\n[stt]\nlanguage = "en"\n', encoding="utf-8")
    done = words("add", "C++", "-s", "see plus plus")
    assert "config.toml.bak" in done.stderr
    assert "# my keys" in path.with_name("config.toml.bak").read_text(encoding="utf-8")
    assert voicebridge("config", "get", "stt.language").stdout == "en\n"
    assert words("test", "I write see plus plus.").stdout == "I write C++.\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("add", "Other", "-s", "Engine X"), "already belongs to Nginx"),
        (("add", "...",), "needs a letter or a digit"),
        (("remove", "Nginks"), "Did you mean 'Nginx'?"),
        (("remove", "Nginx", "-s", "engine y"), "Did you mean 'engine x'?"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_told_in_one_line(words: Run, arguments: tuple[str, ...], reason: str) -> None:
    words("add", "Nginx", "-s", "engine x")
    done = words(*arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert reason in done.stderr
    assert json.loads(words("--json").stdout) == [{"word": "Nginx", "sounds_like": ["engine x"]}]


def test_a_common_word_is_warned_of(words: Run) -> None:
    assert "common word" in words("add", "Dee", "-s", "the").stderr


def test_the_settings_of_dictation_count(words: Run, voicebridge: Run) -> None:
    voicebridge("config", "set", "dictation.commands", "false")
    voicebridge("config", "set", "dictation.drop_fillers", "true")
    voicebridge("config", "set", "dictation.replacements.gonna", "going to")
    voicebridge("config", "set", "dictation.spoken.my address", "1 High Street")
    assert words("test", "Um, it is gonna be sent to my address full stop").stdout == "It is going to be sent to 1 High Street full stop\n"


def test_what_stands_before_and_the_language_can_be_given(words: Run) -> None:
    assert words("test", "-l", "de", "--before", "Ich glaube", "Das ist gut Punkt neue Zeile").stdout == " das ist gut.\n\n"
