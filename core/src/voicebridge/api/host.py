"""The models of all active plugins, under the user's configuration."""

from __future__ import annotations

from voicebridge import configfile, paths
from voicebridge.config import Config
from voicebridge.plugins import load_plugins
from voicebridge.registry import Registry


def registry(profile: str | None) -> Registry:
    """Load the configuration, in a profile where one is named, and the plugins that it lets in.

    Raises:
        ConfigError: when the configuration is wrong.
    """
    config = Config.load(profile)
    if config.settings.offline or paths.is_offline():
        paths.go_offline()
    return Registry(load_plugins(lambda name: configfile.is_enabled(config.table, name, config.profile), paths.allowed_plugins()), config)
