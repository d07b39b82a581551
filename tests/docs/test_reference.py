from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from voicebridge.hotkeys.actions import READING
from voicebridge.runtime.config import Config
from voicebridge.runtime.plugins import load_plugins
from voicebridge.runtime.registry import Registry

ROOT = Path(__file__).resolve().parents[2]


def test_the_reference_of_the_configuration_is_what_the_code_says() -> None:
    script = ROOT / "scripts" / "write_reference.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_example_on_the_page_is_a_right_configuration() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    example = re.search(r"```toml\n(.*?)```", page, re.DOTALL)
    assert example
    config = Config(Path("config.toml"), tomllib.loads(example[1]), "meeting", {})
    assert config.settings.stt.word_timestamps
    registry = Registry(load_plugins(), config)
    beam_sizes = [registry.options(registry.stt(name)).model_dump()["beam_size"] for name in ("whisper/base", "whisper/tiny.en")]  # type: ignore[union-attr]
    assert beam_sizes == [2, 1]


def test_the_page_has_every_key_that_reads_aloud_with_its_command() -> None:
    page = (ROOT / "docs" / "speaking.md").read_text(encoding="utf-8")
    table = page.partition("| setting in `[hotkeys]` | command | action |")[2].strip().partition("\n\n")[0]
    for action in READING:
        row = next(line for line in table.splitlines() if f"`{action}`" in line.split("|")[1])
        assert f"`voicebridge {action.command}`" in row
