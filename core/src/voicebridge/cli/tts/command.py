"""``voicebridge tts``: text to speech. The arguments; :mod:`voicebridge.cli.tts.run` does the work."""

from __future__ import annotations

from typing import Annotated

import typer

from voicebridge.audio.sound_file import SOUND_FORMATS
from voicebridge.cli.shared import completing, flags
from voicebridge.cli.shared.state import state_of
from voicebridge.errors import UsageError

_TEXT = "Input"
_OUTPUT = "Output"


def tts(
    context: typer.Context,
    text: Annotated[
        str | None,
        typer.Argument(metavar="TEXT|FILE|-", help="The text, a document (txt, md, html, epub, pdf, docx), or - for standard input."),
    ] = None,
    clipboard: Annotated[bool, typer.Option("--clipboard", help="Speak the text on the clipboard.", rich_help_panel=_TEXT)] = False,
    selection: Annotated[bool, typer.Option("--selection", help="Speak the selected text.", rich_help_panel=_TEXT)] = False,
    script: Annotated[
        bool, typer.Option("--script", help="Treat the input as a dialogue script: lines such as `Alice: Hello.`", rich_help_panel=_TEXT)
    ] = False,
    model: flags.SpeechModel = None,
    voices: Annotated[
        list[str] | None,
        typer.Option(
            "--voice",
            metavar="VOICE",
            autocompletion=completing.voices,
            help="The voice, as `voicebridge voices` lists it. Default: tts.voice. In a script SPEAKER=VOICE, once per speaker.",
            rich_help_panel=flags.VOICE,
        ),
    ] = None,
    language: flags.TextLanguage = None,
    speed: flags.Speed = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed",
            metavar="N",
            min=0,
            help="Random seed for reproducible output. Default: tts.seed, else random.",
            rich_help_panel=flags.VOICE,
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE|FOLDER|-", help="Write an audio file instead of playing.", rich_help_panel=_OUTPUT),
    ] = None,
    file_format: Annotated[
        str | None,
        typer.Option(
            "-f",
            "--format",
            metavar="FORMAT",
            autocompletion=completing.sound_formats,
            help=f"One of {', '.join(SOUND_FORMATS)}; default: from the file name. Without -o, write next to the document.",
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    play: Annotated[
        bool | None, typer.Option("--play/--no-play", help="Play the speech. Default: only if no file is written.", rich_help_panel=_OUTPUT)
    ] = None,
    device: flags.Speaker = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing or unfinished file.", rich_help_panel=_OUTPUT)
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Resume an unfinished file; do nothing if it is complete.", rich_help_panel=_OUTPUT)
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Print what would be spoken, by passages, with chapters and pauses. Loads no model.",
            rich_help_panel=_OUTPUT,
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --dry-run: print one JSON object per passage.", rich_help_panel=_OUTPUT)
    ] = False,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Check the speech by transcribing it, and repeat passages with errors.", rich_help_panel=flags.RUN),
    ] = False,
    options: flags.EngineOptions = None,
    profile: flags.Profile = None,
    offline: flags.Offline = False,
    no_filters: flags.NoFilters = False,
    no_daemon: flags.NoDaemon = False,
    quiet: flags.Quiet = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Print the model, options and timings.", rich_help_panel=flags.RUN)] = False,
) -> None:
    """Play a text or document, or write it to an audio file.

    By default the speech is played; with -o it is written to a file. Headings of a document become chapters in m4b.

    Exit codes: 0 success, 1 an error, or --verify still found errors, 2 usage error, 130 interrupted.
    """
    given = flags.text_source(text, clipboard=clipboard, selection=selection)
    if as_json and not dry_run:
        raise UsageError("--json prints what --dry-run would speak. Add --dry-run.")
    existing = flags.one_of({"--overwrite": overwrite, "--resume": resume})
    state = state_of(context)
    state.remember(profile=profile, offline=offline)
    # Imported on demand, so that `tts --help` stays fast; and after the state above has applied offline mode.
    from voicebridge.cli.tts.run import TtsArguments, run

    wanted = TtsArguments(
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
        filters=not no_filters,
        daemon=not no_daemon,
        quiet=quiet,
        verbose=verbose,
    )
    code = run(wanted, state)
    if code:
        raise typer.Exit(code)
