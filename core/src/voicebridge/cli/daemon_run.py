"""One run of ``voicebridge daemon run``: its log, its signals, its end."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from types import FrameType

from voicebridge.cli import state
from voicebridge.cli.terminal import Remarks
from voicebridge.daemon.heap import share_one_heap
from voicebridge.daemon.running import Daemon
from voicebridge.errors import VoiceBridgeError
from voicebridge.voices.store import user_voices


def run(*, verbose: bool) -> int:
    """Serve until a signal or a request ends it, and return the exit code."""
    from voicebridge.daemon.logs import open_log

    share_one_heap()
    _leave_folder()
    remarks = Remarks(quiet=False, verbose=verbose)
    open_log(state.config().settings.daemon)
    user_voices()  # deletes what a killed process left of a voice sample
    daemon = Daemon(state.registry)
    signals = _Signals(daemon, remarks)
    daemon.run(on_ready=lambda: remarks.say("VoiceBridge runs; Ctrl-C ends it." if sys.stderr.isatty() else "VoiceBridge runs."))
    state.abandon_work()
    return signals.exit_code


def _leave_folder() -> None:
    """Go to a folder that nobody deletes or unmounts: in one that is gone no process of an engine could start."""
    if home := os.environ.get("VOICEBRIDGE_HOME"):
        os.environ["VOICEBRIDGE_HOME"] = str(Path(home).expanduser().absolute())
    os.chdir(Path(sys.executable).anchor)


class _Signals:
    """SIGINT and SIGTERM end the daemon, a second one at once; SIGHUP reads the configuration again."""

    def __init__(self, daemon: Daemon, remarks: Remarks) -> None:
        self._daemon, self._remarks = daemon, remarks
        self._came = False
        self.exit_code = 0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._end)
        if sys.platform != "win32":
            signal.signal(signal.SIGHUP, self._reload)

    def _end(self, number: int, _frame: FrameType | None) -> None:
        self.exit_code = 128 + number if number == signal.SIGINT else 0  # a service manager's SIGTERM is the regular way to end it
        if self._came:
            os._exit(128 + number)  # what was recorded is on disk, and in the journal
        self._came = True
        self._apart(self._daemon.stop)

    def _reload(self, _number: int, _frame: FrameType | None) -> None:
        self._apart(self._read_again)

    def _apart(self, do: Callable[[], None]) -> None:
        # The main thread, which hears of signals, may be in the middle of holding a lock that this takes.
        Thread(target=do, name="daemon-signal", daemon=True).start()

    def _read_again(self) -> None:
        try:
            self._daemon.reload()
        except VoiceBridgeError as error:
            self._remarks.error(f"The new configuration is not used: {error}")
