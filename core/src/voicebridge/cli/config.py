"""``voicebridge config``: see and change what is configured, and where each value comes from."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import BaseModel

from voicebridge import configfile, paths
from voicebridge.cli import flags, state
from voicebridge.cli.output import AsJson, print_json, print_line, print_table, remark, warn
from voicebridge.config import Config, Value, read_key, user_table
from voicebridge.configfile import join_key
from voicebridge.errors import ConfigError, UsageError, VoiceBridgeError, nearest
from voicebridge.options import toml_text
from voicebridge.settings import known_keys

if TYPE_CHECKING:
    from voicebridge.cli.keys import Key
    from voicebridge.registry import Registry

app = flags.group(no_args_is_help=True)


def _complete_key(incomplete: str) -> list[str]:
    return [key for key in known_keys() if key.startswith(incomplete)]


KeyName = Annotated[
    str,
    typer.Argument(
        metavar="KEY",
        help="Such as stt.model, plugins.whisper.beam_size, models.whisper/base.beam_size or profiles.meeting.stt.words.",
        autocompletion=_complete_key,
    ),
]


@app.callback()
def config() -> None:
    """Show and change the configuration."""


@app.command()
def show(
    origin: Annotated[bool, typer.Option("--origin", help="Say of each value where it comes from.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show every key and its value, the engine options that are set included."""
    loaded = state.config()
    values = {join_key(tuple(key.split("."))): value for key, value in loaded.values.items()}
    values |= {join_key(parts): value for parts, value in loaded.open_values().items()}
    if as_json:
        plain = {
            key: {"value": _plain(each.value), "layer": each.layer, "origin": each.origin} if origin else _plain(each.value)
            for key, each in values.items()
        }
        print_json({"file": loaded.path, "profile": loaded.profile, "profiles": _profiles(loaded), "values": plain})
        return
    rows = [[key, toml_text(value.value), *([_origin(value)] if origin else [])] for key, value in values.items()]
    print_table(["Key", "Value", *(["Origin"] if origin else [])], rows)
    if profiles := _profiles(loaded):
        remark(f"Profiles: {', '.join(profiles)}. In use: {loaded.profile or 'none'}.")
    for problem in _warn_of_options(loaded):
        warn(problem)


@app.command()
def get(key: KeyName, as_json: AsJson = False) -> None:
    """Print one value as it counts now, with every layer applied; `none` where there is none."""
    from voicebridge.cli import keys

    registry = _registry(state.config())
    value = _value(registry, keys.find(read_key(key), registry))
    if as_json:
        print_json(_plain(value))
    else:
        print_line(value if isinstance(value, str) else toml_text(value))


@app.command("set")
def set_value(
    key: KeyName, value: Annotated[str, typer.Argument(metavar="VALUE", help="Lists are written with commas: 0,0.2,0.4.")]
) -> None:
    """Set one value in the file; where a variable or a profile overrides it, that is said."""
    from voicebridge.cli import keys

    path = paths.config_file()
    table = configfile.read(path)
    parts = read_key(key)
    found = keys.find(parts, _registry(_lenient()))
    if found.field is None and not found.doubt:
        raise ConfigError(f"{found.name} is a table: set a key in it, such as {found.name}.…")
    checked = found.read(value, text=True) if found.field else _guess(value)
    if checked is None:
        raise ConfigError(f"TOML has no word for none. Take the key out instead: voicebridge config unset {key}")
    _check_chord(found.bare, checked)
    if found.doubt:
        warn(f"{found.name} can't be checked: {found.doubt}")
    _check_name(found.bare, checked)
    configfile.assign(table, parts, _as_toml(checked))
    save(path, table)
    _warn_of_model(found.bare, checked)
    remark_on_effect(parts)


def _check_chord(key: tuple[str, ...], value: object) -> None:
    """See that a key of ``[hotkeys]`` may have a chord, as ``voicebridge hotkeys set`` does."""
    from voicebridge.cli.hotkeys import Bound
    from voicebridge.hotkeys.choosing import objection

    if key[:1] == ("hotkeys",) and key[1:] in {(each.value,) for each in Bound} and isinstance(value, str):
        problem = objection(key[1], value, _lenient().settings.hotkeys)
        if problem:
            raise ConfigError(f"{problem} Nothing was changed.")


@app.command()
def unset(key: KeyName) -> None:
    """Take a key, or a whole table, out of the file; works while other keys are wrong."""
    path = paths.config_file()
    table = configfile.read(path)
    parts = read_key(key)
    try:
        configfile.remove(table, parts)
    except KeyError:
        present = [join_key(each) for each in _all_keys(table)]
        raise UsageError(f"{join_key(parts)} is not set in {path}.{nearest(join_key(parts), present)}") from None
    save(path, table)
    remark_on_effect(parts)


@app.command()
def path() -> None:
    """Print where the configuration file is, or would be."""
    print_line(str(paths.config_file()))


@app.command()
def edit() -> None:
    """Open the file in $VISUAL, $EDITOR or the platform's own editor, then check it."""
    file = paths.config_file()
    if not file.exists():
        configfile.write(file, {})
    command = [*editor(), str(file)]
    try:
        code = subprocess.run(command, check=False).returncode  # noqa: S603 - the user's own choice of editor
    except OSError as error:
        raise UsageError(f"The editor {command[0]!r} can't be started: {error.strerror}. Set VISUAL or EDITOR to another.") from error
    if code:
        raise VoiceBridgeError(f"The editor {command[0]!r} ended with code {code}. The file is {file}")
    problems: list[str] = []
    loaded = state.config(problems)
    problems += _warn_of_options(loaded)
    if problems:
        for problem in problems:
            remark(f"Error: {problem}")
        raise typer.Exit(ConfigError.exit_code)
    remark(f"{file} is in order.")


def editor() -> list[str]:
    """The command that edits a text file here.

    Raises:
        UsageError: when none is to be found.
    """
    chosen = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if chosen:
        words = shlex.split(chosen, posix=os.name != "nt")
        return [word.strip('"') for word in words]
    if os.name == "nt":
        return ["notepad"]
    if sys.platform == "darwin":
        return ["open", "-W", "-n", "-t"]
    for name in ("sensible-editor", "nano", "vim", "vi"):
        if shutil.which(name):
            return [name]
    raise UsageError("No editor was found. Set VISUAL or EDITOR to one, such as EDITOR=nano.")


def _lenient() -> Config:
    # A key is set by its own merits: what else is wrong in the file is told afterwards.
    return state.config([])


def _registry(loaded: Config) -> Registry:
    from voicebridge.registry import Registry

    return Registry(state.plugin_host(), loaded)


def save(path: Path, table: configfile.Table) -> None:
    """Write the configuration file, and say where comments that it can't hold have gone."""
    backup = configfile.write(path, table)
    if backup:
        remark(f"Comments can't be kept in the file; they are in {backup}.")


def _value(registry: Registry, key: Key) -> object:
    loaded = registry.config
    if key.profile is None:
        if key.name in loaded.values:
            return loaded.values[key.name].value
        if table := _table_of(loaded, key.parts):
            return table.get(key.parts[-1])
        if key.parts[0] == "models" and key.field:
            model = registry.any_model(key.parts[1])
            options = registry.options(model)
            return getattr(options, key.parts[2])
        if value := loaded.open_values().get(key.parts):
            return key.read(value.value, text=value.layer == "variable")
    try:
        return configfile.lookup(loaded.table, key.parts)
    except KeyError:
        return None if key.field is None or key.profile else key.field.get_default(call_default_factory=True)


def _table_of(loaded: Config, parts: tuple[str, ...]) -> dict[str, object] | None:
    """The user's table that the parts lead into, as it counts now."""
    value = loaded.values[table].value if (table := user_table(parts)) else None
    return value if isinstance(value, dict) else None


def _check_name(bare: tuple[str, ...], value: object) -> None:
    """Refuse a name where it is known which there are."""
    if bare == ("profile",):
        profiles = configfile.read(paths.config_file()).get("profiles", {})
        if value not in profiles:
            raise ConfigError(
                f"profile = {value!r}: there is no such profile.{nearest(str(value), profiles)} Write [profiles.{value}] first."
            )
    elif bare[:2] in (("insertion", "order"), ("insertion", "applications")):
        from voicebridge.dictation.desk import wrong_way

        values = value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else [value]
        if wrong := wrong_way(map(str, values), _registry(_lenient())):
            raise ConfigError(f"{join_key(bare)}: {wrong}")


def _warn_of_model(bare: tuple[str, ...], value: object) -> None:
    """Warn of a model or a voice that is not known, which may be because its plugin is still to be installed."""
    try:
        if bare == ("stt", "model"):
            _registry(_lenient()).stt(str(value))
        elif bare == ("tts", "model"):
            _registry(_lenient()).tts(str(value))
        elif bare == ("tts", "voice"):
            from voicebridge.speaking import find_reader

            find_reader(_registry(_lenient()), model=None, voice=str(value), asked={})
    except VoiceBridgeError as error:
        warn(str(error))


def remark_on_effect(parts: tuple[str, ...]) -> None:
    """Say where a key that was written to the file counts for nothing, since a variable or a profile overrides it."""
    problems: list[str] = []
    loaded = state.config(problems)
    for problem in problems:
        warn(problem)
    value = loaded.values.get(user_table(parts) or join_key(parts)) or loaded.open_values().get(parts)
    if value and value.layer == "variable":
        remark(f"The variable {value.origin} overrides it: {toml_text(value.value)}")
    elif value and value.layer == "profile":  # a key within a profile is not found by these parts
        remark(f"The {value.origin} overrides it: {toml_text(value.value)}")


def _warn_of_options(loaded: Config) -> list[str]:
    """Warn of options that can't be checked, and give what is wrong for sure."""
    if not loaded.open_values():
        return []
    from voicebridge.cli import keys

    wrong = []
    for problem, sure in keys.problems(loaded, _registry(loaded)):
        if sure:
            wrong.append(problem)
        else:
            warn(problem)
    return wrong


def _profiles(loaded: Config) -> list[str]:
    return sorted(loaded.table.get("profiles", {}))


def _origin(value: Value) -> str:
    return value.origin if value.origin.startswith(value.layer) else f"{value.layer} {value.origin}"


def _guess(text: str) -> object:
    """A value that nobody can check, as TOML would read it, or as text."""
    import tomllib

    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _as_toml(value: object) -> object:
    if isinstance(value, tuple | list | set | frozenset):
        return [_as_toml(item) for item in value]
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_unset=True)
    return value if isinstance(value, bool | int | float | str | dict) else str(value)


def _plain(value: object) -> object:
    """A value as JSON has it."""
    return [_as_toml(item) for item in value] if isinstance(value, tuple) and value and isinstance(value[0], BaseModel) else value


def _all_keys(table: configfile.Table, prefix: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    keys = []
    for name, value in table.items():
        keys.append((*prefix, name))
        if isinstance(value, dict):
            keys += _all_keys(value, (*prefix, name))
    return keys
