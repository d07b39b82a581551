"""Hotkey: choose the dictation keys, press them, and check that they arrive."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

from voicebridge.cli.hotkeys.capture import quiet_terminal
from voicebridge.cli.hotkeys.command import choose
from voicebridge.cli.setup.hotkey_of_desktop import by_the_desktop
from voicebridge.cli.setup.talk import Skipped
from voicebridge.control import is_listening
from voicebridge.errors import UnavailableError, UsageError
from voicebridge.hotkeys.actions import HotkeyAction

if TYPE_CHECKING:
    from voicebridge.cli.setup.session import Session
    from voicebridge.cli.setup.talk import Talk
    from voicebridge.ports import Hotkeys


def run(talk: Talk, session: Session) -> str:
    """Run the test; return what works, raise what doesn't."""
    if is_listening():
        raise Skipped("The running VoiceBridge uses its hotkeys itself. Stop it first: voicebridge daemon stop")
    registry = session.registry()
    try:
        found = registry.find_service("hotkeys")
    except UnavailableError as error:
        return by_the_desktop(talk, session, str(error))
    source: Hotkeys = found.made
    _choose(talk, session, registry.config.settings.hotkeys.chords()["dictate"], can_capture="capture" in found.spec.features)
    chord = session.registry().config.settings.hotkeys.chords()["dictate"]
    if problem := source.problem(chord):
        raise UnavailableError(problem)
    held = _held(talk, source, chord, session.seconds, tells_release="release" in found.spec.features)
    pressed = f"{chord} arrived" + ("" if held is None else f" and was held for {held:.2f} s")
    talk.say(f"{pressed}.")
    return f"{pressed}, detected by {found.full_name}."


def _choose(talk: Talk, session: Session, chord: str, *, can_capture: bool) -> None:
    """Let the user choose keys, until they accept some that can be used."""
    press = "; type p to press it instead" if can_capture else ""
    while True:
        answer = talk.ask(f"Which hotkey for dictation? Press Enter for {chord}{press}; or type another, such as ctrl+alt+d.", chord)
        if answer == chord:
            return
        try:
            choose(session.state, HotkeyAction.DICTATE, None if can_capture and answer.lower() == "p" else answer)
        except UsageError as error:
            talk.say(str(error))
        else:
            return


def _held(talk: Talk, source: Hotkeys, chord: str, seconds: float, *, tells_release: bool) -> float | None:
    """How long the keys were held, in seconds; ``None`` if releases are not reported.

    Raises:
        UnavailableError: if they don't arrive in time, or can't be registered.
    """
    events = source.listen([chord])
    limit = threading.Timer(seconds, events.close)
    limit.daemon = True
    began: float | None = None
    with closing(events), quiet_terminal():
        talk.say(f"Press {chord} and release it. Waiting {seconds:.0f} s …")
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
    what = f"{chord} was not detected" if began is None else f"{chord} was pressed but not released"
    raise UnavailableError(f"{what} within {seconds:.0f} s. Press it when asked, or choose another: voicebridge hotkeys set dictate")
