"""Insertion: insert a text with dictation's inserters, and compare what arrives."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from voicebridge.cli.setup.entries import LOOK, TextEntry, WindowEntry, opened, wait_until
from voicebridge.cli.shared.config_file import set_key
from voicebridge.errors import PartlyInsertedError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voicebridge.cli.setup.session import Session
    from voicebridge.cli.setup.talk import Talk
    from voicebridge.dictation.insert import Way
    from voicebridge.dictation.services import DesktopServices

TEXT = "Zoë grüßt Łukasz: 3 Äpfel für 2 €, „naïve“ 日本語 🍎👍"
"""Umlauts, characters missing on most keyboards, another script, and characters beyond 16 bits."""
_ARRIVE = 8.0
"""Time-out in seconds for a text to arrive."""
_REST = 1.5
"""Seconds after which a text that differs can no longer become correct."""
_FOCUS = 20.0
"""Time-out in seconds for a click into the window."""


def run(talk: Talk, session: Session) -> str:
    """Run the test; return what works, raise what doesn't."""
    from voicebridge.dictation.choose import find_services
    from voicebridge.dictation.insert import in_order

    registry = session.registry()
    services = find_services(registry)
    ways = in_order(services.ways(), registry.config.settings.insertion.order, None)
    if not ways:
        raise UnavailableError("No way to insert text works here; dictated text goes to the clipboard. See why: voicebridge doctor")
    if talk.asks:
        talk.ask("A text is inserted at the cursor. Don't type or click until it is there. Press Enter to start.")
    wrong = []
    with opened(talk.say) as entry:
        for way in ways:
            _wait_for_focus(talk, entry)
            problem, seconds = _tried(services, way, entry, registry.config.settings.insertion.chords)
            if not problem:
                break
            talk.say(f"{way.name}: {problem}")
            wrong.append((way.name, problem))
        else:
            raise UnavailableError(" ".join(f"{name}: {problem}" for name, problem in wrong) + " See: voicebridge doctor")
    where = "a window of its own" if isinstance(entry, WindowEntry) else "this terminal"
    talk.say(f"{way.name}: {TEXT}")
    if wrong and talk.agree(f"{way.name} works here and others don't. Use it first from now on?"):
        set_key(session.state, "insertion.order", ",".join([way.name, *(each.name for each in ways if each is not way)]))
    return f"{len(TEXT)} characters arrived in {where} by {way.name} in {seconds:.2f} s, all correct."


def _wait_for_focus(talk: Talk, entry: TextEntry) -> None:
    if not wait_until(entry.has_focus, 2.0):
        talk.say("Click into the window that opened.")
        if not wait_until(entry.has_focus, _FOCUS):
            raise UnavailableError(
                "The test window never had the focus, so nothing was inserted. Try again and click into it: voicebridge setup insertion"
            )


def _tried(services: DesktopServices, way: Way, entry: TextEntry, chords: Mapping[str, str]) -> tuple[str, float]:
    """The error of an inserter, empty if there is none, and the time in seconds."""
    from voicebridge.dictation.insert import of_application

    before, window = entry.text(), services.window()
    began = time.monotonic()
    try:
        way.open().insert(TEXT, window, of_application(window, chords))
    except (UnavailableError, PartlyInsertedError) as error:
        return str(error), 0.0
    arrived = _arrived(entry, before)
    if arrived == TEXT:
        return "", time.monotonic() - began
    return (f"{TEXT!r} arrived as {arrived!r}." if arrived else "nothing arrived."), 0.0


def _arrived(entry: TextEntry, before: str) -> str:
    """What has been added to an entry, once it is complete or no more arrives."""
    end = time.monotonic() + _ARRIVE
    text, changed = before, time.monotonic()
    while text != before + TEXT and time.monotonic() < end and (text == before or time.monotonic() < changed + _REST):
        time.sleep(LOOK)
        if (now := entry.text()) != text:
            text, changed = now, time.monotonic()
    return text.removeprefix(before)
