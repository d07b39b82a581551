"""Settings from the environment: paths on this machine, offline mode, and the plugins that may load.

``VOICEBRIDGE_HOME`` puts all data into one folder; by default, each platform's standard folders are used. ``VOICEBRIDGE_OFFLINE`` keeps all
of VoiceBridge, including plugins, off the network. ``VOICEBRIDGE_PLUGINS`` lists the plugins that may be loaded. The variables are read on
each call, so changes take effect immediately.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from warnings import catch_warnings

_FALSE = {"", "0", "false", "f", "no", "n", "off"}  # the values that pydantic parses as false, like those of the key `offline`


PREFIX = "VOICEBRIDGE_"
"""The prefix of all our variables."""


def variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Our variables in an environment, without empty ones."""
    return {name: text for name, text in environment.items() if name.startswith(PREFIX) and text}


def config_file() -> Path:
    """The configuration file; it need not exist."""
    return _place("config") / "config.toml"


def config_stamp() -> list[int]:
    """Numbers that change when the configuration file changes; constant while there is none."""
    try:
        status = config_file().stat()
    except OSError:
        return []
    return [status.st_ino, status.st_size, status.st_mtime_ns]


def cache_dir() -> Path:
    """For data that can be downloaded or created again: weights, results of smoke tests. It need not exist."""
    return _place("cache")


def data_dir() -> Path:
    """For user data that can't be recreated: voice samples. It need not exist."""
    return _place("data")


def runtime_dir() -> Path:
    """For data that ends with the user's session: the control socket. It need not exist."""
    return _place("runtime")


def is_offline() -> bool:
    """Whether the user has disabled the network."""
    value = os.environ.get("VOICEBRIDGE_OFFLINE", "").strip().lower()
    return value not in _FALSE  # unknown values keep the network off


def go_offline() -> None:
    """Disable the network for this process and its children, including the Hugging Face libraries."""
    os.environ["VOICEBRIDGE_OFFLINE"] = "1"
    os.environ["HF_HUB_OFFLINE"] = "1"


def choose_profile(name: str) -> None:
    """Make this process and its children use a configuration profile by default."""
    os.environ["VOICEBRIDGE_PROFILE"] = name


def allowed_plugins() -> list[str] | None:
    """The names of the plugins that ``VOICEBRIDGE_PLUGINS`` allows; ``None`` if it is not set and all are allowed."""
    listed = os.environ.get("VOICEBRIDGE_PLUGINS")
    return None if listed is None else [name.strip() for name in listed.split(",") if name.strip()]


def _place(kind: str) -> Path:
    home = os.environ.get("VOICEBRIDGE_HOME")
    if home:
        return Path(home).expanduser().absolute() / ("" if kind == "config" else kind)
    from platformdirs import PlatformDirs  # takes 20 ms to import, and is not needed with VOICEBRIDGE_HOME

    dirs = PlatformDirs("voicebridge", appauthor=False)
    if kind == "runtime":
        with catch_warnings(action="ignore"):  # of a session without such a folder; the fallback is used
            return dirs.user_runtime_path
    return {"config": dirs.user_config_path, "cache": dirs.user_cache_path, "data": dirs.user_data_path}[kind]
