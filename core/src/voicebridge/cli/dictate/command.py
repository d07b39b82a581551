"""``voicebridge dictate``: talk, and the text appears at the cursor. The arguments; :mod:`voicebridge.cli.dictate.run` does the work."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from voicebridge.cli.shared import flags
from voicebridge.cli.shared.state import state_of

_TEXT = "Output"


class DictateAction(StrEnum):
    """An action for the running instance."""

    START = "start"
    STOP = "stop"
    TOGGLE = "toggle"
    CANCEL = "cancel"


class Mode(StrEnum):
    """What the hotkey does."""

    AUTO = "auto"
    HOLD = "hold"
    TOGGLE = "toggle"


def dictate(
    context: typer.Context,
    action: Annotated[
        DictateAction | None,
        typer.Argument(
            metavar="start|stop|toggle|cancel",
            help="Control the running VoiceBridge, for key bindings of the desktop. Without it, start dictation here.",
        ),
    ] = None,
    model: flags.Model = None,
    language: flags.Language = None,
    device: flags.Microphone = None,
    mode: Annotated[
        Mode | None,
        typer.Option(
            "--mode",
            help="hold: record while the hotkey is held; toggle: until it is pressed again; auto: both. Default: hotkeys.mode, auto.",
            rich_help_panel=flags.SPEECH,
        ),
    ] = None,
    stop_after: flags.StopAfter = None,
    to: Annotated[
        flags.Destination | None,
        typer.Option("--to", help="Insert the text at the cursor, or copy it. Default: dictation.to, cursor.", rich_help_panel=_TEXT),
    ] = None,
    options: flags.EngineOptions = None,
    profile: flags.Profile = None,
    offline: flags.Offline = False,
    no_filters: flags.NoFilters = False,
    quiet: flags.Quiet = False,
    verbose: flags.Verbose = False,
) -> None:
    """Press a hotkey, speak, and the text appears at the cursor.

    Runs until Ctrl-C. `voicebridge hotkeys` shows and changes the hotkey; `voicebridge history` has past dictations. To dictate without a
    terminal, run `voicebridge daemon start` instead.

    Exit codes: 0 success, 1 an error, 2 usage error, 130 stopped by Ctrl-C.
    """
    if action is not None:
        from voicebridge.control import ask

        ask(f"dictate.{action.value}")
        return
    state = state_of(context)
    state.remember(profile=profile, offline=offline)
    from voicebridge.cli.dictate.run import run
    from voicebridge.cli.shared.live_setup import LiveArguments

    wanted = LiveArguments(
        model=model,
        asked={"language": language},
        options=options or [],
        dictation={"device": device, "stop_after": stop_after, "to": to.value if to else None},
        filters=not no_filters,
        quiet=quiet,
        verbose=verbose,
    )
    code = run(wanted, state, mode.value if mode else None)
    if code:
        raise typer.Exit(code)
