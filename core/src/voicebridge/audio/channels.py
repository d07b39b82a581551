"""Channels that are transcribed separately, one per speaker: their names, and whether they exist."""

from __future__ import annotations

from collections.abc import Sequence

from voicebridge.errors import UsageError

EACH = "each"
"""Numbers the channels instead of naming them."""


def channel_names(given: str | Sequence[str]) -> tuple[str, ...]:
    """The names of channels, in their order; empty if they are to be numbered.

    Args:
        given: the names, or :data:`EACH`; a string may contain several, separated by commas.

    Raises:
        UsageError: if a name is empty or duplicated.
    """
    if given == EACH:
        return ()
    parts = given.split(",") if isinstance(given, str) else given
    names = tuple(" ".join(str(part).split()) for part in parts)
    if not all(names) or not names:
        raise UsageError(f"A channel has no name. Give one name for each: Agent,Caller - or {EACH} to number them.")
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UsageError(f"Two channels have the name {twice!r}. Give each its own name, or {EACH} to number them.")
    return names


def numbered(count: int) -> tuple[str, ...]:
    """Default names for channels."""
    return tuple(f"Channel {number}" for number in range(1, count + 1))


def channels_wrong(there: int, named: int | None) -> str | None:
    """The error for a recording whose channels are to be transcribed separately, to follow its name; ``None`` if there is none.

    Args:
        there: the number of channels.
        named: the expected number; ``None`` is any number above one.
    """
    if there < 2:
        return "has only one channel. Transcribe it without --channels."
    if named is not None and named != there:
        names = "1 name is" if named == 1 else f"{named} names are"
        return f"has {there} channels, and {names} given. Give one name per channel, in order, or {EACH} to number them."
    return None
