"""A separate desktop for the tests."""

from voicebridge.testing.lab.wayland import sway_desktop as sway_desktop
