"""Several conversations over one pair of pipes."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from voicebridge.control import Peer
from voicebridge.engines.multiplex import Stream, Streams
from voicebridge.testing.processes import PATIENCE


class Ends:
    """Both ends: one starts conversations, the other answers each message with its content."""

    def __init__(self) -> None:
        to_other, from_one = os.pipe()
        to_one, from_other = os.pipe()
        self.accepted = 0
        pipes = ((to_one, from_one), (to_other, from_other))
        self.peers = [Peer.of_files(os.fdopen(reads, "rb", 0), os.fdopen(writes, "wb", 0)) for reads, writes in pipes]
        self.one, other = Streams(self.peers[0]), Streams(self.peers[1], self._accept)
        self.threads = [threading.Thread(target=each.run, daemon=True) for each in (self.one, other)]
        for thread in self.threads:
            thread.start()

    def _accept(self, stream: Stream) -> None:
        self.accepted += 1
        threading.Thread(target=self._echo, args=(stream,), daemon=True).start()

    def _echo(self, stream: Stream) -> None:
        while (said := stream.receive()) is not None:
            stream.send({"echo": said})


@pytest.fixture
def ends() -> Iterator[Ends]:
    ends = Ends()
    yield ends
    for peer in ends.peers:
        peer.close()
    for thread in ends.threads:
        thread.join(PATIENCE)


def ask(stream: Stream, **message: Any) -> Any:
    stream.send(message)
    return stream.receive(PATIENCE)


def test_conversations_may_begin_in_another_order_than_they_were_opened(ends: Ends) -> None:
    first, second, third = ends.one.open(), ends.one.open(), ends.one.open()
    assert ask(third, words=3) == {"echo": {"words": 3}}
    assert ask(first, words=1) == {"echo": {"words": 1}}
    assert ask(second, words=2) == {"echo": {"words": 2}}
    assert ask(third, words=4) == {"echo": {"words": 4}}
    assert ends.accepted == 3


def test_what_comes_late_for_a_conversation_that_is_over_begins_none(ends: Ends) -> None:
    over, other = ends.one.open(), ends.one.open()
    ask(over)
    over.close()
    over.send({"words": 1})
    assert ask(other) == {"echo": {}}
    assert ends.accepted == 2


def test_one_that_is_closed_before_anything_was_said_is_none(ends: Ends) -> None:
    ends.one.open().close()
    assert ask(ends.one.open()) == {"echo": {}}
    assert ends.accepted == 1
