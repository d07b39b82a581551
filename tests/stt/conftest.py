"""Shared by the tests of ``voicebridge stt``."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from functools import partial

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def hears_the_welcome() -> Callable[..., bool]:
    """Whether a text is that of the speech sample, as far as a small model recognises it."""

    def hears_the_welcome(text: str) -> bool:
        return "this is a short recording" in text.lower() and "on your own machine" in text

    return hears_the_welcome


@pytest.fixture
def refused(expect_refusal: Callable[..., str], run: Run) -> Callable[..., str]:
    """The error of a run in another process."""
    return partial(expect_refusal, run)
