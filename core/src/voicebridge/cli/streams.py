"""Where a run prints to, from its beginning to its end, and what it complains of."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import Any

import typer

from voicebridge.cli.usage_errors import usage_problem


def prepare_output() -> None:
    """Have streams that are there, and that can print any script."""
    for number in range(3):  # after `>&-` the next file to be opened would take the stream's place, and get what is printed
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)
    # A transcript may hold any script. A pipe on Windows would otherwise speak an old code page, and stop at what that lacks.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if os.name == "nt" and not stream.isatty():
                stream.reconfigure(encoding="utf-8")
            stream.reconfigure(errors="replace")


def close_output() -> int:
    """Print what is still to be printed; gives the exit code of what could not be."""
    # Python flushes once more while it shuts down, and would report a closed pipe then; on Windows that is EINVAL.
    try:
        sys.stdout.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError) and error.errno != errno.EINVAL:
            return complain_about_output(error)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def is_of_output(error: OSError) -> bool:
    """Whether an error is of printing."""
    if error.filename is not None:
        return False
    try:
        sys.stdout.flush()  # what could not be written is still there, and fails again
    except OSError:
        return True
    return error.errno in (errno.ENOSPC, errno.EIO) and not sys.stdout.isatty()


def complain_about_output(error: OSError) -> int:
    """Say that nothing can be printed any more; gives the exit code."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still there: it has been complained of
    return complain(f"Standard output can't be written: {error.strerror}. Free some disk space, or redirect it elsewhere.", 1)


def complain(message: str, code: int) -> int:
    """Say what went wrong, in one line; gives the exit code."""
    if code == 2 and (name := next((each for each in sys.argv[1:] if each[:1] == "-" and len(each) > 2 and os.path.exists(each)), None)):  # noqa: PTH110 - quicker
        message = f"{name} begins with '-' and was read as an option. If you mean the file, write ./{name}"
    typer.echo(f"Error: {' '.join(line.strip() for line in message.splitlines())}", err=True)
    return code


def complain_about_usage(error: Any) -> int:
    """Say what is wrong with the line that was typed; gives the exit code."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(error.format_message(), err=True, nl=False)  # the help, unless rich has printed it already
        return int(error.exit_code)
    path = context.command_path if context else "voicebridge"
    message = usage_problem(error)
    return complain(f"{message}{'' if message.endswith(('.', '?')) else '.'} Try: {path} --help", error.exit_code)
