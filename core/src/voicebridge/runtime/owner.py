"""Run a plugin's code: convert its exceptions to one-line errors that name its package, and log what it prints."""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Thread
from typing import ClassVar, TypeVar

from voicebridge.errors import ModelError, PluginError, VoiceBridgeError, brief
from voicebridge.runtime.prints import prints_logged

log = logging.getLogger(__name__)

_Result = TypeVar("_Result")
_OF_THE_SYSTEM = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE)
"""System errors that are not the plugin's fault."""
_LOOK_UP = 0.2
"""Maximum seconds per wait, because Windows delivers no Ctrl-C to a waiting thread."""


def report_of(distribution: str) -> str:
    """What to do about a fault of a package, or of a one-file plugin."""
    return f"Correct it in {distribution}." if distribution.endswith(".py") else f"Report it to the maintainers of {distribution}."


@dataclass(frozen=True, slots=True)
class Owner:
    """The package that some code belongs to, for errors and logs."""

    name: str
    """What runs, as the subject of a sentence: ``acme/tiny``, ``The text filter acme/upper``."""
    distribution: str
    """The package that provides it; of a one-file plugin, its file."""
    logger: str
    """Name of the logger for what it prints."""
    memory_remedy: ClassVar[str] = "Close other programs."

    def problem(self, what: str) -> str:
        """A sentence that says what the code did and where to report it."""
        return f"{self.name} {what}. {report_of(self.distribution)}"

    @contextmanager
    def blamed(self, kind: type[VoiceBridgeError] = PluginError) -> Iterator[None]:
        """Run the plugin's code: convert its exceptions to one-line errors and log what it prints.

        Raises:
            VoiceBridgeError: unchanged, or of type ``kind`` for any other exception, including ``SystemExit``.
            ModelError: if memory runs out.
            OSError: if the disk is full or too many files are open.
        """
        with prints_logged(logging.getLogger(self.logger)):
            try:
                yield
            except (VoiceBridgeError, KeyboardInterrupt, GeneratorExit):
                raise
            except MemoryError as error:
                raise ModelError(f"There is not enough memory for {self.name}. {self.memory_remedy}") from error
            except BaseException as error:  # including sys.exit
                if isinstance(error, OSError) and error.errno in _OF_THE_SYSTEM:
                    raise
                raise kind(self.problem(f"failed: {brief(error)}")) from error

    def attempt(self, do: Callable[[], object]) -> None:
        """Run code of the plugin whose errors are only logged."""
        try:
            with self.blamed():
                do()
        except VoiceBridgeError as error:
            log.warning("%s", error)

    def within(self, seconds: float, do: Callable[[], _Result]) -> _Result:
        """The result of the plugin's code, which is given up after that many seconds; its thread then runs on until the process ends.

        Raises:
            VoiceBridgeError: as :meth:`blamed`, and PluginError after the time.
        """
        result = self._begun(do)
        try:
            return result.result(seconds)
        except TimeoutError:
            raise PluginError(self.problem(f"took longer than {seconds:g} s")) from None

    def while_active(self, seconds: float, do: Callable[[Callable[[], None]], _Result]) -> _Result:
        """Like :meth:`within`, but without a limit as long as ``do`` calls the function that it is given, at least every ``seconds``."""
        active = time.monotonic()

        def note() -> None:
            nonlocal active
            active = time.monotonic()

        result = self._begun(lambda: do(note))
        while True:
            with suppress(TimeoutError):
                return result.result(_LOOK_UP)
            if time.monotonic() - active >= seconds and not result.done():
                raise PluginError(self.problem(f"did nothing for {seconds:g} s"))

    def _begun(self, do: Callable[[], _Result]) -> Future[_Result]:
        """The result of the plugin's code, which runs in a thread of its own."""
        result: Future[_Result] = Future()

        def run() -> None:
            try:
                with self.blamed():
                    result.set_result(do())
            except BaseException as error:  # raised in the waiting thread
                result.set_exception(error)

        Thread(target=run, name=self.name, daemon=True).start()
        return result
