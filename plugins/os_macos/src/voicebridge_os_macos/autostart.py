"""Start at login with a launch agent of the user."""

from __future__ import annotations

import plistlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from voicebridge.errors import UnavailableError

LABEL = "org.voicebridge.daemon"


class LaunchAgent:
    """A file that launchd reads at login, and that is listed under Login Items."""

    def install(self, command: Sequence[str]) -> None:
        """Run ``command`` at login; replaces the command of an earlier call.

        Raises:
            UnavailableError: if the file can't be written.
        """
        agent = {
            "Label": LABEL, "ProgramArguments": list(command), "RunAtLoad": True,
            "KeepAlive": {"Crashed": True},  # not after an invalid configuration, which retrying doesn't fix
            "LimitLoadToSessionType": "Aqua",  # sessions with a desktop
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
            raise UnavailableError(f"{path} can't be written: {error.strerror}. You must own its folder.") from error

    def uninstall(self) -> None:
        """Undo :meth:`install`; does nothing if not installed."""
        with suppress(FileNotFoundError):
            _path().unlink()

    def installed(self) -> Sequence[str] | None:
        """The command that runs at login, ``None`` if there is none."""
        try:
            agent = plistlib.loads(_path().read_bytes())
        except (OSError, plistlib.InvalidFileException, ValueError):
            return None
        command = agent.get("ProgramArguments") if isinstance(agent, dict) else None
        return [str(word) for word in command] if isinstance(command, list) else None


def _path() -> Path:
    return Path.home() / "Library/LaunchAgents" / f"{LABEL}.plist"
