"""Events in the daemon, for its log and for ``status``: durations, times and errors; text only if configured."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from voicebridge.daemon.logs import PrivateText
from voicebridge.dictation.insert import Delivered

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """An error."""

    at: float
    """Seconds since the epoch."""
    what: str


class DaemonEvents:
    """Receives events from the daemon's components; can be called from any thread."""

    def __init__(self) -> None:
        self.last_problem: Problem | None = None

    def listening(self) -> None:
        """A recording has started."""
        _log.info("Recording.")

    def partial(self, text: str) -> None:
        """Ignored: the transcript so far."""

    def delivered(self, text: str, delivered: Delivered) -> None:
        """A dictation is finished."""
        if text:
            _log.info("A dictation %s: %s.", PrivateText(text), delivered.to or "not delivered")
        else:
            _log.info("No speech detected.")

    def problem(self, message: str) -> None:
        """An error; ``status`` shows the last one."""
        self.last_problem = Problem(time.time(), message)
        _log.error("%s", message)

    def say(self, message: str) -> None:
        """A message for the log."""
        _log.info("%s", message)
