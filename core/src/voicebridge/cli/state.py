"""What the flags before the verb said, and the host and registry that follow from it, made once per run."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from voicebridge import configfile, paths
from voicebridge.plugins import PluginHost, load_plugins

if TYPE_CHECKING:
    from voicebridge.config import Config
    from voicebridge.registry import Registry

_profile: str | None = None
_no_plugins = False
_host: PluginHost | None = None


def remember(profile: str | None = None, offline: bool = False, no_plugins: bool = False) -> None:
    """Take in flags; one that was not given changes nothing, so that a verb may take the same flag again."""
    global _profile, _no_plugins
    _profile = profile or _profile
    _no_plugins = no_plugins or _no_plugins
    if offline or paths.is_offline():
        paths.go_offline()


def plugin_host() -> PluginHost:
    """The plugins, loaded as the configuration and the flags let them in; slow ones are named on stderr.

    Reads the configuration file without checking it, so that ``--help`` and ``plugins`` work, and stay quick, when it is wrong.

    Raises:
        ConfigError: when the file is no TOML at all.
    """
    global _host
    if _host is None:
        table = configfile.read(paths.config_file())
        _host = load_plugins(lambda name: configfile.is_enabled(table, name, _profile), only=_allowed())
        for record in _host.records:
            if record.slow:
                print(f"Warning: plugin {record.name}: {record.reason}", file=sys.stderr)  # noqa: T201
    return _host


def config() -> Config:
    """The configuration, checked; keeps the process off the network when it says so."""
    from voicebridge.config import Config

    loaded = Config.load(_profile)
    if loaded.settings.offline:
        paths.go_offline()
    return loaded


def registry() -> Registry:
    """The models and services of the active plugins, under the checked configuration."""
    from voicebridge.registry import Registry

    return Registry(plugin_host(), config())


def _allowed() -> list[str] | None:
    if _no_plugins:
        return []
    listed = os.environ.get("VOICEBRIDGE_PLUGINS")
    return None if listed is None else [name.strip() for name in listed.split(",") if name.strip()]
