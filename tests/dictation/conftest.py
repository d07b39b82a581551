"""Desktops with dictation."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from voicebridge.testing.lab.desktops import SoundServer
from voicebridge.testing.lab.wayland import SwayDesktop
from voicebridge.testing.lab.wayland import Target as WaylandTarget
from voicebridge.testing.lab.x11 import Target as XTarget
from voicebridge.testing.lab.x11 import XDesktop
from voicebridge.testing.processes import PATIENCE, wait_until
from voicebridge.testing.sounds import FOX, Sample

CHORD = ("ctrl", "alt", "space")


class Dictation:
    """A running ``voicebridge dictate``, and its output."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, sound: SoundServer) -> None:
        self.process, self._log, self._sound = process, log, sound
        self._recordings = 0

    def hear(self, sample: Sample = FOX) -> None:
        """Play a sample as soon as it listens."""
        self._recordings += 1
        self.wait_for("Listening.", self._recordings)
        self._sound.speak(sample.at(16_000))

    @property
    def said(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def wait_for(self, words: str, count: int = 1) -> None:
        wait_until(lambda: self.said.count(words) >= count, lambda: f"{words!r} in {self.said!r}", self.process)


@pytest.fixture
def wait_for_fox() -> Callable[..., None]:
    """Wait until the window contains exactly the spoken text; a small model on a busy machine may omit the capital."""

    def wait_for_fox(target: XTarget | WaylandTarget) -> None:
        wait_until(lambda: target.text().lower() == FOX.text.lower(), lambda: f"the fox in {target.text()!r}")

    return wait_for_fox


@dataclass
class Session:
    """A desktop with a microphone and the command."""

    sound: SoundServer
    environment: Mapping[str, str]
    command: str
    folder: Path

    @contextmanager
    def dictate(self, *words: str, model: str = "tiny.en", ready: str = "Press Ctrl-C to stop", **more: str) -> Iterator[Dictation]:
        """Run ``voicebridge dictate`` until the block ends."""
        log = self.folder / f"dictate-{len(list(self.folder.glob('dictate-*')))}.log"
        with log.open("wb") as told:
            process = subprocess.Popen(
                [self.command, "dictate", "--verbose", "-m", model, *words],
                env={**self.environment, **more}, stdin=subprocess.DEVNULL, stdout=told, stderr=told,
            )  # fmt: skip
        dictation = Dictation(process, log, self.sound)
        try:
            dictation.wait_for(ready)
            yield dictation
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)

    def run(self, *words: str, code: int = 0) -> str:
        done = subprocess.run(
            [self.command, *words], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8",
            check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        return done.stdout


@dataclass
class Desk(Session):
    """The same on X."""

    x: XDesktop

    def hold(self, dictation: Dictation, sample: Sample = FOX) -> None:
        """Hold the key, play a sample, and release."""
        self.x.key_down(*CHORD)
        dictation.hear(sample)
        self.x.key_up(*CHORD)

    def tap(self) -> None:
        """Press and release the key."""
        self.x.key_down(*CHORD)
        self.x.key_up(*CHORD)

    def copy(self, text: str) -> None:
        """Copy a text from another program."""
        self.x.start("xclip", "-selection", "clipboard", "-loops", "0", str(_written(self.folder / "copied.txt", text)))
        wait_until(lambda: self.copied() == text, "the clipboard")

    def copied(self) -> str:
        """The text on the clipboard."""
        done = subprocess.run(["xclip", "-selection", "clipboard", "-o"], env=self.environment, capture_output=True, text=True, check=False)
        return done.stdout


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def _on(environment: Mapping[str, str], desktop: Mapping[str, str], sound: SoundServer) -> dict[str, str]:
    others = ("DISPLAY", "WAYLAND_DISPLAY", "SWAYSOCK", "DBUS_SESSION_BUS_ADDRESS")
    kept = {name: value for name, value in environment.items() if name not in others}
    return {**kept, **desktop, **sound.environment, "VOICEBRIDGE_DICTATION_SOUNDS": "false"}


@pytest.fixture
def desk(tmp_path: Path, environment: dict[str, str], command: str, x_desktop: XDesktop, microphone: SoundServer) -> Desk:
    """Dictation on X, without signal sounds, because the speaker and the microphone are not connected here."""
    return Desk(microphone, _on(environment, x_desktop.environment, microphone), command, tmp_path, x_desktop)


@pytest.fixture
def wayland_session(
    tmp_path: Path, environment: dict[str, str], command: str, sway_desktop: SwayDesktop, microphone: SoundServer
) -> Session:
    """The same on Wayland."""
    return Session(microphone, _on(environment, sway_desktop.environment, microphone), command, tmp_path)
