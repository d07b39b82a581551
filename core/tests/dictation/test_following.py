"""Following dictations over the control socket: what clients get, and that none of them can hold up a dictation."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
from voicebridge.control import LARGEST, Control, Peer, converse
from voicebridge.dictation.following import LONGEST, REQUEST, Followers
from voicebridge.testing.processes import PATIENCE, wait_until


@pytest.fixture
def followers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Followers]:
    """Those of a process that listens."""
    with tempfile.TemporaryDirectory(prefix="vb") as folder:  # a socket's path is limited to about a hundred characters
        monkeypatch.setenv("VOICEBRIDGE_HOME", folder)
        followers = Followers()
        with closing(Control({REQUEST: lambda _, peer: followers.serve(peer, lambda: True)})):
            yield followers
    wait_until(lambda: not serving(), "the threads of clients to end")


def serving() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "control-follower"]


@pytest.fixture
def peers(followers: Followers) -> Iterator[list[Peer]]:
    """Two clients that follow."""
    with ExitStack() as stack:
        peers = [stack.enter_context(converse(REQUEST)) for _ in range(2)]
        for peer in peers:
            assert peer.receive(PATIENCE) == {"event": "following", "recording": True}
        yield peers


def test_each_client_gets_the_events_of_each_dictation_in_order(followers: Followers, peers: list[Peer]) -> None:
    first, second = followers.begin(7), followers.begin(8)
    first.listening()
    first.transcribing()
    second.listening()
    first.final("Hello.", "x11-paste")
    second.failed("The model failed. Try again.")
    for peer in peers:
        assert [peer.receive(PATIENCE) for _ in range(5)] == [
            {"event": "listening", "dictation": 7},
            {"event": "transcribing", "dictation": 7},
            {"event": "listening", "dictation": 8},
            {"event": "final", "dictation": 7, "text": "Hello.", "to": "x11-paste"},
            {"event": "failed", "dictation": 8, "error": "The model failed. Try again."},
        ]


def test_nothing_comes_after_the_end_of_a_dictation(followers: Followers, peers: list[Peer]) -> None:
    followed = followers.begin(7)
    followed.cancelled()
    followed.partial("too late")
    followed.failed("too late")
    followers.begin(8).listening()
    assert [peers[0].receive(PATIENCE) for _ in range(2)] == [
        {"event": "cancelled", "dictation": 7},
        {"event": "listening", "dictation": 8},
    ]


def test_a_client_that_reads_nothing_delays_no_dictation_and_later_gets_only_the_newest_draft(
    followers: Followers, peers: list[Peer]
) -> None:
    followed = followers.begin(7)
    long = "La la. " * 5_000
    for count in range(500):  # far more than the system buffers
        followed.partial(f"{long}{count}")
    followed.final("La la.", "clipboard")
    came: list[dict[str, Any]] = []
    while not came or came[-1]["event"] != "final":
        message = peers[0].receive(PATIENCE)
        assert message is not None
        came.append(message)
    assert came[-2]["text"].endswith(" 499")
    assert len(came) < 500


def test_of_a_text_that_fits_no_line_the_end_is_sent(followers: Followers, peers: list[Peer]) -> None:
    text = "\N{GRINNING FACE}" * LONGEST  # twelve bytes each in JSON
    followed = followers.begin(7)
    followed.partial(f"x{text}")
    message = peers[0].receive(PATIENCE)
    assert message == {"event": "partial", "dictation": 7, "text": text}
    assert len(json.dumps(message)) < LARGEST


def test_one_that_disconnects_or_says_something_follows_no_longer(followers: Followers, peers: list[Peer]) -> None:
    peers[0].send({"end": True})
    assert peers[0].receive(PATIENCE) == {"ok": True}
    assert peers[0].receive(PATIENCE) is None
    peers[1].close()
    wait_until(lambda: not serving(), "the threads of clients to end")
    followers.begin(7).listening()
