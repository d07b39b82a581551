"""Keys as the user presses them in a terminal: which ones they mean, and what arrives."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager

from voicebridge.cli.output import remark
from voicebridge.errors import UsageError
from voicebridge.ports import Hotkeys


def capture(source: Hotkeys, seconds: float) -> str:
    """The chord that the user presses.

    Raises:
        UsageError: when they press Esc, or nothing in time.
        Unavailable: when nothing can be captured here.
    """
    events = source.capture()
    limit = threading.Timer(seconds, events.close)
    limit.daemon = True
    with closing(events), quiet_terminal():
        remark(f"Press the keys and let go of them; Esc gives up. Waiting {seconds:.0f} s ...")
        limit.start()
        try:
            chord = pressed_chord(events)
        finally:
            limit.cancel()
    if chord is None:
        raise UsageError(f"No key was pressed in {seconds:.0f} s. Nothing was changed.")
    if chord == "esc":
        raise UsageError("You gave up with Esc. Nothing was changed.")
    return chord


def pressed_chord(events: Iterable[tuple[str, bool]]) -> str | None:
    """The last that was pressed before something was let go of; ``None`` when nothing was."""
    last = None
    for chord, pressed in events:
        if pressed:
            last = chord
        elif last is not None:  # otherwise of a key that was down before, as that which ended the command line
            return last
    return None


def report(events: Iterable[tuple[str, bool]], bound: Mapping[str, str], tell: Callable[[str], None]) -> None:
    """Tell what arrives, and what is bound to it, until the events end."""
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
    """Keep what is typed from the screen, and from whoever reads the terminal afterwards."""
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
