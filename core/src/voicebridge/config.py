"""The configuration: one TOML file, profiles within it, variables over it, flags over those.

Layers, the later winning: the defaults of :mod:`voicebridge.settings`, the file, the chosen profile, ``VOICEBRIDGE_…`` variables.
Flags of the command line come on top and are the command's business. Nothing falls back silently: a key that is unknown or holds
the wrong type is one error that names where it stands and the nearest known key.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from voicebridge import configfile, paths, plugins
from voicebridge.configfile import Table, join_key
from voicebridge.errors import ConfigError, nearest
from voicebridge.options import Layer, check_value, first_message
from voicebridge.settings import Settings, known_keys

PREFIX = "VOICEBRIDGE_"
NOT_KEYS = frozenset({"VOICEBRIDGE_HOME", "VOICEBRIDGE_PLUGINS"})
"""Variables that are no configuration keys: they say where the configuration is and what may be loaded."""

OPEN_TABLES = ("plugins", "models", "profiles")


@dataclass(frozen=True, slots=True)
class Value:
    """A key's value and the place that it comes from."""

    value: object
    origin: str
    """``default``, a file, a profile in a file, or a variable."""


class Config:
    """What the user has configured, checked."""

    def __init__(self, path: Path, table: Table, profile: str | None, environment: Mapping[str, str]) -> None:
        self.path = path
        self.table = table
        """The file as it stands."""
        self.environment = {name: text for name, text in environment.items() if name.startswith(PREFIX) and text}
        self.values = {key: Value(field.get_default(call_default_factory=True), "default") for key, field in known_keys().items()}
        """Every known key with its value and origin."""
        self._add_table(table, str(path))
        self._check_profiles()
        self._add_environment()
        self.profile: str | None = profile or _text_or_none(self.values["profile"].value)
        self.profile_table: Table = self._profile_table()
        self._add_table(self.profile_table, f"profile {self.profile} in {path}")
        self._add_environment()  # again: a variable is above the profile, but may also have chosen it
        self.settings = self._build()

    @classmethod
    def load(cls, profile: str | None = None, path: Path | None = None, environment: Mapping[str, str] | None = None) -> Config:
        """Read the user's configuration.

        Args:
            profile: the profile to lay over the file; without it the key ``profile`` decides.
            path: the file, by default the platform's own place.
            environment: the variables, by default this process's.

        Raises:
            ConfigError: when the file, a key or a variable is wrong.
        """
        path = paths.config_file() if path is None else path
        return cls(path, configfile.read(path), profile, os.environ if environment is None else environment)

    def engine_layers(self, plugin: str, model: str) -> list[Layer]:
        """Where the options of ``plugin/model`` may be set, lowest first."""
        layers = []
        for section, name in (("plugins", plugin), ("models", f"{plugin}/{model}")):
            for table, origin in ((self.table, str(self.path)), (self.profile_table, f"profile {self.profile} in {self.path}")):
                values = {
                    key: value for key, value in table.get(section, {}).get(name, {}).items() if (section, key) != ("plugins", "enabled")
                }
                if values:
                    layers.append(Layer(f"{origin} [{join_key((section, name))}]", values))
        start = _variable(plugin) + "_"
        for variable, text in self.environment.items():
            if variable.startswith(start):
                layers.append(Layer(variable, {variable.removeprefix(start).lower(): text}, text=True))
        return layers

    def _add_table(self, table: Mapping[str, Any], origin: str) -> None:
        keys = known_keys()
        for parts, value in _leaves(table):
            key = ".".join(parts)
            if parts[0] in OPEN_TABLES:
                self._check_open(parts, value, origin)
            elif any(known.startswith(f"{key}.") for known in keys):  # a section, which _leaves gives only when it is no filled table
                if value != {}:
                    raise ConfigError(f"{origin}: {key} must be a table, as in [{key}].{_remedy(origin)}")
            elif key not in keys:
                raise ConfigError(f"{origin}: there is no key {join_key(parts)}.{nearest(key, [*keys, *OPEN_TABLES])}{_remedy(origin)}")
            else:
                self.values[key] = Value(_checked(key, value, origin, text=False), origin)

    def _check_open(self, parts: tuple[str, ...], value: object, origin: str) -> None:
        key = join_key(parts)
        if len(parts) < 3 and value != {}:
            raise ConfigError(f"{origin}: {key} must be a table, as in [{parts[0]}.{parts[1] if len(parts) > 1 else 'name'}].")
        if parts[0] == "profiles" and origin != str(self.path):
            raise ConfigError(f"{origin}: {key}: a profile can't hold profiles. Move it out to [profiles.…] of its own.")
        if parts[0] == "plugins" and parts[2:] == ("enabled",) and not isinstance(value, bool):
            raise ConfigError(f"{origin}: {key} = {value!r} won't do: write true or false.")

    def _check_profiles(self) -> None:
        for name, table in self.table.get("profiles", {}).items():
            before = dict(self.values)
            self._add_table(table, f"profile {name} in {self.path}")
            self.values = before  # only checked: a profile counts when it is chosen

    def _profile_table(self) -> Table:
        if self.profile is None:
            return {}
        profiles = self.table.get("profiles", {})
        if self.profile not in profiles:
            listed = f"{self.path} has: {', '.join(sorted(profiles))}." if profiles else f"{self.path} has none."
            hint = nearest(self.profile, profiles)
            raise ConfigError(f"There is no profile {self.profile!r}.{hint} {listed} A profile is a table [profiles.{self.profile}].")
        table: Table = profiles[self.profile]
        return table

    def _add_environment(self) -> None:
        keys = {_variable(key): key for key in known_keys()}
        for variable, text in self.environment.items():
            if variable in keys:
                self.values[keys[variable]] = Value(_checked(keys[variable], text, variable, text=True), variable)
            elif variable not in NOT_KEYS and not _belongs_to_plugin(variable):
                known = [*keys, *NOT_KEYS]
                hint = nearest(variable, known)
                raise ConfigError(f"The variable {variable} means nothing to VoiceBridge.{hint} Unset it, or mend its name.")

    def _build(self) -> Settings:
        nested: Table = {}
        for key, value in self.values.items():
            configfile.assign(nested, tuple(key.split(".")), value.value)
        return Settings.model_validate(nested)


def _checked(key: str, value: object, origin: str, *, text: bool) -> object:
    try:
        return check_value(known_keys()[key], value, text=text)
    except ValidationError as error:
        raise ConfigError(f"{origin}: {key} = {value!r} won't do: {first_message(error)}.{_remedy(origin)}") from error


def _remedy(origin: str) -> str:
    return "" if origin.startswith(PREFIX) else " Mend it with: voicebridge config edit"


def _leaves(table: Mapping[str, Any], prefix: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], object]]:
    leaves: list[tuple[tuple[str, ...], object]] = []
    for name, value in table.items():
        parts = (*prefix, name)
        if isinstance(value, Mapping) and value:
            leaves.extend(_leaves(value, parts))
        else:
            leaves.append((parts, value))
    return leaves


def _variable(name: str) -> str:
    return PREFIX + "".join(c if c.isalnum() else "_" for c in name).upper()


def _belongs_to_plugin(variable: str) -> bool:
    return any(variable.startswith(_variable(name) + "_") for name in plugins.installed_names())


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None
