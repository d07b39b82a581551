"""The daemon's log: files that the user alone can read, which take turns and hold nothing that was said."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from voicebridge import paths
from voicebridge.errors import OutputError, VoiceBridgeError
from voicebridge.settings import DaemonSettings

LARGEST = 1 << 20
"""Bytes of a file, before the next one is begun."""
OLD = 3
"""How many earlier files are kept."""
_LOOK = 0.2
"""Seconds between two looks at whether the log has grown."""
_OURS = "voicebridge"
_UNPRINTABLE = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}

_log = logging.getLogger(__name__)


class Said:
    """Text that somebody has said, or had read aloud, as an argument of a log's message: how long it was is all that is written of it.

    With ``[daemon] log_transcripts`` it is written itself.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return f"({len(self.text)} characters)"


def log_file() -> Path:
    """The log; earlier ones stand beside it, with numbers."""
    return paths.data_dir() / "logs" / "daemon.log"


def open_log(settings: DaemonSettings) -> Callable[[], None]:
    """Have everything that is logged from now on written to the file, also what ends a thread; returns what undoes that.

    Raises:
        OutputError: when the file can't be written.
    """
    path = log_file()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = _Files(path)
    except OSError as error:
        raise OutputError(f"The log {path} can't be written: {error.strerror}. Make its folder writable, then try again.") from error
    handler.setFormatter(_Lines(whole=settings.log_transcripts))
    ours, root = logging.getLogger(_OURS), logging.getLogger()
    before, hook = ours.level, threading.excepthook
    ours.setLevel(logging.INFO)
    root.addHandler(handler)
    threading.excepthook = _on_thread_end

    def close() -> None:
        threading.excepthook = hook
        root.removeHandler(handler)
        ours.setLevel(before)
        handler.close()

    return close


def last_lines(count: int) -> list[str]:
    """The last lines of the log, from as many of its files as it takes; none where there is no log."""
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
    """What is logged from now on, line by line, without end, and on into the file that comes after this one."""
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
    """Files of the user's own. A log that can't be written, as on a full disk, stops nothing."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=LARGEST, backupCount=OLD, encoding="utf-8", errors="backslashreplace")

    def _open(self) -> TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0), 0o600)
        return open(handle, "a", encoding=self.encoding, errors=self.errors)  # noqa: PTH123 - it has no path any more

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Do without this line."""


class _Lines(logging.Formatter):
    """One line for each record, and the frames of an exception below it."""

    def __init__(self, *, whole: bool) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%Y-%m-%d %H:%M:%S")
        self._whole = whole

    def format(self, record: logging.LogRecord) -> str:
        """The record without what was said. What a library says could hold any of it, so that of that only the place is told."""
        if self._whole:
            record = _spelled_out(record)
            message = record.getMessage()
        elif record.name.split(".")[0].split("_")[0] == _OURS:
            message = record.getMessage()
        else:
            message = f"{record.name} has something to say, in line {record.lineno} of {record.filename}"
        head = logging.makeLogRecord(
            {**record.__dict__, "msg": message.translate(_UNPRINTABLE), "args": (), "exc_info": None, "exc_text": None}
        )
        lines = [super().format(head)]
        if record.exc_info and record.exc_info[1] is not None:
            lines += self._trace(record.exc_info[1])
        return "\n".join(lines)

    def _trace(self, error: BaseException) -> list[str]:
        told = f": {error}" if self._whole or isinstance(error, VoiceBridgeError) else ""  # others' messages quote what they choke on
        frames = [f"    {frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return [f"  {type(error).__name__}{told}".translate(_UNPRINTABLE), *frames, *(self._trace(cause) if cause is not None else [])]


def _spelled_out(record: logging.LogRecord) -> logging.LogRecord:
    if not isinstance(record.args, tuple):
        return record
    arguments = tuple(each.text if isinstance(each, Said) else each for each in record.args)
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
    """Whether the log is another file by now."""
    if sys.platform == "win32":  # where no file that is being read can be put aside
        return False
    try:
        return not os.path.samestat(os.fstat(file.fileno()), log_file().stat())
    except OSError:
        return False  # between two files
