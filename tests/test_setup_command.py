"""``voicebridge setup`` for a new user: a real terminal, a real X desktop, a real sound server, real models."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from voicebridge.testing.lab.desktops import OUTPUT, SoundServer
from voicebridge.testing.lab.terminal import Terminal
from voicebridge.testing.lab.wayland import SwayDesktop
from voicebridge.testing.lab.x11 import XDesktop
from voicebridge.testing.processes import end, wait_until
from voicebridge.testing.sounds import FOX

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="desktops of a test's own exist on Linux alone")
Begin = Callable[..., Terminal]
STEPS = ["microphone", "model", "hotkey", "insertion", "voice", "autostart"]
BEGIN = "Press Enter to start"


@pytest.fixture
def bare(tmp_path: Path, environment: dict[str, str], command: str) -> Iterator[dict[str, str]]:
    """A session without sound or desktop, and without user data."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SWAYSOCK", "DBUS_SESSION_BUS_ADDRESS", "XDG_CURRENT_DESKTOP"):
        environment.pop(name, None)
    nobody = {"PULSE_SERVER": f"unix:{tmp_path}/nobody", "PULSE_RUNTIME_PATH": str(tmp_path), "PULSE_CLIENTCONFIG": os.devnull}
    own = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_RUNTIME_DIR": str(tmp_path), "VOICEBRIDGE_STT_MODEL": "tiny.en"}
    bare = {**environment, **nobody, **own}
    yield bare
    subprocess.run([command, "daemon", "stop"], env=bare, check=True, capture_output=True, timeout=60)


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
    """Run ``voicebridge setup`` without a terminal."""

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [command, "setup", *words], env={**bare, **environment}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            encoding="utf-8", check=False, timeout=120,
        )  # fmt: skip

    return run


def configured(environment: dict[str, str]) -> Any:
    path = Path(environment["VOICEBRIDGE_HOME"]) / "config.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def files(environment: dict[str, str]) -> list[Path]:
    return [path for path in Path(environment["VOICEBRIDGE_HOME"]).rglob("*") if path.is_file()]


def outcome(terminal: Terminal, step: str) -> str:
    """The row of a step in the final table; its cells are wrapped on a terminal."""
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
        terminal.answer("Which hotkey", "ctrl+alt+delete")
        terminal.wait_for("it belongs to the session")
        terminal.answer("Which hotkey", "p")
        terminal.wait_for("Press the keys")
        x_desktop.key_down("Control_L", "F9")
        x_desktop.key_up("F9", "Control_L")
        terminal.wait_for("Press ctrl+f9 and release it")
        x_desktop.key_down("Control_L", "F9")
        x_desktop.key_up("F9", "Control_L")
        terminal.wait_for("ctrl+f9 arrived and was held for 0.")

        terminal.answer(BEGIN)
        terminal.answer("Don't type or click")
        terminal.wait_for("x11-paste: Zoë grüßt")

        terminal.answer(BEGIN)
        terminal.answer("Which voice?")
        terminal.answer("Did you hear it?")

        terminal.answer(BEGIN)
        terminal.answer("at login?")
        terminal.answer("Start it now?")
        assert terminal.wait() == 0, terminal.shown
        assert abs(played.sound).max() > 0.1
    assert [outcome(terminal, step).split()[0] for step in STEPS] == ["works"] * 6
    assert configured(bare) == {"hotkeys": {"dictate": "ctrl+f9"}}
    assert not any(b"brown fox" in path.read_bytes() or path.suffix == ".wav" for path in files(bare)), "what was said is kept nowhere"


def test_what_nobody_can_be_asked_about_is_refused_in_one_line(unattended: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = unattended()
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert done.stderr.count("\n") == 1


def test_on_a_machine_with_nothing_each_part_that_fails_says_so_in_one_line(
    unattended: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    done = unattended("--yes")
    assert done.returncode == 1
    rows = {line.split()[1]: line for line in done.stdout.splitlines()[1:]}
    assert [(step, rows[step].split()[0]) for step in STEPS] == [
        ("microphone", "failed"),
        ("model", "works"),
        ("hotkey", "failed"),
        ("insertion", "failed"),
        ("voice", "failed"),
        ("autostart", "works"),
    ]
    assert "No microphone can be used here." in rows["microphone"]
    assert "a test sentence correctly" in rows["model"]
    assert "voicebridge hotkeys bind --help" in rows["hotkey"]
    assert "voicebridge doctor" in rows["insertion"]
    assert rows["voice"].endswith("voicebridge setup voice")
    assert len([line for line in done.stderr.splitlines() if line.startswith("Error: ")]) == 4
    assert "Traceback" not in done.stderr


def test_steps_can_be_left_out_repeated_and_ended(begin: Begin) -> None:
    terminal = begin("model", "voice", "autostart")
    terminal.answer(BEGIN)
    terminal.answer("Which model?", "tinny.en")
    terminal.wait_for("Did you mean 'tiny.en'?")
    terminal.answer("Which model?", "1")
    terminal.wait_for("Heard: ")
    terminal.answer("r to repeat the last one", "r")
    terminal.wait_for("1/3 Model")
    terminal.answer(BEGIN)
    terminal.answer("Which model?", "s")
    terminal.wait_for("2/3 Voice")
    terminal.answer(BEGIN)
    terminal.wait_for("Error: No speaker can be used here.")
    terminal.answer("Press r to try again", "r")
    terminal.wait_for("2/3 Voice")
    terminal.answer(BEGIN)
    terminal.answer("Press r to try again")
    terminal.answer(BEGIN)
    terminal.answer("at login?", "q")
    assert terminal.wait() == 1
    assert [outcome(terminal, step).split()[0] for step in ("model", "voice", "autostart")] == ["skipped", "failed", "skipped"]


def test_what_is_chosen_is_written_to_the_configuration(begin: Begin, microphone: SoundServer, bare: dict[str, str]) -> None:
    microphone.plug_in("vb_headset", "Headset")
    microphone.control("set-default-source", "vb_mic")
    terminal = begin("microphone", **microphone.environment)
    terminal.answer("Which microphone?", "vb_headset")
    terminal.wait_for("Say a sentence")
    terminal.wait_for(" dB")
    microphone.speak(FOX.at(16_000), microphone="vb_headset")
    terminal.answer("Is that what you said", "y")
    assert terminal.wait() == 0
    assert configured(bare) == {"dictation": {"device": "vb_headset"}}


def test_another_model_is_kept_once_it_has_worked(begin: Begin, bare: dict[str, str]) -> None:
    del bare["VOICEBRIDGE_STT_MODEL"]
    terminal = begin("model")
    terminal.answer("Which model?", "tiny.en")
    assert terminal.wait() == 0
    assert configured(bare) == {"stt": {"model": "whisper/tiny.en"}}


def test_a_model_that_is_not_here_is_not_fetched_while_the_network_is_off(begin: Begin, bare: dict[str, str]) -> None:
    terminal = begin("model")
    terminal.answer("Which model?", "large-v2")
    terminal.wait_for("VOICEBRIDGE_OFFLINE=0 voicebridge models download whisper/large-v2")
    terminal.answer("Press r to try again")
    assert terminal.wait() == 1
    assert configured(bare) == {}


def test_silence_is_told_from_a_muted_microphone(
    unattended: Callable[..., subprocess.CompletedProcess[str]], microphone: SoundServer
) -> None:
    muted = unattended("microphone", "--yes", "--seconds", "1", **microphone.environment)
    assert muted.returncode == 1
    assert "it may be muted" in muted.stderr
    noise = np.random.default_rng(0).normal(0, 0.02, 16_000 * 20).astype(np.float32)
    microphone.begin_to_speak(noise)
    silent = unattended("microphone", "--yes", "--seconds", "2", **microphone.environment)
    assert silent.returncode == 1
    assert "no speech was detected" in silent.stderr


def test_keys_that_nobody_presses_are_told(unattended: Callable[..., subprocess.CompletedProcess[str]], x_desktop: XDesktop) -> None:
    done = unattended("hotkey", "--yes", "--seconds", "1", **x_desktop.environment)
    assert done.returncode == 1
    assert "ctrl+alt+space was not detected within 1 s." in done.stderr


def test_where_no_toolkit_is_the_text_goes_into_the_terminal(
    x_desktop: XDesktop, bare: dict[str, str], command: str, tmp_path: Path
) -> None:
    run = f"{command} setup insertion --yes >{tmp_path}/told 2>&1; echo $? >{tmp_path}/code~; mv {tmp_path}/code~ {tmp_path}/code"
    (tmp_path / "tkinter.py").write_text("raise ImportError('libtk8.6.so: cannot open shared object file')")
    broken = {"PYTHONPATH": str(tmp_path)}
    x_desktop.start("env", *(f"{name}={value}" for name, value in (bare | broken).items()), "xterm", "-u8", "-e", "sh", "-c", run)
    wait_until((tmp_path / "code").exists, "setup to end")
    told = (tmp_path / "told").read_text(encoding="utf-8")
    assert (tmp_path / "code").read_text() == "0\n", told
    assert "The test window can't be opened: libtk8.6.so" in told
    assert "arrived in this terminal by x11-paste" in told


def test_a_way_that_writes_something_else_is_no_longer_tried_first(
    unattended: Callable[..., subprocess.CompletedProcess[str]], x_desktop: XDesktop, bare: dict[str, str], tmp_path: Path
) -> None:
    package = tmp_path / "site"
    (package / "garbles").mkdir(parents=True)
    (package / "garbles/__init__.py").write_text("")
    (package / "garbles/plugin.py").write_text(GARBLES)
    (package / "garbles-1.dist-info").mkdir()
    (package / "garbles-1.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: garbles\nVersion: 1\n")
    (package / "garbles-1.dist-info/entry_points.txt").write_text("[voicebridge]\ngarbles = garbles.plugin\n")
    done = unattended("insertion", "--yes", **x_desktop.environment, PYTHONPATH=str(package))
    assert done.returncode == 0, done.stderr
    assert "garbles: " in done.stderr
    assert "arrived as 'Zo gr" in done.stderr
    assert configured(bare)["insertion"]["order"][:2] == ["x11-paste", "garbles"]


GARBLES = """
from voicebridge import ServiceSpec, hookimpl

@hookimpl
def voicebridge_services():
    yield ServiceSpec(kind="inserter", name="garbles", description="", factory="garbles.plugin:Garbles", probe="garbles.plugin:probe")

def probe():
    return 1000

class Garbles:
    def insert(self, text, window=None, chord=None):
        from voicebridge_os_linux.x11.type import XType

        XType().insert(text.encode("ascii", "ignore").decode(), window, chord)
"""


def test_a_microphone_that_hears_the_loudspeaker_proves_the_voice(
    unattended: Callable[..., subprocess.CompletedProcess[str]], sound_server: SoundServer
) -> None:
    sound_server.control("load-module", "module-remap-source", f"master={OUTPUT}.monitor", "source_name=room")
    sound_server.control("set-default-source", "room")
    done = unattended("voice", "--yes", **sound_server.environment)
    assert done.returncode == 0, done.stderr
    assert "The microphone heard it" in done.stdout


def test_a_voice_that_nobody_heard_has_failed(begin: Begin, sound_server: SoundServer, bare: dict[str, str]) -> None:
    terminal = begin("voice", **sound_server.environment)
    terminal.answer("Which voice?", "nobody")
    terminal.wait_for("nobody")
    terminal.answer("Which voice?", "joe")
    terminal.answer("Did you hear it?", "n")
    terminal.wait_for("voicebridge config set tts.device NAME")
    terminal.answer("Press r to try again")
    assert terminal.wait() == 1
    assert configured(bare) == {}


def test_a_daemon_that_runs_goes_by_what_was_chosen_and_keeps_its_keys(
    begin: Begin, unattended: Callable[..., subprocess.CompletedProcess[str]], bare: dict[str, str], command: str
) -> None:
    subprocess.run([command, "daemon", "start"], env=bare, check=True, capture_output=True, timeout=60)
    keys = unattended("hotkey", "--yes")
    assert keys.returncode == 0
    assert "voicebridge daemon stop" in keys.stdout
    terminal = begin("model")
    terminal.answer("Which model?", "whisper/tiny.en")
    assert terminal.wait() == 0
    assert "The running VoiceBridge" not in terminal.shown, "nothing was changed"
    del bare["VOICEBRIDGE_STT_MODEL"]
    terminal = begin("model")
    terminal.answer("Which model?", "tiny.en")
    assert terminal.wait() == 0
    assert "The running VoiceBridge uses your choices now." in terminal.shown


class TestOnWayland:
    def test_the_desktop_itself_is_told_of_the_keys(
        self, begin: Begin, sway_desktop: SwayDesktop, command: str, bare: dict[str, str], tmp_path: Path
    ) -> None:
        terminal = begin("hotkey", **sway_desktop.environment)
        terminal.answer("Add this to the configuration of sway?")
        terminal.answer("when sway has the binding")
        terminal.wait_for("Press ctrl+alt+space")
        written = (tmp_path / "config/sway/config").read_text(encoding="utf-8")
        bound = next(line for line in written.splitlines() if "dictate" in line).partition(" exec ")[2]
        # The command that sway runs for the key; not run by sway itself, which a test as root runs as another user.
        subprocess.run(bound, shell=True, env=bare, check=True, timeout=60)
        assert terminal.wait() == 0, terminal.shown
        assert "ctrl+alt+space was detected: sway runs the command" in " ".join(terminal.shown.split())

    def test_without_anybody_to_ask_no_configuration_is_touched(
        self, unattended: Callable[..., subprocess.CompletedProcess[str]], sway_desktop: SwayDesktop, tmp_path: Path
    ) -> None:
        done = unattended("hotkey", "--yes", **sway_desktop.environment)
        assert done.returncode == 1
        assert "voicebridge hotkeys bind sway --write" in done.stderr
        assert not (tmp_path / "config").exists()

    def test_the_text_goes_into_the_terminal(self, sway_desktop: SwayDesktop, bare: dict[str, str], command: str, tmp_path: Path) -> None:
        run = f"{command} setup insertion --yes >{tmp_path}/told 2>&1; echo $? >{tmp_path}/code~; mv {tmp_path}/code~ {tmp_path}/code"
        terminal = subprocess.Popen(
            ["foot", "--config=/dev/null", "sh", "-c", run], env={**bare, **sway_desktop.environment, "SHELL": "/bin/sh"},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            wait_until((tmp_path / "code").exists, "setup to end")
        finally:
            end(terminal)
        told = (tmp_path / "told").read_text(encoding="utf-8")
        assert (tmp_path / "code").read_text() == "0\n", told
        assert "arrived in this terminal by wayland-paste" in told
