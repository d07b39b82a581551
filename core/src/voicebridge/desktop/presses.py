"""What is pressed between two dictations, on Windows and macOS: keys as pynput hears them, clicks as the system counts them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection

from voicebridge import keys
from voicebridge.desktop import keyboard
from voicebridge.desktop.hotkeys import PynputHotkeys
from voicebridge.errors import Unavailable, UsageError
from voicebridge.ports import KeyEvents, Pressed, stand_ins

KEPT = 8
"""Stand-ins of typed characters that are kept."""
_NOTHING = frozenset(("caps_lock", "num_lock", "scroll_lock", *(f"{each}_{side}" for each in keys.MODIFIERS for side in "lr")))
_CLOSE_SECONDS = 2.0


class PynputPresses:
    """Watches the keyboard, and asks the system for clicks."""

    def watch(self, own: Callable[[], Collection[str]]) -> PynputPressWatch:
        """Watch from now on.

        Raises:
            Unavailable: where pynput can't listen, or the system counts no clicks.
        """
        clicks = keyboard.clicks
        if clicks() is None:
            raise Unavailable("This system doesn't count clicks.")
        return PynputPressWatch(PynputHotkeys().capture(), own, clicks)

    def quiet(self) -> float | None:
        """Seconds for which nothing was pressed and no mouse moved, ``None`` where the system doesn't say."""
        return keyboard.quiet_seconds()


class PynputPressWatch:
    """What was pressed, in a thread that takes keys as they come."""

    def __init__(self, heard: KeyEvents, own: Callable[[], Collection[str]], clicks: Callable[[], int | None]) -> None:
        """Watch.

        Args:
            heard: everything that is pressed and released.
            own: gives the chords that count as nothing.
            clicks: a number that changes with each click.
        """
        self._heard, self._own, self._clicks = heard, own, clicks
        self._lock = threading.Lock()
        self._state: Pressed | None = Pressed()
        self._clicked = clicks()
        self._thread = threading.Thread(target=self._run, name="presses", daemon=True)
        self._thread.start()

    def reset(self) -> None:
        """Count from this moment on."""
        with self._lock:
            self._clicked = self._clicks()
            if self._state is not None:
                self._state = Pressed()

    def pressed(self) -> Pressed | None:
        """What was pressed since then, ``None`` once the keys can't be heard any more."""
        with self._lock:
            if self._state is not None and self._clicks() != self._clicked:
                return Pressed(moved=True)  # before or after what was typed, nobody knows
            return self._state

    def close(self) -> None:
        """Stop watching; twice does no harm."""
        self._heard.close()
        self._thread.join(_CLOSE_SECONDS)

    def _run(self) -> None:
        try:
            for event in self._heard:
                chord, pressed = event[0], event[1]
                if pressed:
                    with self._lock:
                        self._state = with_key(self._state or Pressed(), chord, self._own())
        except Unavailable:
            pass
        with self._lock:
            self._state = None


def with_key(so_far: Pressed, chord: str, own: Collection[str]) -> Pressed:
    """What was pressed with one more chord.

    Args:
        so_far: what was pressed before.
        chord: what was pressed, as in :mod:`voicebridge.keys`.
        own: the chords that count as nothing.
    """
    key = keys.parse(chord)
    if key.key in _NOTHING or any(_is(key, each) for each in own):
        return so_far
    plain = set(key.modifiers) <= {"shift"}
    if key.key == "enter" and plain:
        return Pressed(moved=True, typed="\n")
    character = " " if key.key == "space" else key.key
    # What a key writes with Shift is known of letters alone.
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
        Unavailable: on other systems than Windows and macOS, and where keys can't be heard.
    """
    from voicebridge.desktop import probes

    if keyboard.clicks() is None:
        raise Unavailable("Clicks are counted on Windows and macOS alone; on X a plugin hears them: pip install voicebridge-os-linux")
    return probes.hotkeys()
