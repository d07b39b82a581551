"""``voicebridge setup`` as somebody who is new to it has it: a real terminal, a real X desktop, a real sound server, real models."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from voicebridge.testing.desktops import OUTPUT, SoundServer, microphone, sound_server
from voicebridge.testing.processes import wait_until
from voicebridge.testing.sounds import FOX
from voicebridge.testing.terminal import Terminal
from voicebridge.testing.wayland import SwayDesktop, sway_desktop
from voicebridge.testing.x11 import XDesktop, x_desktop

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="desktops of a test's own exist on Linux alone")
__all__ = ["microphone", "sound_server", "sway_desktop", "x_desktop"]

Begin = Callable[..., Terminal]
STEPS = ["microphone", "model", "hotkey", "insertion", "voice", "autostart"]
BEGIN = "Enter begins"


@pytest.fixture
def bare(tmp_path: Path, environment: dict[str, str]) -> dict[str, str]:
    """A session with neither sound nor desktop, and nothing of the user's."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SWAYSOCK", "DBUS_SESSION_BUS_ADDRESS", "XDG_CURRENT_DESKTOP"):
        environment.pop(name, None)
    nobody = {"PULSE_SERVER": f"unix:{tmp_path}/nobody", "PULSE_RUNTIME_PATH": str(tmp_path), "PULSE_CLIENTCONFIG": os.devnull}
    config = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "VOICEBRIDGE_STT_MODEL": "tiny.en"}
    return {**environment, **nobody, **config}


@pytest.fixture
def begin(bare: dict[str, str], command: str) -> Iterator[Begin]:
    """Start ``voicebridge setup`` in a terminal."""
    started = []

    def start(*words: str, **environment: str) -> Terminal:
        started.append(Terminal([command, "setup", *words], {**bare, **environment}))
        return started[-1]

    yield start
    for terminal in started:
        terminal.close()


@pytest.fixture
def unattended(bare: dict[str, str], command: str) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run ``voicebridge setup`` where nobody can be asked."""

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [command, "setup", *words], env={**bare, **environment}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            encoding="utf-8", check=False, timeout=120,
        )  # fmt: skip

    return run


def configured(environment: dict[str, str]) -> Any:
    path = Path(environment["VOICEBRIDGE_HOME"]) / "config.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def outcome(terminal: Terminal, step: str) -> str:
    """The line of the table in the end that tells of a step; its cells are folded on a terminal."""
    return next(line for line in terminal.shown.splitlines() if step in line.split() and line.split()[0] in ("works", "failed", "skipped"))


def test_a_newcomer_sees_each_part_work(
    begin: Begin, x_desktop: XDesktop, microphone: SoundServer, bare: dict[str, str], tmp_path: Path
) -> None:
    with microphone.recording(OUTPUT) as played:
        terminal = begin(**x_desktop.environment, **microphone.environment)
        terminal.answer(BEGIN)
        terminal.answer("Which microphone?")
        terminal.wait_for("Say a sentence")
        terminal.wait_for(" dB")
        microphone.speak(FOX.at(16_000))
        terminal.wait_for("Heard: ")
        terminal.answer("Is that what you said")

        terminal.answer(BEGIN)
        terminal.answer("Which model?")
        terminal.answer("Is that what you said")

        terminal.answer(BEGIN)
        terminal.answer("Which keys", "ctrl+alt+delete")
        terminal.wait_for("it belongs to the session")
        terminal.answer("Which keys", "p")
        terminal.wait_for("Press the keys")
        x_desktop.key_down("Control_L", "F9")
        x_desktop.key_up("F9", "Control_L")
        terminal.wait_for("Press ctrl+f9, and let go")
        x_desktop.key_down("Control_L", "F9")
        x_desktop.key_up("F9", "Control_L")
        terminal.wait_for("ctrl+f9 arrived and was held for 0.")

        terminal.answer(BEGIN)
        terminal.answer("Touch nothing")
        terminal.wait_for("x11-paste: Zoë grüßt")

        terminal.answer(BEGIN)
        terminal.answer("Which voice?")
        terminal.answer("Did you hear it?")

        terminal.answer(BEGIN)
        terminal.answer("begin with your session?")
        assert terminal.wait() == 0, terminal.shown
        assert abs(played.sound).max() > 0.1
    assert [outcome(terminal, step).split()[0] for step in STEPS] == ["works"] * 6
    assert configured(bare) == {"hotkeys": {"dictate": "ctrl+f9"}}
