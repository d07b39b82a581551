"""Which entries of the journal, and which recordings, need not be kept any more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

GRACE = 1.0
"""Days for which what has not been delivered is kept, whatever the settings say."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What decides over an entry."""

    id: int
    age: float
    """Days since it began."""
    size: int
    """Bytes of its recording, 0 when that was deleted."""
    settled: bool
    """Whether the user has got the text, or did not want it."""

    def is_due(self, days: float | None) -> bool:
        """Whether so many days are over; never where there is no limit."""
        return days is not None and self.age >= (days if self.settled else max(days, GRACE))


def surplus(
    entries: Iterable[Kept], keep_days: float | None, keep_audio_days: float | None, keep_audio: float
) -> tuple[set[int], set[int]]:
    """The entries that are to be forgotten, and those of the others whose recordings are to be deleted.

    Args:
        entries: all there are, but for recordings under way.
        keep_days: after which an entry is forgotten; ``None`` keeps it for ever.
        keep_audio_days: after which its recording is deleted.
        keep_audio: bytes that all recordings may take together; the oldest go first.
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
