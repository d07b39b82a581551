"""Separate desktops for the tests, and a session without audio."""

from voicebridge.testing.lab.desktops import no_sound_server as no_sound_server
from voicebridge.testing.lab.desktops import x_display as x_display
from voicebridge.testing.lab.x11 import x_desktop as x_desktop
