"""``voicebridge read`` and its hotkeys: a real daemon with a real voice reads on a sound server whose output is transcribed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import voicebridge
from voicebridge.testing.lab.desktops import Recording, SoundServer
from voicebridge.testing.lab.wayland import SwayDesktop
from voicebridge.testing.lab.x11 import XDesktop
from voicebridge.testing.processes import PATIENCE, need

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="desktops of a test's own exist on Linux alone")

QUIET = 0.003
SOON = 0.6
"""Seconds after which there is silence; about 0.2 s of them pass before a command sends its request."""
LIGHTHOUSE = "The old lighthouse stands on the northern cliff."
LAMP = "Every night its lamp turns slowly."
SHIPS = "The mountains are far away."
TEXT = f"{LIGHTHOUSE} {LAMP} {SHIPS}"
LONG = " ".join(f"This is the sentence with the number {number}, and it is not the last one." for number in range(2, 60))


@dataclass
class Session:
    """The command, the daemon that it started, and the recorded output."""

    command: str
    environment: Mapping[str, str]

    def run(self, *words: str, code: int = 0, **settings: Any) -> str:
        done = subprocess.run(
            [self.command, *words], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
            check=False, timeout=PATIENCE, **settings,
        )  # fmt: skip
        assert done.returncode == code, f"{words} ended with {done.returncode}: {done.stdout}"
        shown: str = done.stdout
        return shown

    @property
    def reading(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("daemon", "status", "--json"))["reading"]
        return found

    def wait_for(self, **wanted: Any) -> None:
        end = time.monotonic() + PATIENCE
        while not wanted.items() <= (reading := self.reading).items():
            assert time.monotonic() < end, f"{reading} and not {wanted}"


def heard_words(sound: Any, rate: int) -> str:
    return voicebridge.transcribe(sound, sample_rate=rate, model="tiny.en").text.lower()


def is_loud(recording: Recording, since: float, until: float | None = None) -> bool:
    rate = recording.sample_rate
    return bool(np.abs(recording.sound[round(since * rate) : round(until * rate) if until else None]).max(initial=0) > QUIET)


def now(recording: Recording) -> float:
    return len(recording.sound) / recording.sample_rate


def wait_for_sound(recording: Recording, since: float = 0.0) -> None:
    end = time.monotonic() + PATIENCE
    while not is_loud(recording, since):
        assert time.monotonic() < end, "nothing is heard"
        time.sleep(0.02)


Start = Callable[..., Session]


@pytest.fixture
def start(command: str, environment: dict[str, str], sound_server: SoundServer) -> Iterator[Start]:
    """Starts the daemon in a session with sound and the given environment."""
    begun: list[Session] = []

    def start(session: Mapping[str, str] | None = None, configuration: str = "") -> Session:
        kept = {
            name: value for name, value in environment.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS")
        }
        extra = {"VOICEBRIDGE_STT_MODEL": "tiny.en", "VOICEBRIDGE_DICTATION_SOUNDS": "false", **sound_server.environment, **(session or {})}
        home = Path(environment["VOICEBRIDGE_HOME"])
        home.mkdir(parents=True, exist_ok=True)
        (home / "config.toml").write_text(configuration, encoding="utf-8")
        begun.append(Session(command, {**kept, **extra}))
        begun[-1].run("daemon", "start")
        return begun[-1]

    yield start
    for each in begun:
        subprocess.run([command, "daemon", "stop"], env=each.environment, capture_output=True, check=False, timeout=PATIENCE)


def test_texts_documents_and_pipes_are_read_to_the_last_word(start: Start, sound_server: SoundServer, tmp_path: Path) -> None:
    session = start(configuration='[reading]\nnext = "queue"\n')
    page = tmp_path / "page.md"
    page.write_text(f"# {LAMP}\n\n{SHIPS}\n", encoding="utf-8")
    with sound_server.recording() as recording:
        session.run("read", LIGHTHOUSE)
        session.run("read", str(page))
        session.run("read", "-", input="The harbour sleeps under the snow.")
        session.wait_for(state="idle")
        recording.wait_for(now(recording) + 0.3)
    words = heard_words(recording.sound, recording.sample_rate)
    for said in ("northern cliff", "turns slowly", "mountains are far away", "under the snow"):
        assert said in words


def test_it_pauses_goes_on_skips_and_stops(start: Start, sound_server: SoundServer) -> None:
    session = start()
    with sound_server.recording() as recording:
        session.run("read", LONG)
        wait_for_sound(recording)
        session.run("read", "pause")
        paused = now(recording)
        assert session.reading["state"] == "paused"
        recording.wait_for(paused + 2)
        assert not is_loud(recording, paused + SOON)
        session.run("read", "resume")
        wait_for_sound(recording, paused + SOON)
        before = session.reading["piece"]
        session.run("read", "skip")
        assert session.reading["piece"] > before
        assert session.run("read", "faster") == "Speed: 1.25.\n"
        assert session.run("read", "slower", "--quiet") == ""
        session.run("read", "toggle")
        assert session.reading["state"] == "paused"
        session.run("read", "toggle")
        wait_for_sound(recording, now(recording))
        session.run("read", "stop")
        stopped = now(recording)
        assert session.reading["state"] == "idle"
        recording.wait_for(stopped + 1.5)
        assert not is_loud(recording, stopped + SOON)


def test_what_is_wrong_is_said_in_one_line(command: str, environment: dict[str, str], start: Start, tmp_path: Path) -> None:
    nobody = Session(command, environment)
    for words in (["pause"], [TEXT], ["--clipboard"]):
        assert "Start it: voicebridge daemon start. To play without it: voicebridge tts" in nobody.run("read", *words, code=1)
    session = start()
    assert "Nothing is being read aloud" in session.run("read", "pause", code=2)
    assert session.run("read", "stop") == ""
    for words, told in (
        (["no-such.pdf"], "no-such.pdf does not exist"),
        (["* * *"], "text contains nothing to speak"),
        ([TEXT, "--voice", "nobody"], "nobody"),
        (["--clipboard"], "desktop"),
    ):
        shown = session.run("read", *words, code=1 if words[0] != TEXT else 2)
        assert told in shown
        assert shown.count("\n") == 1
    for words in (["stop", "--voice", "joe"], ["a text", "--clipboard"], []):
        session.run("read", *words, code=2)


def copy(desktop: Mapping[str, str], selection: str, text: str) -> None:
    need({"xclip": "xclip"})
    nothing = subprocess.DEVNULL
    subprocess.run(["xclip", "-selection", selection], input=text, env=dict(desktop), text=True, stdout=nothing, stderr=nothing, check=True)


def press(desktop: XDesktop, chord: str) -> None:
    need({"xdotool": "xdotool"})
    desktop.run("xdotool", "key", chord)


def test_keys_read_what_is_selected_and_copied_on_x(start: Start, x_desktop: XDesktop, sound_server: SoundServer) -> None:
    session = start(x_desktop.environment, '[hotkeys]\nread_clipboard = "ctrl+alt+c"\npause = "ctrl+alt+p"\n')
    copy(session.environment, "primary", LONG)
    copy(session.environment, "clipboard", LIGHTHOUSE)
    with sound_server.recording() as recording:
        press(x_desktop, "ctrl+alt+shift+space")
        session.wait_for(state="reading")
        wait_for_sound(recording)
        press(x_desktop, "ctrl+alt+p")
        session.wait_for(state="paused")
        press(x_desktop, "ctrl+alt+shift+space")  # the same text: it stops
        session.wait_for(state="idle")
        begun = now(recording)
        press(x_desktop, "ctrl+alt+c")
        wait_for_sound(recording, begun + SOON)
        session.wait_for(state="idle")
        recording.wait_for(now(recording) + 0.3)
    assert "northern cliff" in heard_words(recording.sound[round(begun * recording.sample_rate) :], recording.sample_rate)


def test_whatever_is_copied_is_read_where_that_is_configured(start: Start, x_desktop: XDesktop, sound_server: SoundServer) -> None:
    session = start(x_desktop.environment, "[reading]\ncopied = true\n")
    with sound_server.recording() as recording:
        copy(session.environment, "clipboard", LIGHTHOUSE)
        wait_for_sound(recording)
        session.wait_for(state="idle")
        recording.wait_for(now(recording) + 0.3)
        assert "northern cliff" in heard_words(recording.sound, recording.sample_rate)


def test_what_is_selected_on_wayland_is_read(start: Start, sway_desktop: SwayDesktop, sound_server: SoundServer) -> None:
    session = start(sway_desktop.environment)
    nothing = subprocess.DEVNULL
    subprocess.run(
        ["wl-copy", "--primary"], input=LIGHTHOUSE.encode(), env=dict(session.environment), stdout=nothing, stderr=nothing, check=True
    )
    with sound_server.recording() as recording:
        session.run("read", "--selection")
        wait_for_sound(recording)
        session.wait_for(state="idle")
        recording.wait_for(now(recording) + 0.3)
    assert "northern cliff" in heard_words(recording.sound, recording.sample_rate)


def test_while_somebody_dictates_nothing_is_read_and_none_of_it_is_written(
    start: Start, x_desktop: XDesktop, sound_server: SoundServer
) -> None:
    # The microphone receives what is played, as if next to the speaker.
    session = start(x_desktop.environment, '[dictation]\ndevice = "vb_out.monitor"\nto = "clipboard"\nnotices = false\n')
    with sound_server.recording() as recording:
        session.run("read", LONG)
        wait_for_sound(recording)
        session.run("dictate", "start")
        began = now(recording)
        assert session.reading["state"] == "muted"
        recording.wait_for(began + 2.5)
        assert not is_loud(recording, began)
        session.run("dictate", "stop")
        wait_for_sound(recording, now(recording))
        session.run("read", "stop")
    end = time.monotonic() + PATIENCE
    while not (entries := json.loads(session.run("history", "list", "--json"))) or entries[0]["state"] not in ("delivered", "failed"):
        assert time.monotonic() < end, entries
    assert (entries[0]["state"], entries[0]["text"] or "") == ("delivered", "")
