"""``voicebridge read``: control reading aloud in the daemon."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from voicebridge.cli.shared import completing, flags
from voicebridge.cli.shared.state import RunState, state_of
from voicebridge.errors import UnavailableError, UsageError
from voicebridge.reading.controls import CONTROLS

_TEXT = "Input"
_SECONDS = 20.0
"""Time-out in seconds for an answer: copying the selection waits until no key is held."""


def read(
    context: typer.Context,
    text: Annotated[
        str | None,
        typer.Argument(
            metavar=f"TEXT|FILE|-|{'|'.join(CONTROLS)}",
            help="The text, a document, or - for standard input; or a command to control reading.",
        ),
    ] = None,
    clipboard: Annotated[bool, typer.Option("--clipboard", help="Read the text on the clipboard.", rich_help_panel=_TEXT)] = False,
    selection: Annotated[bool, typer.Option("--selection", help="Read the selected text.", rich_help_panel=_TEXT)] = False,
    model: flags.SpeechModel = None,
    voice: Annotated[
        str | None,
        typer.Option(
            "--voice",
            metavar="VOICE",
            autocompletion=completing.voices,
            help="The voice, as `voicebridge voices` lists it. Default: tts.voice.",
            rich_help_panel=flags.VOICE,
        ),
    ] = None,
    language: flags.TextLanguage = None,
    speed: flags.Speed = None,
    quiet: flags.Quiet = False,
) -> None:
    """Read a text aloud in the background, and control it.

    The daemon reads, so it has to run: `voicebridge daemon start`. To play without it, use `voicebridge tts`. A new text replaces the
    current one, or waits in a queue if `reading.next` is queue.

    Exit codes: 0 success, 1 an error, 2 usage error.
    """
    given = flags.text_source(text, clipboard=clipboard, selection=selection)
    asked = {"model": model, "voice": voice, "language": language, "speed": speed}
    manner = {name: value for name, value in asked.items() if value is not None}
    if text in CONTROLS and manner:
        raise UsageError(f"{text} is a command and takes no voice options. To read the word itself: echo {text} | voicebridge read -")
    answer = _ask(state_of(context), text, given, manner)
    if not quiet:
        _report(text, answer)


def _ask(state: RunState, text: str | None, given: str, manner: dict[str, Any]) -> dict[str, Any]:
    from voicebridge.control import ask, is_listening

    if not is_listening():
        raise UnavailableError(
            "VoiceBridge is not running in the background. Start it: voicebridge daemon start. To play without it: voicebridge tts"
        )
    if text in CONTROLS:
        return ask(f"read.{text}", _SECONDS)
    if text is None:
        return ask(f"read.{given.removeprefix('--')}", _SECONDS, **manner)
    from voicebridge.cli.tts.source import find_document
    from voicebridge.reading.requests import send
    from voicebridge.runtime.readers import document_readers

    return send(find_document(text, manner.get("language"), document_readers(state.registry)), **manner)


def _report(text: str | None, answer: dict[str, Any]) -> None:
    from voicebridge.cli.shared.output import remark

    if text in ("faster", "slower"):
        remark(f"Speed: {answer['speed']:g}.")
    elif text not in CONTROLS and answer.get("waiting"):
        remark(f"Queued after {answer['waiting']} others." if answer["waiting"] > 1 else "Queued after the current text.")
