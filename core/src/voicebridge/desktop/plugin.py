"""What the core itself offers of the desktop: microphone, loudspeaker, clipboard and hotkeys, where their libraries are installed."""

from __future__ import annotations

from collections.abc import Iterator

from voicebridge import ServiceSpec, hookimpl

VOICEBRIDGE_API = 1


@hookimpl
def voicebridge_services() -> Iterator[ServiceSpec]:
    """Sound by miniaudio, the clipboard by pyperclip, keys by pynput; the extra ``voicebridge-core[desktop]`` brings them."""
    yield ServiceSpec(
        kind="microphone",
        name="miniaudio",
        factory="voicebridge.desktop.microphone:MiniaudioMicrophone",
        probe="voicebridge.desktop.probes:microphone",
        description="Records from any input of this machine.",
    )
    yield ServiceSpec(
        kind="speaker",
        name="miniaudio",
        factory="voicebridge.desktop.speaker:MiniaudioSpeaker",
        probe="voicebridge.desktop.probes:speaker",
        description="Plays on any output of this machine.",
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
        description="Keys wherever the focus is, which gets them too.",
    )
    yield ServiceSpec(
        kind="presses",
        name="pynput",
        factory="voicebridge.desktop.presses:PynputPresses",
        probe="voicebridge.desktop.presses:probe",
        description="Whether keys and buttons were pressed between two dictations.",
    )
