"""Autostart: register VoiceBridge to start at login, check the entry, and start the daemon."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from voicebridge import paths
from voicebridge.cli.daemon.life import find_status, start
from voicebridge.cli.setup.talk import Skipped
from voicebridge.errors import UnavailableError, VoiceBridgeError

if TYPE_CHECKING:
    from voicebridge.cli.setup.session import Session
    from voicebridge.cli.setup.talk import Talk
    from voicebridge.ports import Autostart
    from voicebridge.runtime.registry import Registry


def run(talk: Talk, session: Session) -> str:
    """Run the test; return what works, raise what doesn't."""
    from voicebridge.daemon import starting

    if not talk.agree("Start VoiceBridge at login?"):
        raise Skipped
    registry = session.registry()
    way = starting.install(registry)
    if not _is_installed(registry, starting.command()):
        raise UnavailableError("The autostart entry could not be read back. Try again: voicebridge daemon enable")
    undo = f"{way} Undo this: voicebridge daemon disable"
    if find_status() is not None:
        return f"It is running, and starts at login. {undo}"
    if not talk.agree("Start it now?"):
        return f"It starts at login. {undo}"
    talk.say(start(profile=session.state.profile, offline=paths.is_offline()))
    return f"It is running now, and starts at login. {undo}"


def _is_installed(registry: Registry, command: list[str]) -> bool:
    usable, _ = registry.usable_services("autostart")
    for record, spec in usable:
        with suppress(VoiceBridgeError):
            autostart: Autostart = registry.make_service(record, spec)
            if list(autostart.installed() or ()) == command:
                return True
    return False
