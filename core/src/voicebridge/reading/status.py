"""What reading aloud is doing, as `voicebridge daemon status` and the protocol report it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["idle", "reading", "paused", "muted"]


@dataclass(frozen=True, slots=True)
class Status:
    """The current state."""

    state: State
    waiting: int
    """The number of queued texts."""
    piece: int | None = None
    """Index of the current sentence, from 1."""
    model: str | None = None
    """Full name of the model."""
    speed: float | None = None
    """1 is the voice's natural rate."""
