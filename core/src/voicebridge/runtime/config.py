"""The configuration: a TOML file with profiles, overridden by environment variables and command-line flags.

Layers, from lowest to highest: the defaults of :mod:`voicebridge.runtime.settings`, the file, the active profile, ``VOICEBRIDGE_…``
variables. Commands apply their flags on top. There are no silent fallbacks: an unknown key or a value of the wrong type is an error that
names its location and the closest known key.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from voicebridge import paths, renamed
from voicebridge.errors import ConfigError, nearest
from voicebridge.filters.command import VARIABLES
from voicebridge.options import Layer
from voicebridge.runtime import configfile, installed
from voicebridge.runtime.config_keys import key_problem, leaves, read_value, variable_name
from voicebridge.runtime.configfile import Table, join_key
from voicebridge.runtime.settings import Settings, known_keys

PREFIX = paths.PREFIX
NOT_KEYS = VARIABLES | {"VOICEBRIDGE_ATTEMPT", "VOICEBRIDGE_HOME", "VOICEBRIDGE_JOB", "VOICEBRIDGE_MARK", "VOICEBRIDGE_PLUGINS"}
"""Variables that aren't configuration keys: they set where the configuration is and which plugins may load, or tell a command of the user
what it is called for."""


@dataclass(frozen=True, slots=True)
class Value:
    """A key's value and its origin."""

    value: object
    origin: str
    """``default``, a file, a profile in a file, or a variable."""
    layer: Literal["default", "file", "profile", "variable"] = "default"


class Config:
    """The user's validated configuration."""

    def __init__(
        self, path: Path, table: Table, profile: str | None, environment: Mapping[str, str], problems: list[str] | None = None
    ) -> None:
        self.path = path
        self.table = table
        """The content of the file."""
        self.environment = renamed.variables(paths.variables(environment), variable_name)
        self.asked_profile = profile
        """The profile requested explicitly, not by the file or a variable."""
        self.stamp: list[int] | None = None
        """The value of :func:`voicebridge.paths.config_stamp` before the user's file was read; ``None`` for another file."""
        self.values = {key: Value(field.get_default(call_default_factory=True), "default") for key, field in known_keys().items()}
        """All known keys with their values and origins."""
        self._problems = problems
        self._add_table(table, Value(None, str(path), "file"))
        self._check_profiles()
        self._add_environment()
        self.profile: str | None = profile or _text_or_none(self.values["profile"].value)
        """The active profile."""
        self.profile_table: Table = self._profile_table()
        before = dict(self.values)
        self._add_table(self.profile_table, self._in_profile(self.profile), checked=True)
        for key, value in before.items():
            if value.layer == "variable":  # overrides the profile, which it may have selected
                self.values[key] = value
        self.settings = self._build()

    @classmethod
    def load(
        cls,
        profile: str | None = None,
        path: Path | None = None,
        environment: Mapping[str, str] | None = None,
        problems: list[str] | None = None,
    ) -> Config:
        """Read the user's configuration.

        Args:
            profile: the active profile; by default, that of the key ``profile``.
            path: the file; by default, the platform's standard path.
            environment: the variables; by default, those of this process.
            problems: if given, errors are added to it and left out of the configuration, instead of raised.

        Raises:
            ConfigError: if the file, a key or a variable is wrong; never with ``problems``.
        """
        stamp = paths.config_stamp() if path is None else None
        path = paths.config_file() if path is None else path
        try:
            table = configfile.read(path)
        except ConfigError as error:
            if problems is None:
                raise
            problems.append(str(error))
            table = {}
        loaded = cls(path, table, profile, os.environ if environment is None else environment, problems)
        loaded.stamp = stamp
        return loaded

    def engine_layers(self, plugin: str, *names: str) -> list[Layer]:
        """The tables that may set options of a plugin's model with any of these names; lowest first."""
        layers = []
        for section, name in (("plugins", plugin), *(("models", f"{plugin}/{name}") for name in names)):
            for table, place in self._tables():
                values = {key: value for key, value in _table(table, section, name).items() if (section, key) != ("plugins", "enabled")}
                if values:
                    layers.append(Layer(f"{place.origin} [{join_key((section, name))}]", values, shared=section == "plugins"))
        for variable, text in self.environment.items():
            if _owner(variable) == plugin:
                layers.append(Layer(variable, {_option(variable, plugin): text}, text=True, shared=True))
        return layers

    def open_values(self) -> dict[tuple[str, ...], Value]:
        """The values under ``[plugins]`` and ``[models]``, not validated, by the parts of their keys; with profile and variables."""
        values: dict[tuple[str, ...], Value] = {}
        for table, place in self._tables():
            for parts, value in leaves({section: table.get(section, {}) for section in ("plugins", "models")}):
                if len(parts) > 2:
                    values[parts] = Value(value, place.origin, place.layer)
        for variable, text in self.environment.items():
            if plugin := _owner(variable):
                values["plugins", plugin, _option(variable, plugin)] = Value(text, variable, "variable")
        return values

    def _tables(self) -> Iterator[tuple[Table, Value]]:
        yield self.table, Value(None, str(self.path), "file")
        yield self.profile_table, self._in_profile(self.profile)

    def _in_profile(self, name: str | None) -> Value:
        return Value(None, f"profile {name} in {self.path}", "profile")

    def _complain(self, message: str) -> None:
        if self._problems is None:
            raise ConfigError(message)
        self._problems.append(message)

    def _add_table(self, table: Mapping[str, Any], place: Value, *, checked: bool = False) -> None:
        for parts, value in leaves(table):
            key = join_key(parts)
            wrong = key_problem(parts, value, in_profile=place.layer == "profile")
            if wrong is None and key in known_keys():
                try:
                    self.values[key] = Value(read_value(key, value), place.origin, place.layer)
                except ConfigError as error:
                    wrong = str(error)
            if wrong and not checked:
                self._complain(f"{place.origin}: {wrong} Fix it with: voicebridge config edit")

    def _check_profiles(self) -> None:
        before = dict(self.values)
        for name, table in _table(self.table, "profiles").items():
            if isinstance(table, dict):  # others were already reported as keys of the file
                self._add_table(table, self._in_profile(name))
        self.values = before  # only validated: a profile applies when it is active

    def _profile_table(self) -> Table:
        if self.profile is None:
            return {}
        profiles = _table(self.table, "profiles")
        if self.profile not in profiles:
            listed = f"{self.path} has: {', '.join(sorted(profiles))}." if profiles else f"{self.path} has none."
            hint = nearest(self.profile, profiles)
            head = join_key(("profiles", self.profile))
            self._complain(f"There is no profile {self.profile!r}.{hint} {listed} A profile is a table [{head}].")
        return _table(profiles, self.profile)

    def _add_environment(self) -> None:
        keys = {variable_name(key): key for key in known_keys()}
        for variable, text in self.environment.items():
            if variable in keys:
                try:
                    self.values[keys[variable]] = Value(read_value(keys[variable], text, text=True), variable, "variable")
                except ConfigError as error:
                    self._complain(f"{variable}: {error}")
            elif variable not in NOT_KEYS and _owner(variable) is None:
                hint = nearest(variable, [*keys, *NOT_KEYS])
                self._complain(f"The variable {variable} is not known to VoiceBridge.{hint} Unset it, or fix its name.")

    def _build(self) -> Settings:
        nested: Table = {}
        for key, value in self.values.items():
            configfile.assign(nested, tuple(key.split(".")), value.value)
        return Settings.model_validate(nested)


def _table(table: Mapping[str, Any], *parts: str) -> Table:
    try:
        found = configfile.lookup(table, parts)
    except KeyError:
        return {}
    return found if isinstance(found, dict) else {}


def _owner(variable: str) -> str | None:
    """The installed plugin whose option a variable sets."""
    if variable in NOT_KEYS or variable in map(variable_name, known_keys()):
        return None
    owners = [name for name in installed.names() if variable.startswith(variable_name(name) + "_")]
    return max(owners, key=len, default=None)  # of `acme` and `acme_pro`, the longer match


def _option(variable: str, plugin: str) -> str:
    return variable.removeprefix(variable_name(plugin) + "_").lower()


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None
