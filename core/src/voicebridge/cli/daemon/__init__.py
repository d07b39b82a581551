"""The command ``daemon``."""
