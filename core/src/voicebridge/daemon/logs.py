"""The daemon's log: rotated files readable only by the user, without dictated text."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable
from io import TextIOBase, TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from voicebridge import paths
from voicebridge.errors import OutputError, VoiceBridgeError
from voicebridge.runtime.settings import DaemonSettings

LARGEST = 1 << 20
"""Maximum bytes per file."""
OLD = 3
"""Number of previous files that are kept."""
_LOOK = 0.2
"""Seconds between two checks whether the log has grown."""
_OURS = "voicebridge"
_PLUGINS: set[str] = set()
"""Packages of plugins, whose messages are written in full."""
_UNPRINTABLE = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}

_log = logging.getLogger(__name__)


class PrivateText:
    """Dictated text, or text read aloud, as an argument of a log message: only its length is written.

    With ``[daemon] log_transcripts``, the text itself is written.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return f"({len(self.text)} characters)"


def log_file() -> Path:
    """The log file; previous ones are next to it, with numbers."""
    return paths.data_dir() / "logs" / "daemon.log"


def open_log(settings: DaemonSettings) -> Callable[[], None]:
    """Write all log messages to the file, with exceptions that end a thread and what is printed; returns a function that undoes this.

    Raises:
        OutputError: if the file can't be written.
    """
    path = log_file()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = _Files(path)
    except OSError as error:
        raise OutputError(f"The log {path} can't be written: {error.strerror}. Make its folder writable, then try again.") from error
    handler.setFormatter(_Lines(whole=settings.log_transcripts))
    ours, root = logging.getLogger(_OURS), logging.getLogger()
    before, hook, stdout = ours.level, threading.excepthook, sys.stdout
    ours.setLevel(logging.INFO)
    root.addHandler(handler)
    threading.excepthook = _on_thread_end
    sys.stdout = _Prints()

    def close() -> None:
        sys.stdout = stdout
        threading.excepthook = hook
        root.removeHandler(handler)
        ours.setLevel(before)
        handler.close()

    return close


def show_in_full(modules: Iterable[str]) -> None:
    """From now on, write the messages of these modules' packages in full, from INFO on, which includes what they print."""
    _PLUGINS.clear()
    _PLUGINS.update(module.partition(":")[0].partition(".")[0] for module in modules)
    for package in _PLUGINS:
        logging.getLogger(package).setLevel(logging.INFO)


def last_lines(count: int) -> list[str]:
    """The last lines of the log, from as many files as necessary; empty if there is no log."""
    found: list[str] = []
    for path in (log_file(), *_earlier()):
        if len(found) >= count:
            break
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                found = [*deque(file, count - len(found)), *found]
        except OSError:
            break
    return [line.rstrip("\n") for line in found]


def new_lines() -> Generator[str, None, None]:
    """New log messages, line by line, endlessly, across rotations."""
    file = _open_at_end()
    rest = ""
    try:
        while True:
            if file is not None and (came := file.read()):
                *lines, rest = (rest + came).split("\n")
                yield from lines
                continue
            if file is None or _is_another(file):
                if file is not None:
                    file.close()
                file, rest = _open(), ""
                if file is not None:
                    continue
            time.sleep(_LOOK)
    finally:
        if file is not None:
            file.close()


class _Files(RotatingFileHandler):
    """Files accessible only to the user. If the log can't be written, for example because the disk is full, the program continues."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=LARGEST, backupCount=OLD, encoding="utf-8", errors="backslashreplace")

    def _open(self) -> TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0), 0o600)
        return open(handle, "a", encoding=self.encoding, errors=self.errors)  # noqa: PTH123 - it has no path any more

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Drop this line."""


class _Prints(TextIOBase):
    """Standard output of the daemon, which prints nothing itself: threads of plugins may print."""

    def write(self, text: str) -> int:
        for line in filter(None, map(str.strip, text.splitlines())):
            _log.info("%s printed: %s", threading.current_thread().name, line)
        return len(text)


class _Lines(logging.Formatter):
    """One line per record, followed by the frames of an exception."""

    def __init__(self, *, whole: bool) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%Y-%m-%d %H:%M:%S")
        self._whole = whole

    def format(self, record: logging.LogRecord) -> str:
        """The record without dictated text. Messages of libraries may contain any text, so only their location is logged."""
        if self._whole:
            record = _spelled_out(record)
            message = record.getMessage()
        elif (package := record.name.split(".")[0]).split("_")[0] == _OURS or package in _PLUGINS:
            message = record.getMessage()
        else:
            message = f"{record.name} logged a message at {record.filename}:{record.lineno}"
        head = logging.makeLogRecord(
            {**record.__dict__, "msg": message.translate(_UNPRINTABLE), "args": (), "exc_info": None, "exc_text": None}
        )
        lines = [super().format(head)]
        if record.exc_info and record.exc_info[1] is not None:
            lines += self._trace(record.exc_info[1])
        return "\n".join(lines)

    def _trace(self, error: BaseException) -> list[str]:
        told = f": {error}" if self._whole or isinstance(error, VoiceBridgeError) else ""  # messages of libraries may quote their input
        frames = [f"    {frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return [f"  {type(error).__name__}{told}".translate(_UNPRINTABLE), *frames, *(self._trace(cause) if cause is not None else [])]


def _spelled_out(record: logging.LogRecord) -> logging.LogRecord:
    if not isinstance(record.args, tuple):
        return record
    arguments = tuple(each.text if isinstance(each, PrivateText) else each for each in record.args)
    return logging.makeLogRecord({**record.__dict__, "args": arguments})


def _on_thread_end(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        name = args.thread.name if args.thread is not None else "?"
        _log.error("The thread %s has failed.", name, exc_info=args.exc_value)


def _earlier() -> list[Path]:
    path = log_file()
    return [path.with_name(f"{path.name}.{number}") for number in range(1, OLD + 1)]


def _open() -> TextIOWrapper | None:
    try:
        return log_file().open(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _open_at_end() -> TextIOWrapper | None:
    file = _open()
    if file is not None:
        file.seek(0, os.SEEK_END)
    return file


def _is_another(file: TextIOWrapper) -> bool:
    """Whether the log was rotated."""
    if sys.platform == "win32":  # where open files can't be renamed
        return False
    try:
        return not os.path.samestat(os.fstat(file.fileno()), log_file().stat())
    except OSError:
        return False  # during rotation
