"""Keys pressed by the user in a terminal: their chord, and a live display."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager

from voicebridge.cli.shared.output import remark
from voicebridge.errors import UsageError
from voicebridge.ports import Hotkeys


def capture(source: Hotkeys, seconds: float) -> str:
    """The chord that the user presses.

    Raises:
        UsageError: if they press Esc, or nothing in time.
        UnavailableError: if keys can't be captured here.
    """
    events = source.capture()
    limit = threading.Timer(seconds, events.close)
    limit.daemon = True
    with closing(events), quiet_terminal():
        remark(f"Press the keys and release them; Esc cancels. Waiting {seconds:.0f} s ...")
        limit.start()
        try:
            chord = pressed_chord(events)
        finally:
            limit.cancel()
    if chord is None:
        raise UsageError(f"No key was pressed in {seconds:.0f} s. Nothing was changed.")
    if chord == "esc":
        raise UsageError("Cancelled. Nothing was changed.")
    return chord


def pressed_chord(events: Iterable[tuple[str, bool]]) -> str | None:
    """The last chord pressed before a release; ``None`` if nothing was pressed."""
    last = None
    for chord, pressed in events:
        if pressed:
            last = chord
        elif last is not None:  # otherwise it is the release of a key that was already down, such as Enter
            return last
    return None


def report(events: Iterable[tuple[str, bool]], bound: Mapping[str, str], tell: Callable[[str], None]) -> None:
    """Print the keys that arrive and their actions, until the events end."""
    down: dict[str, float] = {}
    for chord, pressed in events:
        now = time.monotonic()
        what = f"  ({bound[chord]})" if chord in bound else ""
        if pressed:
            down[chord] = now
            tell(f"{chord} pressed{what}")
        elif chord in down:
            tell(f"{chord} released after {now - down.pop(chord):.2f} s{what}")
        sys.stdout.flush()


@contextmanager
def quiet_terminal() -> Iterator[None]:
    """Hide typed text from the screen, and from programs that read the terminal afterwards."""
    if not sys.stdin.isatty():
        yield
        return
    if sys.platform == "win32":
        import msvcrt

        try:
            yield
        finally:
            while msvcrt.kbhit():
                msvcrt.getwch()
    else:
        import termios

        before = termios.tcgetattr(sys.stdin)
        quiet = termios.tcgetattr(sys.stdin)
        quiet[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, quiet)
        try:
            yield
        finally:
            termios.tcsetattr(sys.stdin, termios.TCSAFLUSH, before)
