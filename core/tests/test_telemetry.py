"""Telemetry of engines' libraries is disabled before any of them can be loaded."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from voicebridge.telemetry import SWITCHES


@pytest.mark.parametrize("value", ["", "0", "false"])
def test_importing_voicebridge_switches_telemetry_off_whatever_was_set(value: str) -> None:
    code = "import voicebridge, os, sys; print(*(os.environ[name] for name in sys.argv[1:]))"
    environment = {**os.environ, **dict.fromkeys(SWITCHES, value)}
    done = subprocess.run([sys.executable, "-c", code, *SWITCHES], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1"] * len(SWITCHES)
