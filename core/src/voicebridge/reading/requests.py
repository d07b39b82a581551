"""Requests for reading aloud on the control socket, and how texts are sent with them.

A short text is part of the request, ``{"do": "read.text", "text": "…"}``. A document is sent after the request as it is read: the request
has ``"document": {"title": "…", "language": "en"}``, followed by any number of ``{"blocks": [["paragraph", "…", 0], …]}`` and finally
``{"end": true}``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from threading import Thread
from typing import TYPE_CHECKING, Any, get_args

from voicebridge.blocks import Block, Document, Kind
from voicebridge.control import Handler, Peer, converse, verdict
from voicebridge.errors import UnavailableError, UsageError, VoiceBridgeError
from voicebridge.reading.controls import CONTROLS

if TYPE_CHECKING:
    from voicebridge.hotkeys.actions import HotkeyAction
    from voicebridge.reading.player import ReadAloud

SECONDS = 30.0
"""Time-out in seconds for the next blocks of a document, and for an answer."""
LARGEST = 64 << 20
"""The maximum number of characters of a document."""
_TOGETHER = 200
"""Blocks per line; a line has at most 1 MiB."""
_LETTERS = 50_000
"""The maximum number of characters per block; longer ones are split."""

_ASKED: Mapping[str, tuple[type, ...]] = {"language": (str,), "speed": (int, float), "seed": (int,)}


def handlers(aloud: Callable[[], ReadAloud]) -> dict[str, Handler]:
    """The handlers of ``read.text`` and related requests, which call the reader."""

    def told(what: str) -> Handler:
        def handle(_request: dict[str, Any], _peer: Peer) -> Mapping[str, Any]:
            aloud().control(what)
            return asdict(aloud().status())

        return handle

    def say(request: dict[str, Any], peer: Peer) -> Mapping[str, Any]:
        aloud().say(_document(request["document"], peer) if "document" in request else _string(request, "text"), **_manner(request))
        return asdict(aloud().status())

    def clipboard(request: dict[str, Any], _peer: Peer) -> Mapping[str, Any]:
        aloud().say(aloud().copied(), **_manner(request))
        return asdict(aloud().status())

    def selection(request: dict[str, Any], _peer: Peer) -> Mapping[str, Any]:
        aloud().say(aloud().selected(), **_manner(request))
        return asdict(aloud().status())

    return {
        "read.text": say,
        "read.clipboard": clipboard,
        "read.selection": selection,
        **{f"read.{what}": told(what) for what in CONTROLS},
    }


def send(document: Document, **manner: Any) -> dict[str, Any]:
    """Make the listening process read a document; returns its answer when it has received all of it.

    Raises:
        UnavailableError: if there is no such process, or it doesn't answer in time.
        VoiceBridgeError: if it fails, with its reason.
    """
    with converse("read.text", document={"title": document.title, "language": document.language}, **manner) as peer:
        blocks = _short(document.blocks)
        try:
            while some := list(islice(blocks, _TOGETHER)):
                for line in _lines(some):
                    peer.send({"blocks": line}, SECONDS)
            peer.send({"end": True}, SECONDS)
        except UnavailableError:  # it rejected the document before receiving all of it, and its answer says why
            pass
        return verdict(peer.receive(SECONDS))


def _short(blocks: Iterable[Block]) -> Iterator[list[Any]]:
    for block in blocks:
        for at in range(0, max(1, len(block.text)), _LETTERS):
            yield [block.kind, block.text[at : at + _LETTERS], block.level]


def _lines(blocks: list[list[Any]]) -> Iterator[list[list[Any]]]:
    """Split blocks into lists that each fit into a line."""
    line: list[list[Any]] = []
    size = 0
    for block in blocks:
        if line and size + len(block[1]) > _LETTERS:
            yield line
            line, size = [], 0
        line.append(block)
        size += len(block[1])
    if line:
        yield line


def _document(about: Any, peer: Peer) -> Document:
    if not isinstance(about, dict):
        raise UsageError('read.text: a document is {"title": …, "language": …}, or {}.')
    title, language = _string(about, "title", None), _string(about, "language", None)
    blocks: list[Block] = []
    size = 0
    while True:
        message = peer.receive(SECONDS)
        if message is None:
            raise UnavailableError("The text is incomplete. Send it again.")
        if message.get("end") is True:
            return Document(blocks, title=title, language=language)
        given = message.get("blocks")
        if not isinstance(given, list):
            raise UsageError('read.text: after "document" come lines with "blocks", and at last one with "end".')
        blocks += [_block(each) for each in given]
        size += sum(len(block.text) for block in blocks[len(blocks) - len(given) :])
        if size > LARGEST:
            raise UsageError(f"The text has more than {LARGEST:,} characters. Read it in parts.")


def _block(given: Any) -> Block:
    if not (isinstance(given, list) and len(given) == 3):
        raise UsageError("read.text: a block is [kind, text, level].")
    kind, text, level = given
    if kind not in get_args(Kind) or not isinstance(text, str) or not isinstance(level, int):
        raise UsageError(f"read.text: a block is [kind, text, level], where the kind is one of {', '.join(get_args(Kind))}.")
    return Block(kind, text, level)


def _manner(request: Mapping[str, Any]) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    for name, kinds in _ASKED.items():
        value = request.get(name)
        if value is None:
            continue
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise UsageError(f"{request['do']}: {name} is not a {'number' if int in kinds else 'text'}.")
        asked[name] = value
    if not 0.25 <= asked.get("speed", 1.0) <= 4.0:
        raise UsageError("speed must be between 0.25 and 4.")
    return {"model": _string(request, "model", None), "voice": _string(request, "voice", None), "asked": asked}


def _string(request: Mapping[str, Any], name: str, *default: None) -> Any:
    value = request.get(name)
    if isinstance(value, str) or (value is None and default):
        return value
    raise UsageError(f"Reading aloud needs {name}, a text.")


def press(aloud: ReadAloud, action: HotkeyAction, tell: Callable[[str], None]) -> None:
    """Run the action of a hotkey; returns immediately. A hotkey that started a text stops it when pressed again.

    Args:
        aloud: reads aloud.
        action: of reading aloud.
        tell: called with a one-line message when something fails.
    """
    Thread(target=_press, args=(aloud, action, tell), name="aloud-key", daemon=True).start()


def _press(aloud: ReadAloud, action: HotkeyAction, tell: Callable[[str], None]) -> None:
    from voicebridge.hotkeys.actions import HotkeyAction  # which `voicebridge read` need not import

    try:
        if action in (HotkeyAction.READ_CLIPBOARD, HotkeyAction.READ_SELECTION):
            text = aloud.copied() if action is HotkeyAction.READ_CLIPBOARD else aloud.selected()
            if aloud.reads(text):
                aloud.stop()
            else:
                aloud.say(text)
        elif aloud.status().state != "idle":
            aloud.control(action.request.removeprefix("read."))
    except VoiceBridgeError as error:
        tell(str(error))
