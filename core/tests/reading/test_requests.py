"""Requests of other processes over a real socket; and copied texts, reported by the test's own clipboard."""

from __future__ import annotations

import queue
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from voicebridge.blocks import Block, Document
from voicebridge.control import Control, ask, converse, verdict
from voicebridge.errors import InputError, UnavailableError, UsageError, VoiceBridgeError
from voicebridge.reading.clipboard_watch import Copied
from voicebridge.reading.controls import CONTROLS
from voicebridge.reading.requests import handlers, send
from voicebridge.reading.status import Status
from voicebridge.testing.processes import wait_until

LONG = "One more sentence, in a paragraph without an end. " * 6_000  # more than the protocol's initial line limit, less than its maximum


class Reader:
    """Records what it is asked to read."""

    def __init__(self) -> None:
        self.said: list[tuple[Any, dict[str, Any]]] = []
        self.done: list[str] = []

    def say(self, text: str | Document, **manner: Any) -> None:
        if isinstance(text, Document):
            text = Document(list(text.blocks), text.title, text.author, text.language)
            if not list(text.blocks):
                raise InputError("There is nothing in it.")
        self.said.append((text, manner))

    def copied(self) -> str:
        return "what was copied"

    def selected(self) -> str:
        return "what is selected"

    def status(self) -> Status:
        return Status("reading", len(self.said), 1, "acme/voice", 1.0)

    def control(self, what: str) -> None:
        self.done.append(what)


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    if sys.platform == "win32":
        pytest.skip("there it is a named pipe: plugins/os_windows/tests")
    with tempfile.TemporaryDirectory(prefix="vb") as folder:  # a socket's path is limited to about a hundred characters
        monkeypatch.setenv("VOICEBRIDGE_HOME", folder)
        reader = Reader()
        with closing(Control(handlers(lambda: reader))):  # type: ignore[arg-type,return-value]
            yield reader


NO_MANNER: dict[str, Any] = {"model": None, "voice": None, "asked": {}}


def test_a_text_and_how_to_read_it_arrive(reader: Reader) -> None:
    answer = ask("read.text", text="Grüße, 北京", voice="joe", speed=1.5, language="de", seed=3)
    assert reader.said == [("Grüße, 北京", {"model": None, "voice": "joe", "asked": {"language": "de", "speed": 1.5, "seed": 3}})]
    assert (answer["state"], answer["waiting"], answer["model"]) == ("reading", 1, "acme/voice")


def test_a_document_arrives_whole_however_long_it_is(reader: Reader) -> None:
    blocks = [Block("heading", "Title", 1), Block("paragraph", LONG), Block("code", "a\nb")]
    blocks += [Block("item", f"item {number}") for number in range(900)]
    send(Document(iter(blocks), "Title", None, "en"), model="voice")
    (document, manner), *_ = reader.said
    assert (document.title, document.language) == ("Title", "en")
    assert manner == {"model": "voice", "voice": None, "asked": {}}
    assert [each for each in document.blocks if each.text not in LONG] == [each for each in blocks if each.text != LONG]
    assert "".join(each.text for each in document.blocks if each.text in LONG and each.kind == "paragraph") == LONG


def test_everything_else_is_passed_on(reader: Reader) -> None:
    for name in CONTROLS:
        assert ask(f"read.{name}")["state"] == "reading"
    assert reader.done == list(CONTROLS)
    ask("read.clipboard", voice="joe")
    ask("read.selection")
    assert reader.said == [("what was copied", {**NO_MANNER, "voice": "joe"}), ("what is selected", NO_MANNER)]


def test_what_makes_no_sense_is_refused_and_harms_nothing(reader: Reader) -> None:
    for arguments in (
        {}, {"text": 3}, {"text": "x", "voice": []}, {"text": "x", "speed": "fast"}, {"text": "x", "speed": True},
        {"text": "x", "speed": 99},         {"document": True}, {"document": {"title": 3}},
    ):  # fmt: skip
        with pytest.raises(UsageError):
            ask("read.text", **arguments)
    for line in ({"blocks": 3}, {"blocks": [3]}, {"blocks": [["poem", "x", 0]]}, {"blocks": [["code", 3, 0]]}, {"nothing": 1}):
        with converse("read.text", document={}) as peer:
            peer.send(line)
            with pytest.raises(UsageError):
                verdict(peer.receive(5))
    assert reader.said == []
    assert ask("read.stop")["state"] == "reading"


def test_a_refusal_is_told_with_its_reason(reader: Reader) -> None:
    with pytest.raises(VoiceBridgeError, match="There is nothing in it"):
        send(Document([]))


def test_half_a_document_is_not_read(reader: Reader) -> None:
    with converse("read.text", document={}) as peer:
        peer.send({"blocks": [["paragraph", "half", 0]]})
    with pytest.raises(VoiceBridgeError, match="There is nothing in it"):  # sent later, and answered later
        send(Document([]))
    assert reader.said == []


class Board:
    """A clipboard on which a test copies texts."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.told: queue.Queue[str | Exception | None] = queue.Queue()

    def read(self) -> str:
        return self.text

    def selection(self) -> str:
        return ""

    def write(self, text: str) -> None:
        self.text = text

    def copies(self) -> Board:
        return self

    def __iter__(self) -> Board:
        return self

    def __next__(self) -> str:
        told = self.told.get()
        if isinstance(told, Exception):
            raise told
        if told is None:
            raise StopIteration
        return told

    def close(self) -> None:
        self.told.put(None)


def test_each_copy_is_read_once_and_what_pasting_puts_back_is_not() -> None:
    said: list[str] = []
    told: list[str] = []
    board = Board("before")
    with closing(Copied(board, said.append, told.append)):
        for text in ("before", "one", "one", "  ", "two", "one"):
            board.told.put(text)
    assert said == ["one", "two", "one"]
    assert told == []


def test_a_copy_that_can_not_be_read_is_passed_over_and_a_reason_is_told() -> None:
    said: list[str] = []
    told: list[str] = []
    board = Board("")

    def say(text: str) -> None:
        if text == "***":
            raise InputError("This text contains nothing to speak.")
        if text == "bad":
            raise UsageError("There is no such voice.")
        said.append(text)

    copied = Copied(board, say, told.append)
    for each in ("***", "bad", "good", UnavailableError("The desktop is gone.")):
        board.told.put(each)
    wait_until(lambda: len(told) == 2, "the reasons")
    copied.close()
    assert said == ["good"]
    assert told == ["There is no such voice.", "The desktop is gone."]
