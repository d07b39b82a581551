"""What was dictated as a person would have typed it: joined, with spoken commands carried out and the user's own words spelled right."""

from __future__ import annotations

from voicebridge.text.dictated.compose import Style, compose

__all__ = ["Style", "compose"]
