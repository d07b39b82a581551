"""What a selection holds, in every format that its owner offers; and how it is written down for another process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

TEXT_TARGETS = ("UTF8_STRING", "text/plain;charset=utf-8", "text/plain", "TEXT", "STRING", "COMPOUND_TEXT")
"""The names that plain text goes by, the one that is sure to be Unicode first."""
SECRET = "x-kde-passwordManagerHint"  # noqa: S105 - clipboard managers that find it keep what comes with it out of their history


@dataclass(frozen=True, slots=True)
class Content:
    """A selection in one format."""

    type: str
    """X's name of what the data is."""
    format: int
    """Bits of a unit: 8, 16 or 32."""
    data: bytes


Offer = Mapping[str, Content]
"""By the name of the target."""


def text_offer(text: str, *, hidden: bool = False) -> Offer:
    """A text, as everybody may ask for it; ``hidden`` asks clipboard managers not to remember it."""
    data = text.encode("utf-8", "replace")
    offer = {target: Content(target, 8, data) for target in ("UTF8_STRING", "text/plain;charset=utf-8", "text/plain")}
    offer["TEXT"] = offer["UTF8_STRING"]
    with suppress(UnicodeEncodeError):  # text in other letters is better refused than full of question marks
        offer["STRING"] = Content("STRING", 8, text.encode("latin-1"))
    if hidden:
        offer[SECRET] = Content("STRING", 8, b"secret")
    return offer


def text_of(offer: Offer) -> str:
    """The text of an offer, empty when it holds none."""
    for target in TEXT_TARGETS[:-1]:
        if content := offer.get(target):
            return decoded(content)
    return ""


def decoded(content: Content) -> str:
    """Text that came in a format of :data:`TEXT_TARGETS`."""
    return content.data.decode("latin-1" if content.type == "STRING" else "utf-8", "replace").rstrip("\0")


def send(pipe: IO[bytes], offers: Mapping[str, Offer], owner: int | None) -> None:
    """Write down what selections hold, and the window that they may be taken over from; without one from whoever has them."""
    formats = {name: [[target, each.type, each.format, len(each.data)] for target, each in offer.items()] for name, offer in offers.items()}
    pipe.write(json.dumps({"owner": owner, "formats": formats}).encode() + b"\n")
    for offer in offers.values():
        for content in offer.values():
            pipe.write(content.data)
    pipe.flush()


def receive(pipe: IO[bytes]) -> tuple[dict[str, Offer], int | None]:
    """Read what :func:`send` wrote.

    Raises:
        ValueError: when the other side has ended in the middle.
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
