"""Starting the daemon at login with each available method, and its log."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from voicebridge import paths
from voicebridge.daemon import starting

PLUGIN = """
    from voicebridge import ServiceSpec, hookimpl

    @hookimpl
    def voicebridge_services():
        for name in ("best", "other", "never"):
            yield ServiceSpec(kind="autostart", name=name, description=f"By the {name} way.", factory=f"PACKAGE.ways:{name.title()}",
                              probe=f"PACKAGE.ways:probe_{name}")
"""
WAYS = """
    import json
    from voicebridge import OutputError, UnavailableError, paths

    class Way:
        @property
        def path(self):
            return paths.config_file().with_name(type(self).__name__)

        def install(self, command):
            if self.path.with_suffix(".refuses").exists():
                raise OutputError("The " + self.path.name + " way is barred. Clear it.")
            self.path.write_text(json.dumps(list(command)))

        def uninstall(self):
            if self.path.with_suffix(".refuses").exists():
                raise OutputError("The " + self.path.name + " way is barred. Clear it.")
            self.path.unlink(missing_ok=True)

        def installed(self):
            return json.loads(self.path.read_text()) if self.path.exists() else None

    class Best(Way): ...
    class Other(Way): ...
    class Never(Way): ...

    def probe_best():
        return 90

    def probe_other():
        return 80

    def probe_never():
        raise UnavailableError("It is not there.")
"""


@pytest.fixture
def ways(site: Any, home: Path) -> Path:
    site.install("ways", PLUGIN, ways=WAYS)
    return home


def installed(home: Path) -> set[str]:
    return {path.name for path in home.iterdir()} & {"Best", "Other", "Never"}


def test_the_best_way_is_used_and_undone(ways: Path, run: Callable[..., Any]) -> None:
    ran = run("daemon", "enable")
    assert (ran.code, installed(ways)) == (0, {"Best"})
    assert "VoiceBridge will start at login. By the best way." in ran.err
    assert "Start it now: voicebridge daemon start" in ran.err
    assert "no longer start at login" in run("daemon", "disable").err
    assert installed(ways) == set()
    assert "Autostart was not enabled." in run("daemon", "disable").err


def test_where_the_best_way_fails_the_next_one_is_used(ways: Path, run: Callable[..., Any]) -> None:
    (ways / "Best.refuses").touch()
    assert "By the other way." in run("daemon", "enable").err
    assert installed(ways) == {"Other"}


def test_two_ways_never_start_it_twice(ways: Path, run: Callable[..., Any]) -> None:
    for name in ("Other", "Never"):
        (ways / name).write_text('["x"]')
    run("daemon", "enable")
    assert installed(ways) == {"Best", "Never"}  # an unavailable one starts nothing either
    run("daemon", "disable")
    assert installed(ways) == set()


def test_where_no_way_works_the_reason_is_told(ways: Path, run: Callable[..., Any]) -> None:
    for name in ("Best", "Other"):
        (ways / f"{name}.refuses").touch()
    ran = run("daemon", "enable")
    assert ran.code == 1
    assert "The Other way is barred. Clear it." in ran.err
    assert run("daemon", "disable").code == 1


def test_where_there_is_no_way_that_is_told(site: Any, home: Path, run: Callable[..., Any]) -> None:
    ran = run("daemon", "enable")
    assert ran.code == 1
    assert "Autostart is not available." in ran.err


def test_what_starts_is_this_very_python_with_this_home(home: Path) -> None:
    command = starting.command()
    assert command[-4:] == ["-m", "voicebridge.cli.app", "daemon", "run"]
    if os.name == "posix":
        assert command[:3] == ["/usr/bin/env", f"VOICEBRIDGE_HOME={home}", sys.executable]


def test_the_log_is_shown_from_its_end(home: Path, run: Callable[..., Any]) -> None:
    assert "There is no log yet" in run("daemon", "logs").err
    log = paths.data_dir() / "logs/daemon.log"
    log.parent.mkdir(parents=True)
    log.write_text("".join(f"line {number}\n" for number in range(100)), encoding="utf-8")
    assert run("daemon", "logs").out.splitlines() == [f"line {number}" for number in range(60, 100)]
    assert run("daemon", "logs", "-n", "2").out == "line 98\nline 99\n"
    assert run("daemon", "logs", "-n", "0").out == ""
