"""Having the daemon start with the user's session, by the best way that this system has."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from voicebridge.errors import Unavailable, VoiceBridgeError
from voicebridge.ports import Autostart
from voicebridge.registry import Registry, make_service


def command() -> list[str]:
    """What runs the daemon: this very Python, whatever else is installed by the time that it is run."""
    program = Path(sys.executable)
    if sys.platform == "win32" and (windowless := program.with_name("pythonw.exe")).exists():
        program = windowless
    words = [str(program), "-m", "voicebridge.cli.app", "daemon", "run"]
    home = os.environ.get("VOICEBRIDGE_HOME")
    if home and os.name == "posix":  # a session starts without it
        return ["/usr/bin/env", f"VOICEBRIDGE_HOME={Path(home).expanduser().absolute()}", *words]
    return words


def install(registry: Registry) -> str:
    """Have the daemon start with the session, and return what does it, as a sentence. Another way that did it before is undone.

    Raises:
        Unavailable: when no way can be used, with every reason.
        VoiceBridgeError: when each of them fails, with the reason of the last one.
    """
    usable, reasons = registry.usable_services("autostart")
    failure: VoiceBridgeError = Unavailable(f"Nothing here starts programs with the session. {' '.join(reasons)}".rstrip())
    for position, (record, spec) in enumerate(usable):
        try:
            autostart: Autostart = make_service(record, spec)
            autostart.install(command())
        except VoiceBridgeError as error:
            failure = error
            continue
        for other_record, other in usable[:position] + usable[position + 1 :]:
            with suppress(VoiceBridgeError):
                make_service(other_record, other).uninstall()
        return spec.description
    raise failure


def uninstall(registry: Registry) -> bool:
    """Have it start no more, whichever way that was, and say whether there was one. A daemon that runs goes on.

    Raises:
        VoiceBridgeError: when one that can be used here can't undo it.
    """
    usable, _ = registry.usable_services("autostart")
    found = False
    for record, spec in registry.services("autostart"):
        try:
            autostart: Autostart = make_service(record, spec)
            found = autostart.installed() is not None or found
            autostart.uninstall()
        except VoiceBridgeError:
            if (record, spec) in usable:
                raise
    return found
