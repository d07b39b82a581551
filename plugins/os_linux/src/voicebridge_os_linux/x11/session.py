"""What kind of session this is."""

from __future__ import annotations

import os


def is_wayland() -> bool:
    """Whether X is only there for programs that don't know Wayland: it sees the keys and the clipboard of nobody else."""
    return bool(os.environ.get("WAYLAND_DISPLAY")) or os.environ.get("XDG_SESSION_TYPE") == "wayland"
