"""Flags that say what becomes of files that are there already."""

from __future__ import annotations

from collections.abc import Mapping

from voicebridge.errors import UsageError


def one_of(flags: Mapping[str, bool]) -> str | None:
    """The one flag that was given, if any.

    Raises:
        UsageError: when more than one was.
    """
    given = [name for name, value in flags.items() if value]
    if len(given) > 1:
        raise UsageError(f"{given[0]} and {given[1]} don't go together. Leave one out.")
    return given[0] if given else None
