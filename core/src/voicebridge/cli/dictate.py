"""``voicebridge dictate``: talk, and the words appear at the cursor. What it takes; :mod:`voicebridge.cli.dictate_run` does the work."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from voicebridge.cli import flags, state

_TEXT = "What is written, and where"


class What(StrEnum):
    """What the one that runs is told."""

    START = "start"
    STOP = "stop"
    TOGGLE = "toggle"
    CANCEL = "cancel"


class Mode(StrEnum):
    """What the key does."""

    AUTO = "auto"
    HOLD = "hold"
    TOGGLE = "toggle"


def dictate(
    what: Annotated[
        What | None,
        typer.Argument(metavar="[start|stop|toggle|cancel]", help="Tell the one that runs, as a key of the desktop does; nothing runs it."),
    ] = None,
    model: flags.Model = None,
    language: flags.Language = None,
    device: flags.Microphone = None,
    mode: Annotated[
        Mode | None,
        typer.Option("--mode", help="auto: hold the key and talk, or tap it and tap it again.", rich_help_panel=flags.SPEECH),
    ] = None,
    vad_stop: flags.VadStop = None,
    copy: Annotated[
        bool, typer.Option("--copy", help="Leave the text on the clipboard instead of inserting it.", rich_help_panel=_TEXT)
    ] = False,
    insert_cursor: Annotated[
        bool, typer.Option("--insert-cursor", help="Insert the text where the cursor is; the default.", rich_help_panel=_TEXT)
    ] = False,
    options: flags.EngineOptions = None,
    profile: flags.Profile = None,
    offline: flags.Offline = False,
    quiet: flags.Quiet = False,
    verbose: flags.Verbose = False,
) -> None:
    """Press a key, talk, and the text appears where the cursor is.

    Runs until Ctrl-C. `voicebridge hotkeys` shows and changes the key; what you said is in `voicebridge history`.

    Exit codes: 0 done, 1 it can't run here, 2 wrong usage, 130 ended by Ctrl-C.
    """
    if what is not None:
        from voicebridge.control import ask

        ask(f"dictate.{what.value}")
        return
    to = flags.destination(copy=copy, insert_cursor=insert_cursor)
    state.remember(profile=profile, offline=offline)
    from voicebridge.cli.dictate_run import run
    from voicebridge.cli.live import Wanted

    wanted = Wanted(
        model=model,
        asked={"language": language},
        options=options or [],
        dictation={"device": device, "stop_after": vad_stop, "to": to},
        quiet=quiet,
        verbose=verbose,
    )
    code = run(wanted, mode.value if mode else None)
    if code:
        raise typer.Exit(code)
