"""The models of all active plugins, with the user's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from voicebridge import paths

if TYPE_CHECKING:  # not needed if the daemon does the work
    from voicebridge.runtime.registry import Registry


def registry(profile: str | None, settings: Mapping[str, Mapping[str, object]] | None = None) -> Registry:
    """Load the configuration, with the named profile if any, and the enabled plugins.

    Args:
        profile: a profile of the configuration.
        settings: by plugin, what the user has set for this run with ``-O``, as text.

    Raises:
        ConfigError: if the configuration is invalid.
    """
    from voicebridge.options import Layer
    from voicebridge.runtime import configfile
    from voicebridge.runtime.config import Config
    from voicebridge.runtime.current import engine_loader, set_current
    from voicebridge.runtime.plugins import load_plugins
    from voicebridge.runtime.registry import Registry

    config = Config.load(profile)
    if config.settings.offline or paths.is_offline():
        paths.go_offline()
    host = load_plugins(partial(configfile.is_enabled, config.table, profile=config.profile), paths.allowed_plugins())
    given = {plugin: Layer("-O", values, text=True) for plugin, values in (settings or {}).items()}
    found = Registry(host, config, given)
    if engine_loader() is None:  # otherwise this is the daemon, which has its own
        set_current(lambda: found)
    return found
