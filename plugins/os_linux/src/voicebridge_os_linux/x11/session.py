"""Detect the type of the session."""

from __future__ import annotations

import os


def is_wayland() -> bool:
    """Whether X only serves programs without Wayland support: it then sees only their keys and clipboard."""
    return bool(os.environ.get("WAYLAND_DISPLAY")) or os.environ.get("XDG_SESSION_TYPE") == "wayland"
