"""``voicebridge hotkeys``: hotkeys that work in any window."""

from __future__ import annotations

import shlex
import shutil
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicebridge import paths
from voicebridge.cli.shared import flags
from voicebridge.cli.shared.output import AsJson, print_json, print_line, print_table, remark, warn
from voicebridge.cli.shared.state import RunState, state_of
from voicebridge.errors import NotSupportedError, UnavailableError, UsageError, VoiceBridgeError
from voicebridge.hotkeys.actions import READING, HotkeyAction
from voicebridge.runtime import configfile

if TYPE_CHECKING:
    from voicebridge.ports import Hotkeys
    from voicebridge.runtime.registry import Registry
    from voicebridge.runtime.services import Service
    from voicebridge.runtime.settings import HotkeySettings

app = flags.group()

SECONDS = 15.0
"""Time-out in seconds for pressing keys."""


Action = Annotated[HotkeyAction, typer.Argument(metavar="ACTION", help="The action.")]


@app.callback(invoke_without_command=True)
def hotkeys(context: typer.Context, as_json: AsJson = False) -> None:
    """List, set and test hotkeys."""
    if context.invoked_subcommand is None:
        list_hotkeys(context, as_json)


@app.command("list")
def list_hotkeys(context: typer.Context, as_json: AsJson = False) -> None:
    """List the actions with their keys, the key source, and problems."""
    from voicebridge.hotkeys.choosing import objection

    registry = state_of(context).registry()
    settings = registry.config.settings.hotkeys
    listener, reason = _listener(registry)
    source: Hotkeys | None = listener.made if listener else None
    heard_by = listener.full_name if listener else ""
    found: list[dict[str, str]] = []
    bound = settings.chords()
    for action in HotkeyAction:
        chord = bound.get(action, "")
        problem = objection(action, chord, bound) or (source.problem(chord) if source else reason) if chord else ""
        found.append({"action": action.value, "keys": chord, "heard_by": heard_by if chord else "", "problem": problem})
    if as_json:
        print_json({"mode": settings.mode, "hotkeys": found})
        return
    if source is None:
        found = [{**each, "problem": "no key source"} if each["problem"] == reason else each for each in found]
        warn(reason)
    print_table(["Action", "Keys", "Source", "Problem"], [[*each.values()] for each in found])
    if source and any(each["problem"] for each in found):
        remark("The running VoiceBridge may itself use these keys.")


@app.command("set")
def set_hotkey(
    context: typer.Context,
    action: Action,
    chord: Annotated[
        str | None, typer.Argument(metavar="KEYS|off", help="A combination such as ctrl+alt+d, or off. Default: press it.")
    ] = None,
) -> None:
    """Set the hotkey for an action. Without KEYS, press the combination; Esc cancels."""
    choose(state_of(context), action, chord)


@app.command()
def reset(
    context: typer.Context,
    action: Annotated[HotkeyAction | None, typer.Argument(metavar="ACTION", help="The action. Default: all.")] = None,
) -> None:
    """Reset hotkeys to their defaults."""
    from voicebridge.cli.shared.config_file import remark_on_effect, save

    state = state_of(context)
    path = paths.config_file()
    table = configfile.read(path)
    removed = False
    for each in [action] if action else list(HotkeyAction):
        with suppress(KeyError):
            configfile.remove(table, ("hotkeys", each.value))
            removed = True
    if removed:
        save(path, table)
    bound = state.config([]).settings.hotkeys.chords()
    for each in [action] if action else list(HotkeyAction):
        if each in bound or action:
            remark(_told(each, bound.get(each, "off")))
            remark_on_effect(state, ("hotkeys", each.value))


@app.command("test")
def try_hotkeys(context: typer.Context) -> None:
    """Show the key presses that VoiceBridge detects, until Ctrl-C."""
    from voicebridge.cli.hotkeys.capture import quiet_terminal, report
    from voicebridge.hotkeys.suspension import keys_suspended

    registry = state_of(context).registry()
    listener = registry.find_service("hotkeys")
    source: Hotkeys = listener.made
    bound = {chord: action for action, chord in registry.config.settings.hotkeys.chords().items()}
    with keys_suspended() as others:
        events = source.capture() if "capture" in listener.spec.features else source.listen(list(bound))
        if others:
            remark("The running VoiceBridge ignores its hotkeys in the meantime.")
        remark(f"{listener.full_name} is listening. Press keys; Ctrl-C stops.")
        with closing(events), quiet_terminal():
            report(events, bound, print_line)


@app.command()
def bind(
    context: typer.Context,
    compositor: Annotated[str, typer.Argument(metavar="DESKTOP", help="The desktop: gnome, hyprland, kde, niri, river or sway.")],
    write_it: Annotated[bool, typer.Option("--write", help="Add them to the desktop's configuration; a backup is kept.")] = False,
) -> None:
    """Print key bindings for your desktop's own configuration, for desktops without global hotkeys."""
    bind_in(state_of(context), compositor, write_it=write_it)


def choose(state: RunState, action: HotkeyAction, chord: str | None) -> None:
    """Save the hotkey of an action: ``chord``, or the next keys pressed; ``off`` for none.

    Raises:
        VoiceBridgeError: if the keys can't be used, or no source of keys is available; the configuration is then unchanged.
    """
    from voicebridge.cli.hotkeys.capture import capture
    from voicebridge.cli.shared.config_file import remark_on_effect, save
    from voicebridge.hotkeys.suspension import keys_suspended

    registry = state.registry()
    listener, reason = _listener(registry)
    if chord is None:
        if listener is None:
            raise UnavailableError(f"{reason} Type the keys: voicebridge hotkeys set {action} ctrl+alt+d")
        if "capture" not in listener.spec.features:
            raise NotSupportedError(f"{listener.full_name} can't capture keys. Type them, such as ctrl+alt+d.")
        with keys_suspended():
            chord = capture(listener.made, SECONDS)
    chord = _checked(action, chord, registry.config.settings.hotkeys, listener.made if listener else None)
    if listener is None and chord != "off":
        warn(f"{chord} can't be tested here. {reason}")
    path = paths.config_file()
    table = configfile.read(path)
    configfile.assign(table, ("hotkeys", action.value), chord)
    save(path, table)
    remark(_told(action, chord))
    remark_on_effect(state, ("hotkeys", action.value))


def bind_in(state: RunState, compositor: str, *, write_it: bool) -> None:
    """Print or write the key bindings for a desktop.

    Raises:
        VoiceBridgeError: if the desktop is unknown, or doesn't support the configured keys.
    """
    from voicebridge.hotkeys import desktop_bindings

    settings = state.config().settings.hotkeys
    chords = settings.chords()
    chord, reading = chords["dictate"], {action: chords[action] for action in READING if action in chords}
    desktop = desktop_bindings.compositor(compositor)
    command = shlex.quote(shutil.which("voicebridge", path=Path(sys.executable).parent) or "voicebridge")
    if settings.mode == "hold":
        if not desktop.releases:
            raise NotSupportedError(
                f"{compositor} doesn't report when a key is released. Choose: voicebridge config set hotkeys.mode toggle"
            )
        text = desktop_bindings.binding(compositor, chord, f"{command} dictate start", f"{command} dictate stop")
    else:
        text = desktop_bindings.binding(compositor, chord, f"{command} dictate toggle")
    if desktop.several:
        text += "".join(desktop_bindings.binding(compositor, keys, f"{command} {action.command}") for action, keys in reading.items())
    if write_it:
        remark(f"{chord} is bound in {desktop_bindings.write(compositor, text)}. {desktop.remedy}")
    else:
        print_line(text.rstrip())
        remark(desktop.remedy if desktop.file is None else f"Or write it there: voicebridge hotkeys bind {compositor} --write")
    if reading and not desktop.several:
        remark("Bind the keys for reading aloud in the desktop's settings, for example to `voicebridge read --selection`.")
    remark("VoiceBridge has to be running. Start it at login: voicebridge daemon enable")


def _told(action: HotkeyAction, chord: str) -> str:
    what = action.value.replace("_", " ").capitalize()
    return f"{what}: not set" if chord == "off" else f"{what}: {chord}"


def _listener(registry: Registry) -> tuple[Service | None, str]:
    """The source of keys, or why there is none."""
    try:
        return registry.find_service("hotkeys"), ""
    except VoiceBridgeError as error:
        return None, str(error)


def _checked(action: HotkeyAction, chord: str, settings: HotkeySettings, source: Hotkeys | None) -> str:
    """The canonical form of a chord.

    Raises:
        UsageError: if it can't be used.
    """
    from voicebridge import keys
    from voicebridge.hotkeys.choosing import objection

    if chord == "off" and action in READING:
        return chord
    parsed = keys.parse(chord)
    problem = objection(action, str(parsed), settings.chords())
    if not problem and source is not None and str(parsed) != settings.chords().get(action):  # used by a running `voicebridge dictate`
        problem = source.problem(str(parsed))
    if problem:
        raise UsageError(f"{problem.rstrip()} Nothing was changed.")
    return str(parsed)
