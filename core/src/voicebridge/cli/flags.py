"""Flags that several verbs take, each written once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from voicebridge.cli import completing
from voicebridge.errors import UsageError

if TYPE_CHECKING:
    from voicebridge.sinks.claim import Existing

RUN = "How it runs"
"""The part of a help page that these are in."""
SPEECH = "What is spoken"
LIVE = "From the microphone"
VOICE = "Who speaks, and how"

Model: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "-m",
        "--model",
        metavar="NAME",
        help="The model to use; see `voicebridge models`.",
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
        help="What is spoken, such as en; found out if left out.",
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
        help="The model to use; see `voicebridge models`.",
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
        help="What it is written in, such as en.",
        rich_help_panel=VOICE,
        autocompletion=completing.languages,
    ),
]
Speed: TypeAlias = Annotated[
    float | None, typer.Option("--speed", metavar="X", min=0.25, max=4.0, help="2 is twice as fast, 0.5 half.", rich_help_panel=VOICE)
]
Microphone: TypeAlias = Annotated[
    str | None, typer.Option("--device", metavar="NAME", help="The microphone to use; see `voicebridge devices`.", rich_help_panel=LIVE)
]
VadStop: TypeAlias = Annotated[
    float | None, typer.Option("--vad-stop", metavar="SECONDS", min=0.3, help="End after so much silence.", rich_help_panel=LIVE)
]
EngineOptions: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("-O", "--option", metavar="KEY=VALUE", help="An engine option; see `voicebridge models show MODEL`.", rich_help_panel=RUN),
]
Profile: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--profile", metavar="NAME", help="Use this profile of the configuration.", rich_help_panel=RUN, autocompletion=completing.profiles
    ),
]
Offline: TypeAlias = Annotated[bool, typer.Option("--offline", help="Open no network connection.", rich_help_panel=RUN)]
NoDaemon: TypeAlias = Annotated[
    bool, typer.Option("--no-daemon", help="Load the model here, even when the daemon has it loaded.", rich_help_panel=RUN)
]
Quiet: TypeAlias = Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but errors.", rich_help_panel=RUN)]
Verbose: TypeAlias = Annotated[bool, typer.Option("-v", "--verbose", help="Say what was chosen and how long it took.", rich_help_panel=RUN)]


def group(**more: Any) -> typer.Typer:
    """A verb that has verbs of its own."""
    return typer.Typer(add_completion=False, context_settings={"help_option_names": ["-h", "--help"]}, **more)


def destination(*, copy: bool, insert_cursor: bool) -> str | None:
    """``clipboard`` or ``cursor``, where ``--copy`` or ``--insert-cursor`` says so.

    Raises:
        UsageError: when both do.
    """
    one_of({"--copy": copy, "--insert-cursor": insert_cursor})
    return "clipboard" if copy else "cursor" if insert_cursor else None


def text_source(text: str | None, *, clipboard: bool, selection: bool) -> str:
    """``TEXT``, ``--clipboard`` or ``--selection``, whichever says what to speak.

    Raises:
        UsageError: when more than one does.
        typer.BadParameter: when none does.
    """
    given = one_of({"TEXT": text is not None, "--clipboard": clipboard, "--selection": selection})
    if given is None:
        raise typer.BadParameter("name a text, a document, - for standard input, --clipboard or --selection.", param_hint="TEXT")
    return given


def existing(flag: str | None) -> Existing:
    """What ``--overwrite`` and ``--resume`` mean for files that are there; with any other flag, or none, they are left alone."""
    from voicebridge.sinks.claim import Existing

    return {"--overwrite": Existing.OVERWRITE, "--resume": Existing.RESUME}.get(flag or "", Existing.REFUSE)


def one_of(flags: Mapping[str, bool]) -> str | None:
    """The one flag that was given, if any.

    Raises:
        UsageError: when more than one was.
    """
    given = [name for name, value in flags.items() if value]
    if len(given) > 1:
        raise UsageError(f"{given[0]} and {given[1]} don't go together. Leave one out.")
    return given[0] if given else None
