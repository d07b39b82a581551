"""What happens in the daemon, for its log and for ``status``: lengths, times and problems; what is said only where that is wanted."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from voicebridge.daemon.logs import Said
from voicebridge.pipeline.deliver import Delivered

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that went wrong."""

    at: float
    """Seconds since the epoch."""
    what: str


class Events:
    """Whom the parts of the daemon tell what happens; may be called from any thread."""

    def __init__(self) -> None:
        self.last_problem: Problem | None = None

    def listening(self) -> None:
        """A recording has begun."""
        _log.info("Recording.")

    def partial(self, text: str) -> None:
        """What has been understood so far is of no interest here."""

    def delivered(self, text: str, delivered: Delivered) -> None:
        """A dictation is finished."""
        if text:
            _log.info("A dictation %s: %s.", Said(text), delivered.to or "not delivered")
        else:
            _log.info("No speech detected.")

    def problem(self, message: str) -> None:
        """Something went wrong; the last time is what ``status`` shows."""
        self.last_problem = Problem(time.time(), message)
        _log.error("%s", message)

    def say(self, message: str) -> None:
        """Something that is worth knowing."""
        _log.info("%s", message)
