"""What the core itself offers of the desktop: a microphone, a loudspeaker and the clipboard, where their libraries are installed."""

from __future__ import annotations

from collections.abc import Iterator

from voicebridge import ServiceSpec, hookimpl

VOICEBRIDGE_API = 1


@hookimpl
def voicebridge_services() -> Iterator[ServiceSpec]:
    """Sound by miniaudio, the clipboard by pyperclip; the extra ``voicebridge-core[desktop]`` brings both."""
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
