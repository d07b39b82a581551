"""The command ``dictate``."""
