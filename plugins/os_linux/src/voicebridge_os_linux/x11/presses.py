"""Which keys of ours are down, decided by the server's events in their order and by its times, however late they are read."""

from __future__ import annotations

_STALE_MS = 60_000
"""A press is older than the release before it by no more than this; a larger difference means that the server's clock, which has 32 bits,
has started again."""


class Presses:
    """The keys that were reported as pressed. Times are the server's, in milliseconds."""

    def __init__(self) -> None:
        self.down: dict[int, str] = {}
        """What each key was reported as, by keycode."""
        self._came_up: dict[int, int] = {}
        """When a key came up that was reported, until it is pressed again."""

    def press(self, code: int, text: str, time: int) -> bool:
        """Take in a press; whether it is a new one: neither a repetition nor older than the release that has been read already."""
        if code in self.down or self.is_stale(code, time):
            return False
        self.down[code] = text
        self._came_up.pop(code, None)
        return True

    def release(self, code: int, time: int | None = None) -> str | None:
        """Take in a release, and give what the key was reported as; ``None`` when it was not. The time may not be known."""
        text = self.down.pop(code, None)
        if text is not None and time is not None:
            self._came_up[code] = time
        return text

    def is_stale(self, code: int, time: int) -> bool:
        """Whether a press is older than the last release of that key."""
        return code in self._came_up and 0 < difference(self._came_up[code], time) <= _STALE_MS


def difference(later: int, earlier: int) -> int:
    """Milliseconds from one time of the server to another, negative when they are the other way round; 32 bits are all that it counts."""
    return (later - earlier + 0x8000_0000) % 0x1_0000_0000 - 0x8000_0000
