"""Create the screenshots of docs/setup.md and docs/workflows.md, on headless desktops.

It needs the programs of the dictation tests (which report what is missing), Piper's voice and Whisper's tiny.en::

    python scripts/make_screenshots.py
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from voicebridge.testing.lab.bus import notifications_on, session_bus_in
from voicebridge.testing.lab.desktops import SoundServer, sound_server_in
from voicebridge.testing.lab.wayland import sway_running
from voicebridge.testing.lab.x11 import XDesktop, x_running
from voicebridge.testing.processes import end, wait_until
from voicebridge.testing.sounds import FOX, STELLA

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs/images"
PROMPT = "you@home:~$ "
FONT = ["-fa", "DejaVu Sans Mono", "-fs", "10"]
BEES = """# The bees

In autumn the bees leave the valley, and fly over the hills to the heather.

They come back before the first frost, slow and heavy.
"""


class Shell:
    """A terminal with a shell in which commands are typed."""

    def __init__(self, x: XDesktop, folder: Path, environment: Mapping[str, str], geometry: str) -> None:
        self._x, self._log = x, folder / "terminal.log"
        shell = {**environment, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(folder)}
        prompt = folder / ".prompt"
        prompt.write_text(f"PS1='{PROMPT}'\n")
        inner = f"script -qf -c 'bash --noprofile --rcfile {prompt}' {shlex.quote(str(self._log))}"
        command = ["xterm", *FONT, "-geometry", geometry, "-T", "Terminal", "-fg", "gray90", "-bg", "gray10", "-e", "sh", "-c", inner]
        self.process = subprocess.Popen(command, env=shell, cwd=folder, start_new_session=True)
        wait_until(lambda: self._log.exists() and self.shown().count(PROMPT) == 1, "the shell", self.process)
        self.focus()

    def shown(self) -> str:
        """All output so far, including what has scrolled away."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def focus(self) -> None:
        """Give the terminal the keyboard focus."""
        self._x.run("xdotool", "search", "--name", "^Terminal$", "windowactivate", "--sync")

    def type(self, line: str) -> None:
        """Type a line and press Enter."""
        self._x.run("xdotool", "type", "--delay", "8", line)
        self._x.run("xdotool", "key", "Return")

    def run(self, command: str) -> None:
        """Type a command and wait until it ends."""
        before = self.shown().count(PROMPT)
        self.type(command)
        wait_until(lambda: self.shown().count(PROMPT) > before, f"the end of {command}", self.process)

    def wait_for(self, text: str, after: int = 0) -> int:
        """Wait until a text is shown after offset ``after``; return the offset of its end."""
        wait_until(lambda: text in self.shown()[after:], f"{text!r} in {self.shown()!r}", self.process)
        return self.shown().index(text, after) + len(text)


@contextmanager
def desktop() -> Iterator[tuple[XDesktop, SoundServer, Path, dict[str, str]]]:
    """Start an X server and a sound server; yield them, a folder, and an environment in which only the model is configured."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vb-shots-", ignore_cleanup_errors=True)))
        sound = stack.enter_context(sound_server_in(folder / "sound"))
        x = stack.enter_context(x_running(folder / "x"))
        sound.plug_in()
        home = folder / "you"
        home.mkdir()
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        environment = {
            **kept, **x.environment, **sound.environment, "VOICEBRIDGE_HOME": str(folder / "home"), "VOICEBRIDGE_OFFLINE": "1",
            "VOICEBRIDGE_STT_MODEL": "tiny.en", "VOICEBRIDGE_DICTATION_SOUNDS": "false", "XDG_CONFIG_HOME": str(folder / "config"),
            "LC_ALL": "C.UTF-8", "TERM": "xterm-256color",
        }  # fmt: skip
        x.run("xsetroot", "-solid", "#35506b")
        try:
            yield x, sound, home, environment
        finally:
            subprocess.run([voicebridge(), "daemon", "stop"], env=environment, capture_output=True)


def setup(path: Path) -> None:
    """All of ``voicebridge setup``, accepting the defaults."""
    with desktop() as (x, sound, home, environment):
        shell = Shell(x, home, environment, "118x46+20+20")
        try:
            shell.type("voicebridge setup")
            at = shell.wait_for("Enter begins")
            shell.type("")
            at = shell.wait_for("Which microphone?", at)
            shell.type("")
            at = shell.wait_for(" dB", shell.wait_for("Say a sentence", at))
            sound.speak(FOX.at(16_000))
            for question in (
                "Is that what you said",
                "Enter begins",
                "Which model?",
                "Is that what you said",
                "Enter begins",
                "Which keys",
            ):
                at = shell.wait_for(question, at)
                shell.type("")
            at = shell.wait_for("Press ctrl+alt+space", at)
            x.key_down("ctrl", "alt", "space")
            x.key_up("space", "alt", "ctrl")
            for question in ("Enter begins", "Touch nothing"):
                at = shell.wait_for(question, at)
                shell.type("")
            at = shell.wait_for("5/6", at)
            shell.focus()
            for question in (
                "Enter begins",
                "Which voice?",
                "Did you hear it?",
                "Enter begins",
                "at login?",
                "Start it now?",
            ):
                at = shell.wait_for(question, at)
                shell.type("")
            shell.wait_for(PROMPT, at)
            shot(x, path)
        finally:
            end(shell.process)


def dictate(path: Path) -> None:
    """A sentence in a window, and the next one in a notification while it is still being spoken."""
    with (
        desktop() as (x, sound, home, environment),
        session_bus_in(home) as bus,
        notifications_on(bus, x.display, home / "notices") as shown,
    ):
        shell = Shell(x, home, {**environment, "VOICEBRIDGE_STT_MODEL": "base", "DBUS_SESSION_BUS_ADDRESS": bus.address}, "100x10+40+440")
        try:
            shell.run("voicebridge daemon start")
            shell.run("voicebridge daemon status")
            notes = x.open_entry("gtk3", "Notes")
            x.key_down("ctrl", "alt", "space")
            shown.wait_for("Listening")
            sound.speak(FOX.at(16_000))
            x.key_up("space", "alt", "ctrl")
            wait_until(lambda: notes.text().strip(), "the text")
            x.key_down("ctrl", "alt", "space")
            wait_until(lambda: shown.shown().count("Listening") == 2, "the second notice")
            sound.speak(STELLA.at(16_000))
            shown.wait_for("Stella")
            x.screenshot(path, (20, 0, 1260, 680))
            x.key_up("space", "alt", "ctrl")
        finally:
            end(shell.process)


def read_aloud(path: Path) -> None:
    """A selected text, and the daemon that reads it."""
    with desktop() as (x, _, home, environment):
        shell = Shell(x, home, environment, "100x10+40+400")
        try:
            shell.run("voicebridge daemon start")
            article = x.open_entry("gtk3", "An article")
            article.ask("set", BEES)
            article.ask("select")
            x.key_down("ctrl", "alt", "shift", "space")
            x.key_up("space", "shift", "alt", "ctrl")
            wait_until(lambda: "reading" in status(environment)["reading"]["state"], "the reading to begin")
            shell.focus()
            shell.run("voicebridge daemon status | grep Reading")
            shell.run("voicebridge read faster; voicebridge read skip")
            x.screenshot(path, (20, 0, 1000, 640))
        finally:
            end(shell.process)


def audio_file(path: Path) -> None:
    """A document converted to an audio file."""
    with desktop() as (x, _, home, environment):
        (home / "bees.md").write_text(BEES)
        shell = Shell(x, home, environment, "90x12+20+40")
        try:
            shell.run("cat bees.md")
            shell.run("voicebridge tts bees.md -o bees.m4b --verify")
            shell.run("ls -sh bees.m4b")
            shot(x, path)
        finally:
            end(shell.process)


def watch(path: Path) -> None:
    """A watched folder before and after a recording was added."""
    with desktop() as (x, _, home, environment):
        (home / "inbox").mkdir()
        shutil.copy(ROOT / "samples/welcome.flac", home / "monday.flac")
        shell = Shell(x, home, environment, "90x13+20+40")
        try:
            shell.run("voicebridge watch inbox -f txt -f srt >watch.log 2>&1 &")
            shell.run("cp monday.flac inbox; ls inbox")
            wait_until((home / "inbox/monday.srt").exists, "the transcript")
            shell.run("ls inbox")
            shell.run("cat inbox/monday.txt")
            shot(x, path)
            shell.run("kill %1")
        finally:
            end(shell.process)


def on_wayland(path: Path) -> None:
    """``voicebridge setup insertion`` in a terminal on sway, where X windows cannot be opened here."""
    with tempfile.TemporaryDirectory(prefix="vb-shots-") as folder, sway_running() as sway:
        told = Path(folder, "terminal.log")
        environment = {
            **os.environ,
            **sway.environment,
            "VOICEBRIDGE_HOME": str(Path(folder, "home")),
            "SHELL": "/bin/sh",
            "LC_ALL": "C.UTF-8",
        }
        environment.pop("DISPLAY", None)
        command = f"script -qf -c '{voicebridge()} setup insertion --yes; sleep 60' {told}"
        process = subprocess.Popen(
            ["foot", "--config=/dev/null", "-o", "font=DejaVu Sans Mono:size=10", "sh", "-c", command],
            env=environment,
            start_new_session=True,
        )
        try:
            wait_until(lambda: told.exists() and "works" in told.read_text(errors="replace"), "setup to end", process)
            sway.run("grim", "-g", "0,0 800x180", str(path))
        finally:
            end(process)


def shot(x: XDesktop, path: Path) -> None:
    """Save a screenshot of the terminal with its frame."""
    told = dict(line.strip().split(":", 1) for line in x.run("xwininfo", "-name", "Terminal", "-frame").splitlines() if ":" in line)
    left, top = int(told["Absolute upper-left X"]), int(told["Absolute upper-left Y"])
    x.screenshot(path, (left, top, min(int(told["Width"]), 1280 - left) & ~1, min(int(told["Height"]), 800 - top) & ~1))


def status(environment: Mapping[str, str]) -> dict[str, Any]:
    """The status that the daemon reports."""
    done = subprocess.run([voicebridge(), "daemon", "status", "--json"], env=environment, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def voicebridge() -> str:
    """The path of the command."""
    return str(Path(sys.executable).parent / "voicebridge")


PICTURES = {
    "setup.png": setup, "setup-wayland.png": on_wayland, "workflow-dictate.png": dictate, "workflow-read-aloud.png": read_aloud,
    "workflow-audio-file.png": audio_file, "workflow-watch.png": watch,
}  # fmt: skip


if __name__ == "__main__":
    for name in sys.argv[1:] or PICTURES:
        PICTURES[name](IMAGES / name)
        print(f"Wrote docs/images/{name}")
