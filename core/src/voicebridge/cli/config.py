"""``voicebridge config``: show and change the configuration, and where each value comes from."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import BaseModel

from voicebridge import paths
from voicebridge.cli.shared import flags
from voicebridge.cli.shared.config_file import as_toml, registry_of, set_key, unset_key
from voicebridge.cli.shared.output import AsJson, print_json, print_line, print_table, remark, warn
from voicebridge.cli.shared.state import RunState, state_of
from voicebridge.errors import ConfigError, UsageError, VoiceBridgeError
from voicebridge.options import toml_text
from voicebridge.runtime import configfile
from voicebridge.runtime.config import Config, Value
from voicebridge.runtime.config_keys import read_key, user_table
from voicebridge.runtime.configfile import join_key
from voicebridge.runtime.settings import known_keys

if TYPE_CHECKING:
    from voicebridge.cli.shared.option_keys import Key
    from voicebridge.runtime.registry import Registry

app = flags.group(no_args_is_help=True)


def _complete_key(context: typer.Context, incomplete: str) -> list[str]:
    if not incomplete.startswith("plugins."):
        return [key for key in (*known_keys(), "plugins.") if key.startswith(incomplete)]
    from voicebridge.cli.shared import option_keys

    try:
        names = option_keys.setting_names(state_of(context).plugin_host(), models=True)
    except VoiceBridgeError:
        return []
    return [key for name in names if (key := f"plugins.{name}").startswith(incomplete)]


KeyName = Annotated[
    str,
    typer.Argument(
        metavar="KEY",
        help="A key, such as stt.model, plugins.whisper.beam_size, models.whisper/base.beam_size or profiles.meeting.stt.language.",
        autocompletion=_complete_key,
    ),
]


@app.callback()
def config() -> None:
    """Show and change the configuration."""


@app.command()
def show(
    context: typer.Context,
    origin: Annotated[bool, typer.Option("--origin", help="Show where each value comes from.")] = False,
    as_json: AsJson = False,
) -> None:
    """List all keys and values, with the settings and options of plugins that are set."""
    state = state_of(context)
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
    for problem in _warn_of_options(state, loaded):
        warn(problem)


@app.command()
def get(context: typer.Context, key: KeyName, as_json: AsJson = False) -> None:
    """Print the current value of a key; `none` if it has none."""
    from voicebridge.cli.shared import option_keys

    state = state_of(context)
    registry = registry_of(state, state.config())
    value = _value(registry, option_keys.find(read_key(key), registry))
    if as_json:
        print_json(_plain(value))
    else:
        print_line(value if isinstance(value, str) else toml_text(value))


@app.command("set")
def set_value(
    context: typer.Context,
    key: KeyName,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="The value; separate the items of a list with commas.")],
) -> None:
    """Set a value in the configuration file."""
    set_key(state_of(context), key, value, announce=True)


@app.command()
def unset(context: typer.Context, key: KeyName) -> None:
    """Remove a key or a table from the configuration file."""
    unset_key(state_of(context), key, announce=True)


@app.command()
def path() -> None:
    """Print the path of the configuration file."""
    print_line(str(paths.config_file()))


@app.command()
def edit(context: typer.Context) -> None:
    """Edit the configuration file with $VISUAL, $EDITOR or the system's editor, then check it."""
    state, file = state_of(context), paths.config_file()
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
    problems += _warn_of_options(state, loaded)
    if problems:
        for problem in problems:
            remark(f"Error: {problem}")
        raise typer.Exit(ConfigError.exit_code)
    remark(f"{file} is valid.")


def editor() -> list[str]:
    """The command that edits a text file.

    Raises:
        UsageError: if there is none.
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
    """The current user-defined table that the parts lead to."""
    value = loaded.values[table].value if (table := user_table(parts)) else None
    return value if isinstance(value, dict) else None


def _warn_of_options(state: RunState, loaded: Config) -> list[str]:
    """Warn about options that can't be checked, and return the certain errors."""
    if not loaded.open_values():
        return []
    from voicebridge.cli.shared import option_keys

    wrong = []
    for problem, sure in option_keys.problems(loaded, registry_of(state, loaded)):
        if sure:
            wrong.append(problem)
        else:
            warn(problem)
    return wrong


def _profiles(loaded: Config) -> list[str]:
    return sorted(loaded.table.get("profiles", {}))


def _origin(value: Value) -> str:
    return value.origin if value.origin.startswith(value.layer) else f"{value.layer} {value.origin}"


def _plain(value: object) -> object:
    """A value with JSON types."""
    return [as_toml(item) for item in value] if isinstance(value, tuple) and value and isinstance(value[0], BaseModel) else value
