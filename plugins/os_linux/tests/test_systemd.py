"""The systemd unit, checked by systemd's own verifier."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from voicebridge import OutputError, UnavailableError
from voicebridge_os_linux import systemd
from voicebridge_os_linux.systemd import NAME, SystemdAutostart

if sys.platform != "linux":
    pytest.skip("systemd is of Linux", allow_module_level=True)

ODD = ["a\"b'c", "100 %", "%u", "$HOME `x` $$", "${HOME}", "back\\slash", "tab\there", "line\nbreak", "", ";", "ß|&", "x=y", "#"]
SESSIONS = {"desktop": ("graphical-session.target", ":7"), "console": ("default.target", "")}


@pytest.fixture(params=SESSIONS)
def target(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    name, display = SESSIONS[request.param]
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", display)
    return name


@pytest.fixture
def units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config/systemd/user"


def verified(unit: Path) -> str:
    """systemd's remarks on the unit."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs: apt install systemd")
    command = ["systemd-analyze", "--user", "--man=no", "verify", str(unit)]
    with tempfile.TemporaryDirectory(prefix="vb") as runtime:  # the sockets of others have to have room in its name
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "XDG_RUNTIME_DIR": runtime})
    return done.stdout + done.stderr + (f"exit code {done.returncode}" if done.returncode else "")


def test_what_is_installed_is_told_and_taken_away(units: Path, target: str) -> None:
    autostart = SystemdAutostart()
    assert autostart.installed() is None
    autostart.uninstall()
    for command in (["voicebridge", "daemon", "run"], ["/opt/voice bridge/$x/%y", *ODD]):
        autostart.install(command)
        assert autostart.installed() == command
        assert sorted(path.name for path in units.iterdir()) == sorted([NAME, f"{target}.wants"])
        assert (units / f"{target}.wants" / NAME).resolve() == units / NAME
    autostart.uninstall()
    assert autostart.installed() is None
    assert list(units.iterdir()) == []


def test_the_session_that_it_was_installed_in_last_is_the_one_it_starts_with(units: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for target, display in SESSIONS.values():
        monkeypatch.setenv("DISPLAY", display)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        SystemdAutostart().install(["voicebridge"])
        assert [path.name for path in units.glob("*.wants")] == [f"{target}.wants"]


def test_wishes_of_other_units_stay(units: Path, target: str) -> None:
    other = units / f"{target}.wants" / "other.service"
    other.parent.mkdir(parents=True)
    other.touch()
    SystemdAutostart().install(["voicebridge"])
    SystemdAutostart().uninstall()
    assert other.exists()


def test_a_unit_that_the_user_has_turned_off_does_not_count(units: Path, target: str) -> None:
    SystemdAutostart().install(["voicebridge"])
    (units / f"{target}.wants" / NAME).unlink()
    assert SystemdAutostart().installed() is None


@pytest.mark.parametrize("arguments", [["daemon", "run"], ODD])
def test_systemd_has_nothing_to_say_against_the_unit(units: Path, target: str, arguments: list[str]) -> None:
    SystemdAutostart().install([sys.executable, *arguments])
    assert verified(units / NAME) == ""


def test_a_program_with_an_odd_name_is_the_one_that_systemd_would_run(units: Path, target: str, tmp_path: Path) -> None:
    program = tmp_path / "voice $HOME 100%u bridge ß"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    SystemdAutostart().install([str(program), "run"])
    assert verified(units / NAME) == ""
    program.unlink()
    assert "is not executable" in verified(units / NAME)  # so it is checked


def test_a_program_that_systemd_would_not_run_is_refused(units: Path) -> None:
    for name in ('/opt/a "b"', "/opt/a'b", "/opt/a\\b"):
        with pytest.raises(UnavailableError, match="quotes or backslashes"):
            SystemdAutostart().install([name, "run"])
    assert not units.exists()


def test_what_can_not_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    with pytest.raises(OutputError, match="can't be written"):
        SystemdAutostart().install(["voicebridge"])


def test_without_a_service_manager_the_autostart_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with pytest.raises(UnavailableError, match="autostart folder"):
        systemd.probe()


@pytest.mark.parametrize(("code", "display", "usable"), [(0, ":7", True), (3, ":7", False), (3, "", True)])
def test_it_is_used_where_the_desktop_tells_it_of_sessions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, display: str, usable: bool
) -> None:
    (tmp_path / "systemd").mkdir()
    (tmp_path / "systemd/private").touch()
    program = tmp_path / "systemctl"
    program.write_text(f'#!/bin/sh\n[ "$*" = "--user is-active --quiet graphical-session.target" ] && exit {code}\nexit 99\n')
    program.chmod(0o755)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", display)
    if usable:
        assert systemd.probe() == systemd.PRIORITY
    else:
        with pytest.raises(UnavailableError, match=r"start graphical-session\.target"):
            systemd.probe()
