"""The command ``voicebridge``: its commands, their common parts, and the exit code.

The group below knows the name and help line of each command, and imports its module when the command runs. So ``--help`` imports neither
numpy nor an engine, regardless of what is installed.
"""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from voicebridge import __version__, paths, renamed
from voicebridge.cli import verb_cache
from voicebridge.cli.params import prepare_command, prepare_params
from voicebridge.cli.shared import completing
from voicebridge.cli.shared.output import warn
from voicebridge.cli.shared.state import RunState, state_of
from voicebridge.cli.streams import close_output, complain, complain_about_output, complain_about_usage, is_of_output, prepare_output
from voicebridge.cli.verbs import VERBS
from voicebridge.errors import PluginError, UsageError, VoiceBridgeError

if TYPE_CHECKING:
    from voicebridge.runtime.plugins import PluginHost
    from voicebridge.specs import CommandSpec

_CONTEXT = {"help_option_names": ["-h", "--help"]}


class LazyGroup(TyperGroup):
    """Knows the commands by name and help; imports one when it is invoked."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Start a run, whose state is stored in the context."""
        extra.setdefault("obj", RunState())
        return super().make_context(info_name, args, parent, **extra)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the global flags."""
        prepare_params(self.get_params(ctx))
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:
        """All commands: the built-in ones, then those of plugins sorted by name."""
        return [*VERBS, *sorted(_plugin_help(ctx.obj))]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A placeholder with the command's name and help, which is enough for a help page."""
        if cmd_name in VERBS:
            return TyperCommand(cmd_name, help=VERBS[cmd_name][1])
        line = _plugin_help(ctx.obj).get(cmd_name)
        return None if line is None else TyperCommand(cmd_name, help=line)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command itself, imported."""
        args = [renamed.verb((), args[0]), *args[1:]]
        if args[0] not in VERBS:
            why = _plugin_host(ctx.obj).clashes.get(args[0])  # loaded, so that the cache doesn't matter
            if why and not ctx.resilient_parsing:
                raise UsageError(why)
            self.commands = {name: TyperCommand(name) for name in self.list_commands(ctx)}  # for "did you mean"
        name, stand_in, rest = super().resolve_command(ctx, args)
        try:
            return name, stand_in and _import_verb(ctx.obj, str(name)), rest
        except VoiceBridgeError:
            if ctx.resilient_parsing:  # during completion: a command that can't be imported has no completions
                return None, None, []
            raise


app = typer.Typer(
    cls=LazyGroup,
    name="voicebridge",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings=_CONTEXT,
)


def _show_version(ctx: typer.Context, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        typer.echo(f"voicebridge {__version__}")
        raise typer.Exit


def _take_profile(context: typer.Context, value: str | None) -> str | None:
    state_of(context).remember(profile=value)
    return value


def _take_offline(context: typer.Context, value: bool) -> bool:
    state_of(context).remember(offline=value)
    return value


def _take_no_plugins(context: typer.Context, value: bool) -> bool:
    state_of(context).remember(no_plugins=value)
    return value


# The flags are eager, so that they apply before plugins are loaded to look up the command or list it in the help.
@app.callback()
def root(
    profile: str = typer.Option(
        None,
        "--profile",
        metavar="NAME",
        callback=_take_profile,
        is_eager=True,
        help="Use this profile of the configuration (env: VOICEBRIDGE_PROFILE).",
        autocompletion=completing.profiles,
    ),
    offline: bool = typer.Option(
        False,
        "--offline",
        callback=_take_offline,
        is_eager=True,
        help="Never use the network; models must be downloaded already (env: VOICEBRIDGE_OFFLINE).",
    ),
    no_plugins: bool = typer.Option(
        False,
        "--no-plugins",
        callback=_take_no_plugins,
        is_eager=True,
        help="Load no plugins, to find out whether one of them causes a problem.",
    ),
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
) -> None:
    """Speech to text and text to speech, on your own computer."""
    del profile, offline, no_plugins, version  # already handled by their callbacks


def _ignore(_: str) -> None:
    pass


def main() -> None:
    """Run the command line and exit: 0 success, 1 failure, 2 wrong usage, 128 and more interrupted."""
    renamed.reports.to(_ignore if "_VOICEBRIDGE_COMPLETE" in os.environ else warn)  # no warnings during completion
    gc.disable()  # imported modules stay: garbage collection would take a tenth of the start-up; RunState.registry() turns it on again
    prepare_output()
    state = RunState()
    closed = False  # whether the reader has closed the pipe, as in `voicebridge … | head -1`
    try:
        code = app(standalone_mode=False, obj=state)
    except VoiceBridgeError as error:
        code = complain(str(error), error.exit_code)
    except typer.TyperException as error:
        code = complain_about_usage(error)
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except BrokenPipeError:
        code, closed = 0, True
    except OSError as error:
        if not is_of_output(error):
            raise
        code = complain_about_output(error)
    except SystemExit as ending:
        # Typer exits on a closed pipe with an error code, and after installing the shell completion.
        closed = isinstance(ending.__context__, BrokenPipeError)
        code = 0 if closed else ending.code
    _tell_plugins()
    unwritten = close_output()
    gc.enable()
    code = (code if isinstance(code, int) else 0) or unwritten
    if state.abandoned:
        # Results are on disk and messages are printed, and an engine's thread may compute for many more seconds: a regular exit would wait
        # for it, or free its memory while it runs, which crashes.
        os._exit(code)
    if state.served:  # unloading numpy and FFmpeg takes longer than the work of this process
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _tell_plugins() -> None:
    """Wait for the listeners of plugins to process what has happened."""
    if events := sys.modules.get("voicebridge.runtime.events"):  # otherwise nothing has
        events.drain()


def _plugin_help(state: RunState) -> dict[str, str]:
    """The names and help lines of plugins' commands."""
    if not state.has_loaded_plugins:
        if state.no_plugins:
            return {}
        if (known := verb_cache.remembered(state.profile)) is not None:
            return known
    if state.plugin_help is not None:
        return state.plugin_help
    found = {name: spec.help for name, spec in _plugin_commands(state).items()}
    if state.has_loaded_plugins:
        verb_cache.remember(state.plugin_host(), found, state.profile)
        state.plugin_help = found
    return found


def _plugin_commands(state: RunState) -> dict[str, CommandSpec]:
    from voicebridge.specs import CommandSpec  # on demand: built-in commands need no descriptors

    return {spec.name: spec for record in _plugin_host(state).active for spec in record.of(CommandSpec)}


def _plugin_host(state: RunState) -> PluginHost:
    try:
        return state.plugin_host()
    except VoiceBridgeError:
        from voicebridge.runtime.plugins import PluginHost

        return PluginHost([])  # an invalid configuration must not prevent the help; commands that need it report the error


def _import_verb(state: RunState, name: str) -> Any:
    if name in VERBS:
        module, _, attribute = VERBS[name][0].partition(":")
        target = getattr(import_module(module), attribute)
    else:
        from voicebridge.runtime.current import set_current
        from voicebridge.spec_fields import load_ref

        if chosen := state.asked_profile:
            paths.choose_profile(chosen)  # plugin commands load models through the Python API, which doesn't know our flags
        set_current(state.registry)
        target = load_ref(_plugin_commands(state)[name].command)
    if not isinstance(target, typer.Typer):
        if not callable(target):
            raise PluginError(f"The verb {name!r} is neither a Typer nor a function. Report it to the maintainers of its plugin.")
        function, target = target, typer.Typer(add_completion=False, context_settings=_CONTEXT)
        target.command(name=name)(function)
    command = get_command(target)
    command.name = name
    prepare_command(command, name)
    return command


if __name__ == "__main__":
    main()
