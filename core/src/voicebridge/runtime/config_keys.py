"""Configuration keys as typed, as written in the file and as environment variables, and how they are validated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from voicebridge import paths, renamed
from voicebridge.errors import ConfigError, nearest
from voicebridge.options import check_value, value_problem
from voicebridge.runtime.configfile import join_key, split_key
from voicebridge.runtime.settings import known_keys

OPEN_TABLES = ("plugins", "models", "profiles")

_MODEL_KEY = re.compile(r"((?:profiles\..+?\.)?)models\.([^\"']+/[^\"']+)\.([\w-]+)")


def read_key(key: str) -> tuple[str, ...]:
    """Split a key typed on the command line; a model, or a word in a user-defined table, needs no quotes there.

    Raises:
        ConfigError: if it is not a key.
    """
    key = renamed.key(key)
    match = _MODEL_KEY.fullmatch(key)
    if match:
        head, model, option = match.groups()
        return (*split_key(head[:-1]), "models", model, option) if head else ("models", model, option)
    for table in _tables_of_the_user():  # any word can be a key in it
        head, found, word = key.partition(f"{table}.")
        if found and (not head or head.startswith("profiles.")) and word and word[0] not in "\"'":
            return (*split_key(head + table), word)
    return split_key(key)


def read_value(key: str, value: object, *, text: bool = False) -> object:
    """A value converted to the type of a known key; see :func:`voicebridge.options.check_value`.

    Raises:
        ConfigError: if the value is invalid.
    """
    try:
        return check_value(known_keys()[key], value, text=text)
    except ValidationError as error:
        if table := _tables_of(key):
            raise ConfigError(_wrong_table(key, table, error)) from error
        raise ConfigError(value_problem(key, value, known_keys()[key], error)) from error


def key_problem(parts: tuple[str, ...], value: object, *, in_profile: bool = False) -> str | None:
    """Why this key is not allowed in the file or a profile; ``None`` if it is allowed.

    The values of known keys, the content of profiles, and engine options are not checked.
    """
    key, keys = join_key(parts), known_keys()
    if parts[0] in OPEN_TABLES:
        return _open_problem(parts, value, in_profile)
    if in_profile and key == "profile":
        return "a profile can't choose a profile. Remove the key."
    if key in keys or user_table(parts):
        return None
    if parts[0] in keys and _tables_of(parts[0]):
        return f"{parts[0]} must be a list of tables, each as in [[{parts[0]}]]."
    if any(known.startswith(f"{key}.") for known in keys):  # a section; leaves yields one only if it is empty or not a table
        return None if value == {} else f"{key} must be a table, as in [{key}]."
    return f"there is no key {key}.{nearest(key, [*keys, *OPEN_TABLES])}"


def variable_name(name: str) -> str:
    """The variable that sets a key, or the prefix of those for a plugin's options."""
    return paths.PREFIX + "".join(c if c.isalnum() else "_" for c in name).upper()


def user_table(parts: tuple[str, ...]) -> str | None:
    """The key whose value is a user-defined table, if the parts lead to one."""
    return next((key for key in _tables_of_the_user() if parts[:-1] == tuple(key.split("."))), None)


def leaves(table: Mapping[str, Any], prefix: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], object]]:
    """The keys of a table that contain no other keys, each as its parts with its value."""
    found: list[tuple[tuple[str, ...], object]] = []
    for name, value in table.items():
        parts = (*prefix, name)
        # An engine option may be a table itself, and a profile's content is checked separately.
        whole = (parts[0] in ("plugins", "models") and len(parts) > 2) or (parts[0] == "profiles" and len(parts) > 1)
        whole = whole or join_key(parts) in _tables_of_the_user()
        if isinstance(value, Mapping) and value and not whole:
            found.extend(leaves(value, parts))
        else:
            found.append((parts, value))
    return found


def _tables_of(key: str) -> type[BaseModel] | None:
    """The type of the tables in a key's list, if it is a list of tables, which TOML writes with double brackets."""
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
    return f"{where}: {value_problem(str(name), first['input'], table.model_fields[str(name)], error)}"


def _open_problem(parts: tuple[str, ...], value: object, in_profile: bool) -> str | None:
    section, key = parts[0], join_key(parts)
    if in_profile and section == "profiles":
        return "a profile can't contain profiles. Move each to its own table."
    if len(parts) < 3 and value != {} and not isinstance(value, Mapping):
        return f"{key} must be a table, as in [{join_key((*parts, 'name')) if len(parts) == 1 else key}]."
    if section == "models" and len(parts) > 1 and "/" not in parts[1]:
        return f'{key}: use the full name of the model, as in [models."whisper/{parts[1]}"].'
    if section == "plugins" and parts[2:] == ("enabled",) and not isinstance(value, bool):
        return f"{key}: expected true or false, got {value!r}."
    return None


def _tables_of_the_user() -> list[str]:
    return [key for key, field in known_keys().items() if get_origin(field.annotation) is dict]
