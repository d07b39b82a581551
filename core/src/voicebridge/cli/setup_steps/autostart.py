"""Autostart: has VoiceBridge begin with the session, reads back that it will, and starts it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from voicebridge import paths
from voicebridge.cli import state
from voicebridge.cli.daemon_life import find_status, start
from voicebridge.cli.setup_steps.talk import Skipped
from voicebridge.errors import Unavailable, VoiceBridgeError

if TYPE_CHECKING:
    from voicebridge.cli.setup_steps.session import Session
    from voicebridge.cli.setup_steps.talk import Talk
    from voicebridge.ports import Autostart
    from voicebridge.registry import Registry


def run(talk: Talk, session: Session) -> str:
    """Try it; gives what works, and raises what doesn't."""
    from voicebridge.daemon import starting

    if not talk.agree("Have VoiceBridge begin with your session?"):
        raise Skipped
    registry = session.registry()
    way = starting.install(registry)
    if not _is_installed(registry, starting.command()):
        raise Unavailable("What was written to begin with the session could not be read back. Try again: voicebridge daemon install")
    undo = f"{way} Take it back: voicebridge daemon uninstall"
    if find_status() is not None:
        return f"It runs, and begins with your session. {undo}"
    if not talk.agree("Start it now?"):
        return f"It begins with your session. {undo}"
    talk.say(start(profile=state.profile(), offline=paths.is_offline()))
    return f"It was started and answers, and begins with your session. {undo}"


def _is_installed(registry: Registry, command: list[str]) -> bool:
    from voicebridge.registry import make_service

    usable, _ = registry.usable_services("autostart")
    for record, spec in usable:
        with suppress(VoiceBridgeError):
            autostart: Autostart = make_service(record, spec)
            if list(autostart.installed() or ()) == command:
                return True
    return False
