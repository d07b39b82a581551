"""The core's own desktop services: microphone, speaker, clipboard and hotkeys, if their libraries are installed."""

from __future__ import annotations

from collections.abc import Iterator

from voicebridge import ServiceSpec, hookimpl

VOICEBRIDGE_API = 1


@hookimpl
def voicebridge_services() -> Iterator[ServiceSpec]:
    """Audio by miniaudio, the clipboard by pyperclip, keys by pynput; installed by the extra ``voicebridge-core[desktop]``."""
    yield ServiceSpec(
        kind="microphone",
        name="miniaudio",
        factory="voicebridge.desktop.microphone:MiniaudioMicrophone",
        probe="voicebridge.desktop.probes:microphone",
        description="Records from any input.",
    )
    yield ServiceSpec(
        kind="speaker",
        name="miniaudio",
        factory="voicebridge.desktop.speaker:MiniaudioSpeaker",
        probe="voicebridge.desktop.probes:speaker",
        description="Plays on any output.",
    )
    yield ServiceSpec(
        kind="clipboard",
        name="pyperclip",
        factory="voicebridge.desktop.clipboard:PyperclipClipboard",
        probe="voicebridge.desktop.probes:clipboard",
        description="Reads and writes the clipboard.",
    )
    yield ServiceSpec(
        kind="hotkeys",
        name="pynput",
        factory="voicebridge.desktop.hotkeys:PynputHotkeys",
        probe="voicebridge.desktop.probes:hotkeys",
        features=("release", "capture"),
        description="Global hotkeys; the focused window receives the keys too.",
    )
    yield ServiceSpec(
        kind="presses",
        name="pynput",
        factory="voicebridge.desktop.presses:PynputPresses",
        probe="voicebridge.desktop.presses:probe",
        description="Detects key presses and clicks between two dictations.",
    )
