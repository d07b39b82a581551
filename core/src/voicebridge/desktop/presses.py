"""Detect key presses and clicks between two dictations on Windows and macOS: keys through pynput, clicks from the system's counter."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection

from voicebridge import keys
from voicebridge.desktop import keyboard
from voicebridge.desktop.hotkeys import PynputHotkeys
from voicebridge.errors import UnavailableError, UsageError
from voicebridge.ports import KeyEvents, Pressed, stand_ins

KEPT = 8
"""The maximum number of character classes that are kept."""
_NOTHING = frozenset(("caps_lock", "num_lock", "scroll_lock", *(f"{each}_{side}" for each in keys.MODIFIERS for side in "lr")))
_CLOSE_SECONDS = 2.0


class PynputPresses:
    """Listens to the keyboard, and reads the system's click counter."""

    def watch(self, own: Callable[[], Collection[str]]) -> PynputPressWatch:
        """Start observing.

        Raises:
            UnavailableError: if pynput can't listen, or the system doesn't count clicks.
        """
        clicks = keyboard.click_counter()
        if clicks is None:
            raise UnavailableError("This system has no click counter.")
        return PynputPressWatch(PynputHotkeys().capture(), own, clicks)

    def quiet(self) -> float | None:
        """Seconds since the last key press, click or mouse movement, ``None`` if unknown."""
        return keyboard.quiet_seconds()


class PynputPressWatch:
    """What was pressed, from a thread that reads keys as they arrive."""

    def __init__(self, heard: KeyEvents, own: Callable[[], Collection[str]], clicks: Callable[[], int]) -> None:
        """Start.

        Args:
            heard: all presses and releases.
            own: returns the chords to ignore.
            clicks: returns a number that changes with each click.
        """
        self._heard, self._own, self._clicks = heard, own, clicks
        self._lock = threading.Lock()
        self._state: Pressed | None = Pressed()
        self._clicked = clicks()
        self._thread = threading.Thread(target=self._run, name="presses", daemon=True)
        self._thread.start()

    def reset(self) -> None:
        """Start over."""
        with self._lock:
            self._clicked = self._clicks()
            if self._state is not None:
                self._state = Pressed()

    def pressed(self) -> Pressed | None:
        """What was pressed since then, ``None`` if keys are no longer reported."""
        with self._lock:
            if self._state is not None and self._clicks() != self._clicked:
                return Pressed(moved=True)  # before or after the typed text: unknown
            return self._state

    def close(self) -> None:
        """Stop observing; calling it twice is allowed."""
        self._heard.close()
        self._thread.join(_CLOSE_SECONDS)

    def _run(self) -> None:
        try:
            for event in self._heard:
                chord, pressed = event[0], event[1]
                if pressed:
                    with self._lock:
                        self._state = with_key(self._state or Pressed(), chord, self._own())
        except UnavailableError:
            pass
        with self._lock:
            self._state = None


def with_key(so_far: Pressed, chord: str, own: Collection[str]) -> Pressed:
    """Add a chord to what was pressed.

    Args:
        so_far: what was pressed before.
        chord: the chord, as in :mod:`voicebridge.keys`.
        own: the chords to ignore.
    """
    key = keys.parse(chord)
    if key.key in _NOTHING or any(_is(key, each) for each in own):
        return so_far
    plain = set(key.modifiers) <= {"shift"}
    if key.key == "enter" and plain:
        return Pressed(moved=True, typed="\n")
    character = " " if key.key == "space" else key.key
    # The character of a key with Shift is known only for letters.
    if not plain or len(character) != 1 or (key.modifiers and not character.isalpha() and character != " "):
        return Pressed(moved=True)
    return Pressed(so_far.moved, (so_far.typed + stand_ins(character))[-KEPT:])


def _is(key: keys.Chord, text: str) -> bool:
    try:
        return keys.parse(text) == key
    except UsageError:
        return False


def probe() -> int:
    """A priority.

    Raises:
        UnavailableError: on systems other than Windows and macOS, and if keys can't be received.
    """
    from voicebridge.desktop import probes

    if keyboard.click_counter() is None:
        raise UnavailableError("Clicks can be counted only on Windows and macOS. On X11, install: pip install voicebridge-os-linux")
    return probes.hotkeys()
