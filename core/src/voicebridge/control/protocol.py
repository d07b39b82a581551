"""Constants of the protocol: its version, and limits on size and time."""

VERSION = 1
"""The version of the protocol."""
LARGEST = 1 << 20
"""Maximum bytes of a line."""
FIRST = 1 << 16
"""Maximum bytes of a request."""
PATIENCE = 5.0
"""Seconds in which a line must be completed after its first byte, and in which a client must send its request."""
TAKEN_WITHIN = 30.0
"""Default seconds for the other side to read a line."""
