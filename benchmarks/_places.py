"""Where the benchmarks keep what can be made again, and the weights that all sides of a comparison load."""

from __future__ import annotations

import os
from pathlib import Path

from voicebridge import paths
from voicebridge.specs import load_ref
from voicebridge_whisper.plugin import voicebridge_stt_models

CACHE = paths.cache_dir() / "benchmarks"
"""In the user's cache; may be deleted at any time."""
HOME = CACHE / "home"
"""A home for VoiceBridge without a configuration, so that the user's own does not change what is measured."""


def use_own_home() -> dict[str, str]:
    """Have this process, and the commands that are given the environment returned, use :data:`HOME` and stay off the network."""
    HOME.mkdir(parents=True, exist_ok=True)
    for name in [name for name in os.environ if name.startswith("VOICEBRIDGE_")]:
        del os.environ[name]
    os.environ["VOICEBRIDGE_HOME"] = str(HOME)
    paths.go_offline()
    return dict(os.environ)


def weights(model: str) -> Path:
    """The folder of a Whisper model's weights, the one that VoiceBridge itself loads."""
    spec = next(spec for spec in voicebridge_stt_models() if spec.name == model)
    folder: Path = load_ref(str(spec.weights))().download(model)
    return folder
