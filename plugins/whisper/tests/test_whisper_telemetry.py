"""The hub client sends no usage data."""

from __future__ import annotations

import subprocess
import sys


def test_huggingface_hub_takes_the_switch() -> None:
    code = "import voicebridge, huggingface_hub.constants as found; print(found.HF_HUB_DISABLE_TELEMETRY)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "True"
