from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from voicebridge.config import Config
from voicebridge.plugins import load_plugins
from voicebridge.registry import Registry

ROOT = Path(__file__).resolve().parents[1]


def test_the_reference_of_the_configuration_is_what_the_code_says() -> None:
    script = ROOT / "scripts" / "write_reference.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_example_on_the_page_is_a_right_configuration() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    example = re.search(r"```toml\n(.*?)```", page, re.DOTALL)
    assert example
    config = Config(Path("config.toml"), tomllib.loads(example[1]), "meeting", {})
    assert config.settings.stt.words
    registry = Registry(load_plugins(), config)
    beam_sizes = [registry.options(registry.stt(name)).model_dump()["beam_size"] for name in ("whisper/base", "whisper/tiny.en")]  # type: ignore[union-attr]
    assert beam_sizes == [2, 1]
