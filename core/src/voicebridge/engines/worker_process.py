"""A worker process, from the perspective of its parent."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any

from voicebridge.control import Peer
from voicebridge.engines import messages
from voicebridge.engines.multiplex import Stream, Streams
from voicebridge.errors import UnavailableError, VoiceBridgeError

_COMMAND = (sys.executable, "-P", "-m", "voicebridge.engines.worker")
"""``-P``: don't import from the daemon's working directory."""
if sys.platform == "win32":
    _OWN_GROUP: dict[str, Any] = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
else:
    _OWN_GROUP: dict[str, Any] = {"start_new_session": True}
"""Ctrl-C in a terminal is not meant for the workers: their parent ends them."""
_TO_END = 2.0
"""Time-out in seconds for a process to exit by itself."""


class WorkerProcess:
    """A process with its model and jobs."""

    def __init__(
        self,
        load: messages.Message,
        on_failed: Callable[[WorkerProcess], None],
        on_end: Callable[[WorkerProcess], None],
        on_loaded: Callable[[], None],
    ) -> None:
        """Start the process, which starts loading.

        Args:
            load: what :mod:`voicebridge.engines.worker` is to load.
            on_failed: called in another thread if the model could not be loaded.
            on_end: called in another thread when the process has ended, for any reason, once.
            on_loaded: called in another thread when the model is loaded.

        Raises:
            OSError: if no process can be started.
        """
        self._on_failed, self._on_end, self._on_loaded = on_failed, on_end, on_loaded
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **_OWN_GROUP
        )
        self.pid = self._process.pid
        self.jobs = 0
        """The number of active jobs, counted by the caller."""
        self.heard_at = time.monotonic()
        """Clock time of its last heartbeat."""
        self.loaded_at: float | None = None
        """Clock time at which the model was loaded."""
        self.error: VoiceBridgeError | None = None
        """Why the model could not be loaded."""
        self._reason = ""
        assert self._process.stdout is not None  # noqa: S101 - pipes, as asked for
        assert self._process.stdin is not None  # noqa: S101
        self._peer = Peer.of_files(self._process.stdout, self._process.stdin)
        self._streams = Streams(self._peer)
        control = self._streams.open()
        Thread(target=self._read, name="engine-worker", daemon=True).start()
        Thread(target=self._listen, args=(control,), name="engine-worker-log", daemon=True).start()
        with suppress(UnavailableError):  # it has ended already, which is reported separately
            control.send(load)

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    def open(self) -> Stream:
        """Open a connection for a job; it is closed when the process ends."""
        return self._streams.open()

    def kill(self, reason: str) -> None:
        """Kill the process."""
        self._reason = self._reason or reason
        self._process.kill()

    def end(self) -> None:
        """Ask the process to exit; :meth:`wait` makes sure of it."""
        self._reason = self._reason or "was ended"
        self._peer.close()

    def wait(self) -> None:
        """Return when the process has ended; it is killed after a while."""
        try:
            self._process.wait(_TO_END)
        except subprocess.TimeoutExpired:
            self.kill("did not end")
            self._process.wait()

    def cause(self) -> str:
        """Why the process has ended, as the rest of a sentence that starts with its model; waits for it to end."""
        self.wait()
        return self._reason or _way_of(self._process.returncode)

    def _read(self) -> None:
        self._streams.run(self._live)
        self.wait()
        self._peer.close()
        self._on_end(self)

    def _live(self) -> None:
        self.heard_at = time.monotonic()

    def _listen(self, control: Stream) -> None:
        with suppress(UnavailableError):
            while (said := control.receive()) is not None:
                if "log" in said:
                    logging.getLogger(str(said.get("logger"))).log(int(said.get("level", logging.WARNING)), "%s", said["log"])
                elif said.get("ok"):
                    self.loaded_at = time.monotonic()
                    self._on_loaded()
                elif "ok" in said:
                    self.error = messages.error_from(said)
                    self._on_failed(self)


def _way_of(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
