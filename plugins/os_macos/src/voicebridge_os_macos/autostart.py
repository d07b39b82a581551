"""Starts VoiceBridge with the session, as a launch agent of the user's."""

from __future__ import annotations

import plistlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from voicebridge.errors import Unavailable

LABEL = "org.voicebridge.daemon"


class LaunchAgent:
    """A file that launchd reads when the user logs in, and that shows under Login Items."""

    def install(self, command: Sequence[str]) -> None:
        """Have ``command`` run when the session starts; replaces what an earlier call has put there.

        Raises:
            Unavailable: when the file can't be written.
        """
        agent = {
            "Label": LABEL, "ProgramArguments": list(command), "RunAtLoad": True,
            "KeepAlive": {"Crashed": True},  # and not after a wrong configuration, which trying again does not put right
            "LimitLoadToSessionType": "Aqua",  # where there is a desktop to type on
            "ProcessType": "Interactive", "Umask": 0o077,
        }  # fmt: skip
        path = _path()
        unfinished = path.with_suffix(".new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                plistlib.dump(agent, file)
            unfinished.replace(path)
        except OSError as error:
            raise Unavailable(f"{path} can't be written: {error.strerror}. Its folder has to be yours.") from error

    def uninstall(self) -> None:
        """Undo :meth:`install`; does nothing where there is nothing to undo."""
        with suppress(FileNotFoundError):
            _path().unlink()

    def installed(self) -> Sequence[str] | None:
        """The command that runs when the session starts, ``None`` without one."""
        try:
            agent = plistlib.loads(_path().read_bytes())
        except (OSError, plistlib.InvalidFileException, ValueError):
            return None
        command = agent.get("ProgramArguments") if isinstance(agent, dict) else None
        return [str(word) for word in command] if isinstance(command, list) else None


def _path() -> Path:
    return Path.home() / "Library/LaunchAgents" / f"{LABEL}.plist"
