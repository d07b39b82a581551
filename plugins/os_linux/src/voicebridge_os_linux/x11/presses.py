"""Track which hotkeys are down, by the order and the server times of events, however late they are read."""

from __future__ import annotations

_STALE_MS = 60_000
"""If a press is older than the release before it by more than this, the server's 32-bit clock has wrapped around."""


class Presses:
    """The keys reported as pressed. Times are the server's, in milliseconds."""

    def __init__(self) -> None:
        self.down: dict[int, str] = {}
        """The reported hotkey of each key, by keycode."""
        self._came_up: dict[int, int] = {}
        """The time of the last release of each reported key, until it is pressed again."""

    def press(self, code: int, text: str, time: int) -> bool:
        """Add a press; return whether it is new: neither a repetition nor older than a release that has already been read."""
        if code in self.down or self.is_stale(code, time):
            return False
        self.down[code] = text
        self._came_up.pop(code, None)
        return True

    def release(self, code: int, time: int | None = None) -> str | None:
        """Add a release and return the reported hotkey, ``None`` if the press was not reported. The time may be unknown."""
        text = self.down.pop(code, None)
        if text is not None and time is not None:
            self._came_up[code] = time
        return text

    def is_stale(self, code: int, time: int) -> bool:
        """Whether a press is older than the last release of that key."""
        return code in self._came_up and 0 < difference(self._came_up[code], time) <= _STALE_MS


def difference(later: int, earlier: int) -> int:
    """Milliseconds from one server time to another, negative if ``later`` is earlier; the clock has 32 bits."""
    return (later - earlier + 0x8000_0000) % 0x1_0000_0000 - 0x8000_0000
