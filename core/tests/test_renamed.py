"""Old names of commands, options, keys, variables and requests: they work, print the new name once, and are on no help page."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperCommand
from voicebridge import renamed
from voicebridge.control.client import ask
from voicebridge.control.server import Control
from voicebridge.runtime.settings import WatchSettings, known_keys

Run = Callable[..., Any]

LATER = "The old name will be removed in the next version.\n"


def test_an_old_verb_does_what_the_new_one_does_and_says_its_name(run: Run) -> None:
    assert run("vocabulary", "add", "Kubernetes").err == ""
    ran = run("words", "list", "--json")
    assert ran.out == run("vocabulary", "list", "--json").out
    assert ran.err == f"Warning: `voicebridge words` is now `voicebridge vocabulary`. {LATER}"


@pytest.mark.usefixtures("acme")
def test_an_old_option_does_what_the_new_one_does_and_says_its_name(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    ran = run("watch", "add", str(tmp_path / "in"), "--speak", f"--out={tmp_path / 'out'}")
    assert ran.code == 0
    assert f"Warning: --speak is now --tts. {LATER}Warning: --out is now --output. {LATER}" in ran.err
    folder = json.loads(run("config", "get", "watch", "--json").out)[0]
    assert (folder["tts"], folder["output"]) == (True, str(tmp_path / "out"))


def test_what_follows_two_dashes_is_no_option() -> None:
    assert renamed.options(["tts"], ["-v", "joe", "-vjoe", "--", "-v"]) == ["--voice", "joe", "--voice=joe", "--", "-v"]
    assert renamed.options(["stt"], ["-v", "--copy", "a.mp3"]) == ["-v", "--to=clipboard", "a.mp3"]


def test_old_keys_in_the_file_count_and_are_replaced_when_it_is_written(run: Run, home: Path) -> None:
    file = home / "config.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('[stt]\nwords = true\n[dictation.words]\nAda = ["Aida"]\n[profiles.m.stt]\nwords = false\n')
    ran = run("config", "get", "stt.word_timestamps")
    assert ran.out == "true\n"
    assert ran.err == (
        f"Warning: stt.words is now stt.word_timestamps. {LATER}Warning: dictation.words is now dictation.vocabulary. {LATER}"
    )
    assert run("vocabulary", "add", "Grace").code == 0
    assert file.read_text() == '[stt]\nword_timestamps = true\n\n[dictation.vocabulary]\nAda = [\n    "Aida",\n]\nGrace = []\n\n' + (
        "[profiles.m.stt]\nword_timestamps = false\n"
    )


def test_old_keys_on_the_command_line_and_old_variables_count(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert f"stt.words is now stt.word_timestamps. {LATER}" in run("config", "set", "stt.words", "true").err
    assert run("config", "get", "profiles.m.dictation.words.Ada B").code == 0
    monkeypatch.setenv("VOICEBRIDGE_STT_WORDS", "false")
    ran = run("config", "get", "stt.word_timestamps")
    assert (ran.out, ran.err) == ("false\n", f"Warning: VOICEBRIDGE_STT_WORDS is now VOICEBRIDGE_STT_WORD_TIMESTAMPS. {LATER}")


def test_a_key_that_has_its_new_name_too_keeps_that_ones_value() -> None:
    assert renamed.table({"stt": {"words": True, "word_timestamps": False}}) == {"stt": {"word_timestamps": False}}
    both: dict[str, Any] = {"dictation": {"words": {"Ada": [], "Grace": []}, "vocabulary": {"Ada": ["Aida"]}}}
    assert renamed.table(both) == {"dictation": {"vocabulary": {"Ada": ["Aida"], "Grace": []}}}


def test_a_key_may_have_moved_to_another_table(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "config.toml").write_text('[dictation]\nfilter = "cat"\nfilter_seconds = 3\n[profiles.m.dictation]\nfilter = "rev"\n')
    ran = run("config", "get", "filters.command")
    assert ran.out == "cat\n"
    assert f"dictation.filter is now filters.command. {LATER}" in ran.err
    assert run("config", "get", "filters.seconds").out == "3.0\n"
    assert run("--profile", "m", "config", "get", "filters.command").out == "rev\n"
    assert run("config", "get", "filters.stages").out == '["dictation"]\n'
    monkeypatch.setenv("VOICEBRIDGE_DICTATION_FILTER", "tac")
    assert run("config", "get", "dictation.filter").out == "tac\n"
    assert renamed.table({"dictation": {"filter": "cat"}, "filters": {"command": "tac"}}) == {"filters": {"command": "tac"}}
    assert renamed.table({"dictation": {"filter": "cat"}, "filters": 1}) == {"filters": 1}


def test_an_old_request_is_answered_as_the_new_one(home: Path) -> None:
    with closing(Control({"read.stop": lambda request, peer: {"did": "stop"}})):
        assert ask("speak.stop") == ask("read.stop")


@pytest.mark.parametrize("module", ["voicebridge", "voicebridge.errors"])
def test_an_old_name_of_the_python_api_is_the_new_one(module: str) -> None:
    home = importlib.import_module(module)
    vars(home).pop("Unavailable", None)  # as if nothing had requested it yet
    with pytest.warns(DeprecationWarning, match="Unavailable is now UnavailableError. The old name will be removed in the next version."):
        assert home.Unavailable is home.UnavailableError


@pytest.mark.parametrize("old", renamed.VERBS)
def test_each_old_verb_is_found_and_hidden(run: Run, old: str) -> None:
    *above, name = old.split()
    assert f"is now `voicebridge {renamed.VERBS[old]}`" in run(*old.split(), "--help").err
    assert f"│ {name} " not in run(*above, "--help").out


@pytest.mark.parametrize(("verb", "old"), [(verb, old) for verb, options in renamed.OPTIONS.items() for old in options])
def test_each_old_option_leads_to_one_that_there_is_and_is_hidden(monkeypatch: pytest.MonkeyPatch, run: Run, verb: str, old: str) -> None:
    seen: list[TyperCommand] = []
    parse = TyperCommand.parse_args

    def note(self: TyperCommand, ctx: Any, args: list[str]) -> list[str]:
        seen.append(self)
        return parse(self, ctx, args)

    monkeypatch.setattr(TyperCommand, "parse_args", note)
    assert run(*verb.split(), "--help").code == 0
    known = {name for param in seen[-1].params for name in (*param.opts, *param.secondary_opts)}
    new = renamed.OPTIONS[verb][old]
    assert old not in known
    assert not new or new.partition("=")[0] in known


@pytest.mark.parametrize("old", renamed.KEYS)
def test_each_old_key_leads_to_one_that_there_is(old: str) -> None:
    keys = {*known_keys(), *(f"watch.{name}" for name in WatchSettings.model_fields)}
    assert old not in keys
    assert renamed.KEYS[old] in keys
