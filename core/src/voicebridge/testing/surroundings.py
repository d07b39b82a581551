"""What plugin code changes in the process in which it runs, and what it leaves behind."""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from voicebridge import paths
from voicebridge.testing.leftovers import Leftovers
from voicebridge.testing.network import no_network

_OURS = ("VOICEBRIDGE_", "PYTEST_")
_ADVICE = {
    "stdout": "write to a log with logging instead, because standard output may carry a transcript.",
    "stderr": "warn with logging instead, so that -v and the daemon's log apply; turn off progress bars and messages of libraries.",
}


@contextmanager
def watched(faults: list[str], when: str) -> Iterator[None]:
    """Run plugin code, add what it changed in the process to ``faults``, and undo it.

    The network is blocked meanwhile. ``when`` says what the code did, as in ``while loading``.
    """
    before = _State.taken()
    handlers: list[str] = []

    def note_signal(number: int, _handler: object) -> object:
        handlers.append(signal.Signals(number).name)
        return signal.getsignal(number)

    with ExitStack() as stack:
        attempts = stack.enter_context(no_network())
        stack.enter_context(patch.object(signal, "signal", note_signal))
        outputs = {name: stack.enter_context(_caught(name)) for name in _ADVICE}
        try:
            yield
        finally:
            faults += [f"the engine opened a connection to {each} {when}: only a weights store downloads." for each in attempts]
            faults += [f"the engine set a handler for {each} {when}: leave signals to the program that uses it." for each in handlers]
            faults += [f"{fault} {when}: {advice}" for fault, advice in before.changes()]
            before.restore()
            for name, file in outputs.items():
                file.flush()
                file.seek(0)
                if text := file.read().strip():
                    faults.append(f"the engine printed {text.splitlines()[0][:80]!r} to {name} {when}: {_ADVICE[name]}")


@contextmanager
def _caught(name: str) -> Iterator[Any]:
    """Divert a standard stream, of Python and of native code, to a file."""
    descriptor = {"stdout": 1, "stderr": 2}[name]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as file:
        kept = os.dup(descriptor)
        os.dup2(file.fileno(), descriptor)
        try:
            with redirect_stdout(file) if name == "stdout" else redirect_stderr(file):
                yield file
        finally:
            os.dup2(kept, descriptor)
            os.close(kept)


@dataclass(frozen=True)
class _State:
    folder: str
    variables: dict[str, str]
    handlers: dict[int, Any]
    loggers: list[Any]

    @classmethod
    def taken(cls) -> _State:
        handlers: dict[int, Any] = {number: signal.getsignal(number) for number in signal.valid_signals()}
        return cls(str(Path.cwd()), dict(os.environ), handlers, list(logging.getLogger().handlers))

    def changes(self) -> Iterator[tuple[str, str]]:
        """What has changed, each with advice."""
        now = _State.taken()
        if now.folder != self.folder:
            yield f"the engine changed the working directory to {now.folder}", "use absolute paths; users' relative paths depend on it."
        for name in sorted(self.variables.keys() | now.variables.keys()):
            if self.variables.get(name) != now.variables.get(name) and not name.startswith(_OURS):
                yield f"the engine changed the environment variable {name}", "set variables of libraries when its module is imported."
        for number, handler in self.handlers.items():
            if now.handlers[number] != handler:
                yield f"the engine changed the handler of {signal.Signals(number).name}", "leave signals to the program that uses it."
        if now.loggers != self.loggers:
            yield "the engine changed the handlers of the root logger", "use logging.getLogger(__name__), and configure nothing."

    def restore(self) -> None:
        if str(Path.cwd()) != self.folder:
            os.chdir(self.folder)
        for name in set(os.environ) - self.variables.keys():
            del os.environ[name]
        os.environ.update(self.variables)
        logging.getLogger().handlers[:] = self.loggers
        if threading.current_thread() is threading.main_thread():
            for number, handler in self.handlers.items():
                if handler is not None and signal.getsignal(number) != handler:
                    signal.signal(number, handler)


class Observation:
    """Observes what plugin code creates and changes, until :meth:`faults`."""

    def __init__(self, temporary: Path) -> None:
        """Take stock; ``temporary`` is the folder for temporary files meanwhile."""
        self._temporary = temporary
        # Without descriptors: a library may keep the files of its weights open.
        self._left = Leftovers("the engine", "close()", temporary=temporary, descriptors=False)
        self._written: list[str] = []

    @contextmanager
    def observed(self) -> Iterator[None]:
        """Observe this process."""
        folder = str(self._temporary)
        allowed = [self._temporary, paths.config_file().parent, paths.cache_dir(), paths.data_dir(), paths.runtime_dir()]
        variables = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder)
        with (
            patch.object(tempfile, "tempdir", folder),
            patch.dict(os.environ, variables),
            _writes.noted(self._written, allowed),
        ):
            yield

    def faults(self) -> list[str]:
        """What was left after ``close()``, and what was written outside the folders for it."""
        return [
            *self._left.faults(),
            *(
                f"the engine wrote {file}: its own files belong in voicebridge.paths.cache_dir(), temporary ones in those of tempfile."
                for file in dict.fromkeys(self._written)
            ),
        ]


class _Writes:
    """Notes the files that Python code changes; native code is traced by :mod:`voicebridge.testing.system_calls`."""

    _EVENTS = frozenset({"os.mkdir", "os.rename", "os.link", "os.symlink", "os.truncate", "os.remove", "os.rmdir"})
    _WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

    def __init__(self) -> None:
        self._noted: list[str] | None = None
        self._allowed: Sequence[Path] = ()
        self._installed = False

    @contextmanager
    def noted(self, noted: list[str], allowed: Sequence[Path]) -> Iterator[None]:
        """Add to ``noted`` what is changed outside the ``allowed`` folders."""
        if not self._installed:
            sys.addaudithook(self._hear)  # it can't be removed again
            self._installed = True
        self._allowed = [folder.absolute() for folder in allowed]
        self._noted = noted
        try:
            yield
        finally:
            self._noted = None

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        noted = self._noted
        if noted is None:
            return
        is_writing = event in self._EVENTS or (event == "open" and isinstance(arguments[2], int) and arguments[2] & self._WRITING)
        if not is_writing or not isinstance(arguments[0], str | bytes | os.PathLike):
            return
        path = Path.cwd() / os.fsdecode(arguments[0])
        is_system = path.parts[1:2] in (("dev",), ("proc",)) or "__pycache__" in path.parts
        if not is_system and not any(path.is_relative_to(folder) for folder in self._allowed):
            noted.append(str(path))


_writes = _Writes()
