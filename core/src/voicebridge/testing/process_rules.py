"""Conformance tests for what a model does to the process and the machine in which it runs; for all model plugins."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from voicebridge.testing import memory
from voicebridge.testing.model import Loaded, ModelContract, expect_none
from voicebridge.testing.output import TestedEngine
from voicebridge.testing.surroundings import Observation, watched


class ProcessRules(ModelContract):
    """An engine is a guest: it shares the process with other engines and with VoiceBridge, or with a program that uses the Python API."""

    @classmethod
    def job(cls, loaded: Loaded, engine: TestedEngine) -> Iterator[object]:
        """Begin a short job; the items of the returned iterator are its results."""
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def left(cls, loaded: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Observation:
        """What an engine has left that was loaded, used and closed."""
        loaded.finish(lambda: list(cls.job(loaded, loaded.engine)))  # what a library creates once doesn't count
        left = Observation(tmp_path_factory.mktemp("temporary"))
        with left.observed():
            engine = loaded.load(loaded.model.name)
            cls._use_up(loaded, engine)
            del engine
            gc.collect()
        return left

    @classmethod
    def _use_up(cls, loaded: Loaded, engine: TestedEngine) -> None:
        for _ in range(2):
            loaded.finish(lambda: list(cls.job(loaded, engine)))
        loaded.finish(engine.close)

    def test_it_changes_nothing_in_its_process(self, loaded: Loaded) -> None:
        """Loading the model and running a job opens no connection, prints nothing, and changes no handler, variable or working directory.

        Troubleshooting: standard output belongs to the transcript, and standard error to the log: use :mod:`logging`, without configuring
        it, and turn off progress bars. Signals, the working directory and the environment belong to the program; a library's environment
        variable is set where the engine's module imports the library.
        """
        engine, faults = loaded.engine, list(loaded.faults)
        with watched(faults, "during a job"):
            loaded.finish(lambda: list(self.job(loaded, engine)))
        expect_none(faults)

    def test_nothing_is_left_after_close(self, left: Observation) -> None:
        """After ``close()``, no thread, process or temporary file of the engine is left, and nothing was written outside its folders.

        Troubleshooting: end threads and processes in ``close()``, and join them; create temporary files in a ``with`` statement. What a
        library creates only once in a process doesn't count.
        """
        expect_none(left.faults())

    def test_memory_does_not_grow_with_every_job(self, loaded: Loaded) -> None:
        """A job doesn't leave more than 4 MB behind, after several; VoiceBridge's daemon runs for weeks.

        Troubleshooting: don't keep audio or results in ``self`` or in a module, and limit caches.
        """
        grown = memory.growth(lambda: loaded.finish(lambda: list(self.job(loaded, loaded.engine))))
        if grown:
            pytest.fail(f"memory grew by {grown / 1e6:.0f} MB with every job: keep nothing of a job in the engine, and limit its caches.")
