"""Loggers as they were before a command ran in the tests' process."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def loggers_restored() -> Iterator[None]:
    """Remove the handlers and levels that a command has set: after one with ``--quiet``, the next test would see no warnings."""
    yield
    for logger in [each for each in logging.Logger.manager.loggerDict.values() if isinstance(each, logging.Logger)]:
        if shown := [handler for handler in logger.handlers if type(handler).__module__.startswith("voicebridge.")]:
            logger.handlers[:] = [handler for handler in logger.handlers if handler not in shown]
            logger.setLevel(logging.NOTSET)
