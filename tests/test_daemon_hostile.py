"""Hostile processes of the user's own cost the daemon a bounded number of threads and files, all of which it has back when they go."""

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
from voicebridge.testing.processes import wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there it is a named pipe")

OF_A_CONVERSATION = 3
"""Threads: the one that serves it, and with a job the one that listens and the one that gives signs of life."""
OF_AN_ENGINE = (2, 4)
"""Threads and files of the daemon's for each process of an engine."""
STEADY = 40
"""Looks, ten a second, that have to show the same."""
VERBS = (
    "daemon.status",
    "watch.status",
    "dictate.cancel",
    "speak.say",
    "speak.skip",
    "hotkeys.suspend",
    "engine.transcribe",
    "engine.synthesize",
)
VALUES: tuple[Any, ...] = (None, True, -1, 1e300, "", "x" * 300, "whisper/tiny.en", "piper/joe", [], {}, {"language": "xx"})
KEYS = ("model", "options", "request", "text", "end", "more", "audio", "paths", "x")


@pytest.fixture
def daemon(command: str, environment: dict[str, str]) -> Iterator[psutil.Process]:
    with tempfile.TemporaryDirectory(prefix="vb") as home:  # a socket's path is short
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
    """Send what nobody should, and hang up late or never; the most threads and files that the daemon had meanwhile."""
    held: list[socket.socket] = []
    most = (0, 0)
    for number in range(400):
        held.append(peer := socket.socket(socket.AF_UNIX))
        with suppress(OSError):  # refused, or hung up on
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
    """A line of JSON that is nearly a request, or of anything."""
    if dice.random() < 0.1:
        return dice.randbytes(100) + b"\n"
    request = {"version": 1, "do": dice.choice(VERBS), **{key: dice.choice(VALUES) for key in dice.sample(KEYS, 3)}}
    return json.dumps(request).encode() + b"\n"


def settled(daemon: psutil.Process) -> tuple[int, int]:
    """Its threads and files, those of its engines aside, once they have stayed the same: a conversation may be on its way out."""
    seen: list[tuple[int, int]] = []

    def is_settled() -> bool:
        engines = len(daemon.children())  # any that is asked for is loaded and stays
        seen.append((daemon.num_threads() - OF_AN_ENGINE[0] * engines, daemon.num_fds() - OF_AN_ENGINE[1] * engines))
        return len(seen) > STEADY and len(set(seen[-STEADY:])) == 1

    wait_until(is_settled, lambda: f"the threads and files to settle, which are {seen[-5:]}", every=0.1)
    return seen[-1]
