"""``voicebridge tts``: text in, speech out. What it takes; :mod:`voicebridge.cli.tts_run` does the work."""

from __future__ import annotations

from typing import Annotated

import typer

from voicebridge.cli import completing, flags, state
from voicebridge.errors import UsageError

FORMATS = "wav|flac|mp3|opus|m4b|ogg"
"""Written out, so that the help needs no import; a test holds it against the formats that there are."""

_TEXT = "What is spoken"
_OUTPUT = "Where it goes"


def tts(
    text: Annotated[
        str | None,
        typer.Argument(metavar="TEXT|FILE|-", help="What to speak: text, a document, or - for standard input."),
    ] = None,
    clipboard: Annotated[bool, typer.Option("--clipboard", help="Speak the text on the clipboard.", rich_help_panel=_TEXT)] = False,
    selection: Annotated[bool, typer.Option("--selection", help="Speak the text that is selected.", rich_help_panel=_TEXT)] = False,
    script: Annotated[
        bool, typer.Option("--script", help="Take it for a script: lines such as `Alice: Hello.`", rich_help_panel=_TEXT)
    ] = False,
    model: flags.SpeechModel = None,
    voices: Annotated[
        list[str] | None,
        typer.Option(
            "-v",
            "--voice",
            metavar="VOICE",
            autocompletion=completing.voices,
            help="The voice; see `voicebridge voices`. In a script SPEAKER=VOICE, once for each.",
            rich_help_panel=flags.VOICE,
        ),
    ] = None,
    language: flags.TextLanguage = None,
    speed: flags.Speed = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", min=0, help="Speak it the same way each time.", rich_help_panel=flags.VOICE)
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE|FOLDER|-", help="Write a sound file instead of playing.", rich_help_panel=_OUTPUT),
    ] = None,
    file_format: Annotated[
        str | None,
        typer.Option(
            "-f",
            "--format",
            metavar="FORMAT",
            autocompletion=completing.sound_formats,
            help=f"One of {FORMATS.replace('|', ', ')}; taken from the file's name if left out. Alone: write beside the document.",
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    play: Annotated[
        bool | None, typer.Option("--play/--no-play", help="Play it even if it is written, or not at all.", rich_help_panel=_OUTPUT)
    ] = None,
    device: Annotated[
        str | None, typer.Option("--device", metavar="NAME", help="The loudspeaker to play on.", rich_help_panel=_OUTPUT)
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that exists or was begun.", rich_help_panel=_OUTPUT)
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a file that was begun; do nothing if it is whole.", rich_help_panel=_OUTPUT)
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Print what would be spoken, piece by piece, with chapters and pauses. Loads no model.",
            rich_help_panel=_OUTPUT,
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --dry-run: print one JSON object per piece.", rich_help_panel=_OUTPUT)
    ] = False,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Transcribe it back, and speak again what was not said right.", rich_help_panel=flags.RUN),
    ] = False,
    options: flags.EngineOptions = None,
    profile: flags.Profile = None,
    offline: flags.Offline = False,
    no_daemon: flags.NoDaemon = False,
    quiet: flags.Quiet = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Say what was chosen and how long it took.", rich_help_panel=flags.RUN)
    ] = False,
) -> None:
    """Turn text into speech.

    Alone it plays; with -o it writes a file. Headings of a document become chapters in m4b.

    Exit codes: 0 all spoken, 1 something failed or --verify still misses words, 2 wrong usage, 130 interrupted.
    """
    given = flags.text_source(text, clipboard=clipboard, selection=selection)
    if as_json and not dry_run:
        raise UsageError("--json prints what --dry-run would speak. Add --dry-run.")
    existing = flags.one_of({"--overwrite": overwrite, "--resume": resume})
    state.remember(profile=profile, offline=offline)
    # Imported only now, so that `tts --help` stays quick; and the network-shy state above is known to everything below.
    from voicebridge.cli.tts_run import Wanted, run

    wanted = Wanted(
        source=text if text is not None else given,
        is_service=text is None,
        script=script,
        model=model,
        voices=voices or [],
        asked={"language": language, "speed": speed, "seed": seed},
        options=options or [],
        output=output,
        file_format=file_format,
        play=play,
        device=device,
        existing=existing,
        dry_run=dry_run,
        as_json=as_json,
        verify=verify,
        daemon=not no_daemon,
        quiet=quiet,
        verbose=verbose,
    )
    code = run(wanted)
    if code:
        raise typer.Exit(code)
