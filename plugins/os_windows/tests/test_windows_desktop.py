"""The other services, on a real Windows or Wine (``make test-windows``)."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from voicebridge.errors import UnavailableError
from voicebridge.ports import Autostart, Focus, Notifier, TextInserter, WatchedClipboard
from voicebridge.spec_fields import load_ref
from voicebridge.specs import ServiceSpec
from voicebridge_os_windows import autostart, logon_task, probes
from voicebridge_os_windows.autostart import RunKeyAutostart
from voicebridge_os_windows.focus import WindowsFocus
from voicebridge_os_windows.logon_task import LogonTask
from voicebridge_os_windows.notify import TrayNotifier
from voicebridge_os_windows.plugin import voicebridge_services

if TYPE_CHECKING:
    from plugins.os_windows.tests.conftest import Control

PORTS = {"clipboard": WatchedClipboard, "inserter": TextInserter, "focus": Focus, "notifier": Notifier, "autostart": Autostart}
SPECS = list(voicebridge_services())


def probe(spec: ServiceSpec) -> int:
    """Probe as the registry does, which Wine can't import."""
    priority: int = load_ref(spec.probe)()
    return priority


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.kind}-{spec.name}")
def test_every_service_is_what_its_kind_calls_for(spec: ServiceSpec) -> None:
    assert isinstance(load_ref(spec.factory)(), PORTS[spec.kind])


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.kind}-{spec.name}")
def test_every_probe_says_whether_it_can_be_used(spec: ServiceSpec, request: pytest.FixtureRequest) -> None:
    if sys.platform == "win32":
        request.getfixturevalue("edit")  # starts the desktop
        assert probe(spec) >= 40
    else:
        with pytest.raises(UnavailableError, match="This is not Windows"):
            probe(spec)


def test_pasting_comes_before_typing(desktop: None) -> None:
    assert probes.pasting() > probes.typing()


def test_the_window_in_front_is_known_by_program_and_title(edit: Control) -> None:
    window = WindowsFocus().window()
    assert window is not None
    assert (window.id, window.application) == (f"{edit.window:#x}", "python.exe")


def test_a_notice_is_shown_and_the_next_takes_its_place(edit: Control) -> None:
    notifier = TrayNotifier()
    try:
        notifier.notify("Dictation", "é 北京 😀 " * 60)
        notifier.notify("Dictation", "", tag="live")
        notifier.keep("Dictation", "Listening " * 40, tag="live")
        notifier.keep("Dictation", "Transcribing", tag="live")
        notifier.withdraw("live")
        notifier.withdraw("live")
    finally:
        notifier.close()
        notifier.close()


@pytest.fixture
def run_key(desktop: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunKeyAutostart]:
    """The real registry, with a value name that no user has."""
    monkeypatch.setattr(autostart, "NAME", "VoiceBridge test")
    started = RunKeyAutostart()
    yield started
    started.uninstall()


class TestAutostart:
    COMMAND = (r"C:\Program Files\Python\python.exe", "-m", "voicebridge", "dictate", "--profile", 'a "b" c')

    def test_what_is_installed_is_read_back_and_undone(self, run_key: RunKeyAutostart) -> None:
        assert run_key.installed() is None
        for command in (["x"], self.COMMAND):
            run_key.install(command)
            assert run_key.installed() == list(command)
        run_key.uninstall()
        run_key.uninstall()
        assert run_key.installed() is None

    def test_one_that_the_user_has_switched_off_is_on_again_when_installed(self, run_key: RunKeyAutostart) -> None:
        run_key.install(self.COMMAND)
        switch(bytes([3, *bytes(11)]))
        assert run_key.installed() is None
        run_key.install(self.COMMAND)
        assert run_key.installed() == list(self.COMMAND)

    def test_a_command_that_is_too_long_is_refused(self) -> None:
        with pytest.raises(UnavailableError, match="has 300 characters, and Windows allows at most 260"):
            RunKeyAutostart().install(["x" * 300])


class TestLogonTask:
    def test_the_scheduler_takes_the_task_and_gives_it_up(self, desktop: None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(logon_task, "name", lambda: "VoiceBridge test")
        kept = Path(os.environ["SYSTEMROOT"], "System32/Tasks/VoiceBridge test")
        task = LogonTask()
        task.uninstall()
        for command in (["x"], TestAutostart.COMMAND):
            task.install(command)
            assert kept.exists()  # Wine does not store the command in it
        task.uninstall()
        assert not kept.exists()
        assert task.installed() is None

    def test_a_task_is_read_back_as_it_was_written(self, desktop: None) -> None:
        for command in (["x"], TestAutostart.COMMAND, [r"C:\a & b\<x>.exe", "ü", "", "a b\\"]):
            assert logon_task.command_of(logon_task.definition(command, "home\\ann")) == list(command)

    def test_a_task_that_the_user_has_switched_off_does_not_count(self) -> None:
        task = logon_task.definition(["x"], "ann")
        assert logon_task.command_of(task.replace("<Settings>", "<Settings><Enabled>false</Enabled>")) is None
        assert logon_task.command_of("") is None

    def test_the_definition_can_be_parsed(self) -> None:
        root = ElementTree.fromstring(logon_task.definition(["a & b", "<c>"], "dom\\ann & bob").partition("\n")[2])
        space = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
        assert root.findtext(f"{space}Actions/{space}Exec/{space}Command") == "a & b"
        assert root.findtext(f"{space}Actions/{space}Exec/{space}Arguments") == "<c>"
        assert root.findtext(f"{space}Triggers/{space}LogonTrigger/{space}UserId") == "dom\\ann & bob"


if sys.platform != "win32":  # the substitute is a shell script

    def test_a_service_that_outlives_the_scheduler_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """On real Windows the first program of a session starts services, which inherit its output handles."""
        program = tmp_path / "schtasks.exe"
        program.write_text(f"#!/bin/sh\nsleep 600 &\necho $! > {tmp_path}/service\necho Access is denied. >&2\nexit 1\n", encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
        try:
            with pytest.raises(UnavailableError, match=r"refuses a task at logon: Access is denied\."):
                LogonTask().install(["x"])
        finally:
            os.kill(int((tmp_path / "service").read_text(encoding="utf-8")), signal.SIGKILL)  # so that it was still there


def switch(state: bytes) -> None:
    """Disable or enable it as the Task Manager does."""
    if sys.platform == "win32":
        import winreg

        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, autostart.APPROVED) as key:
            winreg.SetValueEx(key, autostart.NAME, 0, winreg.REG_BINARY, state)


def test_the_cores_hotkeys_hear_a_key_go_down_and_come_up(keys: Callable[..., None]) -> None:
    from voicebridge.desktop.hotkeys import PynputHotkeys

    events = PynputHotkeys().listen(["ctrl+alt+space", "f9"])
    try:
        keys("keydown", "F9")
        assert next(iter(events)) == ("f9", True)
        keys("keyup", "F9")
        assert next(events) == ("f9", False)
        keys("keydown", "ctrl", "keydown", "alt", "key", "space", "keyup", "alt", "keyup", "ctrl")
        assert next(events) == ("ctrl+alt+space", True)
        assert next(events) == ("ctrl+alt+space", False)
    finally:
        events.close()
