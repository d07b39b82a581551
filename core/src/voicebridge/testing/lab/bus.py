"""A D-Bus session bus and a notification server for a test: fixtures to be imported in a conftest.py.

They need Linux and some programs; without these, tests are skipped with the names of the packages.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from voicebridge.testing.processes import PATIENCE, end, need, wait_until

NOTIFICATIONS = "org.freedesktop.Notifications"
# It starts none of the machine's services: the test provides those that should answer.
_CONFIGURATION = """\
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
_HAS_OWNER = "org.freedesktop.DBus.NameHasOwner"


@dataclass
class SessionBus:
    """A bus that is separate from any session's."""

    address: str
    process: subprocess.Popen[str]

    def has(self, name: str) -> bool:
        """Whether a name has an owner."""
        command = ["dbus-send", f"--bus={self.address}", "--print-reply", "--dest=org.freedesktop.DBus", "/", _HAS_OWNER, f"string:{name}"]
        return "true" in subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE).stdout  # noqa: S603 - a program of the test machine

    @contextmanager
    def serving(self, name: str, *command: str, environment: Mapping[str, str] | None = None, log: Path | None = None) -> Iterator[None]:
        """Run a program on this bus inside the block, starting when it owns a name; its output goes to ``log``."""
        with Path(log or os.devnull).open("wb") as file:
            process = subprocess.Popen(  # noqa: S603 - programs of the test machine
                command, env={**os.environ, "DBUS_SESSION_BUS_ADDRESS": self.address, **(environment or {})}, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=file, stderr=file,
            )  # fmt: skip
        try:
            wait_until(lambda: self.has(name) or process.poll() is not None, name)
            if process.poll() is not None:
                pytest.fail(f"{command[0]} ended with code {process.returncode} as it started")
            yield
        finally:
            end(process)


@pytest.fixture
def session_bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SessionBus]:
    """A bus that this process and its children use as their session bus."""
    need({"dbus-daemon": "dbus-daemon", "dbus-send": "dbus-bin"})
    with session_bus_in(tmp_path) as bus:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
        yield bus


@contextmanager
def session_bus_in(folder: Path) -> Iterator[SessionBus]:
    """The same outside tests: a bus whose configuration is in ``folder``."""
    configuration = folder / "bus.conf"
    configuration.write_text(_CONFIGURATION, encoding="utf-8")
    command = ["dbus-daemon", f"--config-file={configuration}", "--nofork", "--nopidfile", "--print-address"]
    process = subprocess.Popen(  # noqa: S603 - a program of the test machine
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    )
    address = ""
    try:
        address = process.stdout.readline().strip() if process.stdout else ""
        if not address:
            pytest.fail("dbus-daemon did not start")
        yield SessionBus(address, process)
    finally:
        end(process)
        if address:  # a killed bus leaves its socket behind
            Path(address.partition("path=")[2].partition(",")[0]).unlink(missing_ok=True)


@dataclass
class NotificationServer:
    """dunst, and the notifications that it received."""

    log: Path

    def shown(self) -> str:
        """Its log of notifications so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, text: str, count: int = 1) -> None:
        """Return when a text has been part of this many notifications."""
        wait_until(lambda: self.shown().count(text) >= count, lambda: f"a notice with {text!r} among {self.shown()!r}")


@pytest.fixture
def notification_server(session_bus: SessionBus, x_display: str, tmp_path: Path) -> Iterator[NotificationServer]:
    """A notification server that logs what it shows."""
    with notifications_on(session_bus, x_display, tmp_path / "dunst.log") as server:
        yield server


@contextmanager
def notifications_on(bus: SessionBus, display: str, log: Path, markup: bool = True) -> Iterator[NotificationServer]:
    """The same, started and ended by a test: on an X display, with or without markup support; it writes to ``log``."""
    need({"dunst": "dunst"})
    configuration = log.with_suffix(".conf")
    configuration.write_text(f"[global]\nmarkup = {'full' if markup else 'no'}\n", encoding="utf-8")
    with bus.serving(
        NOTIFICATIONS, "dunst", "-print", "-conf", str(configuration), environment={"DISPLAY": display, "LC_ALL": "C.UTF-8"}, log=log
    ):
        yield NotificationServer(log)
