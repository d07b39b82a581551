"""Hotkeys: from key presses to actions."""
