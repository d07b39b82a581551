"""``voicebridge plugins install``: the command it would run, and what is rejected before that."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from voicebridge import installing, origins
from voicebridge.installing import Environment, Installer
from voicebridge.origins import Kind, Origin

Run = Callable[..., Any]


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with two plugins from which the host was installed, in a pip environment."""
    root = tmp_path / "clone"
    for folder, name in (("core", "voicebridge-core"), ("plugins/piper", "voicebridge-piper"), ("plugins/whisper", "voicebridge-whisper")):
        (root / folder).mkdir(parents=True)
        (root / folder / "pyproject.toml").write_text(f'[project]\nname = "{name}"\n')
    _installed_from(monkeypatch, Origin(Kind.FOLDER, str(root / "core"), editable=True))
    return root


def _installed_from(monkeypatch: pytest.MonkeyPatch, origin: Origin) -> None:
    monkeypatch.setattr(origins, "installed", lambda name: origin if name == origins.HOST else None)
    monkeypatch.setattr(installing, "environment", lambda: Environment(Installer.PIP, "/env/python"))


@pytest.mark.parametrize("name", ["whisper", "voicebridge-whisper", "Voicebridge_Whisper"])
def test_a_plugin_is_found_by_its_short_and_by_its_full_name(run: Run, clone: Path, name: str) -> None:
    ran = run("plugins", "install", name, "--dry-run")
    assert (ran.code, ran.out) == (0, f"/env/python -m pip install --editable {clone / 'plugins' / 'whisper'}\n")


def test_extras_go_with_a_name_and_with_a_path(run: Run, clone: Path) -> None:
    piper = clone / "plugins" / "piper"
    ran = run("plugins", "install", "piper[joe]", f"{piper}[joe]", "--dry-run")
    assert ran.out == f"/env/python -m pip install --editable '{piper}[joe]' '{piper}[joe]'\n"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("whispr", "VoiceBridge has no plugin named 'whispr'. Did you mean 'whisper'?"),
        ("voicebridge-nosuch", "VoiceBridge has no plugin named 'nosuch'."),
        ("./nothing-here", "does not exist. Check the name."),
        ("https://files.invalid/a.whl", "is a URL. Download it"),
        ("two words", "is neither a name nor a path"),
        ("", "is neither a name nor a path"),
    ],
)
@pytest.mark.usefixtures("clone")
def test_what_is_not_to_be_had_is_refused_in_one_line(run: Run, wanted: str, said: str) -> None:
    ran = run("plugins", "install", wanted, "--dry-run")
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.usefixtures("clone")
def test_a_folder_without_a_package_and_a_file_that_is_none_are_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    for wanted, said in ((tmp_path, "contains no package"), (tmp_path / "notes.txt", "is not a package")):
        ran = run("plugins", "install", str(wanted))
        assert (ran.code, said in ran.err) == (2, True), ran.err


def test_the_host_is_looked_for_on_the_index_before_a_plugin_is_taken_from_there(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Uses the real pip, and an empty index."""
    _installed_from(monkeypatch, Origin(Kind.INDEX, "voicebridge-core"))
    for name, value in (("PIP_NO_INDEX", "1"), ("PIP_FIND_LINKS", ""), ("PIP_CONFIG_FILE", "/dev/null")):
        monkeypatch.setenv(name, value)
    ran = run("plugins", "install", "whisper")
    assert ran.code == 2
    assert "Running: /env/python -m pip install voicebridge-whisper\n" in ran.err
    assert "The package index has no voicebridge-core" in ran.err


@pytest.mark.usefixtures("clone")
def test_a_package_of_somebody_else_is_asked_about(run: Run) -> None:
    ran = run("plugins", "install", "acme-speech-engine")
    assert ran.code == 2
    assert "acme-speech-engine is not part of VoiceBridge, but standard input is not a terminal. Confirm it with --yes" in ran.err


@pytest.mark.usefixtures("clone")
def test_the_end_of_a_failed_installer_is_the_end_of_the_command(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing, "command", lambda *_, **__: [sys.executable, "-c", "raise SystemExit(3)"])
    ran = run("plugins", "install", "whisper")
    assert (ran.code, "pip failed with exit code 3" in ran.err) == (1, True)
    monkeypatch.setattr(installing, "command", lambda *_, **__: ["/nowhere/pip"])
    ran = run("plugins", "install", "whisper")
    assert (ran.code, "/nowhere/pip can't be started" in ran.err) == (1, True)


@pytest.mark.usefixtures("clone")
def test_what_is_run_is_said_and_run(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ran_words: list[list[str]] = []

    def note(words: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        ran_words.append(words)
        return subprocess.CompletedProcess(words, 0)

    monkeypatch.setattr(subprocess, "run", note)
    ran = run("plugins", "install", "whisper")
    assert ran.code == 0
    assert ran_words[0][:4] == ["/env/python", "-m", "pip", "install"]
    assert f"Running: {installing.shell(ran_words[0])}\n" in ran.err
    assert "Installed voicebridge-whisper." in ran.err
