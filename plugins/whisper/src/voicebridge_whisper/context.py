"""The text before the recording in the decoder's input: hotwords and a prompt, within the available space."""

from __future__ import annotations

from typing import Protocol

LONGEST = 223
"""Tokens: half of the decoder's 448 positions are for this text, including a token that marks it."""


class Tokens(Protocol):
    """Converts text to tokens."""

    def encode(self, text: str) -> list[int]:
        """The tokens of a text."""
        ...


def before_text(tokenizer: Tokens, prompt: str | None, hotwords: str | None) -> list[int]:
    """The tokens of hotwords and prompt together, at most :data:`LONGEST`.

    Text that is too long is truncated: the prompt at its beginning, the hotwords at their end, a whole hotword at a time. If both are
    given, neither takes more than half unless the other leaves space.
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
