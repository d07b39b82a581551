"""What the Python API's models share: a name, the process that they belong to, and being closed."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Self

from voicebridge.engines.source import ClientEngines
from voicebridge.errors import ModelError
from voicebridge.runtime.current import engine_loader


class ReadyModel:
    """A loaded model: a context manager that frees it."""

    def __init__(self, name: str, *, daemon: bool) -> None:
        """Take its full name; ``daemon`` lets the daemon do the work."""
        self._name = name
        own = engine_loader()  # of the daemon, in this process
        self._engines = ClientEngines(daemon=daemon) if own is None else ClientEngines(daemon=False, load=own)
        self._loaded_in = os.getpid()

    @property
    def name(self) -> str:
        """The full name, ``plugin/model``."""
        return self._name

    def close(self) -> None:
        """Free the model. In a process forked from the one that loaded it, this does nothing."""
        if self._loaded_in == os.getpid():
            self._engines.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _check_process(self) -> None:
        """Check that the model is used in the process that loaded it.

        Raises:
            ModelError: if the process has forked since: a model's threads don't exist in the child, which would wait for them forever.
        """
        if self._loaded_in != os.getpid():
            raise ModelError(
                "This model was loaded before the process forked, and can't be used in the child process. Load it there, or use the "
                "start method 'spawn'."
            )
