"""Autostart: has VoiceBridge begin with the session, and reads back that it will."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

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
    return "It begins with your session. Take it back: voicebridge daemon uninstall"
