"""Changes to the configuration file by commands, with messages for the user."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from voicebridge import paths
from voicebridge.cli.shared.output import remark, warn
from voicebridge.errors import ConfigError, UsageError, VoiceBridgeError, nearest
from voicebridge.options import toml_text
from voicebridge.runtime import configfile
from voicebridge.runtime.config import Config
from voicebridge.runtime.config_keys import read_key, user_table
from voicebridge.runtime.configfile import join_key

if TYPE_CHECKING:
    from voicebridge.cli.shared.state import RunState
    from voicebridge.runtime.registry import Registry


def save(path: Path, table: configfile.Table) -> None:
    """Write the configuration file, and report where comments that can't be preserved were saved."""
    backup = configfile.write(path, table)
    if backup:
        remark(f"Comments can't be kept in the file. The version with comments: {backup}.")


def set_key(state: RunState, key: str, value: str, *, announce: bool = False) -> None:
    """Set a value, like ``voicebridge config set``.

    Raises:
        VoiceBridgeError: if there is no such key, or the value is invalid; the file is then unchanged.
    """
    from voicebridge.cli.shared import option_keys

    path = paths.config_file()
    table = configfile.read(path)
    parts = read_key(key)
    found = option_keys.find(parts, registry_of(state, _lenient(state)))
    if found.field is None and not found.doubt:
        raise ConfigError(f"{found.name} is a table. Set a key in it, such as {found.name}.…")
    checked = found.read(value, text=True) if found.field else _guess(value)
    if checked is None:
        raise ConfigError(f"TOML has no value for none. Remove the key instead: voicebridge config unset {key}")
    _check_chord(state, found.bare, checked)
    if found.doubt:
        warn(f"{found.name} can't be checked: {found.doubt}")
    _check_name(state, found.bare, checked)
    configfile.assign(table, parts, as_toml(checked))
    save(path, table)
    if announce:
        remark(f"Set {join_key(parts)} to {toml_text(as_toml(checked))} in {path}.")
    _warn_of_model(state, found.bare, checked)
    remark_on_effect(state, parts)


def unset_key(state: RunState, key: str, *, announce: bool = False) -> None:
    """Remove a key or a table from the file, like ``voicebridge config unset``; works even if other keys have errors.

    ``announce`` tells the user.

    Raises:
        UsageError: if it is not in the file.
    """
    path = paths.config_file()
    table = configfile.read(path)
    parts = read_key(key)
    try:
        configfile.remove(table, parts)
    except KeyError:
        present = [join_key(each) for each in _all_keys(table)]
        raise UsageError(f"{join_key(parts)} is not set in {path}.{nearest(join_key(parts), present)}") from None
    save(path, table)
    if announce:
        remark(f"Removed {join_key(parts)} from {path}.")
    remark_on_effect(state, parts)


def remark_on_effect(state: RunState, parts: tuple[str, ...]) -> None:
    """Warn if a variable or a profile overrides a key that was written to the file."""
    problems: list[str] = []
    loaded = state.config(problems)
    for problem in problems:
        warn(problem)
    value = loaded.values.get(user_table(parts) or join_key(parts)) or loaded.open_values().get(parts)
    if value and value.layer == "variable":
        remark(f"The variable {value.origin} overrides it: {toml_text(value.value)}")
    elif value and value.layer == "profile":  # a key within a profile is not found by these parts
        remark(f"The {value.origin} overrides it: {toml_text(value.value)}")


def registry_of(state: RunState, loaded: Config) -> Registry:
    """The models and services of a configuration that is already loaded."""
    from voicebridge.runtime.registry import Registry

    return Registry(state.plugin_host(), loaded)


def as_toml(value: object) -> object:
    """A value with the types of TOML and JSON."""
    if isinstance(value, tuple | list | set | frozenset):
        return [as_toml(item) for item in value]
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_unset=True)
    return value if isinstance(value, bool | int | float | str | dict) else str(value)


def _lenient(state: RunState) -> Config:
    # A key is validated on its own; other errors in the file are reported afterwards.
    return state.config([])


def _check_chord(state: RunState, key: tuple[str, ...], value: object) -> None:
    """Check that a chord is allowed for a key of ``[hotkeys]``, like ``voicebridge hotkeys set``."""
    from voicebridge.hotkeys.actions import HotkeyAction
    from voicebridge.hotkeys.choosing import objection

    if key[:1] == ("hotkeys",) and key[1:] in {(action.value,) for action in HotkeyAction} and isinstance(value, str):
        problem = objection(key[1], value, _lenient(state).settings.hotkeys.chords())
        if problem:
            raise ConfigError(f"{problem} Nothing was changed.")


def _check_name(state: RunState, bare: tuple[str, ...], value: object) -> None:
    """Reject an unknown name if all names are known."""
    if bare == ("profile",):
        profiles = configfile.read(paths.config_file()).get("profiles", {})
        if value not in profiles:
            raise ConfigError(f"profile: there is no profile {value!r}.{nearest(str(value), profiles)} Write [profiles.{value}] first.")
    elif bare[0] == "services" and len(bare) == 2:
        try:
            registry_of(state, _lenient(state)).service_named(bare[1], str(value))
        except UsageError as error:
            raise ConfigError(f"{join_key(bare)}: {error}") from error
    elif bare[:2] in (("insertion", "order"), ("insertion", "applications")):
        from voicebridge.dictation.choose import wrong_way

        values = value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else [value]
        if wrong := wrong_way(map(str, values), registry_of(state, _lenient(state))):
            raise ConfigError(f"{join_key(bare)}: {wrong}")


def _warn_of_model(state: RunState, bare: tuple[str, ...], value: object) -> None:
    """Warn about an unknown model or voice; its plugin may not be installed yet."""
    try:
        if bare == ("stt", "model"):
            registry_of(state, _lenient(state)).stt(str(value))
        elif bare == ("tts", "model"):
            registry_of(state, _lenient(state)).tts(str(value))
        elif bare == ("tts", "voice"):
            from voicebridge.tts.choose import choose

            choose(registry_of(state, _lenient(state)), model=None, voice=str(value), asked={})
    except VoiceBridgeError as error:
        warn(str(error))


def _guess(text: str) -> object:
    """A value that can't be validated, parsed as TOML or else as text."""
    import tomllib

    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _all_keys(table: configfile.Table, prefix: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    keys = []
    for name, value in table.items():
        keys.append((*prefix, name))
        if isinstance(value, dict):
            keys += _all_keys(value, (*prefix, name))
    return keys
