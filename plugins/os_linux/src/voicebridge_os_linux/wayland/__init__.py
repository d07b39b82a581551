"""Wayland: clipboard, pasting, typing and focus, with the protocols of wlroots and their standardised successors."""
