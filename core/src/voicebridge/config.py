"""The configuration: one TOML file, profiles within it, variables over it, flags over those.

Layers, the later winning: the defaults of :mod:`voicebridge.settings`, the file, the chosen profile, ``VOICEBRIDGE_…`` variables.
Flags of the command line come on top and are the command's business. Nothing falls back silently: a key that is unknown or holds
the wrong type is one error that names where it stands and the nearest known key.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError

from voicebridge import configfile, paths, plugins
from voicebridge.configfile import Table, join_key, split_key
from voicebridge.errors import ConfigError, nearest
from voicebridge.options import Layer, check_value, first_message
from voicebridge.settings import Settings, known_keys

PREFIX = paths.PREFIX
NOT_KEYS = frozenset({"VOICEBRIDGE_ATTEMPT", "VOICEBRIDGE_HOME", "VOICEBRIDGE_JOB", "VOICEBRIDGE_MARK", "VOICEBRIDGE_PLUGINS"})
"""Variables that are no configuration keys: they say where the configuration is and what may be loaded."""

OPEN_TABLES = ("plugins", "models", "profiles")

_MODEL_KEY = re.compile(r"((?:profiles\..+?\.)?)models\.([^\"']+/[^\"']+)\.([\w-]+)")


@dataclass(frozen=True, slots=True)
class Value:
    """A key's value and the place that it comes from."""

    value: object
    origin: str
    """``default``, a file, a profile in a file, or a variable."""
    layer: Literal["default", "file", "profile", "variable"] = "default"


class Config:
    """What the user has configured, checked."""

    def __init__(
        self, path: Path, table: Table, profile: str | None, environment: Mapping[str, str], problems: list[str] | None = None
    ) -> None:
        self.path = path
        self.table = table
        """The file as it stands."""
        self.environment = paths.variables(environment)
        self.asked_profile = profile
        """The profile that was asked for beside the file and the variables."""
        self.stamp: list[int] | None = None
        """What :func:`voicebridge.paths.config_stamp` gave before the user's file was read; ``None`` for another file."""
        self.values = {key: Value(field.get_default(call_default_factory=True), "default") for key, field in known_keys().items()}
        """Every known key with its value and origin."""
        self._problems = problems
        self._add_table(table, Value(None, str(path), "file"))
        self._check_profiles()
        self._add_environment()
        self.profile: str | None = profile or _text_or_none(self.values["profile"].value)
        """The profile that lies over the file."""
        self.profile_table: Table = self._profile_table()
        before = dict(self.values)
        self._add_table(self.profile_table, self._in_profile(self.profile), checked=True)
        for key, value in before.items():
            if value.layer == "variable":  # which stays above the profile that it may itself have chosen
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
            profile: the profile to lay over the file; without it the key ``profile`` decides.
            path: the file, by default the platform's own place.
            environment: the variables, by default this process's.
            problems: where given, what is wrong is added here and left out of the configuration, instead of raised.

        Raises:
            ConfigError: when the file, a key or a variable is wrong; with ``problems``, never.
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
        """Where the options of a plugin's model, which answers to all these names, may be set; lowest first."""
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
        """What is set under ``[plugins]`` and ``[models]``, unchecked, by the parts of its key; a profile's and a variable's included."""
        values: dict[tuple[str, ...], Value] = {}
        for table, place in self._tables():
            for parts, value in _leaves({section: table.get(section, {}) for section in ("plugins", "models")}):
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
        for parts, value in _leaves(table):
            key = join_key(parts)
            wrong = key_problem(parts, value, in_profile=place.layer == "profile")
            if wrong is None and key in known_keys():
                try:
                    self.values[key] = Value(read_value(key, value), place.origin, place.layer)
                except ConfigError as error:
                    wrong = str(error)
            if wrong and not checked:
                self._complain(f"{place.origin}: {wrong} Mend it with: voicebridge config edit")

    def _check_profiles(self) -> None:
        before = dict(self.values)
        for name, table in _table(self.table, "profiles").items():
            if isinstance(table, dict):  # anything else was found wrong as a key of the file
                self._add_table(table, self._in_profile(name))
        self.values = before  # only checked: a profile counts when it is chosen

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
                self._complain(f"The variable {variable} means nothing to VoiceBridge.{hint} Unset it, or mend its name.")

    def _build(self) -> Settings:
        nested: Table = {}
        for key, value in self.values.items():
            configfile.assign(nested, tuple(key.split(".")), value.value)
        return Settings.model_validate(nested)


def read_key(key: str) -> tuple[str, ...]:
    """A key as typed on the command line in its parts; a model, and a word in a table of the user's, need no quotes there.

    Raises:
        ConfigError: when it is not a key.
    """
    match = _MODEL_KEY.fullmatch(key)
    if match:
        head, model, option = match.groups()
        return (*split_key(head[:-1]), "models", model, option) if head else ("models", model, option)
    for table in _tables_of_the_user():  # any word may be a key in one
        head, found, word = key.partition(f"{table}.")
        if found and (not head or head.startswith("profiles.")) and word and word[0] not in "\"'":
            return (*split_key(head + table), word)
    return split_key(key)


def read_value(key: str, value: object, *, text: bool = False) -> object:
    """A value in the type of a known key; see :func:`voicebridge.options.check_value`.

    Raises:
        ConfigError: when the value won't do.
    """
    try:
        return check_value(known_keys()[key], value, text=text)
    except ValidationError as error:
        if table := _tables_of(key):
            raise ConfigError(_wrong_table(key, table, error)) from error
        raise ConfigError(f"{key} = {value!r} won't do: {_sentence(error)}") from error


def _sentence(error: ValidationError) -> str:
    message = first_message(error)
    return message if message.endswith("?") else f"{message}."


def _tables_of(key: str) -> type[BaseModel] | None:
    """What a key holds a list of, where that is tables, as TOML writes them with two brackets."""
    item = next(iter(get_args(known_keys()[key].annotation)), None)
    return item if isinstance(item, type) and issubclass(item, BaseModel) else None


def _wrong_table(key: str, table: type[BaseModel], error: ValidationError) -> str:
    first = error.errors()[0]
    if len(first["loc"]) < 2:
        return f"{key} must be a list of tables, each as in [[{key}]]."
    number, name = first["loc"][:2]
    where = f"[[{key}]] number {int(number) + 1}"
    if first["type"] == "missing":
        return f"{where}: {name} is missing."
    if first["type"] == "extra_forbidden":
        return f"{where}: there is no key {name}.{nearest(str(name), table.model_fields)}"
    return f"{where}: {name} = {first['input']!r} won't do: {_sentence(error)}"


def key_problem(parts: tuple[str, ...], value: object, *, in_profile: bool = False) -> str | None:
    """What is wrong with this key being in the file, or in a profile; ``None`` when nothing is.

    A known key's value, a profile's content and an engine's option are not looked at.
    """
    key, keys = join_key(parts), known_keys()
    if parts[0] in OPEN_TABLES:
        return _open_problem(parts, value, in_profile)
    if in_profile and key == "profile":
        return "a profile can't choose a profile. Take the key out."
    if key in keys or user_table(parts):
        return None
    if parts[0] in keys and _tables_of(parts[0]):
        return f"{parts[0]} must be a list of tables, each as in [[{parts[0]}]]."
    if any(known.startswith(f"{key}.") for known in keys):  # a section; _leaves gives one only when it is empty or no table
        return None if value == {} else f"{key} must be a table, as in [{key}]."
    return f"there is no key {key}.{nearest(key, [*keys, *OPEN_TABLES])}"


def variable_name(name: str) -> str:
    """The variable that sets a key, or begins those of a plugin's options."""
    return PREFIX + "".join(c if c.isalnum() else "_" for c in name).upper()


def _open_problem(parts: tuple[str, ...], value: object, in_profile: bool) -> str | None:
    section, key = parts[0], join_key(parts)
    if in_profile and section == "profiles":
        return "a profile can't hold profiles. Move them out, each to a table of its own."
    if len(parts) < 3 and value != {} and not isinstance(value, Mapping):
        return f"{key} must be a table, as in [{join_key((*parts, 'name')) if len(parts) == 1 else key}]."
    if section == "models" and len(parts) > 1 and "/" not in parts[1]:
        return f'{key}: a model is named in full here, as in [models."whisper/{parts[1]}"].'
    if section == "plugins" and parts[2:] == ("enabled",) and not isinstance(value, bool):
        return f"{key} = {value!r} won't do: write true or false."
    return None


def _leaves(table: Mapping[str, Any], prefix: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], object]]:
    leaves: list[tuple[tuple[str, ...], object]] = []
    for name, value in table.items():
        parts = (*prefix, name)
        # An option of an engine may be a table itself, and a profile's content is looked at when its turn comes.
        whole = (parts[0] in ("plugins", "models") and len(parts) > 2) or (parts[0] == "profiles" and len(parts) > 1)
        whole = whole or join_key(parts) in _tables_of_the_user()
        if isinstance(value, Mapping) and value and not whole:
            leaves.extend(_leaves(value, parts))
        else:
            leaves.append((parts, value))
    return leaves


def user_table(parts: tuple[str, ...]) -> str | None:
    """The key whose value is a table of the user's own words, where the parts lead to one of these."""
    return next((key for key in _tables_of_the_user() if parts[:-1] == tuple(key.split("."))), None)


def _tables_of_the_user() -> list[str]:
    return [key for key, field in known_keys().items() if get_origin(field.annotation) is dict]


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
    owners = [name for name in plugins.installed_names() if variable.startswith(variable_name(name) + "_")]
    return max(owners, key=len, default=None)  # of `acme` and `acme_pro` the longer one is meant


def _option(variable: str, plugin: str) -> str:
    return variable.removeprefix(variable_name(plugin) + "_").lower()


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None
