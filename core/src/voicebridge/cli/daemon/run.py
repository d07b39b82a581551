"""A run of ``voicebridge daemon run``: log, signals, exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from types import FrameType

from voicebridge.cli.shared.state import RunState
from voicebridge.cli.shared.terminal import Remarks
from voicebridge.daemon.heap import share_one_heap
from voicebridge.daemon.running import Daemon
from voicebridge.errors import VoiceBridgeError
from voicebridge.tts.voices.store import user_voices


def run(state: RunState, *, verbose: bool) -> int:
    """Run until a signal or a request stops it, and return the exit code."""
    from voicebridge.daemon.logs import open_log

    share_one_heap()
    _leave_folder()
    remarks = Remarks(quiet=False, verbose=verbose)
    open_log(state.config().settings.daemon)
    user_voices()  # deletes partial voice samples left by a killed process
    daemon = Daemon(state.load_again)
    signals = _Signals(daemon, remarks)
    daemon.run(on_ready=lambda: remarks.say("VoiceBridge is running." + (" Press Ctrl-C to stop." if sys.stderr.isatty() else "")))
    state.abandoned = True
    return signals.exit_code


def _leave_folder() -> None:
    """Change to a folder that is not deleted or unmounted: in a missing folder, engine processes can't start."""
    if home := os.environ.get("VOICEBRIDGE_HOME"):
        os.environ["VOICEBRIDGE_HOME"] = str(Path(home).expanduser().absolute())
    os.chdir(Path(sys.executable).anchor)


class _Signals:
    """SIGINT and SIGTERM stop the daemon, a second one immediately; SIGHUP reloads the configuration."""

    def __init__(self, daemon: Daemon, remarks: Remarks) -> None:
        self._daemon, self._remarks = daemon, remarks
        self._came = False
        self.exit_code = 0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._end)
        if sys.platform != "win32":
            signal.signal(signal.SIGHUP, self._reload)

    def _end(self, number: int, _frame: FrameType | None) -> None:
        self.exit_code = 128 + number if number == signal.SIGINT else 0  # a service manager's SIGTERM is the normal way to stop it
        if self._came:
            os._exit(128 + number)  # recordings are on disk, and in the journal
        self._came = True
        self._apart(self._daemon.stop)

    def _reload(self, _number: int, _frame: FrameType | None) -> None:
        self._apart(self._read_again)

    def _apart(self, do: Callable[[], None]) -> None:
        # The main thread, which handles signals, may be holding a lock that this needs.
        Thread(target=do, name="daemon-signal", daemon=True).start()

    def _read_again(self) -> None:
        try:
            self._daemon.reload()
        except VoiceBridgeError as error:
            self._remarks.error(f"The new configuration was rejected: {error}")
