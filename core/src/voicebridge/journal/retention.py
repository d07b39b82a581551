"""Decide which entries and recordings of the journal have expired."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

GRACE = 1.0
"""Minimum days for undelivered dictations, regardless of the settings."""


@dataclass(frozen=True, slots=True)
class RetentionEntry:
    """The relevant properties of an entry."""

    id: int
    age: float
    """Days since it started."""
    size: int
    """Bytes of its recording, 0 if it was deleted."""
    settled: bool
    """Whether the user received or cancelled it."""

    def is_due(self, days: float | None) -> bool:
        """Whether that many days have passed; never without a limit."""
        return days is not None and self.age >= (days if self.settled else max(days, GRACE))


def surplus(
    entries: Iterable[RetentionEntry], keep_days: float | None, keep_audio_days: float | None, keep_audio: float
) -> tuple[set[int], set[int]]:
    """The entries to delete, and those whose recordings are to be deleted.

    Args:
        entries: all, except active recordings.
        keep_days: after which an entry is deleted; ``None`` keeps it forever.
        keep_audio_days: after which its recording is deleted.
        keep_audio: maximum bytes of all recordings together; the oldest are deleted first.
    """
    entries = sorted(entries, key=lambda entry: entry.age)
    forgotten = {entry.id for entry in entries if entry.is_due(keep_days)}
    silenced = set()
    taken = 0
    for entry in entries:
        if entry.id in forgotten or not entry.size:
            continue
        if entry.is_due(keep_audio_days) or (taken + entry.size > keep_audio and entry.is_due(0)):
            silenced.add(entry.id)
        else:
            taken += entry.size
    return forgotten, silenced
