"""From a key's presses and releases to the beginning and the end of a recording, decided by the times that are passed in.

``hold`` records while the key is down, ``toggle`` from one press to the next, and ``auto`` does either: a press that is shorter than a
tap records until the next press, a longer one while the key is down.

A modifier, such as the right Ctrl, counts once it was down alone for a moment, or was pressed and released alone: a user who copies with it
means no recording.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal

Mode = Literal["auto", "hold", "toggle"]

REPEAT_SECONDS = 2.5
"""A key that is held repeats itself sooner than this, the first delay included; what comes later is a new press."""


ALONE_SECONDS = 0.15
"""How long a modifier is down alone before it counts: in a shortcut the other key mostly follows sooner."""


class Action(Enum):
    """What a key asks for."""

    START = "start"
    STOP = "stop"
    CANCEL = "cancel"
    DROP = "drop"
    """The recording was begun by mistake: it ends without a trace."""
    READ_CLIPBOARD = "read_clipboard"
    READ_SELECTION = "read_selection"
    PAUSE = "pause"
    STOP_READING = "stop_reading"
    SKIP = "skip"
    FASTER = "faster"
    SLOWER = "slower"


READING = (
    Action.READ_CLIPBOARD,
    Action.READ_SELECTION,
    Action.PAUSE,
    Action.STOP_READING,
    Action.SKIP,
    Action.FASTER,
    Action.SLOWER,
)
"""What is asked of reading aloud; each is called as its key in the configuration."""


class Trigger:
    """One key that records. All times are seconds on one clock, such as ``time.monotonic()``, and never go back."""

    def __init__(self, mode: Mode, tap: float = 0.4, cap: float = 1800.0, grace: float = 0.01, alone: float = 0.0) -> None:
        """Idle, with the key up.

        Args:
            mode: as described above.
            tap: a shorter press is a tap, where that makes a difference.
            cap: seconds after which a recording ends whatever the key does: a release can be lost.
            grace: seconds for which a release waits for a press, since a key that repeats itself may look like being let go of and
                pressed anew.
            alone: seconds for which the key must be down alone before it counts, :data:`ALONE_SECONDS` for a modifier.
        """
        self.mode = mode
        self.tap = tap
        self.cap = cap
        self.grace = grace
        self.alone = alone
        self._started: float | None = None
        """When the recording began that is under way."""
        self._holds = False
        """Whether letting go of the key may end the recording: not after a tap, nor where the recording was begun by an earlier press."""
        self._waiting: float | None = None
        """When the key went down that has not been down alone for long enough to count."""
        self._pressed: float | None = None
        """When the key went down that is down and counts."""
        self._began = False
        """Whether that press began the recording that is under way."""
        self._last_press = 0.0
        self._released: float | None = None
        """When it came up, while that may still be a repetition."""

    @property
    def recording(self) -> bool:
        """Whether a recording is under way."""
        return self._started is not None

    @property
    def is_down(self) -> bool:
        """Whether the key is down, as far as was told."""
        return self._pressed is not None or self._waiting is not None

    @property
    def due(self) -> float | None:
        """When :meth:`tick` has something to decide; ``None`` while only a key can change anything."""
        moments = [None if self._released is None else self._released + self.grace]
        moments.append(None if self._waiting is None else self._waiting + self.alone)
        moments.append(None if self._started is None else self._started + self.cap)
        return min((each for each in moments if each is not None), default=None)

    def press(self, now: float) -> Action | None:
        """The key went down, or repeats itself."""
        if action := self.tick(now):
            return action  # whoever ticks in time never gets here
        repeats = self.is_down and (self._released is not None or now - self._last_press < REPEAT_SECONDS)
        self._last_press = now
        self._released = None
        if repeats:
            return None
        # Where the key was down, its release has been lost, and it is pressed again because the recording goes on.
        if self.alone:
            self._pressed, self._waiting = None, now
            return None
        return self._count(now)

    def release(self, now: float) -> Action | None:
        """The key came up, which counts after the grace."""
        action = self.tick(now)
        if self._waiting is not None:
            action = self._count(self._waiting)
        if self._pressed is not None:
            self._released = now
        return action

    def use(self, now: float) -> Action | None:
        """Another key was pressed while this one, a modifier, is down: it was meant as a modifier, and counts as though it had come up."""
        action = self.tick(now)
        self._waiting = self._pressed = self._released = None
        if self._began:
            self.stopped()
            return Action.DROP
        return action

    def tick(self, now: float) -> Action | None:
        """Decide what time alone decides."""
        if self._waiting is not None and now >= self._waiting + self.alone:
            return self._count(self._waiting)
        if self._released is not None and now >= self._released + self.grace:
            held = self._released - (self._pressed or 0.0)
            self._pressed = self._released = None
            self._began = False
            if self.recording and self._holds:
                if self.mode == "hold" or held >= self.tap:
                    return self._stop()
                self._holds = False
        if self._started is not None and now >= self._started + self.cap:
            return self._stop()
        return None

    def stopped(self) -> None:
        """The recording has ended in another way; the key, where it is down, must come up before it starts another."""
        self._started = None
        self._holds = self._began = False

    def _count(self, when: float) -> Action:
        """Do what a press asks for."""
        self._waiting, self._pressed = None, when
        if self.recording:
            return self._stop()
        self._started = when
        self._began = True
        self._holds = self.mode != "toggle"
        return Action.START

    def _stop(self) -> Action:
        self.stopped()
        return Action.STOP
