"""Adapters for what desktops have in common; a plugin that comes with the core offers them."""
