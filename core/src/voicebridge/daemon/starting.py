"""Start the daemon at login, with the best available service."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from voicebridge.errors import UnavailableError, VoiceBridgeError
from voicebridge.ports import Autostart
from voicebridge.runtime.registry import Registry
from voicebridge.runtime.services import probe


def command() -> list[str]:
    """The command that runs the daemon: this Python, whatever is installed by then."""
    program = Path(sys.executable)
    if sys.platform == "win32" and (windowless := program.with_name("pythonw.exe")).exists():
        program = windowless
    words = [str(program), "-m", "voicebridge.cli.app", "daemon", "run"]
    home = os.environ.get("VOICEBRIDGE_HOME")
    if home and os.name == "posix":  # not set in a new session
        return ["/usr/bin/env", f"VOICEBRIDGE_HOME={Path(home).expanduser().absolute()}", *words]
    return words


def install(registry: Registry) -> str:
    """Enable starting at login, and return the service that does it, as a sentence. Another service that did it before is undone.

    Raises:
        UnavailableError: if no service can be used, with all reasons.
        VoiceBridgeError: if all of them fail, with the reason of the last one.
    """
    usable, reasons = registry.usable_services("autostart")
    failure: VoiceBridgeError = UnavailableError(f"Autostart is not available. {' '.join(reasons)}".rstrip())
    for record, spec in usable:
        try:
            autostart: Autostart = registry.make_service(record, spec)
            autostart.install(command())
        except VoiceBridgeError as error:
            failure = error
            continue
        for other_record, other in registry.services("autostart"):
            if other is not spec:
                with suppress(VoiceBridgeError):
                    probe(other)  # one that can't be used starts nothing
                    registry.make_service(other_record, other).uninstall()
        return spec.description
    raise failure


def uninstall(registry: Registry) -> bool:
    """Disable starting at login with any service, and return whether it was enabled. A running daemon continues.

    Raises:
        VoiceBridgeError: if a usable service can't undo it.
    """
    usable, _ = registry.usable_services("autostart")
    found = False
    for record, spec in registry.services("autostart"):
        try:
            autostart: Autostart = registry.make_service(record, spec)
            found = autostart.installed() is not None or found
            autostart.uninstall()
        except VoiceBridgeError:
            if (record, spec) in usable:
                raise
    return found
