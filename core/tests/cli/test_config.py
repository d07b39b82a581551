from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from voicebridge.cli.config import editor
from voicebridge.errors import UsageError
from voicebridge.runtime.settings import known_keys

Site = Any  # the folder of planted packages in conftest.py
Run = Callable[..., Any]


def content(home: Path) -> dict[str, Any]:
    return tomllib.loads((home / "config.toml").read_text(encoding="utf-8"))


def write(home: Path, text: str) -> None:
    (home / "config.toml").write_text(text, encoding="utf-8")


def edit_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    """Configure an editor that replaces the whole file by ``text``."""
    script = tmp_path / "editor.py"
    script.write_text(f"import pathlib, sys\npathlib.Path(sys.argv[-1]).write_text({text!r}, encoding='utf-8')\n", encoding="utf-8")
    monkeypatch.setenv("VISUAL", f'"{sys.executable}" "{script}"')


def test_the_path_is_printed_alone(run: Run, home: Path, site: Site) -> None:
    assert run("config", "path").out == f"{home / 'config.toml'}\n"


@pytest.mark.parametrize(
    ("key", "typed", "stored", "shown"),
    [
        ("stt.model", "echo/big", "echo/big", "echo/big"),
        ("stt.word_timestamps", "yes", True, "true"),
        ("stt.hotwords", "Ada, Grace", ["Ada", "Grace"], '["Ada", "Grace"]'),
        ("offline", "1", True, "true"),
        ("plugins.echo.beam_size", "3", 3, "3"),
        ("plugins.echo.temperature", "0,0.2", [0.0, 0.2], "[0.0, 0.2]"),
        ("models.echo/big.beam_size", "2", 2, "2"),
        ('models."echo/large".beam_size', "2", 2, "2"),
        ("plugins.echo.enabled", "true", True, "true"),
        ("profiles.meeting.stt.model", "echo/small", "echo/small", "echo/small"),
        ("profiles.meeting.models.echo/big.beam_size", "2", 2, "2"),
        ("tts.pronunciations.SQL", "sequel", "sequel", "sequel"),
        ("tts.pronunciations.C++", "see plus plus", "see plus plus", "see plus plus"),
        ('tts.pronunciations."Node.js"', "node jay ess", "node jay ess", "node jay ess"),
        ("profiles.meeting.tts.pronunciations.Node.js", "node jay ess", "node jay ess", "node jay ess"),
    ],
)
def test_what_is_set_is_in_the_file_in_its_type_and_comes_back(
    run: Run, home: Path, echo: Site, key: str, typed: str, stored: object, shown: str
) -> None:
    ran = run("config", "set", key, typed)
    assert (ran.code, ran.out) == (0, "")
    assert re.fullmatch(rf"Set \S+ to .+ in {re.escape(str(home / 'config.toml'))}\.\n", ran.err)
    value: Any = content(home)
    while isinstance(value, dict):
        (value,) = value.values()
    assert value == stored
    assert run("config", "get", key).out == f"{shown}\n"
    assert run("config", "unset", key).code == 0
    assert content(home) == {}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1).filter(lambda s: s[0] != "-"))
def test_any_text_that_is_set_comes_back(run: Run, site: Site, text: str) -> None:
    if text.lower() not in ("none", "null"):
        assert run("config", "set", "stt.prompt", "--", text).code == 0
        assert run("config", "get", "stt.prompt").out == f"{text}\n"


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("stt.modle", "x", "There is no key stt.modle. Did you mean 'stt.model'?"),
        ("stt.word_timestamps", "perhaps", "stt.word_timestamps: expected true or false, got 'perhaps'."),
        ("stt", "x", "stt is a table. Set a key in it"),
        ("plugins.echo.beam_sise", "1", "echo has no option 'beam_sise'. Did you mean 'beam_size'? Known: beam_size, noise, temperature."),
        ("plugins.echo.beam_size", "0", "plugins.echo.beam_size: expected a whole number of at least 1, got '0'."),
        ("plugins.echo.beam_size.x", "0", "has too many parts"),
        ("plugins.echo", "1", "plugins.echo is a table"),
        ("plugins.echo.enabled", "perhaps", "expected true or false"),
        ("models.echo/big.noise", "1", "echo/big has no option 'noise'"),
        ("models.echo/bg.beam_size", "1", "No model is named 'echo/bg'. Did you mean 'echo/big'?"),
        ("models.big.beam_size", "1", "use the full name of the model"),
        ("profiles.m.profile", "x", "A profile can't choose a profile"),
        ("profiles.m.stt.modle", "x", "Did you mean 'stt.model'?"),
        ("stt.model", "none", "voicebridge config unset stt.model"),
        ("a b", "x", "is not a valid key"),
        ("stt.language", "english", "'english' is not a language code. Did you mean 'en'?\n"),
        ("tts.language", "de-AT", "Did you mean 'de'?"),
        ("stt.language", "auto", "eave out the language"),
        ("profiles.m.stt.language", "jp", "Did you mean 'ja'?"),
        ("profile", "meeting", "there is no profile 'meeting'"),
        ("services.speaker", "nosuch", "services.speaker: No speaker is named 'nosuch'. No active plugin provides one."),
        ("insertion.order", "nosuch", "there is no insertion method named 'nosuch'"),
        ("insertion.applications.xterm", "nosuch", "there is no insertion method named 'nosuch'"),
        ("dictation.to", "cursur", "dictation.to: expected 'cursor' or 'clipboard', got 'cursur'."),
        ("tts.pronunciations", "sequel", "expected a table of texts, such as {SQL = 'sequel'}, got 'sequel'."),
        ("tts.pronounciations.SQL", "sequel", "Did you mean 'tts.pronunciations'?"),
    ],
)
def test_a_wrong_key_or_value_is_one_line_and_changes_nothing(
    run: Run, home: Path, echo: Site, key: str, value: str, complaint: str
) -> None:
    ran = run("config", "set", key, value)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith("Error: ")
    assert complaint in ran.err
    assert len(ran.err.splitlines()) == 1
    assert not (home / "config.toml").exists()


def test_setting_keeps_what_it_does_not_know(run: Run, home: Path, echo: Site) -> None:
    write(home, '[plugins.gone]\nx = [1, {y = 2}]\n[models."gone/big"]\nz = 1979-05-27\n[profiles.p.plugins.gone]\nx = 1\n')
    before = content(home)
    assert run("config", "set", "offline", "true").code == 0
    assert content(home) == {**before, "offline": True}


def test_an_option_of_a_plugin_that_is_not_there_is_kept_with_a_warning(run: Run, home: Path, echo: Site) -> None:
    ran = run("config", "set", "plugins.gone.sizes", "[1, 2]")
    assert ran.code == 0
    assert ran.err == (
        "Warning: plugins.gone.sizes can't be checked: no plugin 'gone' is installed.\n"
        f"Set plugins.gone.sizes to [1, 2] in {home / 'config.toml'}.\n"
    )
    assert run("config", "set", "plugins.gone.name", "Ada L.").code == 0
    assert content(home) == {"plugins": {"gone": {"sizes": [1, 2], "name": "Ada L."}}}
    ran = run("config", "show")
    assert "plugins.gone.sizes" in ran.out
    assert "can't be checked" in ran.err


@pytest.mark.parametrize("typed", ["SQL = 'sequel', 'a.b' = 'c'", "{SQL = 'sequel', 'a.b' = 'c'}"])
def test_a_whole_table_of_words_is_set_as_toml_has_it_in_one_line(
    run: Run, home: Path, site: Site, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    assert run("config", "set", "tts.pronunciations", typed).code == 0
    assert content(home) == {"tts": {"pronunciations": {"SQL": "sequel", "a.b": "c"}}}
    assert run("config", "get", "tts.pronunciations.a.b").out == "c\n"
    assert run("config", "get", "tts.pronunciations.other").out == "none\n"
    monkeypatch.setenv("VOICEBRIDGE_TTS_PRONUNCIATIONS", "SQL = 'es cue el'")
    assert run("config", "get", "tts.pronunciations").out == '{"SQL" = "es cue el"}\n'
    assert "VOICEBRIDGE_TTS_PRONUNCIATIONS overrides it" in run("config", "set", "tts.pronunciations.SQL", "sequel").err


def test_a_profile_has_a_table_of_words_of_its_own(run: Run, home: Path, site: Site) -> None:
    run("config", "set", "tts.pronunciations.SQL", "sequel")
    run("config", "set", "profiles.work.tts.pronunciations.API", "a p i")
    assert run("--profile", "work", "config", "get", "tts.pronunciations").out == '{"API" = "a p i"}\n'


def test_a_model_that_does_not_exist_is_set_with_a_warning_since_it_may_come_later(run: Run, home: Path, echo: Site) -> None:
    ran = run("config", "set", "stt.model", "echo/bg")
    assert ran.code == 0
    assert "\nWarning: No model is named 'echo/bg'. Did you mean 'echo/big'?" in ran.err
    assert content(home) == {"stt": {"model": "echo/bg"}}


def test_comments_are_kept_in_a_copy_and_one_line_says_so(run: Run, home: Path, site: Site) -> None:
    write(home, "# mine\noffline = true\n")
    ran = run("config", "set", "offline", "false")
    assert f"Comments can't be kept in the file. The version with comments: {home / 'config.toml.bak'}.\n" in ran.err
    assert (home / "config.toml.bak").read_text(encoding="utf-8") == "# mine\noffline = true\n"


def test_setting_what_something_else_overrides_says_so(run: Run, home: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, 'profile = "m"\n[profiles.m.stt]\nlanguage = "de"\n')
    assert "profile m in" in run("config", "set", "stt.language", "en").err
    monkeypatch.setenv("VOICEBRIDGE_STT_LANGUAGE", "fr")
    ran = run("config", "set", "stt.language", "en")
    assert ran.err == (f'Set stt.language to "en" in {home / "config.toml"}.\nThe variable VOICEBRIDGE_STT_LANGUAGE overrides it: "fr"\n')


def test_a_wrong_file_is_mended_by_unset_and_by_set(run: Run, home: Path, site: Site) -> None:
    write(home, "offlin = true\n[stt]\nword_timestamps = 3\n")
    assert run("config", "show").code == 2
    assert run("config", "set", "stt.word_timestamps", "true").code == 0
    ran = run("config", "unset", "offlin")
    assert (ran.code, ran.err) == (0, f"Removed offlin from {home / 'config.toml'}.\n")
    assert content(home) == {"stt": {"word_timestamps": True}}
    assert run("config", "show").code == 0


def test_what_is_still_wrong_after_a_change_is_told(run: Run, home: Path, site: Site) -> None:
    write(home, "offlin = true\n")
    ran = run("config", "set", "stt.word_timestamps", "true")
    assert ran.code == 0
    assert "\nWarning: " in ran.err
    assert "there is no key offlin" in ran.err


def test_a_whole_table_can_be_unset(run: Run, home: Path, site: Site) -> None:
    write(home, "[profiles.m.stt]\nword_timestamps = true\n[plugins.gone]\nx = 1\n")
    assert run("config", "unset", "profiles.m").code == 0
    assert content(home) == {"plugins": {"gone": {"x": 1}}}


def test_unsetting_what_is_not_set_names_what_is(run: Run, home: Path, site: Site) -> None:
    write(home, "offline = true\n")
    ran = run("config", "unset", "ofline")
    assert ran.code == 2
    assert ran.err == f"Error: ofline is not set in {home / 'config.toml'}. Did you mean 'offline'?\n"


def test_a_value_that_is_not_set_is_its_default(run: Run, echo: Site) -> None:
    assert run("config", "get", "stt.model").out == "none\n"
    assert run("config", "get", "stt.hotwords").out == "[]\n"
    assert run("config", "get", "plugins.echo.beam_size").out == "5\n"
    assert run("config", "get", "models.echo/big.beam_size").out == "5\n"
    assert run("config", "get", "profiles.m.offline").out == "none\n"


def test_a_value_is_what_counts_with_every_layer_applied(run: Run, home: Path, echo: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, '[plugins.echo]\nbeam_size = 2\n[profiles.m.models."echo/big"]\nbeam_size = 3\n')
    assert run("config", "get", "models.echo/big.beam_size").out == "2\n"
    assert run("--profile", "m", "config", "get", "models.echo/big.beam_size").out == "3\n"
    monkeypatch.setenv("VOICEBRIDGE_ECHO_BEAM_SIZE", "4")
    assert run("config", "get", "plugins.echo.beam_size", "--json").out == "4\n"


def test_everything_is_shown_with_its_origin(run: Run, home: Path, echo: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, "offline = false\n[plugins.echo]\nbeam_size = 2\n[profiles.m.stt]\nword_timestamps = true\n[profiles.n]\n")
    monkeypatch.setenv("VOICEBRIDGE_STT_LANGUAGE", "en")
    ran = run("--profile", "m", "config", "show", "--origin")
    rows = {line.split()[0]: line.split(maxsplit=2)[1:] for line in ran.out.splitlines()}
    file = home / "config.toml"
    assert rows["Key"] == ["Value", "Origin"]
    assert rows["offline"] == ["false", f"file {file}"]
    assert rows["stt.model"] == ["none", "default"]
    assert rows["stt.word_timestamps"] == ["true", f"profile m in {file}"]
    assert rows["stt.language"] == ['"en"', "variable VOICEBRIDGE_STT_LANGUAGE"]
    assert rows["plugins.echo.beam_size"] == ["2", f"file {file}"]
    assert set(known_keys()) < set(rows)
    assert ran.err == "Profiles: m, n. In use: m.\n"


def test_json_tells_the_layer_apart(run: Run, home: Path, site: Site) -> None:
    write(home, "offline = false\n")
    plain = json.loads(run("config", "show", "--json").out)
    assert plain["file"] == str(home / "config.toml")
    assert plain["values"]["offline"] is False
    told = json.loads(run("config", "show", "--json", "--origin").out)["values"]
    assert told["offline"] == {"value": False, "layer": "file", "origin": str(home / "config.toml")}
    assert told["stt.model"] == {"value": None, "layer": "default", "origin": "default"}


def test_a_wrong_option_of_an_engine_is_shown_with_a_warning(run: Run, home: Path, echo: Site) -> None:
    write(home, "[plugins.echo]\nbeam_sise = 2\n")
    ran = run("config", "show")
    assert ran.code == 0
    assert "echo has no option 'beam_sise'. Did you mean 'beam_size'?" in ran.err


def test_the_editor_gets_the_file_and_its_work_is_checked(
    run: Run, home: Path, echo: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    edit_with(monkeypatch, tmp_path, "offline = true\n")
    ran = run("config", "edit")
    assert (ran.code, ran.err) == (0, f"{home / 'config.toml'} is valid.\n")
    assert content(home) == {"offline": True}


def test_all_that_an_edit_got_wrong_is_told_a_line_each(
    run: Run, home: Path, echo: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    edit_with(monkeypatch, tmp_path, "offlin = true\n[stt]\nword_timestamps = 3\n[plugins.echo]\nbeam_size = 0\n")
    ran = run("config", "edit")
    assert ran.code == 2
    lines = ran.err.splitlines()
    assert len(lines) == 3
    assert all(line.startswith(f"Error: {home / 'config.toml'}") for line in lines)


def test_an_edit_mends_a_file_that_was_no_toml(run: Run, home: Path, site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write(home, "x = [")
    assert run("config", "unset", "x").code == 2
    edit_with(monkeypatch, tmp_path, "x = [1")
    assert "is not valid TOML" in run("config", "edit").err
    edit_with(monkeypatch, tmp_path, "")
    assert run("config", "edit").code == 0


def test_an_editor_that_is_not_there_or_fails_is_one_line(run: Run, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "no-such-editor --wait")
    ran = run("config", "edit")
    assert ran.code == 2
    assert ran.err.startswith("Error: The editor 'no-such-editor' can't be started")
    monkeypatch.setenv("VISUAL", f'"{sys.executable}" -c "raise SystemExit(3)"')
    ran = run("config", "edit")
    assert ran.code == 1
    assert "ended with code 3" in ran.err


def test_visual_goes_before_editor_and_may_have_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "vi")
    monkeypatch.setenv("VISUAL", "code --wait")
    assert editor() == ["code", "--wait"]
    monkeypatch.delenv("VISUAL")
    assert editor() == ["vi"]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="these have an editor that is always there")
def test_without_any_editor_the_way_to_choose_one_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="Set VISUAL or EDITOR"):
        editor()
    nano = tmp_path / "nano"
    nano.write_text("#!/bin/sh\n", encoding="utf-8")
    nano.chmod(0o755)
    assert editor() == ["nano"]
