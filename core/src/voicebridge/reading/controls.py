"""The controls of reading aloud."""

CONTROLS = ("stop", "pause", "resume", "toggle", "skip", "faster", "slower")
"""Actions of ``voicebridge read``, and of requests such as ``read.stop``."""
