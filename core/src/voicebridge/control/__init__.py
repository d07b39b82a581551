"""Communication between processes of VoiceBridge: a socket that only the user can access, or a named pipe on Windows.

A request is one JSON object in one line, ``{"version": 1, "do": "dictate.start"}``. The other side may answer with any number of lines, and
ends with ``{"ok": true, …}`` or ``{"ok": false, "error": "…"}``. See ``docs/control.md``.
"""

from __future__ import annotations

from voicebridge.control.address import is_listening
from voicebridge.control.client import ask, converse, verdict
from voicebridge.control.peer import NoAnswerError, Peer
from voicebridge.control.protocol import FIRST, LARGEST, PATIENCE, VERSION
from voicebridge.control.server import Control, Handler

__all__ = [
    "FIRST",
    "LARGEST",
    "PATIENCE",
    "VERSION",
    "Control",
    "Handler",
    "NoAnswerError",
    "Peer",
    "ask",
    "converse",
    "is_listening",
    "verdict",
]
