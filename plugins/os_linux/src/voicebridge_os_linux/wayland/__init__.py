"""Wayland: clipboard, paste, typing and focus, by the protocols of wlroots and those that took them over."""
