"""The content of a selection in all formats that its owner offers, and its serialisation for another process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

TEXT_TARGETS = ("UTF8_STRING", "text/plain;charset=utf-8", "text/plain", "TEXT", "STRING", "COMPOUND_TEXT")
"""The targets for plain text, best first: the first is certain to be Unicode."""
SECRET = "x-kde-passwordManagerHint"  # noqa: S105 - tells clipboard managers not to add the content to their history


@dataclass(frozen=True, slots=True)
class Content:
    """A selection in one format."""

    type: str
    """X's name for the type of the data."""
    format: int
    """Bits per item: 8, 16 or 32."""
    data: bytes


Offer = Mapping[str, Content]
"""Content by the name of its target."""


def text_offer(text: str, *, hidden: bool = False) -> Offer:
    """A text in the usual formats; ``hidden`` asks clipboard managers not to store it."""
    data = text.encode("utf-8", "replace")
    offer = {target: Content(target, 8, data) for target in ("UTF8_STRING", "text/plain;charset=utf-8", "text/plain")}
    offer["TEXT"] = offer["UTF8_STRING"]
    with suppress(UnicodeEncodeError):  # refusing text outside Latin-1 is better than question marks
        offer["STRING"] = Content("STRING", 8, text.encode("latin-1"))
    if hidden:
        offer[SECRET] = Content("STRING", 8, b"secret")
    return offer


def text_of(offer: Offer) -> str:
    """The text of an offer, empty if it holds none."""
    for target in TEXT_TARGETS[:-1]:
        if content := offer.get(target):
            return decoded(content)
    return ""


def decoded(content: Content) -> str:
    """The text of content in one of the formats :data:`TEXT_TARGETS`."""
    return content.data.decode("latin-1" if content.type == "STRING" else "utf-8", "replace").rstrip("\0")


def send(pipe: IO[bytes], offers: Mapping[str, Offer], owner: int | None) -> None:
    """Write the content of selections, and the window to take ownership from; without one, from any owner."""
    formats = {name: [[target, each.type, each.format, len(each.data)] for target, each in offer.items()] for name, offer in offers.items()}
    pipe.write(json.dumps({"owner": owner, "formats": formats}).encode() + b"\n")
    for offer in offers.values():
        for content in offer.values():
            pipe.write(content.data)
    pipe.flush()


def receive(pipe: IO[bytes]) -> tuple[dict[str, Offer], int | None]:
    """Read the output of :func:`send`.

    Raises:
        ValueError: if the input is incomplete.
    """
    head = json.loads(pipe.readline())
    offers: dict[str, Offer] = {}
    for name, formats in head["formats"].items():
        offers[name] = {target: Content(kind, bits, _exactly(pipe, size)) for target, kind, bits, size in formats}
    return offers, head["owner"]


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) != size:
        raise ValueError("the other side has ended")
    return data
