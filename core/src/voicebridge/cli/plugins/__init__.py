"""The command ``plugins``."""
