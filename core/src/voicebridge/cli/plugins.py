"""``voicebridge plugins``: what is installed, what became of it, and who may load."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

import typer

from voicebridge import configfile, paths
from voicebridge.cli import flags, state
from voicebridge.cli.output import AsJson, print_json, print_line, print_sheet, print_table, remark, warn
from voicebridge.plugins import Outcome, PluginRecord, installed_names
from voicebridge.specs import CommandSpec, ServiceSpec, Spec, SttSpec, TtsSpec

app = flags.group()

_KINDS: dict[type[Spec], tuple[str, str]] = {
    SttSpec: ("speech-to-text model", "speech-to-text models"),
    TtsSpec: ("text-to-speech model", "text-to-speech models"),
    ServiceSpec: ("service", "services"),
    CommandSpec: ("command", "commands"),
}

_STYLES: dict[str, str] = {Outcome.ACTIVE: "green", Outcome.DISABLED: "dim", Outcome.INCOMPATIBLE: "red", Outcome.FAILED: "red"}


def _complete_name(incomplete: str) -> list[str]:
    return sorted(name for name in installed_names() if name.startswith(incomplete))


Name = Annotated[str, typer.Argument(metavar="NAME", help="A plugin, as `voicebridge plugins` lists it.", autocompletion=_complete_name)]


@app.callback(invoke_without_command=True)
def plugins(context: typer.Context, as_json: AsJson = False) -> None:
    """List, inspect, enable and disable plugins. Without a command, list them."""
    if context.invoked_subcommand is None:
        list_plugins(as_json)


@app.command("list")
def list_plugins(as_json: AsJson = False) -> None:
    """List every installed plugin, what became of it, and why."""
    records = state.plugin_host().records
    if as_json:
        print_json([_as_json(record) for record in records])
        return
    rows = [[record.name, f"{record.distribution} {record.version}", record.outcome, _offer(record), record.reason] for record in records]
    if rows:
        print_table(["Name", "Package", "Outcome", "Offers", "Remark"], rows, _STYLES)
    if all(record.own for record in records):
        from voicebridge.installing import remedy

        remark(f"No plugin with a model is installed. Install one: {remedy('voicebridge-whisper')}")


@app.command()
def show(name: Name, as_json: AsJson = False) -> None:
    """Show all that is known of a plugin."""
    host = state.plugin_host()
    host.get(name)  # tells an unknown name, with the nearest
    records = [record for record in host.records if record.name == name]
    if as_json:
        print_json([_as_json(record) for record in records])
        return
    for number, record in enumerate(records):
        if number:
            print_line("")
        print_sheet(
            [
                ("Name", record.name),
                ("Package", f"{record.distribution} {record.version}"),
                ("Module", record.module),
                ("Outcome", record.outcome),
                ("Remark", record.reason),
                ("Loaded in", f"{record.load_seconds * 1000:.0f} ms" if record.load_seconds else ""),
                *((names.capitalize(), _listed(record, kind)) for kind, (_, names) in _KINDS.items()),
            ]
        )


@app.command()
def enable(name: Name) -> None:
    """Let a plugin load."""
    _set_enabled(name, enabled=True)


@app.command()
def disable(name: Name) -> None:
    """Keep a plugin from loading; it is not even imported."""
    _set_enabled(name, enabled=False)


@app.command()
def install(
    wanted: Annotated[
        list[str],
        typer.Argument(metavar="NAME|PATH...", help="A plugin such as whisper or 'piper[joe]', or the folder or wheel of any package."),
    ],
    editable: Annotated[bool, typer.Option("-e", "--editable", help="Use a folder as it stands instead of a copy.")] = False,
    reinstall: Annotated[bool, typer.Option("--reinstall", help="Replace what is installed, with all that it needs.")] = False,
    upgrade: Annotated[bool, typer.Option("-U", "--upgrade", help="Take a newer version where there is one.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the command that would be run, and stop.")] = False,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Install a package that is not part of VoiceBridge without asking.")] = False,
) -> None:
    """Install plugins into the environment of this VoiceBridge, by pip, pipx or uv, from where VoiceBridge came from."""
    from voicebridge.cli.plugins_install import install as run

    run(wanted, editable=editable, reinstall=reinstall, upgrade=upgrade, dry_run=dry_run, yes=yes)


def _set_enabled(name: str, *, enabled: bool) -> None:
    path = paths.config_file()
    table = configfile.read(path)
    _check_name(name, table)
    configfile.assign(table, ("plugins", name, "enabled"), enabled)
    backup = configfile.write(path, table)
    word = "enabled" if enabled else "disabled"
    remark(f"Plugin {name} is {word} in {path}.")
    if backup:
        remark(f"Comments can't be kept in it; they are in {backup}.")
    if configfile.is_enabled(table, name, state.profile()) is not enabled:
        warn(f"the profile in use sets it the other way: voicebridge config unset profiles.NAME.plugins.{name}.enabled")


def _check_name(name: str, table: configfile.Table) -> None:
    # A table of a plugin that is gone may be switched too; nothing is imported to find out.
    if name not in installed_names() and name not in table.get("plugins", {}):
        from voicebridge.plugins import load_plugins

        load_plugins(only=()).get(name)


def _as_json(record: PluginRecord) -> dict[str, Any]:
    return {
        "name": record.name,
        "distribution": record.distribution,
        "version": record.version,
        "module": record.module,
        "outcome": record.outcome,
        "reason": record.reason,
        "slow": record.slow,
        "load_seconds": round(record.load_seconds, 4),
        **{names.replace(" ", "_").replace("-", "_"): [_name(spec) for spec in record.of(kind)] for kind, (_, names) in _KINDS.items()},
    }


def _offer(record: PluginRecord) -> str:
    counts = Counter(type(spec) for spec in record.specs)
    return ", ".join(f"{counts[kind]} {one if counts[kind] == 1 else many}" for kind, (one, many) in _KINDS.items() if counts[kind])


def _listed(record: PluginRecord, kind: Any) -> str:
    return ", ".join(_name(spec) for spec in record.of(kind))


def _name(spec: Spec) -> str:
    return f"{spec.kind}/{spec.name}" if isinstance(spec, ServiceSpec) else spec.name
