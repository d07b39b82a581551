"""Switches off the telemetry of the native libraries that engines use.

``import voicebridge`` calls :func:`switch_off`, so it holds in every process of VoiceBridge and in its children: the command line, the
daemon, engine workers, plugins, and programs that use the Python API. An engine plugin gets it without doing anything, since its module
imports :mod:`voicebridge` before its engine imports a library. A program of your own imports :mod:`voicebridge` before such a library.
"""

from __future__ import annotations

import os

SWITCHES = {
    # ONNX Runtime, on all systems: without it, importing a newer version writes a device id and an event database and uploads events from a
    # native thread. `onnxruntime.disable_telemetry_events()` comes too late for that, and does not stop all events.
    "ORT_DISABLE_TELEMETRY": "1",
    # huggingface_hub, transformers and diffusers: usage pings, and versions of libraries in the headers of downloads.
    "HF_HUB_DISABLE_TELEMETRY": "1",
    # https://donottrack.sh, for libraries of plugins that we don't know.
    "DO_NOT_TRACK": "1",
}
"""Environment variables that the libraries read when they are loaded, and the values that switch telemetry off."""


def switch_off() -> None:
    """Set :data:`SWITCHES` for this process and its children, whatever they were set to before."""
    os.environ.update(SWITCHES)
