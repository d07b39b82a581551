"""The command ``hotkeys``."""
