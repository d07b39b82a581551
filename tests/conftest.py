"""What the tests that cross packages share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place of its own for the configuration and the cache, so that no test sees what a user or another test has set."""
    for name in [name for name in os.environ if name.startswith(("VOICEBRIDGE_", "_VOICEBRIDGE_"))]:
        monkeypatch.delenv(name)
    folder = tmp_path / "voicebridge-home"
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the workspace."""
    return ROOT


@pytest.fixture(scope="session")
def packages() -> list[Path]:
    """The folder of every package in the workspace, the core first."""
    return [ROOT / "core", *sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))]
