"""The autostart entry, checked by the desktop's own validator and run by a program that reads such entries."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from voicebridge import OutputError
from voicebridge.testing import AutostartContract
from voicebridge.testing.processes import wait_until
from voicebridge_os_linux.autostart import XdgAutostart, probe

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its folders are those of Linux")

ODD = [
    "/opt/voice bridge/bin/voicebridge",
    "a\"b'c",
    "100 %",
    "%u",
    "$HOME `x`",
    "back\\slash",
    "tab\there",
    "line\nbreak",
    "",
    "ß;|&",
    "x=y",
]


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config/autostart/voicebridge.desktop"


def test_what_is_installed_is_told_and_taken_away(entry: Path) -> None:
    autostart = XdgAutostart()
    assert autostart.installed() is None
    autostart.uninstall()
    for command in (["voicebridge", "dictate"], ODD):
        autostart.install(command)
        assert autostart.installed() == command
        assert [each.name for each in entry.parent.iterdir()] == [entry.name]
    autostart.uninstall()
    assert autostart.installed() is None
    assert probe() > 0


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled=false"])
def test_an_entry_that_the_user_has_turned_off_does_not_count(line: str, entry: Path) -> None:
    XdgAutostart().install(["voicebridge"])
    with entry.open("a") as file:
        file.write(f"{line}\n")
    assert XdgAutostart().installed() is None


@pytest.mark.parametrize("command", [["voicebridge", "dictate"], ODD])
def test_the_entry_is_a_valid_one(command: list[str], entry: Path) -> None:
    if shutil.which("desktop-file-validate") is None:
        pytest.skip("needs: apt install desktop-file-utils")
    XdgAutostart().install(command)
    done = subprocess.run(["desktop-file-validate", str(entry)], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("", 0)


def test_the_command_that_runs_is_the_one_that_was_meant(entry: Path, tmp_path: Path) -> None:
    code = "import sys\nfrom gi.repository import Gio\nGio.DesktopAppInfo.new_from_filename(sys.argv[1]).launch([], None)"
    if subprocess.run(["/usr/bin/python3", "-c", "from gi.repository import Gio"], capture_output=True).returncode:
        pytest.skip("needs: apt install python3-gi")
    told = tmp_path / "told"
    program = tmp_path / "a program"
    program.write_text(f'#!/bin/sh\nprintf "%s\\\\0" "$@" > "{told}.new"\nmv "{told}.new" "{told}"\n')
    program.chmod(0o755)
    XdgAutostart().install([str(program), *ODD])
    subprocess.run(["/usr/bin/python3", "-c", code, str(entry)], check=True)
    wait_until(told.exists, "the program to start")
    assert told.read_text().split("\0")[:-1] == ODD


def test_what_can_not_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    with pytest.raises(OutputError, match="can't be written"):
        XdgAutostart().install(["voicebridge"])
    with pytest.raises(OutputError, match="can't be removed"):
        XdgAutostart().uninstall()


@pytest.mark.usefixtures("entry")
class TestContract(AutostartContract):
    service = "os-linux/xdg"
