"""``voicebridge watch``: files out of folders, as they come. What it takes; :mod:`voicebridge.cli.watch_run` does the work."""

from __future__ import annotations

from typing import Annotated

import typer

from voicebridge.cli import completing, flags, state

_COMMANDS = ("add", "list", "remove")
"""First words that are no folders; one of that name is written ./add."""
_OUTPUT = "What is written, and where"
_FOLDERS = "Which files"
_AFTER = "What follows when a file is done"


def watch(
    folders: Annotated[
        list[str] | None,
        typer.Argument(metavar="[add|list|remove] [FOLDERS]", help="The folders. Without any, those of the configuration."),
    ] = None,
    recursive: Annotated[
        bool, typer.Option("-r", "--recursive", help="Take the folders below them too.", rich_help_panel=_FOLDERS)
    ] = False,
    once: Annotated[
        bool, typer.Option("--once", help="Do what is there, and end, instead of waiting for more.", rich_help_panel=_FOLDERS)
    ] = False,
    settle: Annotated[
        float | None,
        typer.Option("--settle", metavar="SECONDS", min=0, help="How long a file must have been left alone.", rich_help_panel=_FOLDERS),
    ] = None,
    speak: Annotated[bool, typer.Option("--speak", help="Read documents aloud into files instead.", rich_help_panel=flags.SPEECH)] = False,
    model: flags.Model = None,
    language: flags.Language = None,
    voice: Annotated[
        str | None,
        typer.Option(
            "--voice",
            metavar="NAME",
            autocompletion=completing.voices,
            help="With --speak, the voice to read with.",
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
            help="As for stt, or with --speak as for tts; txt or mp3.",
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    out: Annotated[
        str | None, typer.Option("--out", metavar="FOLDER", help="Write here instead of beside each file.", rich_help_panel=_OUTPUT)
    ] = None,
    move_to: Annotated[str | None, typer.Option("--move-to", metavar="FOLDER", help="Move the file here.", rich_help_panel=_AFTER)] = None,
    command: Annotated[
        str | None,
        typer.Option("--command", metavar="COMMAND", help="Run this with the file and what was written.", rich_help_panel=_AFTER),
    ] = None,
    options: flags.EngineOptions = None,
    profile: flags.Profile = None,
    offline: flags.Offline = False,
    no_daemon: flags.NoDaemon = False,
    quiet: flags.Quiet = False,
    verbose: flags.Verbose = False,
) -> None:
    """Transcribe recordings as they are dropped into folders.

    `watch add FOLDER`, with the same options, has the daemon watch it; `watch list` and `watch remove FOLDER` show and remove such folders.

    Each file is done once, however often this is ended and started; NAME.error.txt says why one could not be done. Runs until Ctrl-C.

    Exit codes: 0 all done, 1 some files failed with --once, 2 wrong usage, 130 ended by Ctrl-C.
    """
    state.remember(profile=profile, offline=offline)
    table = {
        "recursive": recursive,
        "settle": settle,
        "speak": speak,
        "model": model,
        "language": language,
        "voice": voice,
        "formats": tuple(formats or ()),
        "out": out,
        "move_to": move_to,
        "command": command,
    }
    if folders and folders[0] in _COMMANDS:
        from voicebridge.cli.watch_folders import manage

        given = {name: value for name, value in table.items() if value or (name == "settle" and value is not None)}
        manage(folders[0], folders[1:], given, options or [])
        return
    from voicebridge.cli.watch_run import Wanted, run

    wanted = Wanted(
        folders=folders or [],
        once=once,
        table=table,
        options=options or [],
        daemon=not no_daemon,
        quiet=quiet,
        verbose=verbose,
    )
    code = run(wanted)
    if code:
        raise typer.Exit(code)
