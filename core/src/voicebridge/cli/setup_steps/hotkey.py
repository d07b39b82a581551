"""Hotkey: the keys that begin dictation are chosen, pressed, and seen to arrive."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

from voicebridge.cli.hotkeys import Bound, set_hotkey
from voicebridge.cli.hotkeys_capture import quiet_terminal
from voicebridge.cli.setup_steps.hotkey_of_desktop import by_the_desktop
from voicebridge.cli.setup_steps.talk import Skipped
from voicebridge.control import is_listening
from voicebridge.errors import Unavailable, UsageError

if TYPE_CHECKING:
    from voicebridge.cli.setup_steps.session import Session
    from voicebridge.cli.setup_steps.talk import Talk
    from voicebridge.ports import Hotkeys


def run(talk: Talk, session: Session) -> str:
    """Try it; gives what works, and raises what doesn't."""
    from voicebridge.hotkeys.listening import chords

    if is_listening():
        raise Skipped("VoiceBridge runs and has its keys itself. End it for this: voicebridge daemon stop")
    registry = session.registry()
    try:
        found = registry.find_service("hotkeys")
    except Unavailable as error:
        return by_the_desktop(talk, session, str(error))
    source: Hotkeys = found.made
    _choose(talk, chords(registry.config.settings.hotkeys)["dictate"], can_capture="capture" in found.spec.features)
    chord = chords(session.registry().config.settings.hotkeys)["dictate"]
    if problem := source.problem(chord):
        raise Unavailable(problem)
    held = _held(talk, source, chord, session.seconds, tells_release="release" in found.spec.features)
    pressed = f"{chord} arrived" + ("" if held is None else f" and was held for {held:.2f} s")
    talk.say(f"{pressed}.")
    return f"{pressed}; {found.full_name} hears it."


def _choose(talk: Talk, chord: str, *, can_capture: bool) -> None:
    """Have the user choose the keys, until they are content with some that can be used."""
    press = "; p takes those that you press next" if can_capture else ""
    while True:
        answer = talk.ask(f"Which keys begin dictation? Enter takes {chord}{press}; or write them, such as ctrl+alt+d.", chord)
        if answer == chord:
            return
        try:
            set_hotkey(Bound.DICTATE, None if can_capture and answer.lower() == "p" else answer)
        except UsageError as error:
            talk.say(str(error))
        else:
            return


def _held(talk: Talk, source: Hotkeys, chord: str, seconds: float, *, tells_release: bool) -> float | None:
    """How long the keys were held, in seconds; ``None`` where that is not told.

    Raises:
        Unavailable: when they don't arrive in time, or can't be listened for.
    """
    events = source.listen([chord])
    limit = threading.Timer(seconds, events.close)
    limit.daemon = True
    began: float | None = None
    with closing(events), quiet_terminal():
        talk.say(f"Press {chord}, and let go. Waiting {seconds:.0f} s …")
        limit.start()
        try:
            for _, pressed in events:
                if pressed:
                    began = time.monotonic()
                elif began is not None:
                    return time.monotonic() - began
                if pressed and not tells_release:
                    return None
        finally:
            limit.cancel()
    what = f"{chord} did not arrive" if began is None else f"{chord} arrived and did not come up again"
    raise Unavailable(
        f"{what} within {seconds:.0f} s. Press it once you are asked to, or choose other keys: voicebridge hotkeys set dictate"
    )
