"""Linux support for VoiceBridge, using X11, Wayland and D-Bus."""
