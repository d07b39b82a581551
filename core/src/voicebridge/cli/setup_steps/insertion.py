"""Insertion: a text goes where the cursor is, by the ways that dictation takes, and what has arrived is compared with it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from voicebridge.cli.config import set_value
from voicebridge.cli.setup_steps.entries import LOOK, Entry, WindowEntry, opened, wait_until
from voicebridge.errors import PartlyInsertedError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voicebridge.cli.setup_steps.session import Session
    from voicebridge.cli.setup_steps.talk import Talk
    from voicebridge.dictation.desk import Desk
    from voicebridge.pipeline.deliver import Way

TEXT = "Zoë grüßt Łukasz: 3 Äpfel für 2 €, „naïve“ 日本語 🍎👍"
"""Umlauts, signs that few keyboards have, another script, and characters beyond 16 bits."""
_ARRIVE = 8.0
"""Seconds that a text may take to arrive."""
_REST = 1.5
"""Seconds after which a text that has begun to arrive, and is another, is not going to become the right one."""
_FOCUS = 20.0
"""Seconds that somebody may take to click into the window."""


def run(talk: Talk, session: Session) -> str:
    """Try it; gives what works, and raises what doesn't."""
    from voicebridge.dictation.desk import Desk
    from voicebridge.pipeline.deliver import in_order

    registry = session.registry()
    desk = Desk(registry)
    desk.check()
    ways = in_order(desk.ways(), registry.config.settings.insertion.order, None)
    if not ways:
        raise Unavailable("No way to insert text can be used here; dictated text goes to the clipboard. See why: voicebridge doctor")
    if talk.asks:
        talk.ask("A text is written where the cursor is. Touch nothing until it is there; Enter begins.")
    wrong = []
    with opened(talk.say) as entry:
        for way in ways:
            _wait_for_focus(talk, entry)
            problem, seconds = _tried(desk, way, entry, registry.config.settings.insertion.chords)
            if not problem:
                break
            talk.say(f"{way.name}: {problem}")
            wrong.append((way.name, problem))
        else:
            raise Unavailable(" ".join(f"{name}: {problem}" for name, problem in wrong) + " See: voicebridge doctor")
    where = "a window of its own" if isinstance(entry, WindowEntry) else "this terminal"
    talk.say(f"{way.name}: {TEXT}")
    if wrong and talk.agree(f"{way.name} works where others don't. Use it before them?"):
        set_value("insertion.order", ",".join([way.name, *(each.name for each in ways if each is not way)]))
    return f"{len(TEXT)} characters arrived in {where} by {way.name} in {seconds:.2f} s, each as it was sent."


def _wait_for_focus(talk: Talk, entry: Entry) -> None:
    if not wait_until(entry.has_focus, 2.0):
        talk.say("Click into the window that has opened.")
        if not wait_until(entry.has_focus, _FOCUS):
            raise Unavailable(
                "The window for the test never had the focus, so nothing was written. Click into it: voicebridge setup insertion"
            )


def _tried(desk: Desk, way: Way, entry: Entry, chords: Mapping[str, str]) -> tuple[str, float]:
    """What goes wrong with a way, empty when nothing does, and how long it took in seconds."""
    from voicebridge.pipeline.deliver import of_application

    before, window = entry.text(), desk.window()
    began = time.monotonic()
    try:
        way.open().insert(TEXT, window, of_application(window, chords))
    except (Unavailable, PartlyInsertedError) as error:
        return str(error), 0.0
    arrived = _arrived(entry, before)
    if arrived == TEXT:
        return "", time.monotonic() - began
    return (f"{TEXT!r} arrived as {arrived!r}." if arrived else "nothing arrived."), 0.0


def _arrived(entry: Entry, before: str) -> str:
    """What has been added to an entry, once all of it is there or no more comes."""
    end = time.monotonic() + _ARRIVE
    text, changed = before, time.monotonic()
    while text != before + TEXT and time.monotonic() < end and (text == before or time.monotonic() < changed + _REST):
        time.sleep(LOOK)
        if (now := entry.text()) != text:
            text, changed = now, time.monotonic()
    return text.removeprefix(before)
