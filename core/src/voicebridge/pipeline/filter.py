"""The user's own command that a dictated text goes through before it is inserted."""

from __future__ import annotations


def filtered(text: str, command: str, seconds: float) -> tuple[str, str | None]:
    """Give what ``command`` makes of ``text``, or ``text`` itself and, as a sentence, what went wrong."""
    del command, seconds
    return text, None
