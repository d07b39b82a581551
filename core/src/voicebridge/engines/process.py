"""A worker process as who has started it sees it."""

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
from voicebridge.engines import wire
from voicebridge.engines.streams import Stream, Streams
from voicebridge.errors import Unavailable, VoiceBridgeError

_COMMAND = (sys.executable, "-P", "-m", "voicebridge.engines.worker")
"""``-P``: the folder that the daemon was started in is no place to import from."""
if sys.platform == "win32":
    _OWN_GROUP: dict[str, Any] = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
else:
    _OWN_GROUP: dict[str, Any] = {"start_new_session": True}
"""Ctrl-C in a terminal is not for the workers: who has started them ends them when the time has come."""
_TO_END = 2.0
"""Seconds that a process is given to end by itself."""


class WorkerProcess:
    """A process, the model that it loads, and the jobs that it is given."""

    def __init__(self, load: wire.Message, on_failed: Callable[[WorkerProcess], None], on_end: Callable[[WorkerProcess], None]) -> None:
        """Start it, and have it begin to load.

        Args:
            load: what :mod:`voicebridge.engines.worker` is to load.
            on_failed: called, in another thread, when the model could not be loaded.
            on_end: called, in another thread, when the process has ended, whatever the reason.

        Raises:
            OSError: when no process can be started.
        """
        self._on_failed, self._on_end = on_failed, on_end
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **_OWN_GROUP
        )
        self.pid = self._process.pid
        self.jobs = 0
        """How many are under way; whoever gives them counts them."""
        self.heard_at = time.monotonic()
        """When it last gave a sign of life, on the clock."""
        self.loaded_at: float | None = None
        """When the model was loaded, on the clock."""
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
        with suppress(Unavailable):  # it has ended already: then it is told as such
            control.send(load)

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    def open(self) -> Stream:
        """Begin a conversation about a job; when the process has ended, so has it."""
        return self._streams.open()

    def kill(self, reason: str) -> None:
        """End the process at once."""
        self._reason = self._reason or reason
        self._process.kill()

    def end(self) -> None:
        """Have the process end by itself; :meth:`wait` makes sure of it."""
        self._reason = self._reason or "was ended"
        self._peer.close()

    def wait(self) -> None:
        """Return when the process has ended, which it is made to after a while."""
        try:
            self._process.wait(_TO_END)
        except subprocess.TimeoutExpired:
            self.kill("did not end")
            self._process.wait()

    def cause(self) -> str:
        """Why the process has ended, as the rest of a sentence that begins with its model; waits for it to end."""
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
        with suppress(Unavailable):
            while (said := control.receive()) is not None:
                if "log" in said:
                    logging.getLogger(str(said.get("logger"))).log(int(said.get("level", logging.WARNING)), "%s", said["log"])
                elif said.get("ok"):
                    self.loaded_at = time.monotonic()
                elif "ok" in said:
                    self.error = wire.error_from(said)
                    self._on_failed(self)


def _way_of(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
