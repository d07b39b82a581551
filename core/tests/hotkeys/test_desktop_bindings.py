"""Key bindings for desktops: their syntax, the file for them, and their effect on a real desktop."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from voicebridge.errors import NotSupportedError, OutputError, UnknownNameError, UsageError
from voicebridge.hotkeys.desktop_bindings import BACKUP, BEGIN, COMPOSITORS, END, binding, compositor, write
from voicebridge.keys import NAMED, keysym_name
from voicebridge.testing.lab.wayland import SwayDesktop
from voicebridge.testing.processes import wait_until

START, STOP, TOGGLE = (f"voicebridge dictate {verb}" for verb in ("start", "stop", "toggle"))
CHORD = "ctrl+alt+space"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path


def test_a_key_that_is_held_is_bound_where_the_desktop_sees_it_come_up(home: Path) -> None:
    assert {name: binding(name, CHORD, START, STOP).splitlines() for name, each in COMPOSITORS.items() if each.releases} == {
        "sway": [
            "bindsym --no-repeat Control+Mod1+space exec voicebridge dictate start",
            "bindsym --release Control+Mod1+space exec voicebridge dictate stop",
        ],
        "hyprland": [
            "bind = CTRL ALT, space, exec, voicebridge dictate start",
            "bindr = CTRL ALT, space, exec, voicebridge dictate stop",
        ],
        "river": [
            "riverctl map normal Control+Alt space spawn 'voicebridge dictate start'",
            "riverctl map -release normal Control+Alt space spawn 'voicebridge dictate stop'",
        ],
    }


def test_elsewhere_one_press_starts_and_the_next_stops(home: Path) -> None:
    assert 'Ctrl+Alt+space repeat=false { spawn "voicebridge" "dictate" "toggle"; }' in binding("niri", CHORD, TOGGLE)
    assert "Exec=voicebridge dictate toggle\n" in binding("kde", CHORD, TOGGLE)
    assert "X-KDE-Shortcuts=Ctrl+Alt+Space\n" in binding("kde", CHORD, TOGGLE)
    assert "binding '<Ctrl><Alt>space'\n" in binding("gnome", CHORD, TOGGLE)
    for name, each in COMPOSITORS.items():
        assert "toggle" in binding(name, CHORD, TOGGLE)
        if not each.releases:
            with pytest.raises(NotSupportedError, match="voicebridge dictate toggle"):
                binding(name, CHORD, START, STOP)


def test_a_key_by_itself_needs_no_modifiers(home: Path) -> None:
    assert binding("sway", "f9", TOGGLE) == "bindsym --no-repeat F9 exec voicebridge dictate toggle\n"
    assert binding("river", "f9", TOGGLE) == "riverctl map normal None F9 spawn 'voicebridge dictate toggle'\n"
    assert binding("hyprland", "f9", START, STOP).splitlines()[1] == "bindri = , F9, exec, voicebridge dictate stop"
    assert "    Pause repeat" in binding("niri", "pause", TOGGLE)


def test_hyprland_is_written_to_in_lua_where_its_configuration_is(home: Path) -> None:
    file = home / "config/hypr/hyprland.lua"
    file.parent.mkdir(parents=True)
    file.write_text("-- mine\n")
    text = binding("hyprland", "super+ä", START, STOP)
    assert text.splitlines()[1] == 'hl.bind("SUPER + U00E4", hl.dsp.exec_cmd("voicebridge dictate stop"), { release = true })'
    assert write("hyprland", text) == file
    assert file.read_text() == f"-- mine\n\n-- {BEGIN}\n{text}-- {END}\n"


@pytest.mark.skipif(sys.platform != "linux", reason="sway is on Linux alone")
def test_every_key_has_a_name_that_a_desktop_knows(sway_desktop: SwayDesktop) -> None:
    keys = [*NAMED, *(chr(code) for code in range(0x21, 0x7F)), "ä", "ß", "я"]
    for key in keys:
        assert "false" not in sway_desktop.tell(f"bindsym {keysym_name(key)} nop"), key


def test_writing_twice_is_writing_once_and_all_else_stays(home: Path) -> None:
    file = home / "config/sway/config"
    file.parent.mkdir(parents=True)
    file.write_text("# my own\nset $mod Mod4")
    file.chmod(0o600)
    assert write("sway", binding("sway", CHORD, START, STOP)) == file
    assert file.with_name(file.name + BACKUP).read_text() == "# my own\nset $mod Mod4"
    with file.open("a") as end:
        end.write("bindsym x kill\n")
    once = file.read_text()
    write("sway", binding("sway", CHORD, START, STOP))
    assert file.read_text() == once
    write("sway", binding("sway", "f9", TOGGLE))
    assert file.read_text() == f"# my own\nset $mod Mod4\n\n# {BEGIN}\n{binding('sway', 'f9', TOGGLE)}# {END}\nbindsym x kill\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert {each.name for each in file.parent.iterdir()} == {"config", "config" + BACKUP}


def test_a_block_whose_end_is_gone_is_left_alone(home: Path) -> None:
    file = home / "config/sway/config"
    file.parent.mkdir(parents=True)
    file.write_text(f"# {BEGIN}\nbindsym x kill\n")
    write("sway", binding("sway", "f9", TOGGLE))
    assert file.read_text().startswith(f"# {BEGIN}\nbindsym x kill\n\n# {BEGIN}\n")


def test_a_file_that_is_not_there_begins_with_what_the_desktop_needs(home: Path) -> None:
    assert write("sway", "x\n").read_text().startswith("include /etc/sway/config\n")
    river = write("river", "x\n")
    assert river.read_text().startswith("#!/bin/sh\n")
    assert os.access(river, os.X_OK) or sys.platform == "win32"
    with pytest.raises(OutputError, match="Log in to hyprland once"):
        write("hyprland", "x\n")


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need rights on Windows")
def test_a_link_to_where_the_file_is_kept_stays_one(home: Path) -> None:
    kept = home / "dotfiles"
    kept.write_text("mine\n")
    link = home / "config/sway/config"
    link.parent.mkdir(parents=True)
    link.symlink_to(kept)
    write("sway", "x\n")
    assert link.is_symlink()
    assert kept.read_text().startswith("mine\n")


def test_what_can_not_be_written_is_told(home: Path) -> None:
    for name, remedy in (("gnome", r"\| sh"), ("niri", "section `binds`")):
        with pytest.raises(NotSupportedError, match=remedy):
            write(name, "x")
    (home / "config/sway/config").mkdir(parents=True)
    with pytest.raises(OutputError, match="can't be written"):
        write("sway", "x")
    with pytest.raises(UnknownNameError, match="Did you mean 'sway'"):
        compositor("swayy")
    with pytest.raises(UsageError, match="is not a known key"):
        binding("sway", "ctrl+nonsense", TOGGLE)


def test_the_entry_for_kde_is_a_valid_one(home: Path) -> None:
    if shutil.which("desktop-file-validate") is None:
        pytest.skip("needs: apt install desktop-file-utils")
    for _ in range(2):
        file = write("kde", binding("kde", "super+page_up", TOGGLE))
    assert subprocess.run(["desktop-file-validate", str(file)], capture_output=True, text=True).stdout == ""
    assert "X-KDE-Shortcuts=Meta+PgUp\n" in file.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("@as []", "['PATH']"),
        ("['/org/other/']", "['/org/other/', 'PATH']"),
        ("['PATH', '/org/other/']", "['PATH', '/org/other/']"),
    ],
)
def test_gnomes_other_keys_stay(before: str, after: str, tmp_path: Path) -> None:
    path = "/org/gnome/settings-daemon/plugins/media-keys/custom-keybindings/voicebridge-dictate/"
    program = tmp_path / "gsettings"
    list_before = before.replace("PATH", path)
    program.write_text(
        f'#!/bin/sh\nif [ "$1" = get ]; then echo "{list_before}"; else printf "%s|" "$@" >> {tmp_path}/log; echo >> {tmp_path}/log; fi\n'
    )
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run(["sh"], input=binding("gnome", CHORD, TOGGLE), text=True, check=True, env=environment)
    schema = "org.gnome.settings-daemon.plugins.media-keys"
    own = f"set|{schema}.custom-keybinding:{path}"
    assert (tmp_path / "log").read_text().splitlines() == [
        f"{own}|name|VoiceBridge: dictate|",
        f"{own}|command|voicebridge dictate toggle|",
        f"{own}|binding|<Ctrl><Alt>space|",
        f"set|{schema}|custom-keybindings|{after.replace('PATH', path)}|",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="sway is on Linux alone")
@pytest.mark.parametrize("first_up", ["key", "modifiers"])
def test_sway_runs_the_commands_when_the_key_goes_down_and_when_it_comes_up(first_up: str, sway_desktop: SwayDesktop) -> None:
    log = sway_desktop.folder / "log"
    log.touch(mode=0o666)
    log.chmod(0o666)
    for line in binding("sway", CHORD, f"echo start >> {log}", f"echo stop >> {log}").splitlines():
        sway_desktop.tell(line)
    down = ["-M", "ctrl", "-M", "alt", "-P", "space", "-s", "700"]  # longer than the delay of key repetition
    modifiers = ["-m", "alt", "-m", "ctrl"]
    sway_desktop.type(*down, *(["-p", "space", *modifiers] if first_up == "key" else [*modifiers, "-p", "space"]))
    wait_until(lambda: len(log.read_text().split()) >= 2, "both commands")
    assert log.read_text().split() == ["start", "stop"]
