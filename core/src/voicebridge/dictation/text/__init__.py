"""Format dictated text: joining, spoken commands, and the user's vocabulary."""

from __future__ import annotations

from voicebridge.dictation.text.compose import Style, compose

__all__ = ["Style", "compose"]
