"""A process that loads one model and runs jobs with it, several at once: ``python -m voicebridge.engines.worker``.

It communicates over its original standard input and output, and reserves them: output printed by an engine or library is discarded, and
input is empty. It exits when its input is closed, whatever it is computing, so it never outlives its parent process; it ignores signals
meant for that process, such as Ctrl-C in its terminal.
"""

from __future__ import annotations

import logging
import os
import signal
from concurrent.futures import Future
from contextlib import suppress
from threading import Event, Lock, Thread, Timer
from typing import Any

from voicebridge.control import Peer
from voicebridge.engines import messages
from voicebridge.engines.descriptors import spec_from
from voicebridge.engines.loader import load_engine
from voicebridge.engines.multiplex import Stream, Streams
from voicebridge.engines.serve import Cancelled, Job
from voicebridge.errors import PluginError, UnavailableError, VoiceBridgeError, brief
from voicebridge.options import EngineOptions
from voicebridge.spec_fields import load_ref

_LAST_BREATH = 1.0
"""Time-out in seconds for closing an engine."""


class Worker:
    """One model and its jobs."""

    def __init__(self, peer: Peer) -> None:
        """Prepare; nothing is read before :meth:`run`."""
        self._streams = Streams(peer, self._accept)
        self._asked: dict[str, Any] = {}
        self._has_begun = False
        self._engine: Future[Any] = Future()
        self._jobs = 0
        self._lock = Lock()

    def run(self) -> None:
        """Handle requests until the other side has ended, and then exit."""
        self._streams.run()
        Timer(_LAST_BREATH, os._exit, [0]).start()
        if self._engine.done() and self._engine.exception() is None:
            with suppress(Exception):
                self._engine.result().close()
        os._exit(0)  # a regular exit would wait for computing threads

    def _accept(self, stream: Stream) -> None:
        target = self._answer if self._has_begun else self._load
        self._has_begun = True
        with self._lock:
            self._jobs += 1
        Thread(target=self._busy, args=(target, stream), daemon=True).start()

    def _busy(self, target: Any, stream: Stream) -> None:
        try:
            target(stream)
        finally:
            with self._lock:
                self._jobs -= 1

    def _load(self, stream: Stream) -> None:
        """Load the model on the first connection, which stays open for heartbeats and log messages."""
        asked = self._asked = messages.receive(stream) or {}
        Thread(target=self._live, args=(stream, float(asked["alive"])), name="alive", daemon=True).start()
        logging.getLogger().addHandler(_Forward(stream))
        try:
            spec = spec_from(asked["spec"])
            options: EngineOptions | None = None
            if spec.options is not None and asked["options"] is not None:
                options = load_ref(spec.options).model_validate(asked["options"])
            engine = load_engine(spec, asked["name"], options, model=asked["model"], distribution=asked["distribution"])
        except BaseException as error:  # of the options' module, too, which would end this thread silently
            self._engine.set_exception(error)
        else:
            self._engine.set_result(engine)
        self._end(stream, lambda: self._engine.result())

    def _answer(self, stream: Stream) -> None:
        def work() -> None:
            engine = self._engine.result()
            job = Job(stream)
            if self._asked["kind"] == "stt":
                job.transcribe(engine)
            else:
                job.synthesize(engine)

        self._end(stream, work)
        stream.close()

    def _end(self, stream: Stream, work: Any) -> None:
        """Run a job, and send its result."""
        answer: messages.Message = {"ok": True}
        try:
            work()
        except Cancelled:
            return
        except VoiceBridgeError as error:
            answer = messages.error_to(error)
        except BaseException as error:
            answer = messages.error_to(
                PluginError(f"{self._asked['model']} failed: {brief(error)}. Please report it to the plugin's maintainers.")
            )
        with suppress(UnavailableError, OSError):
            stream.send(answer)

    def _live(self, stream: Stream, seconds: float) -> None:
        with suppress(UnavailableError, OSError):
            while not Event().wait(seconds):
                if self._jobs:
                    stream.send({"alive": True})


class _Forward(logging.Handler):
    """Forwards log messages to the parent process."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(logging.WARNING)
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(Exception):  # logging must not break what it reports
            self._stream.send({"log": record.getMessage(), "level": record.levelno, "logger": record.name})


def main() -> None:
    """Run a worker on this process's standard input and output."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    reader, writer = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nothing, number)
    Worker(Peer.of_files(reader, writer)).run()


if __name__ == "__main__":
    main()
