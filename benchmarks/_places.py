"""The folders for reproducible benchmark data, and the weights that all sides of a comparison load."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from _side_by_side import own_command
from voicebridge import paths
from voicebridge.spec_fields import load_ref
from voicebridge_whisper.plugin import voicebridge_stt_models

CACHE = paths.cache_dir() / "benchmarks"
"""In the user's cache folder; may be deleted at any time."""
HOME = CACHE / "home"
"""A home for VoiceBridge without a configuration, so that the user's own does not affect the results."""


def use_own_home() -> dict[str, str]:
    """Make this process use :data:`HOME` offline, and return the environment for commands that should do the same."""
    HOME.mkdir(parents=True, exist_ok=True)
    for name in [name for name in os.environ if name.startswith("VOICEBRIDGE_")]:
        del os.environ[name]
    os.environ["VOICEBRIDGE_HOME"] = str(HOME)
    paths.go_offline()
    return dict(os.environ)


@contextmanager
def daemon_in(folder: Path, environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Run a daemon with its own home in ``folder``; yields the environment for commands that use it.

    Imported modules are compiled there, as those of installed packages are, even if the environment disables that.
    """
    own = {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}
    own |= {"VOICEBRIDGE_HOME": str(folder / "home"), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    _run("daemon", "start", environment=own)
    try:
        yield own
    finally:
        _run("daemon", "stop", environment=own)


def _run(*words: str, environment: Mapping[str, str]) -> None:
    subprocess.run([own_command("voicebridge"), *words], env=environment, check=True, stdout=sys.stderr)


def weights(model: str) -> Path:
    """The folder of a Whisper model's weights, which VoiceBridge loads too."""
    spec = next(spec for spec in voicebridge_stt_models() if spec.name == model)
    folder: Path = load_ref(str(spec.weights))().download(model)
    return folder
