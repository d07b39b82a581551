"""The user's command that filters texts: stdin to stdout."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from voicebridge import user_commands
from voicebridge.extension_ports import TextContext
from voicebridge.filters.filtering import FilterError, ReadyFilter

VARIABLES = frozenset(f"VOICEBRIDGE_{name}" for name in ("STAGE", "LANGUAGE", "APPLICATION", "WINDOW_TITLE", "SOURCE", "PROFILE_NAME"))
"""The environment variables with what is known about a text."""
_MOST = 1 << 20
"""Maximum bytes of output."""
_LINGER = 1.0
"""Seconds that a filter's children may keep its output open after it has ended."""


def command_filter(command: str, seconds: float) -> ReadyFilter:
    """A command as a filter.

    It is split into words like in a shell, but no shell is started. Input and output are UTF-8. A line break at the end of the output is
    removed. :data:`VARIABLES` tell what is known about the text.

    Args:
        command: the configured command.
        seconds: the time-out for each text, after which it is killed with its child processes in the same group.
    """

    def apply(text: str, context: TextContext) -> str:
        output = _output(text, command, seconds, _environment(context))
        return output if text.endswith("\n") else output.removesuffix("\n")

    return ReadyFilter(f"filters.command {hashlib.sha256(command.encode()).hexdigest()[:8]}", apply)


def check_command(command: str) -> None:
    """Check that a command can be started, without starting it.

    Raises:
        FilterError: if it can't.
    """
    program = _words(command)[0]
    if shutil.which(program) is None:
        raise FilterError(f"The filter {Path(program).name} can't be started: no such program. Check filters.command.")


def _environment(context: TextContext) -> dict[str, str]:
    known = {
        "STAGE": context.stage,
        "LANGUAGE": context.language,
        "APPLICATION": context.window.application if context.window else None,
        "WINDOW_TITLE": context.window.title if context.window else None,
        "SOURCE": str(context.source) if context.source else None,
        "PROFILE_NAME": context.profile,
    }
    inherited = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    return inherited | {f"VOICEBRIDGE_{name}": value.replace("\0", "") for name, value in known.items() if value}


def _output(text: str, command: str, seconds: float, environment: Mapping[str, str]) -> str:
    words = _words(command)
    name = Path(words[0]).name
    code, output = _exchange(_start(words, environment), text.encode("utf-8", "replace"), seconds)
    if len(output) > _MOST:
        raise FilterError(f"The filter {name} wrote more than {_MOST >> 20} MiB and was stopped.")
    if code is None:
        raise FilterError(f"The filter {name} took longer than {seconds:g} s and was stopped. To allow more: filters.seconds")
    if code:
        raise FilterError(f"The filter {name} failed with code {code}. Run the command of filters.command in a terminal to see why.")
    try:
        written = output.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise FilterError(f"The filter {name} wrote output that is not UTF-8 text.") from None
    if not written.strip():
        raise FilterError(f"The filter {name} wrote nothing.", is_lasting=False)
    return written


def _words(command: str) -> list[str]:
    try:
        words = user_commands.parse(command)
    except ValueError:
        raise FilterError("The command of filters.command has an unclosed quotation mark.") from None
    if not words:
        raise FilterError("filters.command is empty. Remove it: voicebridge config unset filters.command")
    return words


def _start(words: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    try:
        return user_commands.start(words, environment, piped=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FilterError(f"The filter {Path(words[0]).name} can't be started: {reason}. Check filters.command.") from None


def _exchange(process: subprocess.Popen[bytes], text: bytes, seconds: float) -> tuple[int | None, bytes]:
    """The exit code, ``None`` after a time-out, and the output."""
    assert process.stdin is not None  # noqa: S101 - for the type checker
    assert process.stdout is not None  # noqa: S101
    output = bytearray()
    threads = [
        threading.Thread(target=_read, args=(process, process.stdout, output), daemon=True),
        threading.Thread(target=_write, args=(process.stdin, text), daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        code: int | None = process.wait(seconds)
    except subprocess.TimeoutExpired:
        code = None
    threads[0].join(_LINGER if code is not None else 0.0)
    if code is None or threads[0].is_alive():
        user_commands.kill(process)
    process.wait()
    for thread in threads:
        thread.join(_LINGER)  # except a child that has left the group and keeps a pipe open, which must not block us
    process.stdout.close()
    return code, bytes(output)


def _read(process: subprocess.Popen[bytes], stream: IO[bytes], output: bytearray) -> None:
    try:
        while block := os.read(stream.fileno(), 65536):
            output += block
            if len(output) > _MOST:
                user_commands.kill(process)
                break
    except (OSError, ValueError):  # it was closed concurrently
        pass


def _write(stream: IO[bytes], text: bytes) -> None:
    with contextlib.suppress(OSError, ValueError):  # a filter need not read its input
        stream.write(text)
    with contextlib.suppress(OSError, ValueError):
        stream.close()
