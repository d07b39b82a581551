"""A help page lists plugins' commands without loading plugins, and is never outdated."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Site = Any  # the folder of planted packages in conftest.py
Run = Callable[..., Any]

GREETER = """
    from voicebridge import CommandSpec, hookimpl
    with open("LOADED", "a") as file:
        file.write("x")

    @hookimpl
    def voicebridge_commands():
        yield CommandSpec(name="hello", command="PACKAGE.cli:hello", help="Greet somebody.")
"""


@pytest.fixture
def greeter(site: Site, tmp_path: Path) -> Callable[[], int]:
    """A plugin with a command; returns how often a fresh process loaded it."""
    marks = tmp_path / "loaded"
    site.install("greeter", GREETER.replace("LOADED", marks.as_posix()), cli="def hello(): print('Hello.')")

    def loaded() -> int:
        for name in [name for name in sys.modules if name.startswith("planted_")]:
            del sys.modules[name]  # as in a fresh process
        return len(marks.read_text()) if marks.exists() else 0

    return loaded


def test_a_second_help_page_lists_the_verb_without_loading_the_plugin(run: Run, greeter: Callable[[], int]) -> None:
    first = run("--help").out
    assert "Greet somebody." in first
    assert greeter() == 1
    assert run("--help").out == first
    assert greeter() == 1
    assert run("hello").out == "Hello.\n"
    assert greeter() == 2


def test_an_edited_plugin_a_new_one_and_a_disabled_one_show_at_once(run: Run, greeter: Callable[[], int], site: Site, home: Path) -> None:
    run("--help")
    plugin = next(site.path.glob("planted_greeter*/plugin.py"))
    plugin.write_text(plugin.read_text().replace("Greet somebody.", "Greet the whole world."))
    greeter()
    assert "Greet the whole world." in run("--help").out
    site.install("other", GREETER.replace("LOADED", str(home / "x")).replace("hello", "farewell"), cli="def farewell(): ...")
    assert "farewell" in run("--help").out
    greeter()
    (home / "config.toml").write_text("[plugins.greeter]\nenabled = false\n")
    listed = run("--help").out
    assert "farewell" in listed
    assert "Greet the whole world." not in listed
    assert "farewell" not in run("--no-plugins", "--help").out


def test_a_cache_that_is_up_to_date_is_not_replaced_by_a_run_that_loads_the_plugins(
    run: Run, greeter: Callable[[], int], home: Path
) -> None:
    run("--help")
    assert greeter() == 1
    before = (home / "cache/verbs.json").stat()
    assert "No such command 'helo'" in run("helo").err
    assert greeter() == 2
    after = (home / "cache/verbs.json").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_plugin_that_fails_is_tried_again_each_time(run: Run, greeter: Callable[[], int], site: Site) -> None:
    site.install("broken", "raise RuntimeError")
    for times in (1, 2):
        assert "Greet somebody." in run("--help").out
        assert greeter() == times


@pytest.mark.parametrize("content", ["", "{", "[]", '{"surroundings": 1}', "null"])
def test_a_damaged_cache_is_made_anew(content: str, run: Run, greeter: Callable[[], int], home: Path) -> None:
    run("--help")
    assert greeter() == 1
    (home / "cache/verbs.json").write_text(content)
    assert "Greet somebody." in run("--help").out
    assert greeter() == 2
