"""A process that loads one model and does jobs with it, several at once: ``python -m voicebridge.engines.worker``.

It speaks over the standard input and output that it is started with, and keeps them to itself: what an engine or a library prints goes
nowhere, and what it reads is empty. It ends when its input does, whatever it is computing, so it never outlives who has started it; signals
that are meant for that process, such as Ctrl-C in its terminal, it leaves alone.
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
from voicebridge.engines import wire
from voicebridge.engines.serving import Cancelled, Job
from voicebridge.engines.streams import Stream, Streams
from voicebridge.errors import ModelError, PluginError, Unavailable, VoiceBridgeError, brief
from voicebridge.options import EngineOptions
from voicebridge.specs import load_ref

_LAST_BREATH = 1.0
"""Seconds that an engine is given to close."""


class Worker:
    """One model, and the jobs that are done with it."""

    def __init__(self, peer: Peer) -> None:
        """Prepare; nothing is read before :meth:`run`."""
        self._streams = Streams(peer, self._accept)
        self._asked: dict[str, Any] = {}
        self._has_begun = False
        self._engine: Future[Any] = Future()
        self._jobs = 0
        self._lock = Lock()

    def run(self) -> None:
        """Do what is asked until the other side has ended, and then end the process."""
        self._streams.run()
        Timer(_LAST_BREATH, os._exit, [0]).start()
        if self._engine.done() and self._engine.exception() is None:
            with suppress(Exception):
                self._engine.result().close()
        os._exit(0)  # a regular end would wait for threads that compute

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
        """Load the model as the first conversation asks; it stays open, for signs of life and what the engine logs."""
        asked = self._asked = wire.receive(stream) or {}
        Thread(target=self._live, args=(stream, float(asked["alive"])), name="alive", daemon=True).start()
        logging.getLogger().addHandler(_Forward(stream))
        try:
            kind: type[EngineOptions] | None = load_ref(asked["options type"]) if asked["options type"] else None
            options = kind.model_validate(asked["options"]) if kind else None
            engine = load_ref(asked["factory"])(asked["name"], options)
        except VoiceBridgeError as error:
            self._engine.set_exception(error)
        except BaseException as error:  # an engine may even raise SystemExit, which would end this thread in silence
            remedy = f"Report it to the makers of {asked['distribution']}"
            self._engine.set_exception(ModelError(f"{asked['model']} failed: {brief(error)}. {remedy}."))
        else:
            self._engine.set_result(engine)
        self._end(stream, lambda: self._engine.result())

    def _answer(self, stream: Stream) -> None:
        def work() -> None:
            engine = self._engine.result()
            job = Job(stream, self._asked["model"])
            if self._asked["kind"] == "stt":
                job.transcribe(engine)
            else:
                job.synthesize(engine)

        self._end(stream, work)
        stream.close()

    def _end(self, stream: Stream, work: Any) -> None:
        """Do it, and tell how it went."""
        answer: wire.Message = {"ok": True}
        try:
            work()
        except Cancelled:
            return
        except VoiceBridgeError as error:
            answer = wire.error_to(error)
        except BaseException as error:
            answer = wire.error_to(PluginError(f"{self._asked['model']} failed: {brief(error)}. Tell the makers of its plugin."))
        with suppress(Unavailable, OSError):
            stream.send(answer)

    def _live(self, stream: Stream, seconds: float) -> None:
        with suppress(Unavailable, OSError):
            while not Event().wait(seconds):
                if self._jobs:
                    stream.send({"alive": True})


class _Forward(logging.Handler):
    """Has what is logged here logged by who has started this process."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(logging.WARNING)
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(Exception):  # a log must not break what it tells of
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
