"""The conformance tests of commands: a correct one passes, and each faulty one fails the test of its rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from core.tests.testing.conftest import Kit

pytest_plugins = ["pytester"]

PLUGIN = """
from voicebridge import CommandSpec, hookimpl

@hookimpl
def voicebridge_commands():
    yield CommandSpec(name="shout", command="fake.engine:app", help="Shout.")
"""
ENGINE = """
import subprocess, sys
from threading import Event
import typer

app = typer.Typer(add_completion=False)

@app.command()
def say(text: str):
    print(text.upper())

@app.command()
def serve():
    program = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        print("Serving.", flush=True)
        Event().wait()
    finally:
        program.kill()
        program.wait()
"""
CONNECT = "import socket\ntry: socket.create_connection(('192.0.2.1', 80), 0.01)\nexcept OSError: pass"
CATCH = "        try: Event().wait()\n        except KeyboardInterrupt: sys.exit(0)"
RUN = "arguments = ['serve']; prompt = 'Serving'"
EFFECTS, FREE, HELP = "test_importing_it_has_no_effects", "test_its_name_is_free", "test_its_help_is_shown"
OPTION, CTRL_C, DESCRIBED = "test_a_wrong_option_is_an_error_in_one_line", "test_ctrl_c_ends_it", "test_the_descriptor_is_documented"


def test_a_correct_one_passes(kit: Kit) -> None:
    passed, skipped, failed = kit.run("CommandContract", "shout", RUN, {"plugin": PLUGIN, "engine": ENGINE}, only="test", subject="command")
    assert (len(passed), skipped, failed) == (6, set(), set())


@pytest.mark.parametrize(
    ("test", "old", "new"),
    [
        (DESCRIBED, 'help="Shout."', 'help="Shout.\\n\\nLoudly."'),
        (DESCRIBED, "from voicebridge import", "import numpy\nfrom voicebridge import"),
        (EFFECTS, "app = typer", "print('Welcome.')\napp = typer"),
        (EFFECTS, "fake.engine:app", "fake.engine:absent"),
        (EFFECTS, "fake.engine:app", "fake.engine:sys"),
        (EFFECTS, "app = typer", f"{CONNECT}\napp = typer"),
        (HELP, "app = typer", "print('Welcome.', file=sys.stderr)\napp = typer"),
        (HELP, "app = typer", "sys.exit(3) if '--help' in sys.argv else 0\napp = typer"),
        (OPTION, "@app.command()\ndef say(", "@app.command(context_settings={'ignore_unknown_options': True})\ndef say("),
        (CTRL_C, "        Event().wait()", CATCH),
        (CTRL_C, "        program.kill()\n        program.wait()", "        pass"),
        (CTRL_C, 'print("Serving.", flush=True)', "return"),
    ],
)  # fmt: skip
def test_each_fault_of_a_command_is_found(test: str, old: str, new: str, kit: Kit) -> None:
    plugin, engine = (source.replace(old, new) for source in (PLUGIN, ENGINE))
    assert (plugin, engine) != (PLUGIN, ENGINE)
    _, _, failed = kit.run("CommandContract", "shout", RUN, {"plugin": plugin, "engine": engine}, only=test, subject="command")
    assert failed == {test}


def test_the_name_of_a_built_in_command_is_found(kit: Kit) -> None:
    modules = {"plugin": PLUGIN.replace('name="shout"', 'name="doctor"'), "engine": ENGINE}
    assert kit.run("CommandContract", "doctor", "", modules, only=FREE, subject="command")[2] == {FREE}
