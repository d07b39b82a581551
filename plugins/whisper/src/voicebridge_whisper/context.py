"""What stands before the recording for the decoder: hotwords and a prompt, in the room that there is for them."""

from __future__ import annotations

from typing import Protocol

LONGEST = 223
"""Tokens: Whisper's decoder holds 448, half of them before the text, one of which marks them as such."""


class Tokens(Protocol):
    """What turns text into tokens."""

    def encode(self, text: str) -> list[int]:
        """The tokens of a text."""
        ...


def before_text(tokenizer: Tokens, prompt: str | None, hotwords: str | None) -> list[int]:
    """The tokens of hotwords and prompt together, :data:`LONGEST` at most.

    What is too long is shortened: of the prompt its beginning goes, of the hotwords the last ones, whole. Where both are given, neither
    takes more than half unless the other leaves room.
    """
    said = tokenizer.encode(f" {prompt.strip()}") if prompt else []
    room = LONGEST - min(len(said), LONGEST // 2)
    words: list[int] = []
    for word in (hotwords or "").split(", "):
        more = tokenizer.encode(f", {word}" if words else f" {word}") if word else []
        if len(words) + len(more) > room:
            break
        words += more
    return [*words, *said[len(said) - min(len(said), LONGEST - len(words)) :]]
