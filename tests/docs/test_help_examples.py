"""The help of every command has examples and fits 80 columns, and each example is run here unless another test does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command
from voicebridge.cli.examples import EXAMPLES
from voicebridge.cli.verbs import VERBS

Run = Callable[..., "subprocess.CompletedProcess[str]"]
ROOT = Path(__file__).resolve().parents[2]

PROVEN_ELSEWHERE = (
    ("voicebridge setup", "it asks: tests/test_setup_command.py"),
    ("voicebridge dictate", "it waits for keys: tests/dictation/test_dictation.py"),
    ("voicebridge stt --stop-after", "it records: tests/dictation/test_dictation.py"),
    ('voicebridge tts "', "it plays: tests/tts/test_playing.py"),
    ("voicebridge read", "it plays: tests/test_read_command.py"),
    ("voicebridge daemon", "it changes the session: tests/daemon/test_daemon.py and core/tests/cli/test_daemon_install.py"),
    ("voicebridge watch recordings --format", "it waits for files: tests/test_watch_command.py"),
    ("voicebridge models download", "it needs the network: plugins/whisper/tests"),
    ("voicebridge voices preview joe", "it plays: tests/test_voices_command.py"),
    ("voicebridge voices add", "it asks for consent: tests/test_voices_command.py"),
    ("voicebridge voices remove", "there is no such voice: tests/test_voices_command.py"),
    ("voicebridge devices test", "it records: core/tests/cli/test_devices.py"),
    ("voicebridge hotkeys test", "it waits for keys: tests/test_hotkeys_command.py"),
    ("voicebridge hotkeys set dictate", "it waits for keys: tests/test_hotkeys_command.py"),
    ("voicebridge history show", "there is no dictation: core/tests/cli/test_history.py"),
    ("voicebridge history copy", "there is no dictation: core/tests/cli/test_history.py"),
    ("voicebridge history play", "there is no dictation: core/tests/cli/test_history.py"),
    ("voicebridge history retry", "there is no dictation: core/tests/cli/test_history.py"),
    ("voicebridge history remove", "there is no dictation: core/tests/cli/test_history.py"),
    ("voicebridge history clear", "it asks: core/tests/cli/test_history.py"),
    ("voicebridge plugins install", "it installs: core/tests/cli/test_plugins_install.py"),
    ("voicebridge config edit", "it opens an editor: core/tests/cli/test_config.py"),
    ("voicebridge uninstall", "it asks: core/tests/cli/test_uninstall.py"),
    ("voicebridge doctor", "what it says is that of this machine: core/tests/cli/test_doctor.py"),
)
"""The start of examples that are not run here, and why."""


def verbs() -> dict[str, Any]:
    """All commands and subcommands of the core, by name."""
    found: dict[str, Any] = {}

    def add(path: str, command: Any) -> None:
        found[path] = command
        for name, below in getattr(command, "commands", {}).items():
            add(f"{path} {name}", below)

    for name, (where, _) in VERBS.items():
        module, _, attribute = where.partition(":")
        target = getattr(import_module(module), attribute)
        if not isinstance(target, typer.Typer):
            function, target = target, typer.Typer(add_completion=False)
            target.command(name=name)(function)
        add(name, get_command(target))
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the examples name."""
    place = tmp_path_factory.mktemp("examples")
    for name in ("talk.mp4", "lectures/monday/one.mp3", "recordings/two.wav"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "samples" / "welcome.flac", place / name)
    (place / "documents").mkdir()
    (place / "article.md").write_text("# Morning\n\nGood morning.\n")
    return place


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One configuration for all of them, and no network."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VOICEBRIDGE_", "HF_"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    home = tmp_path_factory.mktemp("home")
    return {**kept, "PATH": path, "VOICEBRIDGE_HOME": str(home), "VOICEBRIDGE_OFFLINE": "1"}


def test_every_verb_has_an_example_and_no_example_is_of_anything_else() -> None:
    assert EXAMPLES.keys() == verbs().keys()
    for verb, examples in EXAMPLES.items():
        for example in examples:
            assert f"{example} ".startswith(f"voicebridge {verb} ")
            assert len(example) < 79


def test_every_option_and_argument_is_explained() -> None:
    for verb, command in verbs().items():
        for param in command.params:
            assert param.help, f"{verb}: {param.name}"
            assert re.search(r"[.)`]$", param.help), f"{verb}: {param.name}: {param.help}"
            assert not re.search(r"\[[a-z]", param.help), f"{verb}: {param.name}: rich takes brackets for markup"


@pytest.mark.skipif(sys.platform == "win32", reason="the examples are written for a Unix shell")
@pytest.mark.parametrize("verb", ["", *(verb for verb in EXAMPLES if " " not in verb), "voices add", "history clear"])
def test_a_help_page_fits_80_columns_and_shows_the_examples(verb: str, run_here: Run, environment: dict[str, str]) -> None:
    environment.update(COLUMNS="80", TERMINAL_WIDTH="80")
    done = run_here(*verb.split(), "--help")
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 80
    for example in EXAMPLES.get(verb, ()):
        assert example in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="the examples are written for a Unix shell")
@pytest.mark.timeout(900)
def test_every_example_works(folder: Path, settings: dict[str, str]) -> None:
    listed = dict.fromkeys(example for examples in EXAMPLES.values() for example in examples)
    for example in listed:
        if not example.startswith(tuple(start for start, _ in PROVEN_ELSEWHERE)):
            done = subprocess.run(
                ["bash", "-c", example], cwd=folder, env=settings, capture_output=True, text=True, timeout=120, check=False
            )
            assert done.returncode == 0, f"$ {example}\n{done.stdout}{done.stderr}"
