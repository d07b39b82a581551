"""The command ``tts``."""
