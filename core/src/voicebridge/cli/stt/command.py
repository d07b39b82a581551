"""``voicebridge stt``: speech to text. The arguments; :mod:`voicebridge.cli.stt.run` does the work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from voicebridge.audio.channels import channel_names
from voicebridge.cli.shared import completing, flags
from voicebridge.cli.shared.state import RunState, state_of
from voicebridge.cli.shared.timecodes import parse_time
from voicebridge.errors import UsageError

FORMATS = "txt|srt|vtt|json|tsv|csv|lrc|md|ass|ttml"
"""Listed here, so that the help needs no import; a test compares it with the formats."""

_OUTPUT = "Output"


def stt(
    context: typer.Context,
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="INPUTS", help="Audio or video files, folders or patterns; - for standard input. Without INPUTS, record."),
    ] = None,
    model: flags.Model = None,
    language: flags.Language = None,
    translate: Annotated[
        bool, typer.Option("--translate", help="Translate to English. Default: stt.translate, off.", rich_help_panel=flags.SPEECH)
    ] = False,
    prompt: Annotated[
        str | None,
        typer.Option(
            "--prompt", metavar="TEXT", help="Text that sets style and spelling. Default: stt.prompt.", rich_help_panel=flags.SPEECH
        ),
    ] = None,
    hotwords: Annotated[
        str | None,
        typer.Option(
            "--hotwords",
            metavar="A,B,…",
            help="Names and terms to expect. Default: stt.hotwords and the vocabulary.",
            rich_help_panel=flags.SPEECH,
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--start", metavar="TIME", help="Start here: 90, 1:30 or 1:02:03.5. Default: the beginning.", rich_help_panel=flags.SPEECH
        ),
    ] = None,
    end: Annotated[
        str | None, typer.Option("--end", metavar="TIME", help="Stop here. Default: the end.", rich_help_panel=flags.SPEECH)
    ] = None,
    track: Annotated[
        int | None,
        typer.Option(
            "--track", metavar="N", min=1, help="The audio track, counted from 1. Default: the main one.", rich_help_panel=flags.SPEECH
        ),
    ] = None,
    channels: Annotated[
        str | None,
        typer.Option(
            "--channels",
            metavar="A,B,…|each",
            help="Transcribe each channel separately, with these speaker names, or numbered with each.",
            rich_help_panel=flags.SPEECH,
        ),
    ] = None,
    diarize: flags.Diarize = None,
    speakers: Annotated[
        int | None,
        typer.Option(
            "--speakers", metavar="N", min=1, help="With --diarize, how many people speak, if known.", rich_help_panel=flags.SPEECH
        ),
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "-f",
            "--format",
            metavar="FORMAT",
            autocompletion=completing.transcript_formats,
            help=f"Write a file in this format: {FORMATS.replace('|', ', ')}, or one of a plugin. Repeatable.",
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE|FOLDER|-",
            help="Write here instead of next to the recording; - prints.",
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    word_timestamps: Annotated[
        bool, typer.Option("--word-timestamps", help="Include word timestamps (json, vtt, lrc).", rich_help_panel=_OUTPUT)
    ] = False,
    json_lines: Annotated[bool, typer.Option("--json-lines", help="Print events as JSON Lines.", rich_help_panel=_OUTPUT)] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace existing and unfinished transcripts.", rich_help_panel=_OUTPUT)
    ] = False,
    skip_existing: Annotated[
        bool, typer.Option("--skip-existing", help="Skip recordings that have transcripts already.", rich_help_panel=flags.BATCH)
    ] = False,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Resume unfinished transcripts and skip finished ones.", rich_help_panel=flags.BATCH),
    ] = False,
    recursive: Annotated[bool, typer.Option("-r", "--recursive", help="Include subfolders.", rich_help_panel=flags.BATCH)] = False,
    jobs: Annotated[
        str,
        typer.Option(
            "-j", "--jobs", metavar="N", help="How many recordings to process at once: a number or auto.", rich_help_panel=flags.BATCH
        ),
    ] = "auto",
    executor: flags.Executor = None,
    device: flags.Microphone = None,
    stop_after: flags.StopAfter = None,
    to: Annotated[
        flags.Destination | None,
        typer.Option("--to", help="Also insert the text there. Default: only print it.", rich_help_panel=flags.LIVE),
    ] = None,
    options: flags.EngineOptions = None,
    profile: flags.Profile = None,
    offline: flags.Offline = False,
    no_filters: flags.NoFilters = False,
    no_daemon: flags.NoDaemon = False,
    quiet: flags.Quiet = False,
    verbose: flags.Verbose = False,
) -> None:
    """Transcribe audio and video files, or the microphone.

    By default the text is printed; with -f files are written next to the recordings, with -o elsewhere. Without INPUTS, record from the
    microphone until Enter is pressed, or with --stop-after until silence, and print the text.

    Exit codes: 0 success, 1 some recordings failed, 2 usage error, 130 interrupted.
    """
    asked = {
        "language": language,
        "translate": translate,
        "words": word_timestamps,
        "prompt": prompt,
        "hotwords": hotwords and tuple(word.strip() for word in hotwords.split(",") if word.strip()),
    }
    spoken = {"--device": device, "--stop-after": stop_after, "--to": to}
    filed = {
        "--start": start, "--end": end, "--track": track, "--channels": channels is not None,
        "--diarize": diarize, "--speakers": speakers, "--format": formats,
        "--output": output, "--word-timestamps": word_timestamps,
        "--json-lines": json_lines, "--overwrite": overwrite, "--skip-existing": skip_existing, "--resume": resume,
        "--recursive": recursive, "--jobs": jobs != "auto", "--executor": executor,
    }  # fmt: skip
    if given := next((flag for flag, value in (spoken if inputs else filed).items() if value), None):
        what = (
            "applies only to recording from the microphone. Leave out INPUTS to record" if inputs else "applies only to files. Give INPUTS"
        )
        raise UsageError(f"{given} {what}, or leave {given} out.")
    state = state_of(context)
    state.remember(profile=profile, offline=offline)
    if not inputs:
        dictation = {"device": device, "stop_after": stop_after}
        _record(
            state,
            to.value if to else None,
            dictation,
            model=model,
            asked=asked,
            options=options or [],
            filters=not no_filters,
            daemon=not no_daemon,
            quiet=quiet,
            verbose=verbose,
        )
        return
    existing = flags.one_of({"--overwrite": overwrite, "--skip-existing": skip_existing, "--resume": resume})
    begin = parse_time(start) if start is not None else 0.0
    stop = parse_time(end) if end is not None else None
    if stop is not None and stop <= begin:
        raise UsageError(f"--end {end} is not after --start {start or 0}. Give a later time.")
    # Imported on demand, so that `stt --help` stays fast; and after the state above has applied offline mode.
    from voicebridge.cli.stt.run import SttArguments, run

    wanted = SttArguments(
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
        channels=channel_names(channels) if channels is not None else None,
        diarize=diarize,
        speakers=speakers,
        recursive=recursive,
        jobs=_number_of_jobs(jobs),
        executor=executor,
        filters=not no_filters,
        daemon=not no_daemon,
        quiet=quiet,
        verbose=verbose,
    )
    code = run(wanted, state)
    if code:
        raise typer.Exit(code)


def _record(
    state: RunState,
    to: str | None,
    dictation: Mapping[str, object],
    *,
    model: str | None,
    asked: Mapping[str, object],
    options: Sequence[str],
    filters: bool,
    daemon: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    from voicebridge.cli.shared.live_setup import LiveArguments
    from voicebridge.cli.stt.live import run

    wanted = LiveArguments(model=model, asked=asked, options=options, dictation=dictation, filters=filters, quiet=quiet, verbose=verbose)
    if code := run(wanted, state, to, daemon=daemon):
        raise typer.Exit(code)


def _number_of_jobs(text: str) -> int | None:
    if text == "auto":
        return None
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"--jobs: expected a positive integer or 'auto', got {text!r}.")
    return int(text)
