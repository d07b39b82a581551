"""Notifications, on a real notification server."""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path

import pytest
from jeepney import DBusAddress
from voicebridge import UnavailableError
from voicebridge.ports import LastingNotifier
from voicebridge.testing import LastingNotifierContract
from voicebridge.testing.lab.bus import NotificationServer, SessionBus, notifications_on
from voicebridge.testing.processes import wait_until
from voicebridge_os_linux.bus import Bus
from voicebridge_os_linux.notify import DesktopNotifier, probe

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="such servers are on Linux alone")


TEXT = "a < b & c > d\n<b>not bold</b> 北京"


@pytest.mark.parametrize("markup", [True, False])
def test_a_notice_is_shown_as_it_was_written(markup: bool, session_bus: SessionBus, x_display: str, tmp_path: Path) -> None:
    with notifications_on(session_bus, x_display, tmp_path / "log", markup) as server:
        DesktopNotifier().notify("Grüße 😀 <i>&amp;", TEXT)
        server.wait_for("Grüße 😀 <i>&amp;")
        server.wait_for(escape(TEXT, quote=False) if markup else TEXT)


def test_a_notice_takes_the_place_of_the_last_one_of_its_tag(notification_server: NotificationServer) -> None:
    notifier = DesktopNotifier()
    for text in ("one", "two", "three"):
        notifier.notify("Listening", text, tag="live")
        notification_server.wait_for(text)
    notifier.notify("Listening", "another", tag="other")
    notifier.notify("Listening", "alone")
    notification_server.wait_for("alone")
    numbers = [line.split()[1] for line in notification_server.shown().splitlines() if line.strip().startswith("id:")]
    assert len(numbers) == 5
    assert len(set(numbers)) == 3


def test_a_server_that_has_begun_anew_shows_what_comes(session_bus: SessionBus, x_display: str, tmp_path: Path) -> None:
    notifier = DesktopNotifier()
    for count in range(2):
        with notifications_on(session_bus, x_display, tmp_path / f"{count}.log") as server:
            notifier.notify("Again", "and again", tag="live")
            server.wait_for("and again")


def test_nobody_to_show_it_is_told(session_bus: SessionBus) -> None:
    with pytest.raises(UnavailableError, match="No notification service is running"):
        probe()
    with pytest.raises(UnavailableError, match="org.freedesktop.Notifications refuses GetCapabilities"):
        DesktopNotifier().notify("x", "y")


def test_the_probe_knows_a_server(notification_server: NotificationServer) -> None:
    assert probe() > 0


def test_no_bus_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with pytest.raises(UnavailableError, match="This session has no D-Bus"):
        probe()
    for address in (f"unix:path={tmp_path}/nobody", "tcp:host=localhost", "nonsense"):
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        with pytest.raises(UnavailableError, match="D-Bus doesn't answer"):
            DesktopNotifier().notify("x", "y")


def displayed() -> int:
    """The number of notifications that dunst shows now."""
    server = DBusAddress("/org/freedesktop/Notifications", "org.freedesktop.Notifications", "org.freedesktop.DBus.Properties")
    answer = Bus().call(server, "Get", "ss", ("org.dunstproject.cmd0", "displayedLength"))
    return int(answer[0][1])


def test_a_notice_that_is_kept_stays_and_is_replaced_and_withdrawn(notification_server: NotificationServer) -> None:
    notifier = DesktopNotifier()
    assert isinstance(notifier, LastingNotifier)
    notifier.keep("VoiceBridge", "Listening", "live")
    notifier.keep("VoiceBridge", "Transcribing", "live")
    notification_server.wait_for("Transcribing")
    assert "timeout: 0" in notification_server.shown()  # no timeout
    wait_until(lambda: displayed() == 1, "one notice")
    notifier.withdraw("live")
    wait_until(lambda: displayed() == 0, "no notice")
    notifier.withdraw("live")
    notifier.withdraw("never shown")
    notifier.notify("VoiceBridge", "Cancelled.", "live")
    notification_server.wait_for("Cancelled.")


class TestContract(LastingNotifierContract):
    service = "os-linux/desktop"

    @pytest.fixture(autouse=True)
    def _server(self, notification_server: NotificationServer) -> None:
        self._shown = notification_server.shown

    def shown(self) -> str:
        return self._shown()
