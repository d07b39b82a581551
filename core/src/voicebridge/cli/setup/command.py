"""``voicebridge setup``: configure and test each component with a new user, and report what works."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer

from voicebridge import paths
from voicebridge.cli.setup.session import Session
from voicebridge.cli.setup.talk import Ended, Skipped, Talk
from voicebridge.cli.shared.output import print_table
from voicebridge.cli.shared.state import state_of
from voicebridge.errors import VoiceBridgeError, brief
from voicebridge.runtime import configfile
from voicebridge.spec_fields import load_ref


class SetupStep(StrEnum):
    """A component to set up."""

    MICROPHONE = "microphone"
    MODEL = "model"
    HOTKEY = "hotkey"
    INSERTION = "insertion"
    VOICE = "voice"
    AUTOSTART = "autostart"


_ABOUT = {
    SetupStep.MICROPHONE: "Records a sentence, and transcribes it if a model is downloaded.",
    SetupStep.MODEL: "Choose, download and test the model that transcribes what you say.",
    SetupStep.HOTKEY: "Choose the hotkey for dictation, and press it.",
    SetupStep.INSERTION: "Inserts a text at the cursor, and checks what arrives.",
    SetupStep.VOICE: "Speaks a sentence, and checks that it is heard.",
    SetupStep.AUTOSTART: "Starts VoiceBridge at login.",
}


_DICTATING = (SetupStep.MICROPHONE, SetupStep.MODEL, SetupStep.HOTKEY, SetupStep.INSERTION)
"""The steps that dictation needs."""


class State(StrEnum):
    """The result of a step."""

    WORKS = "works"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a step, with details."""

    state: State
    found: str


def setup(
    context: typer.Context,
    steps: Annotated[
        list[SetupStep] | None,
        typer.Argument(metavar="STEP", help=f"Steps: {', '.join(SetupStep)}. Default: all, in this order."),
    ] = None,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Accept all suggestions without asking.")] = False,
    seconds: Annotated[
        float, typer.Option("--seconds", min=1, max=600, metavar="SECONDS", help="How long to wait for speech or a key press.")
    ] = 15.0,
) -> None:
    """Set up and test microphone, model, hotkey, insertion, voice and autostart.

    Your choices are saved in the configuration. Each step can be skipped, repeated, or run alone.

    Exit codes: 0 success, 1 a step failed, 2 usage error.
    """
    wanted = list(dict.fromkeys(steps or SetupStep))
    talk, session = Talk(yes=yes), Session(state_of(context), seconds)
    before = configfile.read(paths.config_file())
    try:
        results = _walk(wanted, talk, session)
    finally:
        session.close()
        if configfile.read(paths.config_file()) != before:
            _tell_daemon(talk)
    rows = [[result.state, step, result.found, _remedy(step, result)] for step, result in results.items()]
    if rows:
        print_table(["State", "What", "Found", "Again"], rows, {State.WORKS: "green", State.SKIPPED: "dim", State.FAILED: "red"})
    if SetupStep.HOTKEY in results and all(step not in results or results[step].state is not State.FAILED for step in _DICTATING):
        _say_what_is_next(talk, session)
    if any(result.state is State.FAILED for result in results.values()):
        raise typer.Exit(1)


def how_to_dictate(chord: str, mode: str, *, running: bool) -> str:
    """What to do next, in one sentence: ``chord`` and ``mode`` as configured, ``running`` whether the daemon listens for keys."""
    keys = "+".join(part.capitalize() for part in chord.split("+"))
    press = f"Press {keys} in any window, speak, and press it again." if mode == "toggle" else f"Hold {keys} in any window and speak."
    return press if running else f"Start VoiceBridge: voicebridge daemon start. Then: {press[0].lower()}{press[1:]}"


def _say_what_is_next(talk: Talk, session: Session) -> None:
    from voicebridge.control import is_listening

    settings = session.registry().config.settings.hotkeys
    talk.say("")
    talk.say(how_to_dictate(settings.chords()["dictate"], settings.mode, running=is_listening()))


def _walk(steps: list[SetupStep], talk: Talk, session: Session) -> dict[SetupStep, Result]:
    """Run the steps one after another, until the user quits."""
    results: dict[SetupStep, Result] = {}
    at = 0
    try:
        while at < len(steps):
            step = steps[at]
            talk.say("")
            talk.say(f"{at + 1}/{len(steps)} {step.capitalize()}. {_ABOUT[step]}")
            try:
                if len(steps) > 1 and talk.repeats(
                    f"Press Enter to start, s to skip this step{', r to repeat the last one' if at else ''}, q to quit."
                ):
                    at = max(0, at - 1)
                    continue
                result = _taken(step, talk, session)
            except Skipped as why:
                result = Result(State.SKIPPED, str(why) or "not tried")
            results[step] = result
            if result.state is State.FAILED:
                talk.say(f"Error: {result.found}")
            at += not (result.state is State.FAILED and talk.repeats("Press r to try again, Enter to continue, q to quit."))
    except Ended:
        for step in steps[at:]:
            results.setdefault(step, Result(State.SKIPPED, "not tried"))
    return results


def _taken(step: SetupStep, talk: Talk, session: Session) -> Result:
    run = load_ref(f"voicebridge.cli.setup.{step}:run")
    try:
        return Result(State.WORKS, run(talk, session))
    except (Skipped, Ended):
        raise
    except VoiceBridgeError as error:
        return Result(State.FAILED, str(error))
    except Exception as error:  # steps call third-party code, and other steps must not be affected
        return Result(State.FAILED, f"{brief(error)}. See: voicebridge doctor")


def _tell_daemon(talk: Talk) -> None:
    """Make a running daemon reload the configuration."""
    from voicebridge.control import ask, is_listening

    if is_listening():
        try:
            ask("daemon.reload", seconds=30.0)
        except VoiceBridgeError as error:
            talk.say(f"The running VoiceBridge does not use your choices yet: {error}")
        else:
            talk.say("The running VoiceBridge uses your choices now.")


def _remedy(step: SetupStep, result: Result) -> str:
    return "" if result.state is State.WORKS else f"voicebridge setup {step}"
