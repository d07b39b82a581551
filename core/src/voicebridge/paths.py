"""What the surroundings decide: where things stand on this machine, whether the network may be used, which plugins may load.

``VOICEBRIDGE_HOME`` moves everything under one folder; without it each platform's own places are used. ``VOICEBRIDGE_OFFLINE`` keeps
every part of VoiceBridge, plugins included, off the network. ``VOICEBRIDGE_PLUGINS`` names the plugins
that may be loaded at all. They are read at each call, so that a change takes effect at once.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from warnings import catch_warnings

_FALSE = {"", "0", "false", "f", "no", "n", "off"}  # what pydantic takes for false, so that the key `offline` reads the same


PREFIX = "VOICEBRIDGE_"
"""What the names of all our variables begin with."""


def variables(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of an environment that are ours and not empty."""
    return {name: text for name, text in environment.items() if name.startswith(PREFIX) and text}


def config_file() -> Path:
    """The one configuration file; it need not exist."""
    return _place("config") / "config.toml"


def config_stamp() -> list[int]:
    """Numbers that change when the configuration file does; the same while there is none."""
    try:
        status = config_file().stat()
    except OSError:
        return []
    return [status.st_ino, status.st_size, status.st_mtime_ns]


def cache_dir() -> Path:
    """For what can be fetched or made again: weights, verdicts of smoke tests. It need not exist."""
    return _place("cache")


def data_dir() -> Path:
    """For what the user made and nothing could make again: voice samples. It need not exist."""
    return _place("data")


def runtime_dir() -> Path:
    """For what lives no longer than the user's session: the control socket. It need not exist."""
    return _place("runtime")


def is_offline() -> bool:
    """Whether the user has forbidden the network."""
    value = os.environ.get("VOICEBRIDGE_OFFLINE", "").strip().lower()
    return value not in _FALSE  # anything unclear keeps the network closed


def go_offline() -> None:
    """Forbid the network for this process and its children, libraries of the Hugging Face hub included."""
    os.environ["VOICEBRIDGE_OFFLINE"] = "1"
    os.environ["HF_HUB_OFFLINE"] = "1"


def allowed_plugins() -> list[str] | None:
    """The plugins that ``VOICEBRIDGE_PLUGINS`` lets load, by name; ``None`` when it is not set and all may."""
    listed = os.environ.get("VOICEBRIDGE_PLUGINS")
    return None if listed is None else [name.strip() for name in listed.split(",") if name.strip()]


def _place(kind: str) -> Path:
    home = os.environ.get("VOICEBRIDGE_HOME")
    if home:
        return Path(home).expanduser().absolute() / ("" if kind == "config" else kind)
    from platformdirs import PlatformDirs  # 20 ms that a user of VOICEBRIDGE_HOME need not pay

    dirs = PlatformDirs("voicebridge", appauthor=False)
    if kind == "runtime":
        with catch_warnings(action="ignore"):  # of a session that has no such folder; the one that is used then will do
            return dirs.user_runtime_path
    return {"config": dirs.user_config_path, "cache": dirs.user_cache_path, "data": dirs.user_data_path}[kind]
