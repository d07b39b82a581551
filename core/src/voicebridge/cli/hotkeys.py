"""``voicebridge hotkeys``: the keys that are listened for wherever the focus is."""

from __future__ import annotations

import shlex
import shutil
import sys
from contextlib import closing, suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicebridge import configfile, paths
from voicebridge.cli import flags, state
from voicebridge.cli.output import AsJson, print_json, print_line, print_table, remark, warn
from voicebridge.errors import NotSupportedError, Unavailable, UsageError, VoiceBridgeError

if TYPE_CHECKING:
    from voicebridge.ports import Hotkeys
    from voicebridge.registry import Registry, Service
    from voicebridge.settings import HotkeySettings

app = flags.group()

SECONDS = 15.0
"""How long keys to be captured are waited for."""


class Bound(StrEnum):
    """What a key may do."""

    DICTATE = "dictate"
    CANCEL = "cancel"
    READ_SELECTION = "read_selection"
    READ_CLIPBOARD = "read_clipboard"
    PAUSE = "pause"
    STOP_READING = "stop_reading"
    SKIP = "skip"
    FASTER = "faster"
    SLOWER = "slower"


_COMMANDS = {
    "read_selection": "speak --selection", "read_clipboard": "speak --clipboard", "pause": "speak toggle", "stop_reading": "speak stop",
    "skip": "speak skip", "faster": "speak faster", "slower": "speak slower",
}  # fmt: skip
"""What a key of the desktop runs in place of one that we hear."""

Action = Annotated[Bound, typer.Argument(help="What the keys do.")]


@app.callback(invoke_without_command=True)
def hotkeys(context: typer.Context, as_json: AsJson = False) -> None:
    """List the keys that are listened for; with a further word, set and try them."""
    if context.invoked_subcommand is None:
        list_hotkeys(as_json)


@app.command("list")
def list_hotkeys(as_json: AsJson = False) -> None:
    """List each action, its keys, what hears them, and what stands in the way."""
    from voicebridge.hotkeys.choosing import objection

    registry = state.registry()
    settings = registry.config.settings.hotkeys
    listener, reason = _listener(registry)
    source: Hotkeys | None = listener.made if listener else None
    heard_by = listener.full_name if listener else ""
    found: list[dict[str, str]] = []
    bound = _bound(settings)
    for action in Bound:
        chord = bound.get(action, "")
        problem = objection(action, chord, settings) or (source.problem(chord) if source else reason) if chord else ""
        found.append({"action": action.value, "keys": chord, "heard_by": heard_by if chord else "", "problem": problem})
    if as_json:
        print_json({"mode": settings.mode, "hotkeys": found})
        return
    if source is None:
        found = [{**each, "problem": "not heard here"} if each["problem"] == reason else each for each in found]
        warn(reason)
    print_table(["Action", "Keys", "Heard by", "Problem"], [[*each.values()] for each in found])
    if source and any(each["problem"] for each in found):
        remark("While VoiceBridge runs, it has its keys itself.")


@app.command("set")
def set_hotkey(
    action: Action,
    chord: Annotated[
        str | None, typer.Argument(metavar="[KEYS|off]", help="Such as ctrl+alt+d; off for none. Without it you press them.")
    ] = None,
) -> None:
    """Choose the keys of an action: written down, or pressed; Esc gives up."""
    from voicebridge.cli.config import remark_on_effect, save
    from voicebridge.cli.hotkeys_capture import capture
    from voicebridge.hotkeys.suspension import keys_suspended

    registry = state.registry()
    listener, reason = _listener(registry)
    if chord is None:
        if listener is None:
            raise Unavailable(f"{reason} Write the keys down: voicebridge hotkeys set {action} ctrl+alt+d")
        if "capture" not in listener.spec.features:
            raise NotSupportedError(f"{listener.full_name} hears only keys that it is told of. Write them down, such as ctrl+alt+d.")
        with keys_suspended():
            chord = capture(listener.made, SECONDS)
    chord = _checked(action, chord, registry.config.settings.hotkeys, listener.made if listener else None)
    if listener is None and chord != "off":
        warn(f"{chord} can't be tried here. {reason}")
    path = paths.config_file()
    table = configfile.read(path)
    configfile.assign(table, ("hotkeys", action.value), chord)
    save(path, table)
    remark(_told(action, chord))
    remark_on_effect(("hotkeys", action.value))


@app.command()
def reset(action: Annotated[Bound | None, typer.Argument(help="Without it, all of them.")] = None) -> None:
    """Go back to the keys that VoiceBridge comes with."""
    from voicebridge.cli.config import remark_on_effect, save

    path = paths.config_file()
    table = configfile.read(path)
    removed = False
    for each in [action] if action else list(Bound):
        with suppress(KeyError):
            configfile.remove(table, ("hotkeys", each.value))
            removed = True
    if removed:
        save(path, table)
    bound = _bound(state.config([]).settings.hotkeys)
    for each in [action] if action else list(Bound):
        if each in bound or action:
            remark(_told(each, bound.get(each, "off")))
            remark_on_effect(("hotkeys", each.value))


@app.command("test")
def try_hotkeys() -> None:
    """Show what arrives as keys are pressed, and for how long each was held, until Ctrl-C."""
    from voicebridge.cli.hotkeys_capture import quiet_terminal, report
    from voicebridge.hotkeys.suspension import keys_suspended

    registry = state.registry()
    listener = registry.find_service("hotkeys")
    source: Hotkeys = listener.made
    bound = {chord: action for action, chord in _bound(registry.config.settings.hotkeys).items()}
    with keys_suspended() as others:
        events = source.capture() if "capture" in listener.spec.features else source.listen(list(bound))
        if others:
            remark("The running VoiceBridge ignores its keys meanwhile.")
        remark(f"{listener.full_name} listens. Press keys; Ctrl-C ends it.")
        with closing(events), quiet_terminal():
            report(events, bound, print_line)


@app.command()
def bind(
    compositor: Annotated[str, typer.Argument(metavar="DESKTOP", help="gnome, hyprland, kde, niri, river or sway.")],
    write_it: Annotated[bool, typer.Option("--write", help="Put it into the desktop's configuration, which is kept beside it.")] = False,
) -> None:
    """Print how your desktop itself is told of the keys, for desktops that let no program listen for any."""
    from voicebridge.hotkeys import bindings
    from voicebridge.hotkeys.listening import chords, reading_chords

    settings = state.config().settings.hotkeys
    chord, reading = chords(settings)["dictate"], reading_chords(settings)
    desktop = bindings.compositor(compositor)
    command = shlex.quote(shutil.which("voicebridge", path=Path(sys.executable).parent) or "voicebridge")
    if settings.mode == "hold":
        if not desktop.releases:
            raise NotSupportedError(f"{compositor} can't tell when a key comes up. Choose: voicebridge config set hotkeys.mode toggle")
        text = bindings.binding(compositor, chord, f"{command} dictate start", f"{command} dictate stop")
    else:
        text = bindings.binding(compositor, chord, f"{command} dictate toggle")
    if desktop.several:
        text += "".join(bindings.binding(compositor, keys, f"{command} {_COMMANDS[action]}") for action, keys in reading.items())
    if write_it:
        remark(f"{chord} is bound in {bindings.write(compositor, text)}. {desktop.remedy}")
    else:
        print_line(text.rstrip())
        remark(desktop.remedy if desktop.file is None else f"Or have it written there: voicebridge hotkeys bind {compositor} --write")
    if reading and not desktop.several:
        remark("The keys of reading aloud you bind in the desktop's settings, to such as `voicebridge speak --selection`.")
    remark("VoiceBridge has to run, from the start of the session on: voicebridge daemon install")


def _bound(settings: HotkeySettings) -> dict[str, str]:
    """The chord of each action that has one."""
    from voicebridge.hotkeys.listening import chords, reading_chords

    return {**chords(settings), **reading_chords(settings)}


def _told(action: Bound, chord: str) -> str:
    what = action.value.replace("_", " ").capitalize()
    return f"{what} with no key." if chord == "off" else f"{what} with {chord}."


def _listener(registry: Registry) -> tuple[Service | None, str]:
    """What hears keys here, or why nothing does."""
    try:
        return registry.find_service("hotkeys"), ""
    except VoiceBridgeError as error:
        return None, str(error)


def _checked(action: Bound, chord: str, settings: HotkeySettings, source: Hotkeys | None) -> str:
    """The chord as it is kept.

    Raises:
        UsageError: when it can't be used.
    """
    from voicebridge import keys
    from voicebridge.hotkeys.choosing import objection

    if chord == "off" and action not in (Bound.DICTATE, Bound.CANCEL):
        return chord
    parsed = keys.parse(chord)
    problem = objection(action, str(parsed), settings)
    if not problem and source is not None and str(parsed) != _bound(settings).get(action):  # which a running `voicebridge dictate` has
        problem = source.problem(str(parsed))
    if problem:
        raise UsageError(f"{problem.rstrip()} Nothing was changed.")
    return str(parsed)
