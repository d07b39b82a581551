"""The command ``voicebridge``: its verbs, what all of them share, and how a run ends.

The group below knows every verb's name and one line of help; a verb's module is imported when the verb runs. So ``--help`` imports
neither numpy nor an engine, however much is installed.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from voicebridge import __version__
from voicebridge.cli import state
from voicebridge.errors import VoiceBridgeError
from voicebridge.plugins import PluginHost
from voicebridge.specs import CommandSpec, load_ref

VERBS = {
    "stt": ("voicebridge.cli.stt:stt", "Turn speech into text: recordings, videos, folders of them."),
    "models": ("voicebridge.cli.models:app", "List, inspect, download and remove models."),
    "plugins": ("voicebridge.cli.plugins:app", "List, inspect, enable and disable plugins."),
    "config": ("voicebridge.cli.config:app", "Show and change the configuration."),
    "doctor": ("voicebridge.cli.doctor:doctor", "Check what is installed, usable and missing."),
}
"""Each verb's code, and the line that stands for it in the help."""


class LazyGroup(TyperGroup):
    """Knows the verbs by name and help; imports one when it is invoked."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All verbs, built in first, then those of plugins in order of name."""
        return [*VERBS, *sorted(_plugin_commands())]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A stand-in with the verb's name and help, which is all that a help page needs."""
        if cmd_name in VERBS:
            return TyperCommand(cmd_name, help=VERBS[cmd_name][1])
        spec = _plugin_commands().get(cmd_name)
        return spec and TyperCommand(cmd_name, help=spec.help)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The verb itself, imported."""
        self.commands = dict.fromkeys(VERBS, TyperCommand(None))  # for "did you mean"
        name, stand_in, rest = super().resolve_command(ctx, args)
        return name, stand_in and _import_verb(str(name)), rest


app = typer.Typer(
    cls=LazyGroup,
    name="voicebridge",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"voicebridge {__version__}")
        raise typer.Exit


@app.callback()
def root(
    profile: str = typer.Option(None, "--profile", metavar="NAME", help="Use this profile of the configuration."),
    offline: bool = typer.Option(False, "--offline", help="Open no network connection; models must be on this machine already."),
    no_plugins: bool = typer.Option(False, "--no-plugins", help="Load no plugins, to see whether one of them is at fault."),
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version and stop."),
) -> None:
    """Voice into text and text into voice, on your own machine."""
    state.remember(profile=profile, offline=offline, no_plugins=no_plugins)


def main() -> None:
    """Run the command line and end the process: 0 done, 1 something failed, 2 wrong usage, 130 interrupted."""
    try:
        code = app(standalone_mode=False)
    except VoiceBridgeError as error:
        code = _complain(str(error), error.exit_code)
    except typer.TyperException as error:
        code = _complain_about_usage(error)
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except BrokenPipeError:  # `voicebridge … | head -1`: who reads has had enough
        code = 0
    _close_output()
    sys.exit(code if isinstance(code, int) else 0)


def _complain(message: str, code: int) -> int:
    typer.echo(f"Error: {' '.join(message.split())}", err=True)
    return code


def _complain_about_usage(error: Any) -> int:
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        return int(error.exit_code)  # the help has been shown
    path = context.command_path if context else "voicebridge"
    return _complain(f"{error.format_message()} Try: {path} --help", error.exit_code)


def _close_output() -> None:
    # Python flushes once more while it shuts down, and would report a closed pipe then.
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _plugin_commands() -> dict[str, CommandSpec]:
    try:
        host: PluginHost = state.plugin_host()
    except VoiceBridgeError:
        return {}  # a wrong configuration must not take the help away; the verb that needs it will say so
    commands: dict[str, CommandSpec] = {}
    for record in host.active:
        for spec in record.of(CommandSpec):
            if spec.name not in VERBS:
                commands.setdefault(spec.name, spec)
    return commands


def _import_verb(name: str) -> Any:
    target = load_ref(VERBS[name][0] if name in VERBS else _plugin_commands()[name].command)
    if not isinstance(target, typer.Typer):
        function, target = target, typer.Typer(add_completion=False, context_settings={"help_option_names": ["-h", "--help"]})
        target.command(name=name)(function)
    command = get_command(target)
    command.name = name
    return command


if __name__ == "__main__":
    main()
