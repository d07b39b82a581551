"""What macOS offers to VoiceBridge."""

from __future__ import annotations

from collections.abc import Iterator

from voicebridge import ServiceSpec, hookimpl

VOICEBRIDGE_API = 1


@hookimpl
def voicebridge_services() -> Iterator[ServiceSpec]:
    """Each with a probe that says which permission is missing; hotkeys and sound come with the core."""
    yield ServiceSpec(
        kind="clipboard",
        name="macos",
        factory="voicebridge_os_macos.copying:MacClipboard",
        probe="voicebridge_os_macos.probes:desktop",
        features=("copies",),
        description="The pasteboard, and what is selected.",
    )
    yield ServiceSpec(
        kind="inserter",
        name="macos-paste",
        factory="voicebridge_os_macos.pasted:PastingInserter",
        probe="voicebridge_os_macos.probes:pasting",
        description="Pastes, and gives the pasteboard back as it was.",
    )
    yield ServiceSpec(
        kind="inserter",
        name="macos-type",
        factory="voicebridge_os_macos.typed:TypingInserter",
        probe="voicebridge_os_macos.probes:typing",
        description="Types every character, whatever the keyboard's layout.",
    )
    yield ServiceSpec(
        kind="focus",
        name="macos",
        factory="voicebridge_os_macos.focus:MacFocus",
        probe="voicebridge_os_macos.probes:desktop",
        description="Knows the application in front.",
    )
    yield ServiceSpec(
        kind="notifier",
        name="macos",
        factory="voicebridge_os_macos.notices:ScriptNotifier",
        probe="voicebridge_os_macos.probes:notices",
        description="Shows notices by AppleScript.",
    )
    yield ServiceSpec(
        kind="autostart",
        name="macos",
        factory="voicebridge_os_macos.autostart:LaunchAgent",
        probe="voicebridge_os_macos.probes:macos",
        description="Starts with the session, as a launch agent.",
    )
