"""A streaming model in real dictation: it hears a real microphone while somebody speaks, and its drafts are shown meanwhile."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from voicebridge.control import Peer, converse
from voicebridge.testing.lab.bus import SessionBus, notifications_on
from voicebridge.testing.lab.terminal import Terminal
from voicebridge.testing.processes import PATIENCE, wait_until
from voicebridge.testing.sounds import FOX

if TYPE_CHECKING:
    from tests.dictation.conftest import Desk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="desktops of a test's own exist on Linux alone")

RATE = 16_000
SECONDS = 4.0
NOTE = (0.3 * np.sin(2 * np.pi * 440 / RATE * np.arange(round(SECONDS * RATE)))).astype(np.float32)
SUNG = re.compile(r"La( la)*\.")


@pytest.fixture
def live_desk(desk: Desk, acme_live: dict[str, str]) -> Desk:
    """A desktop with the plugin of docs/plugins/partial-results.md."""
    desk.environment = {**desk.environment, "PYTHONPATH": acme_live["PYTHONPATH"]}
    return desk


def count(text: str) -> int:
    """Tenths of a second in which the model heard something."""
    return text.lower().count("la")


@pytest.mark.parametrize("by", ["daemon", "itself"])
def test_stt_shows_drafts_while_somebody_speaks_and_loses_nothing(live_desk: Desk, by: str) -> None:
    if by == "daemon":
        live_desk.run("daemon", "start")
    more = ["--verbose"] if by == "daemon" else ["--no-daemon"]
    terminal = Terminal([live_desk.command, "stt", "-m", "acme-live/sing", *more], {**live_desk.environment, "COLUMNS": "400"})
    try:
        terminal.wait_for("Recording. Press Enter to stop.")
        speaker = live_desk.sound.begin_to_speak(NOTE)
        terminal.wait_for("La la")
        assert speaker.poll() is None, "the first draft came when everything had been said"
        assert speaker.wait(PATIENCE) == 0
        terminal.wait_for("." if by == "itself" else "La")
        terminal.type("\n")
        assert terminal.wait() == 0
        if by == "daemon":
            assert [each["model"] for each in json.loads(live_desk.run("daemon", "status", "--json"))["models"]] == ["acme-live/sing"]
    finally:
        terminal.close()
        if by == "daemon":
            live_desk.run("daemon", "stop")
    shown = [line.rpartition("\r")[2] for line in terminal.shown.replace("\r\n", "\n").split("\n")]
    [text] = [line for line in shown if line.startswith("La")]
    assert SUNG.fullmatch(text)
    assert count(text) >= 0.9 * SECONDS * 10
    kept = max(Path(live_desk.environment["VOICEBRIDGE_HOME"], "data/history").rglob("*.wav"))
    with wave.open(str(kept)) as file:
        assert file.getnframes() / file.getframerate() >= SECONDS


def test_dictation_inserts_only_the_final_text_and_notices_show_the_drafts(
    live_desk: Desk, session_bus: SessionBus, tmp_path: Path
) -> None:
    target = live_desk.x.open_entry()
    with (
        notifications_on(session_bus, live_desk.x.display, tmp_path / "notices.log") as shown,
        live_desk.dictate(model="acme-live/sing", DBUS_SESSION_BUS_ADDRESS=session_bus.address) as dictation,
    ):
        live_desk.tap()
        dictation.wait_for("Listening.")
        speaker = live_desk.sound.begin_to_speak(NOTE)
        shown.wait_for("La la la")
        assert speaker.poll() is None, "the first draft came when everything had been said"
        assert speaker.wait(PATIENCE) == 0
        live_desk.tap()
        wait_until(lambda: target.text() != "", "the text")
        dictation.wait_for("characters: x11-paste.")
    assert SUNG.fullmatch(target.text().strip())
    [entry] = json.loads(live_desk.run("history", "list", "--json"))
    assert entry["text"] == target.text().strip()


def test_silence_ends_a_recording_of_a_streaming_model_too(live_desk: Desk) -> None:
    process = subprocess.Popen(
        [live_desk.command, "stt", "-m", "acme-live/sing", "--stop-after", "1"],
        env=live_desk.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    history = Path(live_desk.environment["VOICEBRIDGE_HOME"]) / "data/history"
    wait_until(lambda: any(path.stat().st_size > 2000 for path in history.rglob("*.wav")), "the recording to begin", process)
    live_desk.sound.speak(FOX.at(RATE))
    printed, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, told
    assert printed.startswith("La")
    assert told == "Recording.\n"


def test_dictation_by_a_daemon_shows_the_drafts_of_its_worker(live_desk: Desk, session_bus: SessionBus, tmp_path: Path) -> None:
    target = live_desk.x.open_entry()
    live_desk.environment = {
        **live_desk.environment, "VOICEBRIDGE_STT_MODEL": "acme-live/sing", "DBUS_SESSION_BUS_ADDRESS": session_bus.address,
    }  # fmt: skip
    with notifications_on(session_bus, live_desk.x.display, tmp_path / "notices.log") as shown:
        live_desk.run("daemon", "start")
        try:
            live_desk.run("dictate", "toggle")
            shown.wait_for("Listening")
            speaker = live_desk.sound.begin_to_speak(NOTE)
            shown.wait_for("La la la")
            assert speaker.poll() is None, "the first draft came when everything had been said"
            assert speaker.wait(PATIENCE) == 0
            live_desk.run("dictate", "toggle")
            wait_until(lambda: target.text() != "", "the text")
        finally:
            live_desk.run("daemon", "stop")
    assert SUNG.fullmatch(target.text().strip())
    assert count(target.text()) >= 0.9 * SECONDS * 10


@contextmanager
def following(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    """A client that follows dictations."""
    for name in ("VOICEBRIDGE_HOME", "XDG_RUNTIME_DIR"):
        if name in desk.environment:
            monkeypatch.setenv(name, desk.environment[name])
    with converse("dictate.follow") as peer:
        assert peer.receive(PATIENCE) == {"event": "following", "recording": False}
        yield peer


def until(peer: Peer, event: str) -> list[dict[str, Any]]:
    """The messages up to the first with this event."""
    came: list[dict[str, Any]] = []
    while not came or came[-1]["event"] != event:
        message = peer.receive(PATIENCE)
        assert message is not None, came
        came.append(message)
    return came


def test_a_client_of_the_daemon_follows_the_text_while_somebody_speaks_and_nothing_of_it_is_logged(
    live_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = live_desk.x.open_entry()
    live_desk.environment = {**live_desk.environment, "VOICEBRIDGE_STT_MODEL": "acme-live/sing"}
    live_desk.run("daemon", "start")
    try:
        with following(live_desk, monkeypatch) as peer:
            live_desk.run("dictate", "start")
            until(peer, "listening")
            speaker = live_desk.sound.begin_to_speak(NOTE)
            draft = ""
            while "la la" not in draft:
                [*_, message] = until(peer, "partial")
                draft = message["text"]
            assert speaker.poll() is None, "the first draft came when everything had been said"
            live_desk.run("daemon", "reload")  # waits for the recording to end; the client stays connected
            assert speaker.wait(PATIENCE) == 0
            live_desk.run("dictate", "stop")
            rest = until(peer, "final")
            assert [each["event"] for each in rest if each["event"] != "partial"] == ["transcribing", "final"]
            [entry] = json.loads(live_desk.run("history", "list", "--json"))
            wait_until(lambda: target.text() != "", "the text")
            assert rest[-1] == {"event": "final", "dictation": entry["id"], "text": target.text(), "to": "x11-paste"}
            wait_until(lambda: "Configuration reloaded." in live_desk.run("daemon", "logs"), "the reload")
            live_desk.run("dictate", "start")
            until(peer, "listening")
            live_desk.run("dictate", "cancel")
            assert [each["event"] for each in until(peer, "cancelled")] == ["cancelled"]
            peer.send({"end": True})
            assert peer.receive(PATIENCE) == {"ok": True}
        assert "la la" not in live_desk.run("daemon", "logs", "-n", "500").lower()
    finally:
        live_desk.run("daemon", "stop")


def test_a_client_follows_dictation_in_a_terminal_too_until_it_ends(live_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    target = live_desk.x.open_entry()
    with live_desk.dictate(model="acme-live/sing") as dictation, following(live_desk, monkeypatch) as peer:
        live_desk.tap()
        dictation.hear()
        dictation.process.send_signal(signal.SIGINT)
        assert until(peer, "final")[-1]["text"] == target.text()
        assert peer.receive(PATIENCE) is None
