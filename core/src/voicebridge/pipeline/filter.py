"""The user's own command that a dictated text goes through before it is inserted: stdin to stdout."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

_MOST = 1 << 20
"""Bytes of output beyond which a filter is taken to have run wild."""
_LINGER = 1.0
"""Seconds that a filter's children may keep its output open once it has ended."""


def filtered(text: str, command: str, seconds: float) -> tuple[str, str | None]:
    """Give what ``command`` makes of ``text``; where it fails, ``text`` itself and, as a sentence, what went wrong.

    The command is split into words as a shell would, and no shell is started. It is given the text in UTF-8 and gives back the same; a
    space at the start, which parts the text from what stands before it, and a line break that it adds at the end are not its business.

    Args:
        text: what was dictated. It is never part of the sentence.
        command: what the user configured.
        seconds: after this long it is killed, with the processes that it started, as far as they stayed in its group.
    """
    bare = text.lstrip(" ")
    try:
        output = _output(bare, command, seconds)
    except _FilterError as error:
        return text, f"{error} The text was inserted as it was."
    if not bare.endswith("\n"):
        output = output.removesuffix("\n")
    return text[: len(text) - len(bare)] + output, None


class _FilterError(Exception):
    """What went wrong, as a sentence."""


def _output(text: str, command: str, seconds: float) -> str:
    words = _words(command)
    name = Path(words[0]).name
    code, output = _exchange(_start(words), text.encode("utf-8", "replace"), seconds)
    if len(output) > _MOST:
        raise _FilterError(f"The filter {name} wrote more than {_MOST >> 20} MiB and was stopped.")
    if code is None:
        raise _FilterError(f"The filter {name} took longer than {seconds:g} s and was stopped: dictation.filter_seconds gives it more.")
    if code:
        raise _FilterError(f"The filter {name} failed with code {code}: try the command of dictation.filter in a terminal.")
    try:
        written = output.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise _FilterError(f"The filter {name} wrote something that is not UTF-8 text.") from None
    if text.strip() and not written.strip():
        raise _FilterError(f"The filter {name} wrote nothing.")
    return written


def _words(command: str) -> list[str]:
    try:
        words = shlex.split(command, posix=os.name != "nt")
    except ValueError:
        raise _FilterError("The command of dictation.filter has a quotation mark that is never closed.") from None
    if os.name == "nt":  # where a backslash parts folders, and quotation marks are left on
        words = [word.strip('"') for word in words]
    if not words:
        raise _FilterError("dictation.filter is empty: voicebridge config unset dictation.filter")
    program = Path(words[0]).expanduser() if words[0].startswith("~") else words[0]
    return [shutil.which(program) or str(program), *words[1:]]


def _start(words: list[str]) -> subprocess.Popen[bytes]:
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    try:
        return subprocess.Popen(  # noqa: S603 - the user's own command; what it complains of may quote the text, so nobody sees it
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            creationflags=flags,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _FilterError(f"The filter {Path(words[0]).name} can't be started: {reason}. Check dictation.filter.") from None


def _exchange(process: subprocess.Popen[bytes], text: bytes, seconds: float) -> tuple[int | None, bytes]:
    """The exit code, ``None`` where time ran out, and the output."""
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
        _kill(process)
    process.wait()
    for thread in threads:
        thread.join(_LINGER)  # save where a child has left the group and holds a pipe open, which must not hold us up
    process.stdout.close()
    return code, bytes(output)


def _read(process: subprocess.Popen[bytes], stream: IO[bytes], output: bytearray) -> None:
    try:
        while block := os.read(stream.fileno(), 65536):
            output += block
            if len(output) > _MOST:
                _kill(process)
                break
    except (OSError, ValueError):  # it was closed under us
        pass


def _write(stream: IO[bytes], text: bytes) -> None:
    with contextlib.suppress(OSError, ValueError):  # a filter need not read what it is given
        stream.write(text)
    with contextlib.suppress(OSError, ValueError):
        stream.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        command = ["taskkill", "/PID", str(process.pid), "/T", "/F"]
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)  # noqa: S603
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
