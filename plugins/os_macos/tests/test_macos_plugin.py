"""Tests of the macOS plugin that run without macOS; docs/platforms.md lists what can't be tested."""

from __future__ import annotations

import plistlib
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from voicebridge.errors import UnavailableError
from voicebridge.keys import parse
from voicebridge.ports import Autostart, Focus, Notifier, TextInserter, WatchedClipboard
from voicebridge.spec_fields import load_ref
from voicebridge.specs import ServiceSpec
from voicebridge.testing.processes import PATIENCE
from voicebridge_os_macos import keyboard, notify
from voicebridge_os_macos.autostart import LABEL, LaunchAgent
from voicebridge_os_macos.notify import ScriptNotifier
from voicebridge_os_macos.plugin import voicebridge_services

PORTS = {"clipboard": WatchedClipboard, "inserter": TextInserter, "focus": Focus, "notifier": Notifier, "autostart": Autostart}
SPECS = list(voicebridge_services())
on_macos = pytest.mark.skipif(sys.platform != "darwin", reason="needs macOS")


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.kind}-{spec.name}")
def test_every_service_is_what_its_kind_calls_for(spec: ServiceSpec) -> None:
    assert isinstance(load_ref(spec.factory)(), PORTS[spec.kind])


@pytest.mark.skipif(sys.platform == "darwin", reason="is for the other systems")
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.kind}-{spec.name}")
def test_on_other_systems_every_probe_says_so(spec: ServiceSpec) -> None:
    with pytest.raises(UnavailableError, match="This is not macOS"):
        load_ref(spec.probe)()


@on_macos
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.kind}-{spec.name}")
def test_on_macos_every_probe_gives_a_priority_or_a_remedy(spec: ServiceSpec) -> None:
    try:
        assert load_ref(spec.probe)() >= 40
    except UnavailableError as error:
        assert "x-apple.systempreferences:" in str(error) or "Run it from a terminal on the desktop" in str(error)


@on_macos
def test_every_function_and_number_that_is_used_exists_with_the_value_that_is_written_here() -> None:
    import ApplicationServices
    import Quartz

    for name in ("AXIsProcessTrustedWithOptions", "kAXTrustedCheckOptionPrompt"):
        assert hasattr(ApplicationServices, name)
    for name in (
        *("CGEventCreateKeyboardEvent", "CGEventKeyboardSetUnicodeString", "CGEventPost", "CGEventSetFlags", "CGEventSourceFlagsState"),
        *("CGPreflightPostEventAccess", "CGSessionCopyCurrentDictionary", "CGWindowListCopyWindowInfo"),
    ):
        assert callable(getattr(Quartz, name))
    flags = {"shift": "Shift", "ctrl": "Control", "alt": "Alternate", "super": "Command"}
    assert {name: getattr(Quartz, f"kCGEventFlagMask{called}") for name, called in flags.items()} == keyboard._FLAGS


@on_macos
def test_the_pasteboard_is_what_it_was() -> None:
    import AppKit
    from voicebridge_os_macos.pasteboard import MARKS, TEXT, Loan

    board = AppKit.NSPasteboard.generalPasteboard()
    before: list[dict[str, Any]] = [{kind: item.dataForType_(kind) for kind in item.types()} for item in board.pasteboardItems() or ()]
    with Loan("é 北京 😀"):
        assert board.stringForType_(TEXT) == "é 北京 😀"
        assert set(MARKS) <= set(board.types())
    assert [{kind: item.dataForType_(kind) for kind in item.types()} for item in board.pasteboardItems() or ()] == before
    with Loan("é"):
        board.clearContents()
        board.setString_forType_("copied meanwhile", TEXT)
    assert board.stringForType_(TEXT) == "copied meanwhile"


@on_macos
def test_what_is_written_is_read_back_and_told_of_but_for_what_is_concealed() -> None:
    from voicebridge_os_macos.copying import MacClipboard
    from voicebridge_os_macos.pasteboard import Loan

    clipboard = MacClipboard()
    clipboard.write("before")
    copies = clipboard.copies()
    clipboard.write("é 北京 😀")
    assert clipboard.read() == next(copies) == "é 北京 😀"
    with Loan("hunter2"):
        heard: list[str] = []
        thread = threading.Thread(target=lambda: heard.extend(copies))
        thread.start()
        thread.join(1.0)
    copies.close()
    thread.join(PATIENCE)
    assert "hunter2" not in heard


class TestPieces:
    def test_no_piece_is_longer_than_an_event_can_carry_and_no_character_is_cut(self) -> None:
        text = "x" * 19 + "😀" * 15 + "北京\n\né" * 9
        pieces = list(keyboard.pieces(text))
        assert "".join(pieces) == text
        assert max(len(piece.encode("utf-16-le")) // 2 for piece in pieces) <= keyboard.UNITS

    def test_line_breaks_stand_alone(self) -> None:
        assert list(keyboard.pieces("a\n\nb\n")) == ["a", "\n", "\n", "b", "\n"]

    def test_nothing_gives_nothing(self) -> None:
        assert list(keyboard.pieces("")) == []


def test_a_chord_is_the_keys_number_and_its_modifiers_flags() -> None:
    assert keyboard.code_of(parse("cmd+v")) == (9, 1 << 20)
    assert keyboard.code_of(parse("shift+cmd+v")) == (9, 1 << 20 | 1 << 17)


def test_a_key_that_macs_lack_is_told() -> None:
    with pytest.raises(UnavailableError, match=r"ctrl\+ö can't be pressed on macOS.*super\+v"):
        keyboard.code_of(parse("ctrl+ö"))


class TestAutostart:
    @pytest.fixture(autouse=True)
    def agents(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(Path, "home", lambda: tmp_path)
        return tmp_path / "Library/LaunchAgents"

    def test_what_is_installed_is_read_back_and_undone(self, agents: Path) -> None:
        agent = LaunchAgent()
        assert agent.installed() is None
        for command in (["x"], ["/opt/a b/python", "-m", "voicebridge", "dictate", "--profile", "ü & <b>"]):
            agent.install(command)
            assert agent.installed() == command
        assert [path.name for path in agents.iterdir()] == [f"{LABEL}.plist"]
        agent.uninstall()
        agent.uninstall()
        assert agent.installed() is None

    def test_it_runs_when_the_user_logs_in(self, agents: Path) -> None:
        LaunchAgent().install(["x"])
        agent = plistlib.loads((agents / f"{LABEL}.plist").read_bytes())
        assert agent["RunAtLoad"] is True
        assert agent["KeepAlive"] == {"Crashed": True}
        assert agent["Label"] == LABEL

    def test_a_file_that_is_no_agent_counts_as_none(self, agents: Path) -> None:
        agents.mkdir(parents=True)
        (agents / f"{LABEL}.plist").write_text("nonsense")
        assert LaunchAgent().installed() is None

    def test_a_folder_that_is_a_file_is_told(self, agents: Path) -> None:
        agents.parent.mkdir()
        agents.write_text("")
        with pytest.raises(UnavailableError, match=r"plist can't be written: .*You must own its folder"):
            LaunchAgent().install(["x"])


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
class TestNotices:
    """A substitute for osascript shows its arguments; whether macOS shows the notification is not tested."""

    @pytest.fixture
    def heard(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        program = tmp_path / "osascript"
        program.write_text(f'#!/bin/sh\nprintf "%s" "$*" > {tmp_path}/words\ncat > {tmp_path}/stdin\n')
        program.chmod(0o755)
        monkeypatch.setattr(notify, "PROGRAM", str(program))
        return tmp_path

    def test_what_it_says_is_on_no_command_line(self, heard: Path) -> None:
        ScriptNotifier().notify("Title", 'a "secret"\n北京', tag="live")
        assert "secret" not in (heard / "words").read_text()
        assert (heard / "stdin").read_bytes() == b'{"title": "Title", "body": "a \\"secret\\"\\n\\u5317\\u4eac"}'

    def test_a_refusal_is_told(self, heard: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for program in ("/bin/false", str(heard / "nowhere")):
            monkeypatch.setattr(notify, "PROGRAM", program)
            with pytest.raises(UnavailableError, match="macOS did not show the notification"):
                ScriptNotifier().notify("t", "b")

    @on_macos
    def test_the_script_is_valid(self, tmp_path: Path) -> None:
        subprocess.run(["/usr/bin/osacompile", "-l", "JavaScript", "-e", notify.SCRIPT, "-o", str(tmp_path / "a.scpt")], check=True)
