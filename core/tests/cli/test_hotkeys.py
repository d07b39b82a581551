"""``voicebridge hotkeys`` with a source of key events controlled by the test."""

from __future__ import annotations

import functools
import json
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from voicebridge.cli.hotkeys.capture import pressed_chord, report
from voicebridge.hotkeys import choosing
from voicebridge.hotkeys.actions import HotkeyAction
from voicebridge.keys import reserved

Site = Any  # the folder of planted packages in conftest.py
Run = Callable[..., Any]

PLUGIN = """
    from voicebridge import ServiceSpec, hookimpl

    @hookimpl
    def voicebridge_services():
        yield ServiceSpec(kind="hotkeys", name="planted", factory="PACKAGE.keys:Keys", probe="PACKAGE.keys:probe", features=FEATURES)
"""
KEYS = """
    PRESSED = []

    def probe():
        return 1000

    class Events:
        def __init__(self, told):
            self.told = iter(told)

        def __iter__(self):
            return self

        def __next__(self):
            return next(self.told)

        def close(self):
            pass

    class Keys:
        def listen(self, chords):
            return Events([(chord, pressed) for chord in chords for pressed in (True, False)])

        def capture(self):
            return Events(PRESSED)

        def problem(self, chord):
            return f"{chord} is taken." if chord == "ctrl+alt+k" else ""
"""


@pytest.fixture
def planted(site: Site) -> Site:
    plant(site)
    return site


def plant(site: Site, features: str = '("release", "capture")', pressed: str = "[]") -> None:
    site.install("planted", PLUGIN.replace("FEATURES", features), keys=KEYS.replace("PRESSED = []", f"PRESSED = {pressed}"))


def hotkeys(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((home / "config.toml").read_text(encoding="utf-8"))["hotkeys"]
    return found


def test_all_keys_are_listed_with_what_hears_them(run: Run, planted: Site) -> None:
    listed = json.loads(run("hotkeys", "list", "--json").out)
    assert listed["mode"] == "auto"
    assert [each["action"] for each in listed["hotkeys"]] == [each.value for each in HotkeyAction]
    bound = [each for each in listed["hotkeys"] if each["keys"]]
    assert [each["action"] for each in bound] == ["dictate", "cancel", *(["read_selection"] if sys.platform != "darwin" else [])]
    assert {each["heard_by"] for each in bound} == {"planted/planted"}
    assert {each["problem"] for each in listed["hotkeys"]} == {""}
    assert "planted/planted" in run("hotkeys").out


def test_keys_of_reading_aloud_are_set_and_taken_away(run: Run, planted: Site, home: Path) -> None:
    assert "Skip: ctrl+alt+right" in run("hotkeys", "set", "skip", "Ctrl+Alt+Right").err
    assert "Read selection: not set" in run("hotkeys", "set", "read_selection", "off").err
    assert hotkeys(home) == {"skip": "ctrl+alt+right", "read_selection": "off"}
    listed = {each["action"]: each["keys"] for each in json.loads(run("hotkeys", "list", "--json").out)["hotkeys"]}
    assert (listed["skip"], listed["read_selection"]) == ("ctrl+alt+right", "")
    for words, told in (
        (("dictate", "off"), "off"),
        (("pause", "p"), "is a typing key"),
        (("faster", "ctrl+alt+right"), "the hotkey for skip"),
    ):
        assert told in run("hotkeys", "set", *words).err
    run("hotkeys", "reset", "skip")
    assert hotkeys(home) == {"read_selection": "off"}


def test_what_speaks_against_configured_keys_is_listed(run: Run, planted: Site, home: Path) -> None:
    for keys, told in (("ctrl+alt+k", "is taken"), ("a", "is a typing key"), ("esc", "already the hotkey for cancel")):
        (home / "config.toml").write_text(f'[hotkeys]\ndictate = "{keys}"\n')
        assert told in run("hotkeys").out


def test_where_nothing_hears_keys_that_is_said_once_and_the_list_is_still_shown(run: Run, site: Site) -> None:
    ran = run("hotkeys")
    assert ran.code == 0
    assert ran.err.count("No hotkeys can be used here") == 1
    assert ran.out.count("no key source") == 3


def test_keys_that_are_written_down_are_kept_in_their_own_spelling_and_other_settings_stay(run: Run, planted: Site, home: Path) -> None:
    (home / "config.toml").write_text('# mine\n[hotkeys]\nmode = "hold"\n[stt]\nword_timestamps = true\n')
    ran = run("hotkeys", "set", "dictate", "Control+Option+D")
    assert (ran.code, ran.out) == (0, "")
    assert "Dictate: ctrl+alt+d" in ran.err
    assert hotkeys(home) == {"mode": "hold", "dictate": "ctrl+alt+d"}
    assert "# mine" in (home / "config.toml.bak").read_text()
    assert run("config", "get", "hotkeys.dictate").out == "ctrl+alt+d\n"


@pytest.mark.parametrize(
    ("action", "keys", "told"),
    [
        ("dictate", "ctrl+alt+k", "ctrl+alt+k is taken."),
        ("dictate", "shift+a", "is a typing key"),
        ("dictate", "esc", "already the hotkey for cancel"),
        ("cancel", "ctrl+alt+space", "already the hotkey for dictate"),
        ("dictate", "ctrl+spcae", "Did you mean 'space'?"),
        (
            "dictate",
            "ctrl+c",
            "ctrl+c is already used: it copies, and interrupts programs in a terminal. Choose another, such as ctrl+alt+d.",
        ),
        ("skip", "alt+tab", "alt+tab is already used: it switches windows."),
        ("cancel", "ctrl+w", "ctrl+w is already used: it closes tabs."),
    ],
)
def test_keys_that_won_t_do_are_refused_with_the_reason_and_nothing_is_changed(
    run: Run, planted: Site, home: Path, action: str, keys: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_linux = functools.partial(choosing.objection, system="linux")
    monkeypatch.setattr(choosing, "objection", on_linux)
    ran = run("hotkeys", "set", action, keys)
    assert ran.code == 2
    assert told in ran.err
    assert "Nothing was changed." in ran.err or "spcae" in keys
    assert not (home / "config.toml").exists()


@pytest.mark.parametrize(
    ("key", "keys", "told"),
    [
        ("hotkeys.dictate", "ctrl+c", "ctrl+c is already used"),
        ("profiles.work.hotkeys.pause", "Ctrl+V", "ctrl+v is already used"),
        ("hotkeys.skip", "p", "p is a typing key"),
    ],
)
def test_what_programs_need_is_refused_by_config_set_too(
    run: Run, planted: Site, home: Path, key: str, keys: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "objection", functools.partial(choosing.objection, system="linux"))
    ran = run("config", "set", key, keys)
    assert ran.code != 0
    assert told in ran.err
    assert not (home / "config.toml").exists()
    assert run("config", "set", key, "ctrl+alt+d").code == 0


def test_what_the_system_keeps_is_refused(run: Run, planted: Site) -> None:
    import sys

    from voicebridge.keys import RESERVED, parse

    keys = next(iter(RESERVED[sys.platform]))
    assert reserved(parse(keys)) in run("hotkeys", "set", "dictate", keys).err


def test_the_keys_that_are_configured_may_be_set_again_though_they_are_in_use(run: Run, planted: Site, home: Path) -> None:
    (home / "config.toml").write_text('[hotkeys]\ndictate = "ctrl+alt+k"\n')
    assert run("hotkeys", "set", "dictate", "ctrl+alt+k").code == 0


def test_where_nothing_hears_keys_they_are_kept_untried(run: Run, site: Site, home: Path) -> None:
    ran = run("hotkeys", "set", "dictate", "f9")
    assert ran.code == 0
    assert "Warning: f9 can't be tested here. No hotkeys can be used here." in ran.err
    assert hotkeys(home) == {"dictate": "f9"}
    ran = run("hotkeys", "set", "dictate")
    assert ran.code == 1
    assert "Type the keys: voicebridge hotkeys set dictate ctrl+alt+d" in ran.err


def test_keys_that_are_pressed_are_taken(run: Run, site: Site, home: Path) -> None:
    plant(site, pressed="[('enter', False), ('ctrl_l', True), ('ctrl+f9', True), ('ctrl+f9', False), ('ctrl_l', False)]")
    ran = run("hotkeys", "set", "dictate")
    assert ran.code == 0, ran.err
    assert hotkeys(home) == {"dictate": "ctrl+f9"}


@pytest.mark.parametrize(("pressed", "told"), [("[('esc', True), ('esc', False)]", "Cancelled."), ("[]", "No key was pressed in 15 s")])
def test_nothing_changes_when_nothing_is_chosen(run: Run, site: Site, home: Path, pressed: str, told: str) -> None:
    plant(site, pressed=pressed)
    ran = run("hotkeys", "set", "dictate")
    assert ran.code == 2
    assert told in ran.err
    assert not (home / "config.toml").exists()


def test_a_source_that_captures_nothing_has_keys_written_down(run: Run, site: Site) -> None:
    plant(site, features="()")
    ran = run("hotkeys", "set", "dictate")
    assert ran.code == 2
    assert "Type them" in ran.err


def test_resetting_goes_back_to_what_it_came_with(run: Run, planted: Site, home: Path) -> None:
    (home / "config.toml").write_text('[hotkeys]\ndictate = "f9"\ncancel = "f8"\nmode = "hold"\n')
    assert "Dictate: " in run("hotkeys", "reset", "dictate").err
    assert hotkeys(home) == {"cancel": "f8", "mode": "hold"}
    assert run("hotkeys", "reset").code == 0
    assert hotkeys(home) == {"mode": "hold"}


def test_a_variable_that_overrides_is_named(run: Run, planted: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBRIDGE_HOTKEYS_DICTATE", "f7")
    assert "VOICEBRIDGE_HOTKEYS_DICTATE overrides it" in run("hotkeys", "set", "dictate", "f9").err


def test_a_wrong_chord_in_the_file_is_an_error_that_names_file_and_key(run: Run, planted: Site, home: Path) -> None:
    (home / "config.toml").write_text('[hotkeys]\ncancel = "escpae"\n')
    ran = run("hotkeys")
    assert ran.code == 2
    assert f"{home / 'config.toml'}: hotkeys.cancel: 'escpae' is not a known key." in ran.err


def test_trying_shows_presses_and_releases_and_what_they_are_bound_to(run: Run, site: Site) -> None:
    plant(site, pressed="[('f9', True), ('f9', False), ('esc', True), ('esc', False)]")
    ran = run("hotkeys", "test")
    assert ran.code == 0
    assert [line.split(" after ")[0] for line in ran.out.splitlines()] == [
        "f9 pressed",
        "f9 released",
        "esc pressed  (cancel)",
        "esc released",
    ]
    plant_free = ran.err.splitlines()[0]
    assert plant_free == "planted/planted is listening. Press keys; Ctrl-C stops."


def test_how_long_a_key_was_held_is_told() -> None:
    told: list[str] = []
    report([("f9", True), ("f9", False), ("f8", False)], {"f9": "dictate"}, told.append)
    assert told == ["f9 pressed  (dictate)", "f9 released after 0.00 s  (dictate)"]


@pytest.mark.parametrize(
    ("events", "chord"),
    [
        ([("alt_r", True), ("alt_r", False)], "alt_r"),
        ([("enter", False), ("f9", True), ("f9", False)], "f9"),
        ([("ctrl_l", True), ("ctrl+d", True), ("ctrl_l", False)], "ctrl+d"),
        ([("f9", True)], None),
        ([], None),
    ],
)
def test_the_last_key_that_went_down_before_one_came_up_is_meant(events: list[tuple[str, bool]], chord: str | None) -> None:
    assert pressed_chord(events) == chord


def test_the_desktops_own_binding_is_printed_or_written(run: Run, site: Site, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    monkeypatch.setenv("VOICEBRIDGE_HOTKEYS_DICTATE", "super+d")
    ran = run("hotkeys", "bind", "sway")
    assert ran.out.startswith("bindsym --no-repeat Mod4+d exec ")
    dictate, read = ran.out.splitlines()
    assert dictate.endswith("voicebridge dictate toggle")
    assert read.startswith("bindsym --no-repeat Control+Mod1+Shift+space exec ")
    assert read.endswith("voicebridge read --selection")
    assert not (home / "sway").exists()
    ran = run("hotkeys", "bind", "sway", "--write")
    assert (ran.code, ran.out) == (0, "")
    assert "bindsym --no-repeat Mod4+d exec " in (home / "sway/config").read_text()


def test_holding_is_bound_to_press_and_release_where_the_desktop_can(run: Run, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBRIDGE_HOTKEYS_MODE", "hold")
    out = run("hotkeys", "bind", "sway").out
    assert "dictate start\n" in out
    assert "dictate stop\n" in out
    monkeypatch.setenv("VOICEBRIDGE_HOTKEYS_MODE", "toggle")
    assert "voicebridge read --selection" in run("hotkeys", "bind", "gnome").err  # which knows one binding of ours
    monkeypatch.setenv("VOICEBRIDGE_HOTKEYS_MODE", "hold")
    ran = run("hotkeys", "bind", "gnome")
    assert ran.code == 2
    assert "voicebridge config set hotkeys.mode toggle" in ran.err


def test_an_unknown_desktop_is_refused_with_those_that_are_known(run: Run, site: Site) -> None:
    ran = run("hotkeys", "bind", "swya")
    assert ran.code == 2
    assert "Did you mean 'sway'?" in ran.err
