"""Hotkey on desktops without global shortcuts: the desktop itself runs a command, which is checked to arrive."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing
from threading import Event
from typing import TYPE_CHECKING, Any

from voicebridge.cli.hotkeys.command import bind_in
from voicebridge.control import Control, Peer
from voicebridge.errors import UnavailableError

if TYPE_CHECKING:
    from voicebridge.cli.setup.session import Session
    from voicebridge.cli.setup.talk import Talk


def by_the_desktop(talk: Talk, session: Session, reason: str) -> str:
    """Write the desktop's key bindings, and wait for the keys; return what works.

    Args:
        talk: asks the user, without whose consent the desktop is not changed.
        session: of this setup.
        reason: why programs can't receive hotkeys here.

    Raises:
        UnavailableError: if the desktop is unknown, or the keys don't arrive.
    """
    from voicebridge.hotkeys.desktop_bindings import COMPOSITORS

    name = desktop()
    if name is None:
        raise UnavailableError(f"{reason} Bind a key in the desktop's settings instead: voicebridge hotkeys bind --help")
    has_file = COMPOSITORS[name].file is not None
    command = f"voicebridge hotkeys bind {name}{' --write' if has_file else ''}"
    if not talk.asks:
        raise UnavailableError(f"{reason} Bind a key in {name} to a command: {command}")
    chord = session.registry().config.settings.hotkeys.chords()["dictate"]
    talk.say(f"On {name} no program can listen for keys. {name} itself has to run a command for {chord}.")
    if has_file and talk.agree(f"Add this to the configuration of {name}? A backup is kept next to it."):
        bind_in(session.state, name, write_it=True)
    else:
        talk.say(f"Add it yourself, in another terminal: {command}")
    talk.ask(f"Press Enter when {name} has the binding.")
    arrived = Event()

    def note(_request: dict[str, Any], _peer: Peer) -> Mapping[str, Any] | None:
        arrived.set()
        return None

    with closing(Control({f"dictate.{do}": note for do in ("start", "stop", "toggle")})):
        talk.say(f"Press {chord} and release it. Waiting {session.seconds:.0f} s …")
        if not arrived.wait(session.seconds):
            raise UnavailableError(f"{chord} was not detected within {session.seconds:.0f} s. Check the binding in {name}: {command}")
    talk.say(f"{chord} arrived.")
    return f"{chord} was detected: {name} runs the command for it."


def desktop() -> str | None:
    """The name of this session's desktop in ``voicebridge hotkeys bind``; ``None`` if it is unknown."""
    from voicebridge.hotkeys.desktop_bindings import COMPOSITORS

    names = os.environ.get("XDG_CURRENT_DESKTOP", "").lower().split(":")
    return next((name for name in names if name in COMPOSITORS), None)
