"""Reading aloud in the background: one text after another, paused, skipped through and hushed while the user talks."""

from __future__ import annotations

from voicebridge.aloud.copied import watch_copies
from voicebridge.aloud.player import Aloud, Status

__all__ = ["Aloud", "Status", "watch_copies"]
