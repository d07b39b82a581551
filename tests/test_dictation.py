"""Dictation as a user has it: a real X desktop, a real sound server, real speech into a microphone, the words read back from a window."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from voicebridge.testing.bus import SessionBus, notifications_on, session_bus
from voicebridge.testing.desktops import SoundServer, microphone, sound_server
from voicebridge.testing.processes import wait_until
from voicebridge.testing.sounds import FOX, STELLA, Sample
from voicebridge.testing.terminal import Terminal
from voicebridge.testing.wayland import SwayDesktop, sway_desktop
from voicebridge.testing.wayland import Target as WaylandTarget
from voicebridge.testing.x11 import Target as XTarget
from voicebridge.testing.x11 import XDesktop, x_desktop

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="desktops of a test's own exist on Linux alone")
__all__ = ["microphone", "session_bus", "sound_server", "sway_desktop", "x_desktop"]

CHORD = ("ctrl", "alt", "space")
RIGHT_CTRL = "105"
"""Its keycode: where xdotool gets its name, it presses the left one too."""
PATIENCE = 60.0


class Dictation:
    """``voicebridge dictate`` as it runs, and what it has said."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, sound: SoundServer) -> None:
        self.process, self._log, self._sound = process, log, sound
        self._recordings = 0

    def hear(self, sample: Sample = FOX) -> None:
        """Say something as soon as it listens."""
        self._recordings += 1
        self.wait_for("Listening.", self._recordings)
        self._sound.speak(sample.at(16_000))

    @property
    def said(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def wait_for(self, words: str, count: int = 1) -> None:
        wait_until(lambda: self.said.count(words) >= count, lambda: f"{words!r} in {self.said!r}", self.process)


def wait_for_fox(target: XTarget | WaylandTarget) -> None:
    """Return once the window holds what was said, and nothing else; a small model on a busy machine may begin without a capital."""
    wait_until(lambda: target.text().lower() == FOX.text.lower(), lambda: f"the fox in {target.text()!r}")


@dataclass
class Session:
    """A desktop with a microphone, and the command on it."""

    sound: SoundServer
    environment: Mapping[str, str]
    command: str
    folder: Path

    @contextmanager
    def dictate(self, *words: str, model: str = "tiny.en", ready: str = "Ctrl-C ends it", **more: str) -> Iterator[Dictation]:
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
        """Hold the key, say something, and let go."""
        self.x.key_down(*CHORD)
        dictation.hear(sample)
        self.x.key_up(*CHORD)

    def tap(self) -> None:
        """Press the key and let go."""
        self.x.key_down(*CHORD)
        self.x.key_up(*CHORD)

    def copy(self, text: str) -> None:
        """Have another program own the clipboard."""
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
    """Dictation on X, without signal sounds, since the loudspeaker and the microphone have nothing to do with each other here."""
    return Desk(microphone, _on(environment, x_desktop.environment, microphone), command, tmp_path, x_desktop)


@pytest.mark.parametrize("toolkit", ["tk", "gtk3", "gtk4", "qt", "xterm"])
def test_what_is_said_while_the_key_is_held_stands_in_the_window_and_the_clipboard_is_as_it_was(desk: Desk, toolkit: str) -> None:
    target = desk.x.open_entry(toolkit)
    desk.copy("what was copied before")
    with desk.dictate() as dictation:
        desk.hold(dictation)
        wait_for_fox(target)
        dictation.wait_for(f"{len(FOX.text)} characters: x11-paste.")
        assert desk.copied() == "what was copied before"


def test_a_tap_begins_a_recording_that_the_next_tap_ends(desk: Desk) -> None:
    target = desk.x.open_entry()
    with desk.dictate() as dictation:
        desk.tap()
        dictation.hear()
        desk.tap()
        wait_for_fox(target)


def test_silence_ends_a_recording_where_that_is_wanted(desk: Desk) -> None:
    target = desk.x.open_entry()
    with desk.dictate("--vad-stop", "0.8") as dictation:
        desk.tap()
        dictation.hear()
        wait_for_fox(target)


def test_a_second_dictation_goes_on_where_the_first_one_ended(desk: Desk) -> None:
    target = desk.x.open_entry()
    with desk.dictate() as dictation:
        desk.hold(dictation)
        desk.hold(dictation, STELLA)
        dictation.wait_for("characters: x11-paste.", 2)
        assert target.text().lower().startswith(f"{FOX.text} Please call Stella".lower())


def test_a_dictation_on_a_new_line_begins_without_a_space_and_with_a_capital(desk: Desk) -> None:
    target = desk.x.open_entry()
    with desk.dictate() as dictation:
        desk.hold(dictation)
        dictation.wait_for("characters: x11-paste.")
        desk.x.run("xdotool", "key", "Return")
        desk.hold(dictation, STELLA)
        dictation.wait_for("characters: x11-paste.", 2)
        assert target.text().split("\n")[1].startswith("Please call Stella")


def test_a_cancelled_recording_is_written_nowhere_and_stands_in_the_history(desk: Desk) -> None:
    target = desk.x.open_entry()
    with desk.dictate() as dictation:
        desk.tap()
        dictation.hear()
        desk.x.run("xdotool", "key", "Escape")
        wait_until(lambda: "cancelled" in desk.run("history", "list"), "an entry that is cancelled")
        assert json.loads(desk.run("history", "list", "--json"))[0]["duration"] > 1
        desk.hold(dictation, STELLA)
        wait_until(lambda: "Stella" in target.text(), "the next dictation")
        assert "fox" not in target.text()


def test_a_modifier_that_is_used_as_one_dictates_nothing(desk: Desk) -> None:
    target = desk.x.open_entry()
    with desk.dictate(VOICEBRIDGE_HOTKEYS_DICTATE="ctrl_r") as dictation:
        desk.x.run("xdotool", "keydown", RIGHT_CTRL, "key", "Home", "keyup", RIGHT_CTRL)
        desk.x.key_down(RIGHT_CTRL)  # longer than a shortcut takes, so that it listens
        dictation.hear()
        desk.x.run("xdotool", "key", "End", "keyup", RIGHT_CTRL)
        desk.sound.speak(STELLA.at(16_000))  # to nobody
        desk.x.key_down(RIGHT_CTRL)
        dictation.hear()
        desk.x.key_up(RIGHT_CTRL)
        wait_for_fox(target)
    assert dictation.said.count("Listening.") == 2
    # The shortcut that was short left nothing; something may have been said during the long one.
    assert [each["state"] for each in json.loads(desk.run("history", "list", "--json"))] == ["delivered", "cancelled"]


def test_text_is_held_and_offered_when_the_focus_has_moved(desk: Desk) -> None:
    first, second = desk.x.open_entry(), desk.x.open_entry()
    desk.x.focus(first)
    with desk.dictate() as dictation:
        desk.tap()
        dictation.hear()
        desk.x.focus(second)
        desk.tap()
        dictation.wait_for("The focus has moved")
        wait_until(lambda: desk.copied().lower() == FOX.text.lower(), "the text on the clipboard")
        assert (first.text(), second.text()) == ("", "")


def test_text_goes_where_the_focus_is_now_where_that_is_wanted(desk: Desk) -> None:
    first, second = desk.x.open_entry(), desk.x.open_entry()
    desk.x.focus(first)
    with desk.dictate(VOICEBRIDGE_DICTATION_MOVED="insert") as dictation:
        desk.tap()
        dictation.hear()
        desk.x.focus(second)
        desk.tap()
        wait_for_fox(second)


def test_when_the_window_has_died_the_text_is_on_the_clipboard_and_that_is_said(desk: Desk) -> None:
    target = desk.x.open_entry()
    with desk.dictate() as dictation:
        desk.tap()
        dictation.hear()
        target.kill()
        desk.tap()
        dictation.wait_for("on the clipboard")
        assert desk.copied().lower() == FOX.text.lower()


def test_copy_leaves_the_text_on_the_clipboard_and_the_window_alone(desk: Desk) -> None:
    target = desk.x.open_entry()
    with desk.dictate("--copy") as dictation:
        desk.hold(dictation)
        dictation.wait_for("characters: clipboard.")
        assert (desk.copied().lower(), target.text()) == (FOX.text.lower(), "")
    assert desk.copied().lower() == FOX.text.lower()  # it stays when the process has ended


def test_a_microphone_that_is_pulled_out_in_mid_sentence_loses_no_word_before_that(desk: Desk) -> None:
    target = desk.x.open_entry()
    with desk.dictate() as dictation:
        desk.tap()
        dictation.hear()
        desk.sound.unplug()
        desk.tap()
        wait_for_fox(target)
        dictation.wait_for("characters: x11-paste.")


def test_a_recording_outlives_a_kill_and_can_be_finished(desk: Desk) -> None:
    with desk.dictate() as dictation:
        desk.tap()
        dictation.hear()
        dictation.process.kill()
        dictation.process.wait()
    with desk.dictate() as dictation:
        dictation.wait_for("history retry 1")
    desk.run("history", "retry", "1", "-m", "tiny.en")
    assert FOX.text.lower() in desk.run("history", "show", "1").lower()


def test_a_model_that_fails_costs_no_recording(desk: Desk, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        (broken / name).write_text("{}")
    (broken / "model.bin").write_bytes(bytes(4096))
    with desk.dictate(model=f"whisper/{broken}") as dictation:
        desk.hold(dictation)
        dictation.wait_for("What you said is kept: voicebridge history retry 1")
    desk.run("history", "retry", "1", "-m", "tiny.en")
    assert FOX.text.lower() in desk.run("history", "show", "1").lower()


def test_what_was_said_stands_in_no_log_and_no_process_list(desk: Desk) -> None:
    target = desk.x.open_entry()
    with desk.dictate() as dictation:
        desk.hold(dictation)
        wait_for_fox(target)
        dictation.wait_for("characters: x11-paste.")
        assert "fox" not in dictation.said
        commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
        assert [each for each in commands if b"quick brown" in each] == []


def test_a_key_of_the_desktop_starts_and_stops_it_by_the_command_line(desk: Desk) -> None:
    target = desk.x.open_entry()
    with desk.dictate() as dictation:
        desk.run("dictate", "start")
        dictation.hear()
        desk.run("dictate", "toggle")
        wait_for_fox(target)
        desk.run("dictate", "start")
        desk.run("dictate", "cancel")


def test_without_one_that_runs_it_is_said_how_to_start_one(desk: Desk) -> None:
    desk.run("dictate", "start", code=1)


def test_a_second_one_is_refused(desk: Desk) -> None:
    with desk.dictate():
        desk.run("dictate", code=2)


def test_ctrl_c_ends_it_after_delivering_what_was_said(desk: Desk) -> None:
    target = desk.x.open_entry()
    with desk.dictate() as dictation:
        desk.tap()
        dictation.hear()
        dictation.process.send_signal(signal.SIGINT)
        assert dictation.process.wait(PATIENCE) == 130
    assert target.text().lower() == FOX.text.lower()


def test_stt_alone_records_until_silence_and_prints_and_copies(desk: Desk) -> None:
    process = subprocess.Popen(
        [desk.command, "stt", "-m", "tiny.en", "--vad-stop", "1", "--copy"],
        env=desk.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    history = Path(desk.environment["VOICEBRIDGE_HOME"]) / "data/history"
    wait_until(lambda: any(path.stat().st_size > 2000 for path in history.rglob("*.wav")), "the recording to begin", process)
    desk.sound.speak(FOX.at(16_000))
    printed, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, printed.lower()) == (0, f"{FOX.text.lower()}\n")
    assert desk.copied().lower() == FOX.text.lower()


def test_stt_in_a_terminal_says_that_it_records_once_it_does_and_shows_the_sentence_once(desk: Desk) -> None:
    terminal = Terminal([desk.command, "stt", "-m", "tiny.en"], desk.environment)
    try:
        terminal.wait_for("Recording. Press Enter to stop.")
        desk.sound.speak(FOX.at(16_000))
        terminal.wait_for("lazy dog")  # what is not final yet
        terminal.type("\n")
        assert terminal.wait() == 0
    finally:
        terminal.close()
    # Each carriage return within a line begins it anew.
    lines = [line.rstrip("\r").rpartition("\r")[2].lower() for line in terminal.shown.split("\n")]
    assert lines == ["recording. press enter to stop.", FOX.text.lower(), ""]


def test_a_notice_tells_the_words_as_they_come_and_where_they_went(desk: Desk, session_bus: SessionBus, tmp_path: Path) -> None:
    first, second = desk.x.open_entry(), desk.x.open_entry()
    desk.x.focus(first)
    with (
        notifications_on(session_bus, desk.x.display, tmp_path / "notices.log") as shown,
        desk.dictate(DBUS_SESSION_BUS_ADDRESS=session_bus.address) as dictation,
    ):
        desk.tap()
        shown.wait_for("Listening")
        dictation.hear()
        shown.wait_for("brown fox jumps")
        desk.x.focus(second)
        desk.tap()
        shown.wait_for("The focus has moved")
        desk.tap()
        shown.wait_for("body: 'Listening", 2)
        desk.x.run("xdotool", "key", "Escape")
        shown.wait_for("Cancelled.")
        dictation.wait_for("The focus has moved")


def test_the_first_sample_is_on_disk_before_the_model_has_been_loaded(desk: Desk) -> None:
    with desk.dictate(model="base") as dictation:
        desk.tap()
        dictation.wait_for("Listening.")
        [recording] = (Path(desk.environment["VOICEBRIDGE_HOME"]) / "data/history").rglob("*.wav")
        assert recording.stat().st_size > 44
        desk.x.run("xdotool", "key", "Escape")


def test_stt_alone_records_until_enter_on_a_terminal(desk: Desk) -> None:
    ours, theirs = os.openpty()
    try:
        process = subprocess.Popen(
            [desk.command, "stt", "-m", "tiny.en", "--verbose"],
            env=desk.environment, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        )  # fmt: skip
        assert process.stderr is not None
        assert any("Recording. Press Enter to stop." in line for line in process.stderr)
        desk.sound.speak(FOX.at(16_000))
        os.write(ours, b"\n")
        printed, _ = process.communicate(timeout=PATIENCE)
    finally:
        os.close(ours)
        os.close(theirs)
    assert (process.returncode, printed.lower()) == (0, f"{FOX.text.lower()}\n")


def test_a_session_without_a_microphone_is_told_at_once(desk: Desk) -> None:
    desk.sound.kill()
    done = subprocess.run(
        [desk.command, "dictate"], env=desk.environment, capture_output=True, text=True, encoding="utf-8", check=False, timeout=PATIENCE
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: No microphone can be used here.")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["stt", "--vad-stop", "1", "-f", "srt"], "--format is about recordings"),
        (["stt", "--copy", "talk.mp3"], "--copy is for recording from the microphone"),
        (["stt", "--copy", "--insert-cursor", "--vad-stop", "1"], "don't go together"),
        (["dictate", "--copy", "--insert-cursor"], "don't go together"),
        (["dictate", "-m", "tinny.en"], "Did you mean"),
        (["dictate", "begin"], "begin"),
    ],
)
def test_what_makes_no_sense_is_one_line(words: list[str], says: str, command: str, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [command, *words], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


class TestOnWayland:
    """sway lets a program press keys and reach the clipboard; its own key bindings tell the one that runs when to begin and to end."""

    READY = "Without a key"

    @pytest.fixture
    def session(
        self, tmp_path: Path, environment: dict[str, str], command: str, sway_desktop: SwayDesktop, microphone: SoundServer
    ) -> Session:
        return Session(microphone, _on(environment, sway_desktop.environment, microphone), command, tmp_path)

    @pytest.mark.parametrize("toolkit", ["foot", "gtk3", "gtk4"])
    def test_what_is_said_stands_in_the_window_and_the_clipboard_is_as_it_was(
        self, session: Session, sway_desktop: SwayDesktop, toolkit: str
    ) -> None:
        target = sway_desktop.open_entry(toolkit)
        subprocess.run(
            ["wl-copy", "what was copied before"], env=session.environment, check=True, timeout=PATIENCE,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,  # what serves it outlives the call
        )  # fmt: skip
        with session.dictate(ready=self.READY) as dictation:
            session.run("dictate", "start")
            dictation.hear()
            session.run("dictate", "stop")
            wait_for_fox(target)
            dictation.wait_for(f"{len(FOX.text)} characters: wayland-paste.")
            assert sway_desktop.run("wl-paste", "--no-newline") == "what was copied before"

    def test_text_is_held_and_offered_when_the_focus_has_moved(self, session: Session, sway_desktop: SwayDesktop) -> None:
        first, second = sway_desktop.open_entry("gtk3"), sway_desktop.open_entry("gtk3")
        sway_desktop.focus(first)
        with session.dictate(ready=self.READY) as dictation:
            session.run("dictate", "start")
            dictation.hear()
            sway_desktop.focus(second)
            session.run("dictate", "stop")
            dictation.wait_for("The focus has moved")
            assert sway_desktop.run("wl-paste", "--no-newline").lower() == FOX.text.lower()
        assert (first.text(), second.text()) == ("", "")
