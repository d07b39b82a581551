"""``voicebridge speak``: have a text read aloud by the process in the background, and tell it to pause, stop and go on."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from voicebridge.cli import completing, flags
from voicebridge.errors import Unavailable, UsageError

CONTROLS = ("stop", "pause", "resume", "toggle", "skip", "faster", "slower")
"""Words that tell it what to do, and are no text."""
_TEXT = "What is read"
_SECONDS = 20.0
"""How long an answer may take: who has to copy what is selected waits until no key is held."""


def speak(
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="TEXT|FILE|-|stop|pause|resume|toggle|skip|faster|slower",
            help="What to read: text, a document, or - for standard input. Or what to do with what is being read.",
        ),
    ] = None,
    clipboard: Annotated[bool, typer.Option("--clipboard", help="Read the text on the clipboard.", rich_help_panel=_TEXT)] = False,
    selection: Annotated[bool, typer.Option("--selection", help="Read the text that is selected.", rich_help_panel=_TEXT)] = False,
    model: flags.SpeechModel = None,
    voice: Annotated[
        str | None,
        typer.Option(
            "-v",
            "--voice",
            metavar="VOICE",
            autocompletion=completing.voices,
            help="The voice; see `voicebridge voices`.",
            rich_help_panel=flags.VOICE,
        ),
    ] = None,
    language: flags.TextLanguage = None,
    speed: flags.Speed = None,
    quiet: flags.Quiet = False,
) -> None:
    """Read a text aloud in the background, and return at once.

    `voicebridge daemon start` has to have been run; `voicebridge tts` plays without it. A new text takes the place of the one that is
    being read, or waits for its end: see `voicebridge config get reading.next`.

    Exit codes: 0 it is being read, or done; 1 it can't be; 2 wrong usage.
    """
    given = flags.text_source(text, clipboard=clipboard, selection=selection)
    asked = {"model": model, "voice": voice, "language": language, "speed": speed}
    manner = {name: value for name, value in asked.items() if value is not None}
    if text in CONTROLS and manner:
        raise UsageError(f"{text} says what to do and takes no voice. To have the word read: echo {text} | voicebridge speak -")
    answer = _ask(text, given, manner)
    if not quiet:
        _report(text, answer)


def _ask(text: str | None, given: str, manner: dict[str, Any]) -> dict[str, Any]:
    from voicebridge.control import ask, is_listening

    if not is_listening():
        raise Unavailable("VoiceBridge is not running in the background. Start it: voicebridge daemon start. Without it: voicebridge tts")
    if text in CONTROLS:
        return ask(f"speak.{text}", _SECONDS)
    if text is None:
        return ask(f"speak.{given.removeprefix('--')}", _SECONDS, **manner)
    from voicebridge.aloud.requests import send
    from voicebridge.cli.tts_source import find_document

    return send(find_document(text, manner.get("language")), **manner)


def _report(text: str | None, answer: dict[str, Any]) -> None:
    from voicebridge.cli.output import remark

    if text in ("faster", "slower"):
        remark(f"{answer['speed']:g} times the natural pace.")
    elif text not in CONTROLS and answer.get("waiting"):
        remark(f"It is read after {answer['waiting']} before it." if answer["waiting"] > 1 else "It is read after the one before it.")
