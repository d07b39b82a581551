"""How one process of VoiceBridge tells another what to do: a socket that the user alone can reach, or a named pipe on Windows.

A request is one JSON object in one line, ``{"version": 1, "do": "dictate.start"}``. The other side may answer with any number of lines and
ends with ``{"ok": true, …}`` or ``{"ok": false, "error": "…"}``. ``docs/control.md`` is the whole of it.
"""

from __future__ import annotations

from voicebridge.control.channel import FIRST, LARGEST, PATIENCE, VERSION, Peer, Silent
from voicebridge.control.client import ask, converse, verdict
from voicebridge.control.place import is_listening
from voicebridge.control.server import Control, Handler

__all__ = [
    "FIRST",
    "LARGEST",
    "PATIENCE",
    "VERSION",
    "Control",
    "Handler",
    "Peer",
    "Silent",
    "ask",
    "converse",
    "is_listening",
    "verdict",
]
