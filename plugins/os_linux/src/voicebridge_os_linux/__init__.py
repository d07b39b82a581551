"""Linux for VoiceBridge, by X11, Wayland, D-Bus."""
