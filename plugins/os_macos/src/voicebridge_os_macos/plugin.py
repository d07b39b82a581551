"""The services that macOS provides."""

from __future__ import annotations

from collections.abc import Iterator

from voicebridge import ServiceSpec, hookimpl

VOICEBRIDGE_API = 1


@hookimpl
def voicebridge_services() -> Iterator[ServiceSpec]:
    """Yield the services, each with a probe that reports missing permissions; the core provides hotkeys and audio."""
    yield ServiceSpec(
        kind="clipboard",
        name="macos",
        factory="voicebridge_os_macos.copying:MacClipboard",
        probe="voicebridge_os_macos.probes:desktop",
        features=("copies",),
        description="The pasteboard and the selection.",
    )
    yield ServiceSpec(
        kind="inserter",
        name="macos-paste",
        factory="voicebridge_os_macos.paste:PastingInserter",
        probe="voicebridge_os_macos.probes:pasting",
        description="Pastes, and restores the pasteboard.",
    )
    yield ServiceSpec(
        kind="inserter",
        name="macos-type",
        factory="voicebridge_os_macos.type:TypingInserter",
        probe="voicebridge_os_macos.probes:typing",
        description="Types any character on any keyboard layout.",
    )
    yield ServiceSpec(
        kind="focus",
        name="macos",
        factory="voicebridge_os_macos.focus:MacFocus",
        probe="voicebridge_os_macos.probes:desktop",
        description="The focused application.",
    )
    yield ServiceSpec(
        kind="notifier",
        name="macos",
        factory="voicebridge_os_macos.notify:ScriptNotifier",
        probe="voicebridge_os_macos.probes:notices",
        description="Notifications through AppleScript.",
    )
    yield ServiceSpec(
        kind="autostart",
        name="macos",
        factory="voicebridge_os_macos.autostart:LaunchAgent",
        probe="voicebridge_os_macos.probes:macos",
        description="Starts at login, as a launch agent.",
    )
