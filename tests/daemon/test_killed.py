"""The daemon is killed at random moments while it records, transcribes, inserts and speaks, and while files are added to its folders.

Afterwards every recording and every file has been processed once. Everything is real: the processes and SIGKILL, the X server and the
window, the sound server and the microphone, speech, both models.
"""

from __future__ import annotations

import io
import random
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import av
import numpy as np
import psutil
import pytest
from voicebridge.control import ask
from voicebridge.errors import UnavailableError, VoiceBridgeError
from voicebridge.journal.history import DELIVERED, TRANSCRIBED, Entry, History
from voicebridge.testing.lab.desktops import SoundServer
from voicebridge.testing.lab.x11 import Target, XDesktop
from voicebridge.testing.processes import THOROUGH, wait_until
from voicebridge.testing.sounds import FOX, Sound

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="desktops of a test's own exist on Linux alone"),
    pytest.mark.timeout(900),
]
ROUNDS, KILLS = (4, 25) if THOROUGH else (1, 12)
RATE = 16_000
SPOKEN = 1.6
"""Seconds of the sample spoken in one dictation."""
LATEST = 2.8
"""Seconds from the first request to the latest kill."""
PATIENCE = 120.0


@dataclass
class Session:
    """A home, a desktop, and a sequence of daemons."""

    command: str
    environment: dict[str, str]
    sound: SoundServer
    target: Target
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    dropped: list[Path] = field(default_factory=list)
    copying: list[Thread] = field(default_factory=list)
    heard: set[str] = field(default_factory=set)
    """Recordings that contained sound when the daemon was killed."""

    @property
    def history(self) -> Path:
        return Path(self.environment["VOICEBRIDGE_HOME"]) / "data" / "history"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [self.command, "daemon", "run"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

        def answers() -> bool:
            with suppress(UnavailableError):
                return bool(ask("daemon.status")["pid"] == (self.process and self.process.pid))
            return False

        wait_until(answers, "the daemon", seconds=30)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.heard |= {path.name for path in self.history.glob("*.wav") if path.stat().st_size > 2 * RATE // 4}

    def drop(self, name: str, content: bytes, seconds: float) -> None:
        """Copy a file slowly into a watched folder; the copying outlives the daemon."""
        path = self.folder / name

        def copy() -> None:
            with path.open("wb") as file:
                for part in np.array_split(np.frombuffer(content, np.uint8), 8):
                    file.write(part.tobytes())
                    file.flush()
                    time.sleep(seconds / 8)

        self.dropped.append(path)
        self.copying.append(Thread(target=copy))
        self.copying[-1].start()


@pytest.fixture
def session(
    command: str, environment: dict[str, str], x_desktop: XDesktop, microphone: SoundServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Session]:
    for name in ("recordings", "texts"):
        (tmp_path / "drop" / name).mkdir(parents=True)
    kept = {name: value for name, value in environment.items() if name not in ("WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS")}
    home = Path(environment["VOICEBRIDGE_HOME"])
    home.mkdir()
    (home / "config.toml").write_text(
        '[stt]\nmodel = "tiny.en"\n[dictation]\nsounds = false\nnotices = false\n'
        f'[[watch]]\nfolder = "{tmp_path}/drop/recordings"\n'
        f'[[watch]]\nfolder = "{tmp_path}/drop/texts"\ntts = true\nformats = ["wav"]\n'
    )
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(home))  # for requests from this process
    target = x_desktop.open_entry()
    session = Session(command, {**kept, **x_desktop.environment, **microphone.environment}, microphone, target, tmp_path / "drop")
    yield session
    if session.process is not None and session.process.poll() is None:
        session.process.send_signal(signal.SIGTERM)
        session.process.wait(PATIENCE)
    for thread in session.copying:
        thread.join()


def wav(sound: Sound) -> bytes:
    """A recording as the content of a file."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        file.writeframes((sound * 32767).astype("<i2").tobytes())
    return content.getvalue()


def dare(do: str, **arguments: Any) -> None:
    """Send a request, whether or not a daemon is left to answer; it may be rejected."""
    with suppress(VoiceBridgeError):
        ask(do, **arguments)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_nothing_is_lost_or_done_twice_however_often_the_daemon_is_killed(session: Session, seed: int) -> None:
    chance = random.Random(seed)
    fox = FOX.at(RATE)
    for number in range(KILLS):
        session.start()
        began = time.monotonic()
        end = began + chance.uniform(0.0, LATEST)
        sound = np.concatenate([np.zeros(160 * (1 + number), np.float32), fox])  # no two have the same content
        session.drop(f"recordings/recording-{number}.wav", wav(sound), chance.uniform(0.0, 1.0))
        session.drop(f"texts/text-{number}.txt", f"This is text number {number}.".encode(), chance.uniform(0.0, 0.5))
        if chance.random() < 0.25:
            dare("read.text", text="One sentence is heard. Then there is another one. And a third one follows.")
        dare("dictate.start")
        speaker = session.sound.begin_to_speak(fox[: round(SPOKEN * RATE)], RATE)
        stop_at = began + SPOKEN + 0.2
        while time.monotonic() < min(end, stop_at):
            time.sleep(0.01)
        if stop_at < end:
            dare("dictate.stop")
            while time.monotonic() < end:
                time.sleep(0.01)
        session.kill()
        speaker.wait()
    for thread in session.copying:
        thread.join()

    session.start()
    wait_until(
        lambda: all(is_settled(entry) for entry in entries(session)),
        lambda: f"the recordings to be finished: {entries(session)}",
        seconds=PATIENCE,
    )
    wait_until(
        lambda: all(transcript_of(path).exists() for path in session.dropped),
        lambda: f"the files to be done: {sorted(session.folder.rglob('*'))}",
        seconds=PATIENCE,
    )
    wait_until(lambda: ask("daemon.status")["queue"] == 0, lambda: f"an empty queue: {ask('daemon.status')}", seconds=PATIENCE)

    check_recordings(session)
    check_files(session)
    assert session.process is not None
    workers = psutil.Process(session.process.pid).children(recursive=True)
    session.process.send_signal(signal.SIGTERM)
    assert session.process.wait(PATIENCE) == 0
    assert psutil.wait_procs(workers, 10)[1] == []
    assert [each for each in psutil.process_iter(["cmdline", "environ"]) if is_worker(each, session)] == []


def entries(session: Session) -> list[Entry]:
    with closing(History(session.history)) as journal:
        return journal.entries()


def is_settled(entry: Entry) -> bool:
    return entry.state in (DELIVERED, TRANSCRIBED)


def check_recordings(session: Session) -> None:
    """Check that every recording exists once, with its audio and text, and that text was inserted once."""
    found = entries(session)
    audio = [entry.audio.name for entry in found]
    assert len(audio) == len(set(audio))
    assert session.heard <= set(audio)
    assert all(entry.audio.exists() for entry in found)
    inserted = size(session.target.text())
    delivered = sum(size(entry.text) for entry in found if entry.state == DELIVERED)
    offered = sum(size(entry.text) for entry in found if entry.state == TRANSCRIBED)
    assert delivered <= inserted <= delivered + offered  # a kill may have come between inserting and recording it


def size(text: str) -> int:
    """Characters without spaces: a new daemon doesn't know the text before the cursor, and inserts none there."""
    return len("".join(text.split()))


def transcript_of(path: Path) -> Path:
    return path.with_suffix(".txt" if path.suffix == ".wav" else ".wav")


def check_files(session: Session) -> None:
    """Check that every file has one complete result next to it, and that there are no other files."""
    assert {path for path in session.folder.rglob("*") if path.is_file()} == {
        each for path in session.dropped for each in (path, transcript_of(path))
    }
    for path in session.dropped:
        outcome = transcript_of(path)
        if outcome.suffix == ".txt":
            assert "lazy dog" in outcome.read_text(encoding="utf-8").lower()
        else:
            with av.open(str(outcome)) as sound:
                assert sound.duration is not None
                assert sound.duration > 0.5e6
    for folder in ask("watch.status")["folders"]:
        assert (folder["waiting"], folder["working"], folder["done"], folder["failed"]) == (0, 0, KILLS, 0)


def is_worker(process: psutil.Process, session: Session) -> bool:
    """Whether a process runs an engine of the session; the one that serves the clipboard may outlive the daemon."""
    home = (process.info["environ"] or {}).get("VOICEBRIDGE_HOME")
    return home == session.environment["VOICEBRIDGE_HOME"] and "voicebridge.engines.worker" in process.info["cmdline"]
