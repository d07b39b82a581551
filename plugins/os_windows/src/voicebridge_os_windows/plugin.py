"""The services that Windows provides."""

from __future__ import annotations

from collections.abc import Iterator

from voicebridge import ServiceSpec, hookimpl

VOICEBRIDGE_API = 1


@hookimpl
def voicebridge_services() -> Iterator[ServiceSpec]:
    """Yield the services, each with a probe that tests whether it can be used in this session; the core provides hotkeys and audio."""
    yield ServiceSpec(
        kind="clipboard",
        name="windows",
        factory="voicebridge_os_windows.copying:WindowsClipboard",
        probe="voicebridge_os_windows.probes:desktop",
        features=("copies",),
        description="The clipboard and the selection.",
    )
    yield ServiceSpec(
        kind="inserter",
        name="windows-paste",
        factory="voicebridge_os_windows.paste:PastingInserter",
        probe="voicebridge_os_windows.probes:pasting",
        description="Pastes, and restores the clipboard.",
    )
    yield ServiceSpec(
        kind="inserter",
        name="windows-type",
        factory="voicebridge_os_windows.type:TypingInserter",
        probe="voicebridge_os_windows.probes:typing",
        description="Types any character on any keyboard layout.",
    )
    yield ServiceSpec(
        kind="focus",
        name="windows",
        factory="voicebridge_os_windows.focus:WindowsFocus",
        probe="voicebridge_os_windows.probes:desktop",
        description="The focused window.",
    )
    yield ServiceSpec(
        kind="notifier",
        name="windows",
        factory="voicebridge_os_windows.notify:TrayNotifier",
        probe="voicebridge_os_windows.probes:notices",
        features=["lasting"],
        description="Notifications from the notification area.",
    )
    yield ServiceSpec(
        kind="autostart",
        name="windows-task",
        factory="voicebridge_os_windows.logon_task:LogonTask",
        probe="voicebridge_os_windows.probes:tasks",
        description="A logon task, which also restarts VoiceBridge after a failure.",
    )
    yield ServiceSpec(
        kind="autostart",
        name="windows",
        factory="voicebridge_os_windows.autostart:RunKeyAutostart",
        probe="voicebridge_os_windows.probes:windows",
        description="Starts at login, from the user's Run key.",
    )
