"""What the flags before the verb said, and the host and registry that follow from it, made once per run."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from voicebridge import paths

if TYPE_CHECKING:
    from voicebridge.config import Config
    from voicebridge.plugins import PluginHost
    from voicebridge.registry import Registry

_profile: str | None = None
_no_plugins = False
_host: PluginHost | None = None
_environment: dict[str, str] | None = None
"""The variables as the user set them, kept once we have set some ourselves."""
_abandoned = False
_served = False


def remember(profile: str | None = None, offline: bool = False, no_plugins: bool = False) -> None:
    """Take in flags; one that was not given changes nothing, so that a verb may take the same flag again."""
    global _profile, _no_plugins, _host
    if (profile or _profile, no_plugins or _no_plugins) != (_profile, _no_plugins):
        _host = None  # what was loaded for the list of verbs was not what is wanted
    _profile = profile or _profile
    _no_plugins = no_plugins or _no_plugins
    if offline or paths.is_offline():
        _go_offline()


def forget() -> None:
    """Go back to the state of a fresh process."""
    global _profile, _no_plugins, _host, _environment, _abandoned, _served
    _profile, _no_plugins, _host, _environment, _abandoned, _served = None, False, None, None, False, False


def abandon_work() -> None:
    """Note that a verb was broken off while threads of its own, or of an engine, may still be computing."""
    global _abandoned
    _abandoned = True


def has_abandoned_work() -> bool:
    """Whether a verb noted that."""
    return _abandoned


def note_served() -> None:
    """Note that the daemon did a verb's work: no engine was loaded in this process, and everything is written."""
    global _served
    _served = True


def was_served() -> bool:
    """Whether a verb noted that."""
    return _served


def plugin_host() -> PluginHost:
    """The plugins, loaded as the configuration and the flags let them in; slow ones are named on stderr.

    Reads the configuration file without checking it, so that ``--help`` and ``plugins`` work, and stay quick, when it is wrong.

    Raises:
        ConfigError: when the file is no TOML at all.
        UnknownNameError: when ``VOICEBRIDGE_PLUGINS`` names a plugin that is not installed.
    """
    global _host
    if _host is None:
        from voicebridge import configfile  # these only now: a built-in verb's help needs no plugin
        from voicebridge.plugins import load_plugins

        table = configfile.read(paths.config_file())
        configfile.sweep(paths.config_file())
        _host = load_plugins(lambda name: configfile.is_enabled(table, name, profile()), [] if _no_plugins else paths.allowed_plugins())
        for record in _host.records:
            if record.slow and "_VOICEBRIDGE_COMPLETE" not in os.environ:  # pressing Tab is no time for warnings
                print(f"Warning: plugin {record.name}: {record.reason}", file=sys.stderr)  # noqa: T201
    return _host


def asked_profile() -> str | None:
    """The profile that a flag chose."""
    return _profile


def profile() -> str | None:
    """The profile that a flag or a variable chose; what the file itself chooses is not known here."""
    return _profile or os.environ.get("VOICEBRIDGE_PROFILE") or None


def variables() -> dict[str, str]:
    """Our variables as the user set them."""
    return paths.variables(os.environ if _environment is None else _environment)


def may_ask_daemon() -> bool:
    """Whether the daemon's plugins are those that this run would load."""
    return not _no_plugins and "VOICEBRIDGE_PLUGINS" not in os.environ


def has_loaded_plugins() -> bool:
    """Whether :func:`plugin_host` has done its work."""
    return _host is not None


def is_without_plugins() -> bool:
    """Whether a flag keeps all plugins out."""
    return _no_plugins


def config(problems: list[str] | None = None) -> Config:
    """The configuration, checked; keeps the process off the network when it says so.

    Args:
        problems: where given, what is wrong is added here instead of raised.
    """
    from voicebridge.config import Config

    loaded = Config.load(_profile, environment=_environment, problems=problems)
    if loaded.settings.offline:
        _go_offline()
    return loaded


def registry() -> Registry:
    """The models and services of the active plugins, under the checked configuration."""
    from voicebridge.registry import Registry

    found = Registry(plugin_host(), config())
    gc.enable()
    return found


def _go_offline() -> None:
    global _environment
    if _environment is None:
        _environment = dict(os.environ)  # or the configuration, when it is read again, would take our own variable for the user's
    paths.go_offline()
