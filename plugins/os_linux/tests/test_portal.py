"""The real desktop portal, with a substitute for the desktop's backend."""

from __future__ import annotations

import json
import runpy
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from voicebridge import PartlyInsertedError, UnavailableError
from voicebridge.paths import data_dir
from voicebridge.testing.lab.bus import SessionBus
from voicebridge.testing.processes import PATIENCE, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="portals are on Linux alone")

from jeepney import DBusAddress  # noqa: E402
from voicebridge_os_linux.bus import Bus  # noqa: E402
from voicebridge_os_linux.portal import probes  # noqa: E402
from voicebridge_os_linux.portal.hotkeys import PortalHotkeys  # noqa: E402
from voicebridge_os_linux.portal.type import PortalType  # noqa: E402

PROGRAMS = [Path("/usr/libexec/xdg-desktop-portal"), Path("/usr/libexec/xdg-permission-store")]
STAND_IN = Path(__file__).with_name("portal_backend.py")
CHORD = "ctrl+alt+space"


@dataclass
class Desktop:
    """The calls that the backend received, and its keyboard."""

    log: Path
    standin: dict[str, Any]

    def calls(self, member: str) -> list[Any]:
        return [body for name, body in map(json.loads, self.log.read_text().splitlines()) if name == member]

    def wait_for(self, member: str, count: int) -> list[Any]:
        """Wait for calls, because the portal forwards them after it has answered."""
        wait_until(lambda: len(self.calls(member)) >= count, f"{count} of {member}")
        return self.calls(member)

    def press(self, name: str, pressed: bool) -> None:
        bus = Bus()
        bus.call(DBusAddress(self.standin["PATH"], self.standin["NAME"], self.standin["SHORTCUTS"]), "Press", "sb", (name, pressed))
        bus.close()


@pytest.fixture
def desktop(session_bus: SessionBus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AbstractContextManager[Desktop]]:
    """Run the portal with the substitute backend, which may reject one of its methods."""
    if missing := [str(each) for each in PROGRAMS if not each.exists()]:
        pytest.skip(f"needs {', '.join(missing)}: apt install xdg-desktop-portal")
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(tmp_path / "home"))
    standin = runpy.run_path(str(STAND_IN))
    folder = tmp_path / "portals"
    folder.mkdir()
    (folder / "standin.portal").write_text(standin["PORTAL"])
    environment = {
        "XDG_DESKTOP_PORTAL_DIR": str(folder), "XDG_CURRENT_DESKTOP": "standin", "XDG_DATA_HOME": str(tmp_path / "data"),
        "GSETTINGS_BACKEND": "memory", "GIO_USE_VFS": "local",
    }  # fmt: skip

    @contextmanager
    def run(refuses: str = "-") -> Iterator[Desktop]:
        log = tmp_path / "calls"
        log.touch()
        with (
            session_bus.serving(standin["NAME"], sys.executable, str(STAND_IN), str(log), refuses, standin["NAME"]),
            session_bus.serving("org.freedesktop.impl.portal.PermissionStore", str(PROGRAMS[1]), environment=environment),
            session_bus.serving("org.freedesktop.portal.Desktop", str(PROGRAMS[0]), environment=environment),
        ):
            yield Desktop(log, standin)

    return run


def test_a_key_is_told_as_it_goes_down_and_comes_up(desktop: Callable[..., AbstractContextManager[Desktop]]) -> None:
    with desktop() as behind:
        with_f9 = PortalHotkeys().listen([CHORD, "f9"])
        try:
            for name, chord in (("ctrl-alt-space", CHORD), ("f9", "f9")):
                for pressed in (True, False):
                    behind.press(f"voicebridge-{name}", pressed)
                    assert next(with_f9) == (chord, pressed)
        finally:
            with_f9.close()
        asked = dict(behind.calls("BindShortcuts")[0][2])
        assert asked["voicebridge-ctrl-alt-space"]["preferred_trigger"][1] == "CTRL+ALT+space"
        assert asked["voicebridge-f9"]["preferred_trigger"][1] == "F9"
        with pytest.raises(StopIteration):
            next(with_f9)


def test_listening_ends_when_it_is_closed_from_another_thread(desktop: Callable[..., AbstractContextManager[Desktop]]) -> None:
    with desktop():
        keys = PortalHotkeys().listen([CHORD])
        heard: list[tuple[str, bool]] = []
        thread = threading.Thread(target=lambda: heard.extend(keys))
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
        keys.close()
        thread.join(PATIENCE)
        assert not thread.is_alive()
        assert heard == []


def test_a_portal_that_is_gone_is_told(desktop: Callable[..., AbstractContextManager[Desktop]], session_bus: SessionBus) -> None:
    with desktop():
        keys = PortalHotkeys().listen([CHORD])
        session_bus.process.kill()
        with pytest.raises(UnavailableError, match="D-Bus was lost"):
            next(keys)


@pytest.mark.parametrize("method", ["CreateSession", "BindShortcuts"])
def test_a_refusal_is_told(method: str, desktop: Callable[..., AbstractContextManager[Desktop]]) -> None:
    with desktop(method), pytest.raises(UnavailableError, match="The portal was asked for GlobalShortcuts, and it"):
        PortalHotkeys().listen([CHORD])


@pytest.mark.parametrize(("chord", "problem"), [("alt_r", "only a modifier"), ("esc", "taken from all"), ("a", "taken from all")])
def test_chords_that_no_portal_takes_are_told_at_once(chord: str, problem: str) -> None:
    assert problem in PortalHotkeys().problem(chord)
    with pytest.raises(UnavailableError, match=problem):
        PortalHotkeys().listen([chord])
    assert PortalHotkeys().problem("f9") == PortalHotkeys().problem(CHORD) == ""
    with pytest.raises(UnavailableError, match=r"Set the hotkey in \[hotkeys\]"):
        PortalHotkeys().capture()


def test_what_is_typed_is_pressed_key_by_key(desktop: Callable[..., AbstractContextManager[Desktop]]) -> None:
    with desktop() as behind:
        inserter = PortalType()
        inserter.insert("aß\n\t")
        inserter.insert("北😀")
        pressed = [(keysym, state) for _, _, keysym, state in behind.wait_for("NotifyKeyboardKeysym", 14)]
        before, after = [(keysym, state) for keysym in (0x61, 0xDF) for state in (1, 0)], (0xFF09, 0x01005317, 0x0101F600)
        line_break = [(0xFFE1, 1), (0xFF0D, 1), (0xFF0D, 0), (0xFFE1, 0)]  # with Shift, because Return alone sends messages
        assert pressed == [*before, *line_break, *((keysym, state) for keysym in after for state in (1, 0))]
        assert len(behind.calls("Start")) == 1


def test_the_user_is_asked_once(session_bus: SessionBus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(tmp_path / "home"))
    log, name = tmp_path / "calls", "org.freedesktop.portal.Desktop"
    with session_bus.serving(name, sys.executable, str(STAND_IN), str(log), "-", name):
        for count in (1, 2, 3):
            PortalType().insert("a")
            token = data_dir() / "portal-token"
            assert token.read_text() == f"token-{count}"
            assert token.stat().st_mode & 0o777 == 0o600
    selected = [options for _, options in Desktop(log, {}).calls("SelectDevices")]
    assert [options["persist_mode"][1] for options in selected] == [2, 2, 2]
    assert [options.get("restore_token", ["s", None])[1] for options in selected] == [None, "token-1", "token-2"]


def test_no_leave_is_no_text(desktop: Callable[..., AbstractContextManager[Desktop]]) -> None:
    with desktop("Start") as behind:
        inserter = PortalType()
        for _ in range(2):
            with pytest.raises(UnavailableError, match="The portal was asked for RemoteDesktop, and it"):
                inserter.insert("a")
        assert behind.calls("NotifyKeyboardKeysym") == []


def test_a_portal_that_goes_on_the_way_is_told(desktop: Callable[..., AbstractContextManager[Desktop]], session_bus: SessionBus) -> None:
    with desktop() as behind:
        ended: list[BaseException] = []

        def work() -> None:
            try:
                PortalType().insert("a" * 100_000)
            except BaseException as error:
                ended.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        while len(behind.calls("NotifyKeyboardKeysym")) < 5:  # the answer to the first has arrived by then
            thread.join(0.01)
        session_bus.process.kill()
        thread.join(PATIENCE)
        assert isinstance(ended[0], PartlyInsertedError)


def test_the_probes_know_a_portal(desktop: Callable[..., AbstractContextManager[Desktop]]) -> None:
    with desktop() as behind:
        assert probes.hotkeys() > 0
        assert probes.typing() > 0
        assert behind.calls("CreateSession") == []


def test_the_probes_name_what_is_missing(session_bus: SessionBus, tmp_path: Path) -> None:
    for probe in (probes.hotkeys, probes.typing):
        with pytest.raises(UnavailableError, match="install.*xdg-desktop-portal|add xdg-desktop-portal|-S xdg-desktop-portal"):
            probe()
    if not PROGRAMS[0].exists():
        pytest.skip("needs: apt install xdg-desktop-portal")
    environment = {"XDG_DESKTOP_PORTAL_DIR": str(tmp_path), "XDG_CURRENT_DESKTOP": "nothing"}
    with session_bus.serving("org.freedesktop.portal.Desktop", str(PROGRAMS[0]), environment=environment):
        with pytest.raises(UnavailableError, match="has no GlobalShortcuts"):
            probes.hotkeys()
        with pytest.raises(UnavailableError, match="has no RemoteDesktop"):
            probes.typing()
