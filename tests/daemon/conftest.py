"""A daemon with planted plugins."""

from __future__ import annotations

import json
import shutil
import subprocess
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from voicebridge.testing.processes import PATIENCE


@dataclass
class Daemon:
    """The command, and the daemon that it starts with planted plugins."""

    command: str
    environment: Mapping[str, str]
    site: Path

    def run(self, *words: str, code: int = 0) -> str:
        """Run the command; returns stdout and stderr."""
        done = subprocess.run(
            [self.command, *words], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
            check=False, timeout=PATIENCE,
        )  # fmt: skip
        assert done.returncode == code, f"{words} ended with {done.returncode}: {done.stdout}"
        return done.stdout

    @property
    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("daemon", "status", "--json"))
        return found

    @property
    def parts(self) -> dict[str, dict[str, Any]]:
        return {each["name"]: each for each in self.status["parts"]}

    @property
    def log(self) -> str:
        return self.run("daemon", "logs", "-n", "500")

    @property
    def folder(self) -> Path:
        return Path(self.environment["VOICEBRIDGE_HOME"]) / "data" / "plugins"

    def configure(self, text: str) -> None:
        home = Path(self.environment["VOICEBRIDGE_HOME"])
        home.mkdir(parents=True, exist_ok=True)
        (home / "config.toml").write_text(text, encoding="utf-8")

    def plant(self, name: str, source: str) -> None:
        info = self.site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: voice-{name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[voicebridge]\n{name} = {name}_plugin\n")
        (self.site / f"{name}_plugin.py").write_text(textwrap.dedent(source).replace("NAME", name))

    def uproot(self, name: str) -> None:
        shutil.rmtree(self.site / f"{name}-1.0.dist-info")


@pytest.fixture
def daemon(command: str, environment: dict[str, str], tmp_path: Path) -> Iterator[Daemon]:
    kept = {name: value for name, value in environment.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS")}
    site = tmp_path / "site"
    yield Daemon(command, {**kept, "PYTHONPATH": str(site), "VOICEBRIDGE_STT_MODEL": "tiny.en"}, site)
    subprocess.run([command, "daemon", "stop"], env=kept, capture_output=True, check=False, timeout=PATIENCE)
