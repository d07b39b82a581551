"""``voicebridge watch``: process files as they arrive in folders. The arguments; :mod:`voicebridge.cli.watch.run` does the work."""

from __future__ import annotations

from typing import Annotated

import typer

from voicebridge.cli.shared import completing, flags
from voicebridge.cli.shared.state import state_of

_COMMANDS = ("add", "list", "remove")
"""First arguments that aren't folders; a folder of that name is written ./add."""
_OUTPUT = "Output"
_FOLDERS = "Input"
_AFTER = "After each file"


def watch(
    context: typer.Context,
    folders: Annotated[
        list[str] | None,
        typer.Argument(metavar="add|list|remove|FOLDERS", help="The folders. Default: those of the configuration."),
    ] = None,
    recursive: Annotated[bool, typer.Option("-r", "--recursive", help="Include subfolders.", rich_help_panel=_FOLDERS)] = False,
    once: Annotated[bool, typer.Option("--once", help="Process existing files, then exit.", rich_help_panel=_FOLDERS)] = False,
    stable_for: Annotated[
        float | None,
        typer.Option(
            "--stable-for",
            metavar="SECONDS",
            min=0,
            help="Process a file when it is unchanged for this long. Default: 0.3 or 5.",
            rich_help_panel=_FOLDERS,
        ),
    ] = None,
    tts: Annotated[
        bool, typer.Option("--tts", help="Turn documents into audio files, instead of transcribing.", rich_help_panel=flags.SPEECH)
    ] = False,
    model: flags.Model = None,
    language: flags.Language = None,
    diarize: flags.Diarize = None,
    voice: Annotated[
        str | None,
        typer.Option(
            "--voice",
            metavar="NAME",
            autocompletion=completing.voices,
            help="With --tts, the voice. Default: tts.voice.",
            rich_help_panel=flags.SPEECH,
        ),
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "-f",
            "--format",
            metavar="FORMAT",
            autocompletion=completing.watch_formats,
            help="A format of stt, or with --tts of tts. Default: txt, with --tts mp3. Repeatable.",
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FOLDER", help="Write here instead of next to each file.", rich_help_panel=_OUTPUT),
    ] = None,
    move_to: Annotated[
        str | None, typer.Option("--move-to", metavar="FOLDER", help="Move each processed file here.", rich_help_panel=_AFTER)
    ] = None,
    command: Annotated[
        str | None,
        typer.Option(
            "--command", metavar="COMMAND", help="Run this command with the file and its outputs as arguments.", rich_help_panel=_AFTER
        ),
    ] = None,
    executor: flags.Executor = None,
    options: flags.EngineOptions = None,
    profile: flags.Profile = None,
    offline: flags.Offline = False,
    no_daemon: flags.NoDaemon = False,
    quiet: flags.Quiet = False,
    verbose: flags.Verbose = False,
) -> None:
    """Transcribe new recordings in folders, or turn new documents into audio files.

    Runs until Ctrl-C. Each file is processed once, also after a restart; NAME.error.txt explains a failure.

    `watch add FOLDER`, with the same options, lets the daemon watch a folder; `watch list` and `watch remove FOLDER` manage these folders.

    Exit codes: 0 success, 1 with --once, some files failed, 2 usage error, 130 stopped by Ctrl-C.
    """
    state = state_of(context)
    state.remember(profile=profile, offline=offline)
    table = {
        "recursive": recursive,
        "stable_for": stable_for,
        "tts": tts,
        "model": model,
        "language": language,
        "diarize": diarize,
        "voice": voice,
        "formats": tuple(formats or ()),
        "output": output,
        "move_to": move_to,
        "command": command,
        "executor": executor,
    }
    given = {name: value for name, value in table.items() if value or (name in ("stable_for", "diarize") and value is not None)}
    if folders and folders[0] in _COMMANDS:
        from voicebridge.cli.watch.folders import manage

        manage(state, folders[0], folders[1:], given, options or [])
        return
    from voicebridge.cli.watch.run import WatchArguments, run

    wanted = WatchArguments(
        folders=folders or [],
        once=once,
        given=given,
        options=options or [],
        daemon=not no_daemon,
        quiet=quiet,
        verbose=verbose,
    )
    code = run(wanted, state)
    if code:
        raise typer.Exit(code)
