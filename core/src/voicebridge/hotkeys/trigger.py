"""Decide from presses and releases of a key when a recording starts and ends; all times are passed in.

``hold`` records while the key is down, ``toggle`` from one press to the next, and ``auto`` combines both: after a press shorter than a tap,
it records until the next press, and otherwise while the key is down.

A modifier, such as the right Ctrl, counts once it was down alone for a moment, or was pressed and released alone: copying with it must not
start a recording.
"""

from __future__ import annotations

from typing import Literal

from voicebridge.hotkeys.actions import Action

Mode = Literal["auto", "hold", "toggle"]

REPEAT_SECONDS = 2.5
"""Auto-repeat is faster than this, including its initial delay; a later press is a new one."""


ALONE_SECONDS = 0.15
"""How long a modifier must be down alone before it counts: in a shortcut, the other key usually follows sooner."""


class Trigger:
    """A key that records. All times are seconds on one monotonic clock, such as ``time.monotonic()``."""

    def __init__(self, mode: Mode, tap: float = 0.4, cap: float = 1800.0, grace: float = 0.01, alone: float = 0.0) -> None:
        """Idle, with the key up.

        Args:
            mode: see above.
            tap: a shorter press is a tap, in modes with taps.
            cap: maximum seconds of a recording: a release can be lost.
            grace: seconds for which a release waits for a press, because auto-repeat may look like releases and presses.
            alone: seconds for which the key must be down alone before it counts, :data:`ALONE_SECONDS` for a modifier.
        """
        self.mode = mode
        self.tap = tap
        self.cap = cap
        self.grace = grace
        self.alone = alone
        self._started: float | None = None
        """When the current recording started."""
        self._holds = False
        """Whether releasing the key may end the recording: not after a tap, or if an earlier press started it."""
        self._waiting: float | None = None
        """When the key went down, if it has not been down alone long enough to count."""
        self._pressed: float | None = None
        """When the key went down, if it counts."""
        self._began = False
        """Whether that press started the current recording."""
        self._last_press = 0.0
        self._released: float | None = None
        """When it was released, while that may still be auto-repeat."""

    @property
    def recording(self) -> bool:
        """Whether a recording is in progress."""
        return self._started is not None

    @property
    def is_down(self) -> bool:
        """Whether the key is down, as far as reported."""
        return self._pressed is not None or self._waiting is not None

    @property
    def due(self) -> float | None:
        """When :meth:`tick` has something to decide; ``None`` if only a key can change anything."""
        moments = [None if self._released is None else self._released + self.grace]
        moments.append(None if self._waiting is None else self._waiting + self.alone)
        moments.append(None if self._started is None else self._started + self.cap)
        return min((each for each in moments if each is not None), default=None)

    def press(self, now: float) -> Action | None:
        """The key went down, or auto-repeats."""
        if action := self.tick(now):
            return action  # not reached if tick is called in time
        repeats = self.is_down and (self._released is not None or now - self._last_press < REPEAT_SECONDS)
        self._last_press = now
        self._released = None
        if repeats:
            return None
        # If the key was down, its release was lost, and the user presses it again because the recording continues.
        if self.alone:
            self._pressed, self._waiting = None, now
            return None
        return self._count(now)

    def release(self, now: float) -> Action | None:
        """The key was released, which counts after the grace period."""
        action = self.tick(now)
        if self._waiting is not None:
            action = self._count(self._waiting)
        if self._pressed is not None:
            self._released = now
        return action

    def use(self, now: float) -> Action | None:
        """Another key was pressed while this one, a modifier, is down: it is used as a modifier, and counts as released."""
        action = self.tick(now)
        self._waiting = self._pressed = self._released = None
        if self._began:
            self.stopped()
            return Action.DROP
        return action

    def tick(self, now: float) -> Action | None:
        """Decide what depends only on time."""
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
        """The recording has ended for another reason; if the key is down, it must be released before it can start another."""
        self._started = None
        self._holds = self._began = False

    def _count(self, when: float) -> Action:
        """Do what a press requests."""
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
