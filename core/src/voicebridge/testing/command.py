"""Conformance tests for commands."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from threading import Timer
from typing import Any, ClassVar

import psutil
import pytest
import typer
from typer.main import get_command

from voicebridge.errors import VoiceBridgeError
from voicebridge.runtime.plugins import PluginRecord
from voicebridge.spec_fields import load_ref
from voicebridge.specs import CommandSpec
from voicebridge.testing.extensions import registry_of
from voicebridge.testing.imports import effect_faults, import_faults

_PATIENCE = 60.0
"""Time-out in seconds for a run."""
_INTERRUPTED = 130
_UNKNOWN = "--no-such-option-of-the-conformance-tests"


class CommandContract:
    """The rules for a command, which is run in processes of its own; a plugin derives a test class from it, and names the command."""

    command: ClassVar[str]
    """Full name, ``plugin/name``."""
    configuration: ClassVar[str] = ""
    """The text of ``config.toml``, for the plugin's settings."""
    arguments: ClassVar[Sequence[str]] = ()
    """Arguments of a run that is interrupted with Ctrl-C; needs :attr:`prompt`."""
    prompt: ClassVar[str] = ""
    """A text that this run prints when it is under way, on any line; without it, Ctrl-C is not tested."""

    @pytest.fixture
    def variables(self, tmp_path: Path) -> Mapping[str, str]:
        """The environment of a run: an own folder for VoiceBridge's files, and no other plugins."""
        (tmp_path / "config.toml").write_text(self.configuration, encoding="utf-8")
        plugin = self.command.partition("/")[0]
        ours = {"VOICEBRIDGE_HOME": str(tmp_path), "VOICEBRIDGE_PLUGINS": plugin, "VOICEBRIDGE_OFFLINE": "1", "PYTHONUTF8": "1"}
        return {**os.environ, **ours, "NO_COLOR": "1", "COLUMNS": "120", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

    @pytest.fixture
    def found(self) -> tuple[PluginRecord, CommandSpec]:
        """The plugin, and the command's descriptor."""
        plugin, _, name = self.command.partition("/")
        [record] = registry_of(self.command).host.records
        for spec in record.of(CommandSpec):
            if spec.name == name:
                return record, spec
        names = ", ".join(spec.name for spec in record.of(CommandSpec))
        pytest.fail(f"{plugin} has no command {name!r}: yield its CommandSpec in voicebridge_commands. It has: {names or 'none'}.")

    def test_the_descriptor_is_documented(self, found: tuple[PluginRecord, CommandSpec]) -> None:
        """``help`` is one line, and the plugin's module imports no library.

        Troubleshooting: ``voicebridge --help`` shows ``help`` without importing the command. Import libraries in the command's module.
        """
        record, spec = found
        if not spec.help.strip() or len(spec.help.splitlines()) > 1:
            pytest.fail(f"the help of {self.command} is {spec.help!r}: say in one line what it does.")
        if faults := import_faults(record.module.partition(":")[0]):
            pytest.fail("\n".join(faults))

    def test_importing_it_has_no_effects(self, found: tuple[PluginRecord, CommandSpec]) -> None:
        """Importing the command's module prints nothing and opens no connection; it gives a Typer, or a function that becomes a command.

        Troubleshooting: completion and ``--help`` import it. Do the work in the function.
        """
        spec = found[1]
        if faults := effect_faults(spec.command.partition(":")[0]):
            pytest.fail("\n".join(faults))
        _commands(spec)

    def test_its_name_is_free(self, found: tuple[PluginRecord, CommandSpec], variables: Mapping[str, str]) -> None:
        """VoiceBridge has no command of that name, which would be run instead.

        Troubleshooting: choose another name.
        """
        name = found[1].name
        if _run(["--no-plugins", name, "--help"], variables).returncode == 0:
            pytest.fail(f"VoiceBridge has a command {name!r} itself: choose another name.")

    def test_its_help_is_shown(self, found: tuple[PluginRecord, CommandSpec], variables: Mapping[str, str]) -> None:
        """``--help`` of the command and of each of its subcommands prints a page on standard output, and exits with code 0.

        Troubleshooting: parameters need annotations that Typer knows; see https://typer.tiangolo.com.
        """
        for words in _commands(found[1]):
            done = _run([*words, "--help"], variables)
            shown = f"voicebridge {' '.join(words)} --help"
            if done.returncode != 0:
                pytest.fail(f"{shown} exited with code {done.returncode}: {_last_line(done.stderr)}")
            if "Usage" not in done.stdout:
                pytest.fail(f"{shown} printed {done.stdout[:80]!r} on standard output: let Typer write the page.")
            if done.stderr:
                pytest.fail(f"{shown} printed {_last_line(done.stderr)!r} on standard error: importing the command prints nothing.")

    def test_a_wrong_option_is_an_error_in_one_line(self, found: tuple[PluginRecord, CommandSpec], variables: Mapping[str, str]) -> None:
        """An unknown option exits with code 2 and one line on standard error, without doing anything.

        Troubleshooting: let Typer parse the arguments, and raise a ``UsageError`` for values that don't fit.
        """
        for words in _commands(found[1]):
            done = _run([*words, _UNKNOWN], variables)
            shown = f"voicebridge {' '.join(words)} {_UNKNOWN}"
            if done.returncode != 2:
                pytest.fail(f"{shown} exited with code {done.returncode}, not 2: let Typer refuse unknown options.")
            if done.stdout or len(done.stderr.splitlines()) != 1:
                pytest.fail(f"{shown} printed {(done.stdout or done.stderr)[:200]!r}: one line on standard error says what is wrong.")

    def test_ctrl_c_ends_it(self, found: tuple[PluginRecord, CommandSpec], variables: Mapping[str, str]) -> None:
        """Within seconds, with code 130, without a traceback, and with all programs that it has started.

        Troubleshooting: don't catch KeyboardInterrupt, and end in ``finally`` what was started.
        """
        if not self.prompt or sys.platform == "win32":
            pytest.skip("the test class has no prompt, or Windows has no such signal")
        command = [sys.executable, "-m", "voicebridge", found[1].name, *self.arguments]
        # S603: this interpreter, and arguments of the test class. Both streams in one, so that the prompt may be on either.
        process = subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603
        late = Timer(_PATIENCE, process.kill)
        late.start()
        with process:
            try:
                lines = iter(process.stdout or ())
                printed = _until(self.prompt, lines)
                started = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
                process.send_signal(signal.SIGINT)
                printed += "".join(lines)
                code = process.wait()
            finally:
                late.cancel()
                process.kill()
        _, running = psutil.wait_procs(started, 5)
        for child in running:
            child.kill()
        if self.prompt not in printed:
            pytest.fail(f"the run ended without printing the prompt {self.prompt!r}; it printed {printed[-200:]!r}.")
        if code != _INTERRUPTED or "Traceback" in printed:
            pytest.fail(f"Ctrl-C ended it with code {code}, not 130, and {_last_line(printed)!r}: don't catch KeyboardInterrupt.")
        if running:
            pytest.fail(f"Ctrl-C left {len(running)} of its programs running: end them in `finally`, and wait for them.")


def _commands(spec: CommandSpec) -> list[list[str]]:
    """The words of the command and of all its subcommands; fails the running test if it can't be imported or isn't one."""
    try:
        target = load_ref(spec.command)
    except VoiceBridgeError as error:
        pytest.fail(str(error))
    if not callable(target):
        pytest.fail(f"{spec.command} is a {type(target).__name__}: it has to be a typer.Typer, or a function.")
    if not isinstance(target, typer.Typer):
        function, target = target, typer.Typer(add_completion=False)
        target.command(name=spec.name)(function)
    try:
        command = get_command(target)
    except Exception as error:
        pytest.fail(f"Typer can't make a command of {spec.command}: {type(error).__name__}: {error}")
    return [[spec.name, *words] for words in _below(command)]


def _below(command: Any) -> Iterator[list[str]]:
    yield []
    for name, child in getattr(command, "commands", {}).items():
        yield from ([name, *words] for words in _below(child))


def _run(words: Sequence[str], variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "voicebridge", *words]
    # S603: this interpreter, and a name of the plugin.
    return subprocess.run(  # noqa: S603
        command, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PATIENCE, check=False
    )


def _until(prompt: str, lines: Iterator[str]) -> str:
    printed = ""
    for line in lines:
        printed += line
        if prompt in line:
            break
    return printed


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[-1]
