"""Configuration keys on the command line: the core's own, and the settings and options of installed plugins.

A setting's key is ``plugins.NAME.KEY``, an option's also ``models."NAME/MODEL".OPTION``, and both can be in a profile. Its type is only
known to the plugin's class, which is imported for this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from voicebridge.errors import ConfigError, OptionError, PluginError, UnknownNameError, VoiceBridgeError
from voicebridge.options import check_value, value_problem
from voicebridge.runtime.config import Config
from voicebridge.runtime.config_keys import OPEN_TABLES, key_problem, read_value, user_table
from voicebridge.runtime.configfile import join_key
from voicebridge.runtime.plugin_settings import own_fields, own_types, read, table_fields, unknown, unknown_key
from voicebridge.runtime.plugins import PluginHost, PluginRecord
from voicebridge.runtime.registry import Registry
from voicebridge.runtime.settings import known_keys


@dataclass(frozen=True, slots=True)
class Key:
    """A typed key, with its type if known."""

    parts: tuple[str, ...]
    """The full key, including a profile."""
    profile: str | None
    """The profile that it belongs to."""
    field: FieldInfo | None
    """Its type; ``None`` if unknown: a whole table, or a plugin that is not active."""
    doubt: str = ""
    """Why its type is unknown."""

    @property
    def bare(self) -> tuple[str, ...]:
        """Its parts within the profile."""
        return self.parts[2:] if self.profile else self.parts

    @property
    def name(self) -> str:
        """In its written form."""
        return join_key(self.parts)

    def read(self, value: object, *, text: bool) -> object:
        """A value converted to this key's type.

        Raises:
            ConfigError: if it is invalid.
        """
        if self.field is None:
            return value
        if join_key(self.bare) in known_keys():
            return read_value(join_key(self.bare), value, text=text)
        try:
            return check_value(self.field, value, text=text)
        except ValidationError as error:
            raise ConfigError(value_problem(self.name, value, self.field, error)) from error


def find(parts: tuple[str, ...], registry: Registry) -> Key:
    """Look up a key.

    Raises:
        ConfigError: if there is no such key, with the closest one.
        UnknownNameError: if it is for a model that doesn't exist.
    """
    profile = parts[1] if parts[0] == "profiles" and len(parts) > 2 else None
    bare = parts[2:] if profile else parts
    wrong = key_problem(bare, True if bare[-1] == "enabled" else {}, in_profile=profile is not None)
    if wrong:
        raise ConfigError(wrong if wrong.startswith(bare[0]) else wrong[0].upper() + wrong[1:])
    if table := user_table(bare):
        return Key(parts, profile, FieldInfo(annotation=get_args(known_keys()[table].annotation)[1], default=None))
    if bare[0] not in OPEN_TABLES:
        return Key(parts, profile, known_keys().get(join_key(bare)))
    if len(bare) < 3 or bare[0] == "profiles":
        return Key(parts, profile, None)
    if bare[0] == "plugins" and bare[2:] == ("enabled",):
        return Key(parts, profile, FieldInfo(annotation=bool, default=True))
    record = next((each for each in registry.host.records if each.name == bare[1].partition("/")[0]), None)
    if record is None or not registry.host.get(record.name).active:
        return Key(parts, profile, None, _doubt(bare[1].partition("/")[0], record))
    return Key(parts, profile, _option(bare, registry))


def problems(config: Config, registry: Registry) -> Iterator[tuple[str, bool]]:
    """The errors in the configured settings and options of plugins, and whether they are certain: inactive plugins can't be checked."""
    faulty = set()
    for parts, value in config.open_values().items():
        try:
            key = find(parts, registry)
            key.read(value.value, text=value.layer == "variable")
        except VoiceBridgeError as error:
            faulty.add(parts[1])
            yield f"{value.origin}: {error}", True
        else:
            if key.doubt:
                yield f"{value.origin}: {key.name} can't be checked: {key.doubt}", False
    for record in registry.host.active:
        with suppress(PluginError):  # a faulty class is not an error of the configuration
            for kind in own_types(record) if record.name not in faulty else ():
                try:
                    read(record, kind, registry.plugin_layers(record))
                except OptionError as error:  # of several values together, or of one that is missing
                    yield str(error), True


def setting_names(host: PluginHost, *, models: bool = False) -> Iterator[str]:
    """The settings of all active plugins, as ``NAME.key``; with ``models``, the options of their models too."""
    for record in host.active:
        with suppress(VoiceBridgeError):  # a faulty plugin must not hide the others
            fields = table_fields(record) if models else own_fields(record)
            yield from (f"{record.name}.{name}" for name in fields)


def _doubt(plugin: str, record: PluginRecord | None) -> str:
    return f"the plugin {plugin} is not active: {record.reason}" if record else f"no plugin {plugin!r} is installed."


def _option(bare: tuple[str, ...], registry: Registry) -> FieldInfo:
    section, owner, option = bare[:3]
    if section == "models":
        kind = registry.any_model(owner).options_type()
        known: Mapping[str, FieldInfo] = kind.model_fields if kind else {}
        wrong = unknown(owner, option, known)
    else:
        record = registry.host.get(owner)
        known = table_fields(record)
        wrong = unknown_key(record, option, known)
    if option not in known:
        raise UnknownNameError(wrong)
    if len(bare) > 3:
        raise ConfigError(f"{join_key(bare)} has too many parts: the option is {join_key(bare[:3])}.")
    return known[option]
