"""Autostart: has VoiceBridge begin with the session, reads back that it will, and starts it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from voicebridge import paths
from voicebridge.cli import state
from voicebridge.cli.daemon_life import find_status, start
from voicebridge.cli.setup_steps.talk import Skipped
from voicebridge.errors import Unavailable

if TYPE_CHECKING:
    from voicebridge.cli.setup_steps.session import Session
    from voicebridge.cli.setup_steps.talk import Talk
    from voicebridge.ports import Autostart


def run(talk: Talk, session: Session) -> str:
    """Try it; gives what works, and raises what doesn't."""
    autostart: Autostart = session.registry().load_service("autostart")
    program = shutil.which("voicebridge", path=Path(sys.executable).parent) or "voicebridge"
    command = [program, "daemon", "run"]
    if not talk.agree("Have VoiceBridge begin with your session?"):
        raise Skipped
    autostart.install(command)
    if list(autostart.installed() or ()) != command:
        raise Unavailable("What was written to begin with the session could not be read back. Try again: voicebridge daemon install")
    took_back = "Take it back: voicebridge daemon uninstall"
    if find_status() is not None:
        return f"It runs, and begins with your session. {took_back}"
    if not talk.agree("Start it now?"):
        return f"It begins with your session. {took_back}"
    talk.say(start(profile=state.profile(), offline=paths.is_offline()))
    return f"It was started and answers, and begins with your session. {took_back}"
