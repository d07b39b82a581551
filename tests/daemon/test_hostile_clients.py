"""Malicious processes of the same user cost the daemon a bounded number of threads and files, which are all released when they end."""

from __future__ import annotations

import json
import random
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from voicebridge.control.server import MOST_PEERS
from voicebridge.testing.processes import THOROUGH, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there it is a named pipe")

MESSAGES = 10_000 if THOROUGH else 400
"""In each of the two floods."""
OF_A_CONVERSATION = 3
"""Threads per conversation: the one that serves it, and for a job one that receives and one that sends keep-alives."""
OF_AN_ENGINE = (2, 4)
"""The daemon's threads and files for each engine process."""
STEADY = 40
"""Number of measurements, ten per second, that must be equal."""
VERBS = (
    "daemon.status",
    "watch.status",
    "dictate.cancel",
    "read.text",
    "read.skip",
    "hotkeys.suspend",
    "engine.transcribe",
    "engine.synthesize",
)
VALUES: tuple[Any, ...] = (None, True, -1, 1e300, "", "x" * 300, "whisper/tiny.en", "piper/joe", [], {}, {"language": "xx"})
KEYS = ("model", "options", "request", "text", "end", "more", "audio", "paths", "x")


@pytest.fixture
def daemon(command: str, environment: dict[str, str]) -> Iterator[psutil.Process]:
    with tempfile.TemporaryDirectory(prefix="vb") as home:  # a socket's path must be short
        environment["VOICEBRIDGE_HOME"] = home
        subprocess.run([command, "daemon", "start"], env=environment, capture_output=True, check=True)
        try:
            status = subprocess.run([command, "daemon", "status", "--json"], env=environment, capture_output=True, text=True, check=True)
            yield psutil.Process(json.loads(status.stdout)["pid"])
        finally:
            subprocess.run([command, "daemon", "stop"], env=environment, capture_output=True, check=False)


def test_a_flood_of_hostile_messages_costs_a_bounded_number_of_threads_and_files(
    daemon: psutil.Process, environment: dict[str, str], command: str, root: Path
) -> None:
    door = str(Path(environment["VOICEBRIDGE_HOME"]) / "runtime/control")
    dice = random.Random(0)
    flood(door, dice, daemon)
    threads, files = settled(daemon)
    most_threads, most_files = flood(door, dice, daemon)
    engines = len(daemon.children())
    assert most_threads <= threads + OF_A_CONVERSATION * MOST_PEERS + OF_AN_ENGINE[0] * engines
    assert most_files <= files + 2 * MOST_PEERS + OF_AN_ENGINE[1] * engines
    again = settled(daemon)
    assert again[0] <= threads
    assert again[1] <= files
    transcribe = [command, "stt", "-m", "tiny.en", str(root / "samples/welcome.flac")]
    assert subprocess.run(transcribe, env=environment, capture_output=True, text=True, check=True).stdout.startswith("Welcome")


def flood(door: str, dice: random.Random, daemon: psutil.Process) -> tuple[int, int]:
    """Send invalid input, and disconnect late or never; returns the maximum threads and files of the daemon meanwhile."""
    held: list[socket.socket] = []
    most = (0, 0)
    for number in range(MESSAGES):
        held.append(peer := socket.socket(socket.AF_UNIX))
        with suppress(OSError):  # rejected or disconnected
            peer.settimeout(0.01)
            peer.connect(door)
            peer.sendall(message(dice))
            peer.recv(65536)
        if len(held) > 2 * MOST_PEERS:
            held.pop(dice.randrange(len(held))).close()
        if number % 10 == 0:
            most = max(most[0], daemon.num_threads()), max(most[1], daemon.num_fds())
    for peer in held:
        peer.close()
    return most


def message(dice: random.Random) -> bytes:
    """A line of JSON that resembles a request, or of anything."""
    if dice.random() < 0.1:
        return dice.randbytes(100) + b"\n"
    request = {"version": 1, "do": dice.choice(VERBS), **{key: dice.choice(VALUES) for key in dice.sample(KEYS, 3)}}
    return json.dumps(request).encode() + b"\n"


def settled(daemon: psutil.Process) -> tuple[int, int]:
    """The threads and files except those of its engines, once they are stable: a conversation may be ending."""
    seen: list[tuple[int, int]] = []

    def is_settled() -> bool:
        engines = len(daemon.children())  # an engine that was requested is loaded and stays
        seen.append((daemon.num_threads() - OF_AN_ENGINE[0] * engines, daemon.num_fds() - OF_AN_ENGINE[1] * engines))
        return len(seen) > STEADY and len(set(seen[-STEADY:])) == 1

    wait_until(is_settled, lambda: f"the threads and files to settle, which are {seen[-5:]}", every=0.1)
    return seen[-1]
