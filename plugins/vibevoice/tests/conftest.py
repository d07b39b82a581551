"""Fixtures shared by the tests of this plugin: checkpoints with random weights, created once per test process."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """Use one thread: threads that spin while they wait for each other take ten times as long when tests run in parallel."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A temporary cache and hub cache; the user's are unchanged."""
    folder = tmp_path_factory.mktemp("voicebridge-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOICEBRIDGE_HOME", str(folder))
        patch.setenv("HF_HUB_CACHE", str(folder / "hub"))
        yield


@pytest.fixture(scope="session")
def tiny() -> ModuleType:
    """``tiny.py``, which is a script rather than a package."""
    spec = importlib.util.spec_from_file_location("vibevoice_tiny", Path(__file__).with_name("tiny.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def speech_folder(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text-to-speech checkpoint; must not be modified."""
    folder: Path = tiny.make_speech(tmp_path_factory.mktemp("speech") / "tiny")
    return folder


@pytest.fixture(scope="session")
def listening_folder(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A speech-to-text checkpoint; must not be modified."""
    folder: Path = tiny.make_listening(tmp_path_factory.mktemp("listening") / "tiny")
    return folder
