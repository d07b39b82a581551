"""Turn off the telemetry of native libraries that engines use.

``import voicebridge`` calls :func:`switch_off`, so it applies to all VoiceBridge processes and their children: the command line, the
daemon, engine workers, plugins, and programs that use the Python API. Engine plugins need to do nothing, because their module imports
:mod:`voicebridge` before their engine imports a library. Your own programs should import :mod:`voicebridge` before such libraries.
"""

from __future__ import annotations

import os

SWITCHES = {
    # ONNX Runtime, on all systems: without it, importing a newer version writes a device id and an event database and uploads events from a
    # native thread. `onnxruntime.disable_telemetry_events()` comes too late for that, and does not stop all events.
    "ORT_DISABLE_TELEMETRY": "1",
    # huggingface_hub, transformers and diffusers: usage pings, and versions of libraries in the headers of downloads.
    "HF_HUB_DISABLE_TELEMETRY": "1",
    # https://donottrack.sh, for libraries of third-party plugins.
    "DO_NOT_TRACK": "1",
}
"""Environment variables that libraries read when they are loaded, with the values that turn telemetry off."""


def switch_off() -> None:
    """Set :data:`SWITCHES` for this process and its children, overriding existing values."""
    os.environ.update(SWITCHES)
