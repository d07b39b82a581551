"""The command ``voicebridge``: its verbs, what all of them share, and how a run ends.

The group below knows every verb's name and one line of help; a verb's module is imported when the verb runs. So ``--help`` imports
neither numpy nor an engine, however much is installed.
"""

from __future__ import annotations

import errno
import gc
import io
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from voicebridge import __version__
from voicebridge.cli import completing, state, verb_cache
from voicebridge.errors import PluginError, VoiceBridgeError

if TYPE_CHECKING:
    from voicebridge.plugins import PluginHost
    from voicebridge.specs import CommandSpec

VERBS = {
    "setup": ("voicebridge.cli.setup:setup", "Set up microphone, keys, model and voice, and see each of them work."),
    "dictate": ("voicebridge.cli.dictate:dictate", "Press a key, talk, and the text appears at the cursor."),
    "stt": ("voicebridge.cli.stt:stt", "Turn speech into text: recordings, videos, folders of them."),
    "tts": ("voicebridge.cli.tts:tts", "Turn text into speech: played at once, or written to a file."),
    "speak": ("voicebridge.cli.speak:speak", "Read a text aloud in the background, and pause, skip and stop it."),
    "daemon": ("voicebridge.cli.daemon:app", "Run in the background: keys, reading aloud, folders, loaded models."),
    "watch": ("voicebridge.cli.watch:watch", "Transcribe recordings as they are dropped into folders."),
    "models": ("voicebridge.cli.models:app", "List, inspect, download and remove models."),
    "voices": ("voicebridge.cli.voices:app", "List and hear voices, and add your own."),
    "devices": ("voicebridge.cli.devices:app", "List microphones and loudspeakers, and try a microphone."),
    "hotkeys": ("voicebridge.cli.hotkeys:app", "List, choose and try the keys that are listened for."),
    "history": ("voicebridge.cli.history:app", "List, show and finish what was dictated, and delete it."),
    "words": ("voicebridge.cli.words:app", "List, add and try your names and terms."),
    "plugins": ("voicebridge.cli.plugins:app", "List, inspect, enable and disable plugins."),
    "config": ("voicebridge.cli.config:app", "Show and change the configuration."),
    "uninstall": ("voicebridge.cli.uninstall:uninstall", "Remove models, configuration and autostart."),
    "doctor": ("voicebridge.cli.doctor:doctor", "Check what is installed, usable and missing."),
}
"""Each verb's code, and the line that stands for it in the help."""

_CONTEXT = {"help_option_names": ["-h", "--help"]}


class LazyGroup(TyperGroup):
    """Knows the verbs by name and help; imports one when it is invoked."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the flags before the verb."""
        for param in self.get_params(ctx):
            _spare_text(param)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """All verbs, built in first, then those of plugins in order of name."""
        return [*VERBS, *sorted(_plugin_help())]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """A stand-in with the verb's name and help, which is all that a help page needs."""
        if cmd_name in VERBS:
            return TyperCommand(cmd_name, help=VERBS[cmd_name][1])
        line = _plugin_help().get(cmd_name)
        return None if line is None else TyperCommand(cmd_name, help=line)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The verb itself, imported."""
        if args[0] not in VERBS:
            _plugin_commands()  # loaded, so that what was remembered doesn't decide
            self.commands = {name: TyperCommand(name) for name in self.list_commands(ctx)}  # for "did you mean"
        name, stand_in, rest = super().resolve_command(ctx, args)
        try:
            return name, stand_in and _import_verb(str(name)), rest
        except VoiceBridgeError:
            if ctx.resilient_parsing:  # pressing Tab: a verb that can't be imported completes to nothing
                return None, None, []
            raise


def _spare_pydantic(command: Any) -> None:
    """Have a command's text and its defaults read without pydantic, whose import would double the time of a short command."""
    parse = command.parse_args

    def parse_args(ctx: Any, args: list[str]) -> Any:
        for param in command.get_params(ctx):
            _spare_text(param)
        return parse(ctx, args)

    command.parse_args = parse_args
    for below in getattr(command, "commands", {}).values():
        _spare_pydantic(below)


def _spare_text(param: Any) -> None:
    read, described = param.process_value, param.type_descriptor
    is_text = described.annotation in (str, list[str]) and described.parameter_info.parser is None and not described.is_choice

    def process_value(ctx: Any, value: Any) -> Any:
        if value is not None and not (is_text and value):
            return read(ctx, value)
        if param.required and not value:
            return read(ctx, value)  # which says what is missing
        if isinstance(value, tuple):
            value = list(value)
        return param.callback(ctx, param, value) if param.callback else value

    param.process_value = process_value


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


def _take_profile(value: str | None) -> str | None:
    state.remember(profile=value)
    return value


def _take_offline(value: bool) -> bool:
    state.remember(offline=value)
    return value


def _take_no_plugins(value: bool) -> bool:
    state.remember(no_plugins=value)
    return value


# The flags are eager, so that they count before plugins are loaded to look for the verb or to list it in the help.
@app.callback()
def root(
    profile: str = typer.Option(
        None,
        "--profile",
        metavar="NAME",
        callback=_take_profile,
        is_eager=True,
        help="Use this profile of the configuration.",
        autocompletion=completing.profiles,
    ),
    offline: bool = typer.Option(
        False,
        "--offline",
        callback=_take_offline,
        is_eager=True,
        help="Open no network connection; models must be on this machine already.",
    ),
    no_plugins: bool = typer.Option(
        False, "--no-plugins", callback=_take_no_plugins, is_eager=True, help="Load no plugins, to see whether one of them is at fault."
    ),
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version and stop."),
) -> None:
    """Voice into text and text into voice, on your own machine."""
    del profile, offline, no_plugins, version  # their callbacks have taken them in


def main() -> None:
    """Run the command line and end the process: 0 done, 1 something failed, 2 wrong usage, 128 and more interrupted."""
    gc.disable()  # what is imported stays: looking for garbage in it takes a tenth of the start-up, which state.registry() ends
    _prepare_output()
    closed = False  # whether who reads has had enough, as in `voicebridge … | head -1`
    try:
        code = app(standalone_mode=False)
    except VoiceBridgeError as error:
        code = _complain(str(error), error.exit_code)
    except typer.TyperException as error:
        code = _complain_about_usage(error)
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except BrokenPipeError:
        code, closed = 0, True
    except OSError as error:
        if not _is_of_output(error):
            raise
        code = _complain_about_output(error)
    except SystemExit as ending:
        # Typer itself ends the process on a closed pipe, as a failure, and after installing the shell completion.
        closed = isinstance(ending.__context__, BrokenPipeError)
        code = 0 if closed else ending.code
    unwritten = _close_output()
    gc.enable()
    code = (code if isinstance(code, int) else 0) or unwritten
    if (code > 128 or closed) and state.has_abandoned_work():
        # The user wants the end now. What was to be kept is on disk, what was to be said is said, and an engine's thread may compute for
        # many seconds more: a regular exit would wait for it, or take its memory away under it.
        os._exit(code)
    if state.was_served():  # taking numpy and FFmpeg apart takes longer than all that this process itself had to do
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _prepare_output() -> None:
    for number in range(3):  # after `>&-` the next file to be opened would take the stream's place, and get what is printed
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)
    # A transcript may hold any script. A pipe on Windows would otherwise speak an old code page, and stop at what that lacks.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if os.name == "nt" and not stream.isatty():
                stream.reconfigure(encoding="utf-8")
            stream.reconfigure(errors="replace")


def _complain(message: str, code: int) -> int:
    if code == 2 and (name := next((each for each in sys.argv[1:] if each[:1] == "-" and len(each) > 2 and os.path.exists(each)), None)):  # noqa: PTH110 - quicker
        message = f"{name} begins with '-' and was read as an option. If you mean the file, write ./{name}"
    typer.echo(f"Error: {' '.join(line.strip() for line in message.splitlines())}", err=True)
    return code


def _complain_about_usage(error: Any) -> int:
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(error.format_message(), err=True, nl=False)  # the help, unless rich has printed it already
        return int(error.exit_code)
    path = context.command_path if context else "voicebridge"
    message = error.format_message().rstrip()
    return _complain(f"{message}{'' if message.endswith(('.', '?')) else '.'} Try: {path} --help", error.exit_code)


def _is_of_output(error: OSError) -> bool:
    if error.filename is not None:
        return False
    try:
        sys.stdout.flush()  # what could not be written is still there, and fails again
    except OSError:
        return True
    return error.errno in (errno.ENOSPC, errno.EIO) and not sys.stdout.isatty()


def _complain_about_output(error: OSError) -> int:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still there: it has been complained of
    return _complain(f"Standard output can't be written: {error.strerror}. Make room, or send it elsewhere.", 1)


def _close_output() -> int:
    # Python flushes once more while it shuts down, and would report a closed pipe then; on Windows that is EINVAL.
    try:
        sys.stdout.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError) and error.errno != errno.EINVAL:
            return _complain_about_output(error)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _plugin_help() -> dict[str, str]:
    """The names of plugins' verbs, and the line that stands for each in the help."""
    if not state.has_loaded_plugins():
        if state.is_without_plugins():
            return {}
        if (known := verb_cache.remembered(state.profile())) is not None:
            return known
    found = {name: spec.help for name, spec in _plugin_commands().items()}
    if state.has_loaded_plugins():
        verb_cache.remember(state.plugin_host(), found, state.profile())
    return found


def _plugin_commands() -> dict[str, CommandSpec]:
    from voicebridge.specs import CommandSpec  # only now: a built-in verb needs no descriptors

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
    if name in VERBS:
        module, _, attribute = VERBS[name][0].partition(":")
        target = getattr(import_module(module), attribute)
    else:
        from voicebridge.specs import load_ref

        target = load_ref(_plugin_commands()[name].command)
    if not isinstance(target, typer.Typer):
        if not callable(target):
            raise PluginError(f"The verb {name!r} is neither a Typer nor a function. Report it to the makers of its plugin.")
        function, target = target, typer.Typer(add_completion=False, context_settings=_CONTEXT)
        target.command(name=name)(function)
    command = get_command(target)
    command.name = name
    _spare_pydantic(command)
    return command


if __name__ == "__main__":
    main()
