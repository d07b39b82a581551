"""The state of a run: the global flags, and the plugin host and registry created from them once."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import typer

from voicebridge import paths, renamed
from voicebridge.cli.verbs import VERBS

if TYPE_CHECKING:
    from voicebridge.options import Layer
    from voicebridge.runtime.config import Config
    from voicebridge.runtime.plugins import PluginHost
    from voicebridge.runtime.registry import Registry


@dataclass(slots=True)
class RunState:
    """One run of the command, stored as ``obj`` in the context of every command."""

    asked_profile: str | None = None
    """The profile set by a flag."""
    no_plugins: bool = False
    """Whether a flag disables all plugins."""
    abandoned: bool = False
    """Whether a command was interrupted while its own or an engine's threads may still be running."""
    given: Mapping[str, Layer] = field(default_factory=dict)
    """The settings of plugins that ``-O`` sets for this run, by plugin."""
    served: bool = False
    """Whether the daemon did the work: no engine was loaded in this process, and all output is written."""
    plugin_help: dict[str, str] | None = None
    """The help lines of the commands of the loaded plugins, once somebody has asked for them."""
    _host: PluginHost | None = None
    _environment: dict[str, str] | None = None
    """The variables as set by the user, saved before we change any."""

    def remember(self, profile: str | None = None, offline: bool = False, no_plugins: bool = False) -> None:
        """Apply flags; flags that were not given change nothing, so that a command may accept the same flag again."""
        if (profile or self.asked_profile, no_plugins or self.no_plugins) != (self.asked_profile, self.no_plugins):
            self._host = self.plugin_help = None  # what was loaded for the list of commands may not match the flags
        self.asked_profile = profile or self.asked_profile
        self.no_plugins = no_plugins or self.no_plugins
        if offline or paths.is_offline():
            self._go_offline()

    @property
    def profile(self) -> str | None:
        """The profile set by a flag or a variable; the profile set by the file is not known here."""
        return self.asked_profile or os.environ.get("VOICEBRIDGE_PROFILE") or None

    @property
    def has_loaded_plugins(self) -> bool:
        """Whether :meth:`plugin_host` has been called."""
        return self._host is not None

    def variables(self) -> dict[str, str]:
        """Our variables as set by the user."""
        return paths.variables(os.environ if self._environment is None else self._environment)

    def plugin_host(self) -> PluginHost:
        """The plugins enabled by the configuration and the flags; slow ones are reported on stderr.

        It reads the configuration file without validating it, so that ``--help`` and ``plugins`` work, and stay fast, if the file has
        errors.

        Raises:
            ConfigError: if the file is not TOML.
            UnknownNameError: if ``VOICEBRIDGE_PLUGINS`` contains a plugin that is not installed.
        """
        if self._host is None:
            from voicebridge.runtime import configfile
            from voicebridge.runtime.plugins import load_plugins

            table = configfile.read(paths.config_file())
            configfile.sweep(paths.config_file())
            self._host = load_plugins(
                partial(configfile.is_enabled, table, profile=self.profile), [] if self.no_plugins else paths.allowed_plugins()
            )
            self._host.leave_out_clashing_commands([*VERBS, *renamed.VERBS])
            for record in self._host.records:
                if record.slow and "_VOICEBRIDGE_COMPLETE" not in os.environ:  # no warnings during completion
                    print(f"Warning: plugin {record.name}: {record.reason}", file=sys.stderr)  # noqa: T201
        return self._host

    def config(self, problems: list[str] | None = None) -> Config:
        """The validated configuration; disables the network for this process if it says so.

        Args:
            problems: if given, errors are added to it instead of raised.
        """
        from voicebridge.runtime.config import Config

        loaded = Config.load(self.asked_profile, environment=self._environment, problems=problems)
        if loaded.settings.offline:
            self._go_offline()
        return loaded

    def registry(self) -> Registry:
        """The models and services of the active plugins, with the validated configuration.

        Raises:
            VoiceBridgeError: if the configuration, or a setting given with ``-O``, is wrong.
        """
        from voicebridge.runtime.current import set_current

        found = self._make_registry()
        set_current(lambda: found)
        return found

    def load_again(self) -> Registry:
        """Like :meth:`registry`, with the configuration and plugins as they are now; for the daemon, which may reject it."""
        from voicebridge.runtime.installed import look_again

        look_again()
        self._host = self.plugin_help = None
        return self._make_registry()

    def _make_registry(self) -> Registry:
        from voicebridge.runtime.plugin_settings import check_given
        from voicebridge.runtime.registry import Registry

        host = self.plugin_host()
        check_given(host, self.given)
        found = Registry(host, self.config(), self.given)
        gc.enable()
        return found

    def _go_offline(self) -> None:
        if self._environment is None:
            self._environment = dict(os.environ)  # otherwise, reading the configuration again would treat our own variable as the user's
        paths.go_offline()


def state_of(context: typer.Context) -> RunState:
    """The state of the run that a command belongs to."""
    found: RunState = context.obj
    return found
