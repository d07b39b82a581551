"""``voicebridge stt``: recordings in, text out. What it takes; :mod:`voicebridge.cli.stt_run` does the work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from voicebridge.cli import completing, flags, state
from voicebridge.cli.moments import parse_time
from voicebridge.errors import UsageError

FORMATS = "txt|srt|vtt|json|tsv|csv|lrc|md|ass|ttml"
"""Written out, so that the help needs no import; a test holds it against the formats that there are."""

_OUTPUT = "What is written, and where"
_BATCH = "Many recordings, long ones, and going on after an interruption"


def stt(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[INPUTS]", help="Audio or video files, folders of them, patterns, or - for standard input; none to record."
        ),
    ] = None,
    model: flags.Model = None,
    language: flags.Language = None,
    translate: Annotated[bool, typer.Option("--translate", help="Write an English translation.", rich_help_panel=flags.SPEECH)] = False,
    prompt: Annotated[
        str | None, typer.Option("--prompt", metavar="TEXT", help="Text that sets style and spelling.", rich_help_panel=flags.SPEECH)
    ] = None,
    hotwords: Annotated[
        str | None, typer.Option("--hotwords", metavar="A,B,…", help="Names and terms to expect.", rich_help_panel=flags.SPEECH)
    ] = None,
    start: Annotated[
        str | None, typer.Option("--start", metavar="TIME", help="Begin here: 90, 1:30, 1:02:03.5.", rich_help_panel=flags.SPEECH)
    ] = None,
    end: Annotated[str | None, typer.Option("--end", metavar="TIME", help="Stop here.", rich_help_panel=flags.SPEECH)] = None,
    track: Annotated[
        int | None, typer.Option("--track", metavar="N", min=1, help="The audio track to hear, from 1.", rich_help_panel=flags.SPEECH)
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "-f",
            "--format",
            metavar="FORMAT",
            autocompletion=completing.transcript_formats,
            help=f"Write a file as {FORMATS.replace('|', ', ')}; several times if you like.",
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE|FOLDER|-",
            help="Write here instead of beside the recording; - prints.",
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    words: Annotated[
        bool, typer.Option("--words", help="Time every word, in the formats that can say it.", rich_help_panel=_OUTPUT)
    ] = False,
    json_lines: Annotated[
        bool, typer.Option("--json-lines", help="Print what happens for a program, one JSON object a line.", rich_help_panel=_OUTPUT)
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace transcripts that exist or were begun.", rich_help_panel=_OUTPUT)
    ] = False,
    skip_existing: Annotated[
        bool, typer.Option("--skip-existing", help="Leave out recordings that have their transcripts.", rich_help_panel=_BATCH)
    ] = False,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with transcripts that were begun; leave out those that are whole.", rich_help_panel=_BATCH),
    ] = False,
    recursive: Annotated[
        bool, typer.Option("-r", "--recursive", help="Take the folders below a folder too.", rich_help_panel=_BATCH)
    ] = False,
    jobs: Annotated[
        str, typer.Option("-j", "--jobs", metavar="N", help="How many recordings are under way at once.", rich_help_panel=_BATCH)
    ] = "auto",
    device: flags.Microphone = None,
    vad_stop: flags.VadStop = None,
    copy: Annotated[bool, typer.Option("--copy", help="Put the text on the clipboard too.", rich_help_panel=flags.LIVE)] = False,
    insert_cursor: Annotated[
        bool, typer.Option("--insert-cursor", help="Insert the text where the cursor is too.", rich_help_panel=flags.LIVE)
    ] = False,
    options: flags.EngineOptions = None,
    profile: flags.Profile = None,
    offline: flags.Offline = False,
    no_daemon: flags.NoDaemon = False,
    quiet: flags.Quiet = False,
    verbose: flags.Verbose = False,
) -> None:
    """Turn speech into text.

    Alone it prints the text as it is recognised; with -f it writes files beside the recordings, with -o elsewhere. Without INPUTS
    it records from the microphone until Enter, or with --vad-stop until silence, and prints what was said.

    Exit codes: 0 all done, 1 some recordings failed and the rest is done, 2 wrong usage, 130 interrupted.
    """
    asked = {
        "language": language,
        "translate": translate,
        "words": words,
        "prompt": prompt,
        "hotwords": hotwords and tuple(word.strip() for word in hotwords.split(",") if word.strip()),
    }
    spoken = {"--device": device, "--vad-stop": vad_stop, "--copy": copy, "--insert-cursor": insert_cursor}
    filed = {
        "--start": start, "--end": end, "--track": track, "--format": formats, "--output": output, "--words": words,
        "--json-lines": json_lines, "--overwrite": overwrite, "--skip-existing": skip_existing, "--resume": resume,
        "--recursive": recursive, "--jobs": jobs != "auto",
    }  # fmt: skip
    if given := next((flag for flag, value in (spoken if inputs else filed).items() if value), None):
        what = "is for recording from the microphone. Leave INPUTS out to record" if inputs else "is about recordings. Name one"
        raise UsageError(f"{given} {what}, or leave {given} out.")
    if not inputs:
        to = flags.destination(copy=copy, insert_cursor=insert_cursor)
        state.remember(profile=profile, offline=offline)
        dictation = {"device": device, "stop_after": vad_stop}
        _record(to, dictation, model=model, asked=asked, options=options or [], daemon=not no_daemon, quiet=quiet, verbose=verbose)
        return
    existing = flags.one_of({"--overwrite": overwrite, "--skip-existing": skip_existing, "--resume": resume})
    begin = parse_time(start) if start is not None else 0.0
    stop = parse_time(end) if end is not None else None
    if stop is not None and stop <= begin:
        raise UsageError(f"--end {end} is not after --start {start or 0}. Name a moment that is.")
    state.remember(profile=profile, offline=offline)
    # Imported only now, so that `stt --help` stays quick; and the network-shy state above is known to everything below.
    from voicebridge.cli.stt_run import Wanted, run

    wanted = Wanted(
        inputs=inputs,
        model=model,
        asked=asked,
        options=options or [],
        formats=formats or [],
        output=output,
        existing=existing,
        json_lines=json_lines,
        start=begin,
        end=stop,
        track=track,
        recursive=recursive,
        jobs=_number_of_jobs(jobs),
        daemon=not no_daemon,
        quiet=quiet,
        verbose=verbose,
    )
    code = run(wanted)
    if code:
        raise typer.Exit(code)


def _record(
    to: str | None,
    dictation: Mapping[str, object],
    *,
    model: str | None,
    asked: Mapping[str, object],
    options: Sequence[str],
    daemon: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    from voicebridge.cli.live import Wanted
    from voicebridge.cli.stt_live import run

    wanted = Wanted(model=model, asked=asked, options=options, dictation=dictation, quiet=quiet, verbose=verbose)
    if code := run(wanted, to, daemon=daemon):
        raise typer.Exit(code)


def _number_of_jobs(text: str) -> int | None:
    if text == "auto":
        return None
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"--jobs {text} makes no sense: give a whole number from 1, or auto.")
    return int(text)
