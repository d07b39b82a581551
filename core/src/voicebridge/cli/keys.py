"""Keys of the configuration as the command line meets them: the core's own, and the options of installed engines.

An option's key is ``plugins.NAME.OPTION`` or ``models."NAME/MODEL".OPTION``, in a profile too. What it may hold is known by the plugin's
options class alone, which is imported to ask it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from voicebridge.config import OPEN_TABLES, Config, key_problem, read_value, user_table
from voicebridge.configfile import join_key
from voicebridge.errors import ConfigError, UnknownNameError, VoiceBridgeError, nearest
from voicebridge.model import options_type
from voicebridge.options import check_value, first_message
from voicebridge.plugins import PluginRecord
from voicebridge.registry import Registry
from voicebridge.settings import known_keys
from voicebridge.specs import ModelSpec


@dataclass(frozen=True, slots=True)
class Key:
    """A key that was typed, and what is known of it."""

    parts: tuple[str, ...]
    """In full, a profile included."""
    profile: str | None
    """The profile that it stands in."""
    field: FieldInfo | None
    """What it may hold; ``None`` where nobody can say: a whole table, or a plugin that is not active."""
    doubt: str = ""
    """Why nobody can say."""

    @property
    def bare(self) -> tuple[str, ...]:
        """Its parts within the profile."""
        return self.parts[2:] if self.profile else self.parts

    @property
    def name(self) -> str:
        """As it is written."""
        return join_key(self.parts)

    def read(self, value: object, *, text: bool) -> object:
        """A value in this key's type.

        Raises:
            ConfigError: when it won't do.
        """
        if self.field is None:
            return value
        if join_key(self.bare) in known_keys():
            return read_value(join_key(self.bare), value, text=text)
        try:
            return check_value(self.field, value, text=text)
        except ValidationError as error:
            raise ConfigError(f"{self.name} = {value!r} won't do: {first_message(error)}.") from error


def find(parts: tuple[str, ...], registry: Registry) -> Key:
    """What is known of a key.

    Raises:
        ConfigError: when there is no such key, naming the nearest.
        UnknownNameError: when it is for a model that doesn't exist.
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
    """What is wrong with the engine options that are set, and whether it is sure: an option of a plugin that is not active is not."""
    for parts, value in config.open_values().items():
        try:
            key = find(parts, registry)
            key.read(value.value, text=value.layer == "variable")
        except VoiceBridgeError as error:
            yield f"{value.origin}: {error}", True
        else:
            if key.doubt:
                yield f"{value.origin}: {key.name} can't be checked: {key.doubt}", False


def _doubt(plugin: str, record: PluginRecord | None) -> str:
    return f"the plugin {plugin} is not active: {record.reason}" if record else f"no plugin {plugin!r} is installed."


def _option(bare: tuple[str, ...], registry: Registry) -> FieldInfo:
    section, owner, option = bare[:3]
    if section == "models":
        specs: list[ModelSpec] = [registry.any_model(owner).spec]
    else:
        specs = [spec for spec in registry.host.get(owner).specs if isinstance(spec, ModelSpec)]
    known: dict[str, FieldInfo] = {}
    for reference in {spec.options: spec for spec in specs}.values():
        known = {**(kind.model_fields if (kind := options_type(reference)) else {}), **known}
    if option not in known:
        near = nearest(option, known)
        listed = f"Known: {', '.join(sorted(known))}." if known else "It has none."
        raise UnknownNameError(f"{owner} has no option {option!r}.{near} {listed}")
    if len(bare) > 3:
        raise ConfigError(f"{join_key(bare)} goes too deep: the option is {join_key(bare[:3])}.")
    return known[option]
