"""What Windows offers to VoiceBridge."""

from __future__ import annotations

from collections.abc import Iterator

from voicebridge import ServiceSpec, hookimpl

VOICEBRIDGE_API = 1


@hookimpl
def voicebridge_services() -> Iterator[ServiceSpec]:
    """Each with a probe that says whether it can be used in this session; hotkeys and sound come with the core."""
    yield ServiceSpec(
        kind="clipboard",
        name="windows",
        factory="voicebridge_os_windows.copying:WindowsClipboard",
        probe="voicebridge_os_windows.probes:desktop",
        features=("copies",),
        description="The clipboard, and what is selected.",
    )
    yield ServiceSpec(
        kind="inserter",
        name="windows-paste",
        factory="voicebridge_os_windows.pasted:PastingInserter",
        probe="voicebridge_os_windows.probes:pasting",
        description="Pastes, and gives the clipboard back as it was.",
    )
    yield ServiceSpec(
        kind="inserter",
        name="windows-type",
        factory="voicebridge_os_windows.typed:TypingInserter",
        probe="voicebridge_os_windows.probes:typing",
        description="Types every character, whatever the keyboard's layout.",
    )
    yield ServiceSpec(
        kind="focus",
        name="windows",
        factory="voicebridge_os_windows.focus:WindowsFocus",
        probe="voicebridge_os_windows.probes:desktop",
        description="Knows the window in front.",
    )
    yield ServiceSpec(
        kind="notifier",
        name="windows",
        factory="voicebridge_os_windows.notices:TrayNotifier",
        probe="voicebridge_os_windows.probes:notices",
        features=["lasting"],
        description="Shows notices from the notification area.",
    )
    yield ServiceSpec(
        kind="autostart",
        name="windows-task",
        factory="voicebridge_os_windows.logon_task:LogonTask",
        probe="voicebridge_os_windows.probes:tasks",
        description="A task at logon, which also starts it again when it has failed.",
    )
    yield ServiceSpec(
        kind="autostart",
        name="windows",
        factory="voicebridge_os_windows.autostart:RunKeyAutostart",
        probe="voicebridge_os_windows.probes:windows",
        description="Starts with the session, from the user's Run key.",
    )
