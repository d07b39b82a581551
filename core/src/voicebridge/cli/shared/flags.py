"""Flags of several commands, each defined once."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from voicebridge.cli.shared import completing
from voicebridge.cli.shared.state import state_of
from voicebridge.errors import UsageError

if TYPE_CHECKING:
    from voicebridge.files.claim import Existing

RUN = "General"
"""Their panel on help pages."""
SPEECH = "Input"
BATCH = "Batch and resume"
LIVE = "Microphone"
VOICE = "Voice"


def _take_settings(context: typer.Context, value: list[str] | None) -> list[str] | None:
    """Take the settings of plugins out of ``-O``: they apply to the run, not to its model."""
    dotted = [word for word in value or () if "." in word.partition("=")[0]]
    if dotted:
        from voicebridge.options import parse_settings  # takes long to import, and isn't needed if the daemon does the work

        state_of(context).given = parse_settings(dotted)
    return [word for word in value or () if word not in dotted]


Model: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "-m",
        "--model",
        metavar="NAME",
        help="The model, as `voicebridge models` lists it. Default: stt.model, else the best downloaded one.",
        rich_help_panel=SPEECH,
        autocompletion=completing.stt_models,
    ),
]
Language: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "-l",
        "--language",
        metavar="CODE",
        help="The spoken language, such as en. Default: stt.language, else detected.",
        rich_help_panel=SPEECH,
        autocompletion=completing.languages,
    ),
]
SpeechModel: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "-m",
        "--model",
        metavar="NAME",
        help="The model, as `voicebridge models` lists it. Default: tts.model, else a fast downloaded one.",
        rich_help_panel=VOICE,
        autocompletion=completing.tts_models,
    ),
]
TextLanguage: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "-l",
        "--language",
        metavar="CODE",
        help="The language of the text, such as en. Default: tts.language, else the voice's.",
        rich_help_panel=VOICE,
        autocompletion=completing.languages,
    ),
]
Speed: TypeAlias = Annotated[
    float | None,
    typer.Option(
        "--speed",
        metavar="FACTOR",
        min=0.25,
        max=4.0,
        help="Speed from 0.25 to 4: 2 is twice as fast. Default: tts.speed, 1.",
        rich_help_panel=VOICE,
    ),
]
Diarize: TypeAlias = Annotated[
    bool | None,
    typer.Option(
        "--diarize/--no-diarize",
        help="Label who speaks, with the model or a plugin. Default: stt.diarize, off.",
        rich_help_panel=SPEECH,
        show_default=False,
    ),
]
Microphone: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--device",
        metavar="NAME",
        help="The microphone, as `voicebridge devices` lists it. Default: dictation.device, else the system's.",
        rich_help_panel=LIVE,
    ),
]
StopAfter: TypeAlias = Annotated[
    float | None,
    typer.Option(
        "--stop-after",
        metavar="SECONDS",
        min=0.3,
        help="Stop recording after this much silence, at least 0.3. Default: dictation.stop_after, else never.",
        rich_help_panel=LIVE,
    ),
]
EngineOptions: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "-O",
        "--option",
        metavar="KEY=VALUE",
        help="Set an engine option, see `voicebridge models show NAME`; PLUGIN.KEY=VALUE sets a plugin's setting. Repeatable.",
        rich_help_panel=RUN,
        callback=_take_settings,
        autocompletion=completing.settings,
    ),
]
Executor: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--executor",
        metavar="NAME",
        autocompletion=completing.executors,
        help="Where to transcribe: local, or an executor of a plugin. Default: stt.executor, local.",
        rich_help_panel=BATCH,
    ),
]
Profile: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="Use this profile of the configuration (env: VOICEBRIDGE_PROFILE).",
        rich_help_panel=RUN,
        autocompletion=completing.profiles,
    ),
]
Offline: TypeAlias = Annotated[
    bool, typer.Option("--offline", help="Never use the network (env: VOICEBRIDGE_OFFLINE).", rich_help_panel=RUN)
]
NoDaemon: TypeAlias = Annotated[
    bool, typer.Option("--no-daemon", help="Load the model in this process, even if the daemon has it loaded.", rich_help_panel=RUN)
]
NoFilters: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--no-filters", help="Use texts as they are, without the filters of the configuration and of plugins.", rich_help_panel=RUN
    ),
]
Quiet: TypeAlias = Annotated[bool, typer.Option("-q", "--quiet", help="Print errors only.", rich_help_panel=RUN)]
Yes: TypeAlias = Annotated[bool, typer.Option("-y", "--yes", help="Don't ask for confirmation.")]
Speaker: TypeAlias = Annotated[
    str | None,
    typer.Option("--device", metavar="NAME", help="The speaker to play on, as `voicebridge devices` lists it. Default: tts.device."),
]
Verbose: TypeAlias = Annotated[bool, typer.Option("-v", "--verbose", help="Print the model, options and timings.", rich_help_panel=RUN)]


class Destination(StrEnum):
    """Destination of transcribed speech."""

    CURSOR = "cursor"
    CLIPBOARD = "clipboard"


def group(**more: Any) -> typer.Typer:
    """A command that has subcommands."""
    return typer.Typer(add_completion=False, context_settings={"help_option_names": ["-h", "--help"]}, **more)


def text_source(text: str | None, *, clipboard: bool, selection: bool) -> str:
    """``TEXT``, ``--clipboard`` or ``--selection``: the source of the text to speak.

    Raises:
        UsageError: if there is none or more than one.
    """
    given = one_of({"TEXT": text is not None, "--clipboard": clipboard, "--selection": selection})
    if given is None:
        raise UsageError("There is no text to speak. Give a text, a document, - for standard input, --clipboard or --selection.")
    return given


def existing(flag: str | None) -> Existing:
    """The meaning of ``--overwrite`` and ``--resume`` for existing files; with other flags, or none, they are kept."""
    from voicebridge.files.claim import Existing

    return {"--overwrite": Existing.OVERWRITE, "--resume": Existing.RESUME}.get(flag or "", Existing.REFUSE)


def one_of(flags: Mapping[str, bool]) -> str | None:
    """The one flag that was given, if any.

    Raises:
        UsageError: if there are several.
    """
    given = [name for name, value in flags.items() if value]
    if len(given) > 1:
        raise UsageError(f"{given[0]} and {given[1]} don't go together. Leave one out.")
    return given[0] if given else None
