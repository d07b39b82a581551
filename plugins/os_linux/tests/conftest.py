"""Desktops of the tests' own."""

from __future__ import annotations

from voicebridge.testing.wayland import sway_desktop as sway_desktop
