from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from voicebridge.installing import remedy
from voicebridge.runtime import plugins

Site = Any  # the folder of planted packages in conftest.py
Run = Callable[..., Any]


def test_every_plugin_is_listed_with_what_became_of_it(run: Run, echo: Site) -> None:
    echo.install("broken", "import nowhere_to_be_found")
    echo.install("newer", "VOICEBRIDGE_API = 99")
    run("plugins", "disable", "newer")
    ran = run("plugins")
    assert ran.code == 0
    head, broken, working, newer = ran.out.splitlines()
    assert head.split() == ["Name", "Package", "Outcome", "Offers", "Remark"]
    assert broken.startswith("broken")
    assert "failed" in broken
    assert "ModuleNotFoundError: No module named 'nowhere_to_be_found'. Install what it needs: " in broken
    assert "broken-plugin 1.0" in broken
    assert working.split(maxsplit=4) == ["echo", "echo-plugin", "1.0", "active", "2 speech-to-text models, 1 text-to-speech model"]
    assert "disabled" in newer
    assert run("plugins", "list").out == ran.out


def test_the_default_models_are_listed_with_the_reason(run: Run, echo: Site, home: Path) -> None:
    err = run("plugins").err.splitlines()
    assert err[0] == "Default speech-to-text model: echo/big, chosen automatically; none is downloaded."
    assert err[1].startswith("Default text-to-speech model: echo/clara, chosen automatically for the language 'en'")
    (home / "cache" / "echo" / "big").mkdir(parents=True)
    run("config", "set", "tts.model", "echo/clara")
    run("config", "set", "stt.language", "sw")
    err = run("plugins").err.splitlines()
    assert err[0].startswith("Default speech-to-text model: echo/big, chosen automatically")
    assert err[1] == "Default text-to-speech model: echo/clara, set in the configuration."
    run("config", "set", "tts.model", "echo/dora")
    assert "dora" in run("plugins").err


def test_a_slow_one_is_named_with_the_remedy(run: Run, echo: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "SLOW_SECONDS", 0.0)
    assert "voicebridge plugins disable echo" in run("plugins").out


def test_json_holds_all_of_it(run: Run, echo: Site) -> None:
    (record,) = json.loads(run("plugins", "list", "--json").out)
    assert record["name"] == "echo"
    assert record["outcome"] == "active"
    assert record["speech_to_text_models"] == ["big", "small"]
    assert json.loads(run("plugins", "--json").out)[0]["text_to_speech_models"] == ["clara"]


def test_where_none_is_installed_the_first_to_install_is_named(run: Run, site: Site) -> None:
    ran = run("plugins")
    assert (ran.code, ran.out) == (0, "")
    assert remedy("voicebridge-whisper") in ran.err


def test_one_is_shown_in_full(run: Run, echo: Site) -> None:
    ran = run("plugins", "show", "echo")
    assert "Module:" in ran.out
    assert "big, small" in ran.out
    assert json.loads(run("plugins", "show", "echo", "--json").out)[0]["name"] == "echo"


def test_all_that_claim_a_name_are_shown(run: Run, site: Site) -> None:
    site.install("acme", "", dist="first")
    site.install("acme", "", dist="second")
    ran = run("plugins", "show", "acme")
    assert "also claimed by second" in ran.out
    assert "also claimed by first" in ran.out


@pytest.mark.parametrize("verb", ["show", "enable", "disable"])
def test_an_unknown_name_comes_with_the_nearest(run: Run, home: Path, echo: Site, verb: str) -> None:
    ran = run("plugins", verb, "ecko")
    assert ran.code == 2
    assert ran.err == "Error: No plugin is named 'ecko'. Did you mean 'echo'? Installed: echo.\n"
    assert not (home / "config.toml").exists()


def test_disabling_and_enabling_write_one_key(run: Run, home: Path, echo: Site) -> None:
    ran = run("plugins", "disable", "echo")
    assert (ran.code, ran.out, ran.err) == (0, "", f"Plugin echo is disabled in {home / 'config.toml'}.\n")
    assert tomllib.loads((home / "config.toml").read_text(encoding="utf-8")) == {"plugins": {"echo": {"enabled": False}}}
    assert "voicebridge plugins enable echo" in run("plugins").out
    assert run("plugins", "enable", "echo").code == 0
    assert "active" in run("plugins").out


def test_a_plugin_that_fails_can_be_switched_and_is_not_imported_for_it(run: Run, site: Site, tmp_path: Path) -> None:
    marker = tmp_path / "imported"
    site.install("bad", f"open({str(marker)!r}, 'w').close()\nraise SystemExit(3)")
    assert run("plugins", "disable", "bad").code == 0
    assert "disabled" in run("plugins").out
    assert run("plugins", "enable", "bad").code == 0
    assert not marker.exists()
    assert "failed" in run("plugins").out
    assert marker.exists()


def test_switching_works_while_the_file_is_otherwise_wrong(run: Run, home: Path, echo: Site) -> None:
    (home / "config.toml").write_text("nonsense = 1\n", encoding="utf-8")
    assert run("plugins", "disable", "echo").code == 0
    assert "disabled" in run("plugins").out


def test_a_table_of_a_plugin_that_is_gone_can_be_switched_too(run: Run, home: Path, site: Site) -> None:
    (home / "config.toml").write_text("[plugins.gone]\nx = 1\n", encoding="utf-8")
    assert run("plugins", "disable", "gone").code == 0


def test_a_profile_that_says_otherwise_is_pointed_out(run: Run, home: Path, echo: Site) -> None:
    (home / "config.toml").write_text("[profiles.m.plugins.echo]\nenabled = false\n", encoding="utf-8")
    assert "the current profile overrides it" in run("--profile", "m", "plugins", "enable", "echo").err


def test_a_disabled_plugin_is_never_imported_whatever_is_run(home: Path, site: Site, tmp_path: Path) -> None:
    marker = tmp_path / "imported"
    site.install("marked", f"open({str(marker)!r}, 'w').close()")
    (home / "config.toml").write_text("[plugins.marked]\nenabled = false\n", encoding="utf-8")
    code = "import sys\nsys.argv[0] = 'voicebridge'\nfrom voicebridge.cli.app import main\nmain()"
    environment = {**os.environ, "PYTHONPATH": str(site.path), "VOICEBRIDGE_HOME": str(home)}
    for arguments in (["--help"], ["plugins"], ["plugins", "show", "marked"], ["models"], ["config", "show"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, env=environment, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        assert not marker.exists(), arguments
    (home / "config.toml").unlink()
    subprocess.run([sys.executable, "-c", code, "plugins"], capture_output=True, env=environment, timeout=120, check=True)
    assert marker.exists()
