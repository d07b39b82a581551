"""``voicebridge plugins``: the installed plugins, their status, and whether they are enabled."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicebridge import paths
from voicebridge.cli.plugins.new import PluginKind, write_package
from voicebridge.cli.shared import flags
from voicebridge.cli.shared.output import AsJson, print_json, print_line, print_sheet, print_table, remark, warn
from voicebridge.cli.shared.state import RunState, state_of
from voicebridge.errors import OptionError, PluginError, VoiceBridgeError
from voicebridge.extensions import STAGES, DiarizerSpec, DocumentReaderSpec, SettingsSpec, TextFilterSpec
from voicebridge.hookspecs import HOOKS, Spec
from voicebridge.runtime import configfile, installed
from voicebridge.runtime.plugins import Outcome, PluginHost, PluginRecord
from voicebridge.specs import ServiceSpec

if TYPE_CHECKING:
    from voicebridge.runtime.registry import Registry

app = flags.group()

_KINDS: dict[type[Spec], tuple[str, str]] = {
    kind: (kind.title, kind.title if kind.title.endswith("s") else f"{kind.title}s") for kind in HOOKS.values()
}
"""What each descriptor describes: one, and several."""

_NAMED = {kind: titles for kind, titles in _KINDS.items() if kind is not SettingsSpec}
"""Those of which a plugin has several, each with a name."""

_STYLES: dict[str, str] = {Outcome.ACTIVE: "green", Outcome.DISABLED: "dim", Outcome.INCOMPATIBLE: "red", Outcome.FAILED: "red"}


def _complete_name(incomplete: str) -> list[str]:
    return sorted(name for name in installed.names() if name.startswith(incomplete))


Name = Annotated[str, typer.Argument(metavar="NAME", help="A plugin, as `voicebridge plugins` lists it.", autocompletion=_complete_name)]


@app.callback(invoke_without_command=True)
def plugins(context: typer.Context, as_json: AsJson = False) -> None:
    """List, inspect, enable and disable plugins. Without a command, list them."""
    if context.invoked_subcommand is None:
        list_plugins(context, as_json)


@app.command("list")
def list_plugins(context: typer.Context, as_json: AsJson = False) -> None:
    """List the installed plugins and their status."""
    records = _host(context).records
    if as_json:
        print_json([_as_json(record) for record in records])
        return
    rows = [[record.name, record.package, record.outcome, _offer(record), record.reason] for record in records]
    if rows:
        print_table(["Name", "Package", "Outcome", "Offers", "Remark"], rows, _STYLES)
    if all(record.own for record in records):
        from voicebridge.installing import remedy

        remark(f"No plugin with a model is installed. Install one: {remedy('voicebridge-whisper')}")
    else:
        _remark_on_defaults(state_of(context))


@app.command()
def show(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Show details of a plugin."""
    host = _host(context)
    host.get(name)  # raises for an unknown name, with the closest one
    records = [record for record in host.records if record.name == name]
    settings = {id(record): _settings(state_of(context), record) for record in records}
    if as_json:
        print_json([{**_as_json(record), "settings": settings[id(record)]} for record in records])
        return
    for number, record in enumerate(records):
        if number:
            print_line("")
        print_sheet(
            [
                ("Name", record.name),
                ("File" if record.file else "Package", record.package),
                ("Module", record.module),
                ("Outcome", record.outcome),
                ("Remark", record.reason),
                ("Loaded in", f"{record.load_seconds * 1000:.0f} ms" if record.load_seconds else ""),
                *((names.capitalize(), _listed(record, kind)) for kind, (_, names) in _NAMED.items()),
                ("Settings", " ".join(spec.description for spec in record.of(SettingsSpec))),
            ]
        )
        if settings[id(record)]:
            from voicebridge.cli.shared.option_table import print_options

            print_line("")
            print_options("Setting", settings[id(record)])


@app.command()
def enable(context: typer.Context, name: Name) -> None:
    """Enable a plugin."""
    _set_enabled(state_of(context), name, enabled=True)


@app.command()
def disable(context: typer.Context, name: Name) -> None:
    """Disable a plugin; it is not imported."""
    _set_enabled(state_of(context), name, enabled=False)


@app.command()
def install(
    wanted: Annotated[
        list[str],
        typer.Argument(metavar="NAME|PATH", help="A plugin such as whisper, or the folder or wheel of a package."),
    ],
    editable: Annotated[bool, typer.Option("-e", "--editable", help="Install a folder in editable mode.")] = False,
    reinstall: Annotated[bool, typer.Option("--reinstall", help="Reinstall the package and its dependencies.")] = False,
    upgrade: Annotated[bool, typer.Option("-U", "--upgrade", help="Upgrade to a newer version, if there is one.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the command that would be run.")] = False,
    yes: Annotated[
        bool, typer.Option("-y", "--yes", help="Don't ask before installing a package that is not part of VoiceBridge.")
    ] = False,
) -> None:
    """Install plugins into VoiceBridge's environment, with pip, pipx or uv, from VoiceBridge's own source."""
    from voicebridge.cli.plugins.install import install as run

    run(wanted, editable=editable, reinstall=reinstall, upgrade=upgrade, dry_run=dry_run, yes=yes)


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the plugin, in lower case.")],
    kind: Annotated[PluginKind, typer.Option("--kind", metavar="KIND", help=f"What it provides: {', '.join(PluginKind)}.")],
    folder: Annotated[Path, typer.Option("--in", metavar="FOLDER", help="Where to create the package.")] = Path(),
) -> None:
    """Write a complete package for a new plugin, with tests that pass."""
    from voicebridge.installing import shell

    root = write_package(name, kind, folder)
    install = shell(["python", "-m", "pip", "install", "--editable", f"{root}[test]"])
    remark(f"Install it, and run its tests: {install} && {shell(['python', '-m', 'pytest', str(root)])}")
    print_line(str(root))


@app.command()
def check(
    context: typer.Context,
    name: Name,
    quick: Annotated[bool, typer.Option("--quick", help="Only run the tests that load no model.")] = False,
) -> None:
    """Run the conformance tests of a plugin, which its author can run too."""
    from voicebridge.cli.plugins.check import check as run

    if run(state_of(context).plugin_host().get(name), quick=quick):
        raise typer.Exit(1)


def _host(context: typer.Context) -> PluginHost:
    """The plugins, with remarks on what is not used as its plugin means it."""
    from voicebridge.stt.formats.table import FORMATS

    host = state_of(context).plugin_host()
    host.remark_on_hidden_formats(FORMATS)
    return host


def _remark_on_defaults(state: RunState) -> None:
    """The default models, and why: a user who installs a plugin sees that it doesn't replace them."""
    registry = _registry(state)
    sys.stdout.flush()  # so that they follow the list if both go to one file
    for what, models, chosen in (
        ("speech-to-text model", registry.stt_models, registry.stt),
        ("text-to-speech model", registry.tts_models, registry.tts),
    ):
        if models():
            try:
                model = chosen()
                remark(f"Default {what}: {model.full_name}, {registry.why_default(model)}.")
            except VoiceBridgeError as error:
                remark(str(error))


def _registry(state: RunState) -> Registry:
    from voicebridge.cli.shared.config_file import registry_of  # imported on demand: it takes a while, and JSON doesn't need it

    return registry_of(state, state.config([]))  # other errors of the file don't matter here


def _set_enabled(state: RunState, name: str, *, enabled: bool) -> None:
    path = paths.config_file()
    table = configfile.read(path)
    _check_name(name, table)
    configfile.assign(table, ("plugins", name, "enabled"), enabled)
    backup = configfile.write(path, table)
    word = "enabled" if enabled else "disabled"
    remark(f"Plugin {name} is {word} in {path}.")
    if backup:
        remark(f"Comments can't be kept in the file. The version with comments: {backup}.")
    if configfile.is_enabled(table, name, not enabled, state.profile) is not enabled:
        warn(f"the current profile overrides it: voicebridge config unset profiles.NAME.plugins.{name}.enabled")


def _check_name(name: str, table: configfile.Table) -> None:
    # The table of an uninstalled plugin can be changed too; nothing is imported to check.
    if name not in installed.names() and name not in table.get("plugins", {}):
        from voicebridge.runtime.plugins import load_plugins

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
        **{names.replace(" ", "_").replace("-", "_"): [_name(spec) for spec in record.of(kind)] for kind, (_, names) in _NAMED.items()},
        "has_settings": bool(record.of(SettingsSpec)),
    }


def _settings(state: RunState, record: PluginRecord) -> list[dict[str, Any]]:
    """The settings of a plugin, and the options of its services, with their current values; errors are warnings."""
    from voicebridge.cli.shared.option_table import described
    from voicebridge.runtime.plugin_settings import only, own_types, table_fields

    registry = _registry(state)
    found: list[dict[str, Any]] = []
    try:
        if types := own_types(record):
            table_fields(record)  # raises if names clash
        for kind in types:
            layers = [only(kind, layer) for layer in registry.plugin_layers(record)]
            try:
                found += described(kind, layers)
            except OptionError as error:
                warn(str(error))
                found += described(kind, [])
    except PluginError as error:
        warn(str(error))
    return found


def _offer(record: PluginRecord) -> str:
    counts = Counter(type(spec) for spec in record.specs)
    offers = [f"{counts[kind]} {one if counts[kind] == 1 else many}" for kind, (one, many) in _NAMED.items() if counts[kind]]
    return ", ".join([*offers, *([SettingsSpec.title] if counts[SettingsSpec] else [])])


def _listed(record: PluginRecord, kind: Any) -> str:
    return ", ".join(_with_details(spec) for spec in record.of(kind))


def _with_details(spec: Spec) -> str:
    """The name of what a descriptor describes, with what tells where it is used."""
    if isinstance(spec, DocumentReaderSpec):
        return f"{_name(spec)} ({' '.join(sorted(spec.suffixes))})"
    if isinstance(spec, TextFilterSpec):
        return f"{_name(spec)} ({', '.join(stage for stage in STAGES if stage in spec.stages)}; order {spec.order})"
    if isinstance(spec, DiarizerSpec) and spec.max_speakers is not None:
        return f"{_name(spec)} (up to {spec.max_speakers} speakers)"
    return _name(spec)


def _name(spec: Spec) -> str:
    return f"{spec.kind}/{spec.name}" if isinstance(spec, ServiceSpec) else spec.name
