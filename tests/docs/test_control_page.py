"""docs/control.md: its examples are sent to a real daemon, which must answer as shown."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from voicebridge.control.protocol import FIRST, LARGEST, PATIENCE, TAKEN_WITHIN
from voicebridge.control.server import MOST_PEERS
from voicebridge.dictation.following import LONGEST
from voicebridge.testing.processes import end

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there it is a named pipe: plugins/os_windows/tests")

PAGE = Path(__file__).resolve().parents[2] / "docs/control.md"
EXAMPLES = re.findall(r"^```control\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
ANY = "…"


@pytest.fixture(scope="module")
def daemon() -> Iterator[Path]:
    """The socket of a daemon in a session without a desktop."""
    command = str(Path(sys.executable).with_name("voicebridge"))
    with tempfile.TemporaryDirectory(prefix="vb") as home:
        environment = {"PATH": "/usr/bin:/bin", "HOME": home, "VOICEBRIDGE_HOME": home, "VOICEBRIDGE_OFFLINE": "1"}
        process = subprocess.Popen(
            [command, "daemon", "run"], env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert process.stderr is not None
        with process.stderr:
            said = process.stderr.readline()
            while said and "VoiceBridge is running" not in said:
                said = process.stderr.readline()
            assert said, "the daemon has ended"
            yield Path(home, "runtime/control")
            end(process)


def matches(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, dict):
        return (
            isinstance(found, dict)
            and all(name in found and matches(value, found[name]) for name, value in wanted.items() if name != ANY)
            and (ANY in wanted or set(found) <= set(wanted))
        )
    if isinstance(wanted, str) and ANY in wanted:
        return wanted == ANY or (isinstance(found, str) and re.fullmatch(".*".join(map(re.escape, wanted.split(ANY))), found) is not None)
    return bool(wanted == found)


@pytest.mark.parametrize("example", EXAMPLES, ids=[re.sub(r"[^\w.]+", "-", each.splitlines()[0])[:60] for each in EXAMPLES])
def test_what_the_example_sends_is_answered_as_it_says(daemon: Path, example: str) -> None:
    with socket.socket(socket.AF_UNIX) as peer, peer.makefile("rb") as answers:
        peer.settimeout(60)
        peer.connect(str(daemon))
        for line in example.splitlines():
            if line.startswith("> "):
                peer.sendall(line[2:].encode() + b"\n")
                continue
            wanted, found = json.loads(line[2:]), json.loads(answers.readline())
            while found == {"event": "alive"}:
                found = json.loads(answers.readline())
            assert matches(wanted, found), f"wanted {wanted}, and {found} came"
        assert answers.readline() == b""


def test_every_name_that_the_daemon_knows_is_in_the_table_and_no_other(daemon: Path) -> None:
    with socket.socket(socket.AF_UNIX) as peer, peer.makefile("rb") as answers:
        peer.connect(str(daemon))
        peer.sendall(b'{"version": 1, "do": "?"}\n')
        known = re.search("it can do (.*?)\\.($|[^a-z])", json.loads(answers.readline())["error"])
    assert known is not None
    table = PAGE.read_text(encoding="utf-8").partition("## Requests")[2].partition("```")[0]
    assert set(re.findall(r"`(\w+\.\w+)`", table)) == set(known[1].split(", "))


def test_the_limits_are_those_of_the_table() -> None:
    limits = PAGE.read_text(encoding="utf-8").partition("## Limits")[2]
    assert (FIRST, LARGEST, PATIENCE, TAKEN_WITHIN, MOST_PEERS, LONGEST) == (64 << 10, 1 << 20, 5.0, 30.0, 64, 65_536)
    for said in ("| 64 KiB |", "| 1 MiB |", "| 5 s |", "| 30 s;", "| 64 |", "| 65,536 |"):
        assert said in limits
