"""What other processes may ask of reading aloud over the control socket, and how they send a text there.

A text that fits goes with the request, ``{"do": "speak.say", "text": "…"}``. A document goes after it, as it is read: the request says
``"document": {"title": "…", "language": "en"}``, and then come any number of ``{"blocks": [["paragraph", "…", 0], …]}`` and at last
``{"end": true}``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Any, get_args

from voicebridge.control import Handler, Peer, converse, verdict
from voicebridge.errors import Unavailable, UsageError
from voicebridge.text.document import Block, Document, Kind

if TYPE_CHECKING:
    from voicebridge.aloud.player import Aloud

SECONDS = 30.0
"""How long a document may keep its reader waiting for the next blocks, and how long an answer may take."""
LARGEST = 64 << 20
"""Letters of a document."""
_TOGETHER = 200
"""Blocks that are sent in one line; a line holds 1 MiB."""
_LETTERS = 50_000
"""Letters of a block, at most; a longer one is sent as several."""

_ASKED: Mapping[str, tuple[type, ...]] = {"language": (str,), "speed": (int, float), "seed": (int,)}


def handlers(aloud: Callable[[], Aloud]) -> dict[str, Handler]:
    """``speak.say`` and its like, done by whoever reads aloud when the request comes."""

    def told(do: Callable[[Aloud], None]) -> Handler:
        def handle(_request: dict[str, Any], _peer: Peer) -> Mapping[str, Any]:
            do(aloud())
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
        "speak.say": say,
        "speak.clipboard": clipboard,
        "speak.selection": selection,
        "speak.stop": told(lambda each: each.stop()),
        "speak.pause": told(lambda each: each.pause()),
        "speak.resume": told(lambda each: each.resume()),
        "speak.toggle": told(lambda each: each.toggle()),
        "speak.skip": told(lambda each: each.skip()),
        "speak.faster": told(lambda each: each.faster()),
        "speak.slower": told(lambda each: each.slower()),
    }


def send(document: Document, **manner: Any) -> dict[str, Any]:
    """Have the process that listens read a document; returns its answer once it has all of it.

    Raises:
        Unavailable: when none listens, or it doesn't answer in time.
        VoiceBridgeError: when it could not do it, with its reason.
    """
    with converse("speak.say", document={"title": document.title, "language": document.language}, **manner) as peer:
        blocks = _short(document.blocks)
        try:
            while some := list(islice(blocks, _TOGETHER)):
                for line in _lines(some):
                    peer.send({"blocks": line}, SECONDS)
            peer.send({"end": True}, SECONDS)
        except Unavailable:  # it has refused before it had all, and says why
            pass
        return verdict(peer.receive(SECONDS))


def _short(blocks: Iterable[Block]) -> Iterator[list[Any]]:
    for block in blocks:
        for at in range(0, max(1, len(block.text)), _LETTERS):
            yield [block.kind, block.text[at : at + _LETTERS], block.level]


def _lines(blocks: list[list[Any]]) -> Iterator[list[list[Any]]]:
    """The same in lists that each fit into a line."""
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
        raise UsageError('speak.say: a document is {"title": …, "language": …}, or {}.')
    title, language = _string(about, "title", None), _string(about, "language", None)
    blocks: list[Block] = []
    size = 0
    while True:
        message = peer.receive(SECONDS)
        if message is None:
            raise Unavailable("The text has not come to its end. Send it again.")
        if message.get("end") is True:
            return Document(blocks, title=title, language=language)
        given = message.get("blocks")
        if not isinstance(given, list):
            raise UsageError('speak.say: after "document" come lines with "blocks", and at last one with "end".')
        blocks += [_block(each) for each in given]
        size += sum(len(block.text) for block in blocks[len(blocks) - len(given) :])
        if size > LARGEST:
            raise UsageError(f"The text has more than {LARGEST:,} letters. Read it in parts.")


def _block(given: Any) -> Block:
    if not (isinstance(given, list) and len(given) == 3):
        raise UsageError("speak.say: a block is [kind, text, level].")
    kind, text, level = given
    if kind not in get_args(Kind) or not isinstance(text, str) or not isinstance(level, int):
        raise UsageError(f"speak.say: a block is [kind, text, level], where the kind is one of {', '.join(get_args(Kind))}.")
    return Block(kind, text, level)


def _manner(request: Mapping[str, Any]) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    for name, kinds in _ASKED.items():
        value = request.get(name)
        if value is None:
            continue
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise UsageError(f"{request['do']}: {name} is no {'number' if int in kinds else 'text'}.")
        asked[name] = value
    if not 0.25 <= asked.get("speed", 1.0) <= 4.0:
        raise UsageError("speed is from 0.25 to 4.")
    return {"model": _string(request, "model", None), "voice": _string(request, "voice", None), "asked": asked}


def _string(request: Mapping[str, Any], name: str, *default: None) -> Any:
    value = request.get(name)
    if isinstance(value, str) or (value is None and default):
        return value
    raise UsageError(f"What is asked of reading aloud needs {name}, which is a text.")
