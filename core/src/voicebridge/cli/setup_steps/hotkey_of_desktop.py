"""Hotkey, on desktops that let no program listen for keys: the desktop itself runs a command for them, which is seen to arrive."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing
from threading import Event
from typing import TYPE_CHECKING, Any

from voicebridge.cli.hotkeys import bind
from voicebridge.control import Control, Peer
from voicebridge.errors import Unavailable

if TYPE_CHECKING:
    from voicebridge.cli.setup_steps.session import Session
    from voicebridge.cli.setup_steps.talk import Talk


def by_the_desktop(talk: Talk, session: Session, reason: str) -> str:
    """Have the desktop told of the keys, and wait for them; gives what works.

    Args:
        talk: who is asked; nobody's desktop is changed unasked.
        session: of this setup.
        reason: why no program hears keys here.

    Raises:
        Unavailable: when it is none of those that are known, or the keys don't arrive.
    """
    from voicebridge.hotkeys.bindings import COMPOSITORS
    from voicebridge.hotkeys.listening import chords

    name = desktop()
    if name is None:
        raise Unavailable(f"{reason} Bind a key of the desktop itself to a command: voicebridge hotkeys bind --help")
    has_file = COMPOSITORS[name].file is not None
    command = f"voicebridge hotkeys bind {name}{' --write' if has_file else ''}"
    if not talk.asks:
        raise Unavailable(f"{reason} Have {name} run a command for a key: {command}")
    chord = chords(session.registry().config.settings.hotkeys)["dictate"]
    talk.say(f"No program hears keys here: {name} itself has to run a command for {chord}.")
    if has_file and talk.agree(f"Write that into the configuration of {name}? The file as it was is kept beside it."):
        bind(name, write_it=True)
    else:
        talk.say(f"Tell it by hand, in another terminal: {command}")
    talk.ask(f"Enter goes on once {name} knows of it.")
    arrived = Event()

    def note(_request: dict[str, Any], _peer: Peer) -> Mapping[str, Any] | None:
        arrived.set()
        return None

    with closing(Control({f"dictate.{do}": note for do in ("start", "stop", "toggle")})):
        talk.say(f"Press {chord}, and let go. Waiting {session.seconds:.0f} s …")
        if not arrived.wait(session.seconds):
            raise Unavailable(f"{chord} did not arrive within {session.seconds:.0f} s. See whether {name} has it: {command}")
    talk.say(f"{chord} arrived.")
    return f"{chord} arrived; {name} runs a command for it."


def desktop() -> str | None:
    """The desktop of this session by the name that ``voicebridge hotkeys bind`` has for it; ``None`` when it has none."""
    from voicebridge.hotkeys.bindings import COMPOSITORS

    names = os.environ.get("XDG_CURRENT_DESKTOP", "").lower().split(":")
    return next((name for name in names if name in COMPOSITORS), None)
