"""``voicebridge setup``: has each part of VoiceBridge do its work once, with somebody who is new to it, and says what works."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer

from voicebridge import configfile, paths
from voicebridge.cli.output import print_table
from voicebridge.cli.setup_steps.session import Session
from voicebridge.cli.setup_steps.talk import Ended, Skipped, Talk
from voicebridge.errors import VoiceBridgeError, brief
from voicebridge.specs import load_ref


class Step(StrEnum):
    """A part that is set up."""

    MICROPHONE = "microphone"
    MODEL = "model"
    HOTKEY = "hotkey"
    INSERTION = "insertion"
    VOICE = "voice"
    AUTOSTART = "autostart"


_ABOUT = {
    Step.MICROPHONE: "A sentence is recorded, and written down where a model is here.",
    Step.MODEL: "The model that writes down what you say is chosen, fetched and tried.",
    Step.HOTKEY: "The keys that begin dictation are chosen and pressed.",
    Step.INSERTION: "A text is written where the cursor is, and compared with what arrives.",
    Step.VOICE: "A sentence is spoken, and heard.",
    Step.AUTOSTART: "VoiceBridge begins with your session.",
}


_DICTATING = (Step.MICROPHONE, Step.MODEL, Step.HOTKEY, Step.INSERTION)
"""The steps without which nothing is dictated."""


class State(StrEnum):
    """How a step ended."""

    WORKS = "works"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Result:
    """How a step ended, and what was found."""

    state: State
    found: str


def setup(
    steps: Annotated[
        list[Step] | None, typer.Argument(metavar="[STEP]...", help=f"Of {', '.join(Step)}; without one all of them, in this order.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing and take what is suggested.")] = False,
    seconds: Annotated[
        float, typer.Option("--seconds", min=1, max=600, help="How long to wait for you to speak, or to press a key.")
    ] = 15.0,
) -> None:
    """Set up microphone, model, hotkey, insertion, voice and autostart, and see each of them work.

    What you choose is written to the configuration. Every step can be skipped, repeated, or run by itself.

    Exit codes: 0 when what was tried works, 1 when something doesn't, 2 wrong usage.
    """
    wanted = list(dict.fromkeys(steps or Step))
    talk, session = Talk(yes=yes), Session(seconds)
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
    if Step.HOTKEY in results and all(step not in results or results[step].state is not State.FAILED for step in _DICTATING):
        _say_what_is_next(talk, session)
    if any(result.state is State.FAILED for result in results.values()):
        raise typer.Exit(1)


def how_to_dictate(chord: str, mode: str, *, running: bool) -> str:
    """What to do next, in one sentence: ``chord`` and ``mode`` as they are configured, ``running`` whether the daemon listens."""
    keys = "+".join(part.capitalize() for part in chord.split("+"))
    press = f"Press {keys} in any window, talk, and press it again." if mode == "toggle" else f"Hold {keys} in any window and talk."
    return press if running else f"Start VoiceBridge: voicebridge daemon start. Then: {press[0].lower()}{press[1:]}"


def _say_what_is_next(talk: Talk, session: Session) -> None:
    from voicebridge.control import is_listening
    from voicebridge.hotkeys.listening import chords

    settings = session.registry().config.settings.hotkeys
    talk.say("")
    talk.say(how_to_dictate(chords(settings)["dictate"], settings.mode, running=is_listening()))


def _walk(steps: list[Step], talk: Talk, session: Session) -> dict[Step, Result]:
    """Take the steps one after the other, as far as somebody wants to."""
    results: dict[Step, Result] = {}
    at = 0
    try:
        while at < len(steps):
            step = steps[at]
            talk.say("")
            talk.say(f"{at + 1}/{len(steps)} {step.capitalize()}. {_ABOUT[step]}")
            try:
                if len(steps) > 1 and talk.repeats(
                    f"Enter begins; s skips this step{'; r repeats the last one' if at else ''}; q ends setup."
                ):
                    at = max(0, at - 1)
                    continue
                result = _taken(step, talk, session)
            except Skipped as why:
                result = Result(State.SKIPPED, str(why) or "not tried")
            results[step] = result
            if result.state is State.FAILED:
                talk.say(f"Error: {result.found}")
            at += not (result.state is State.FAILED and talk.repeats("r tries this again; Enter goes on; q ends setup."))
    except Ended:
        for step in steps[at:]:
            results.setdefault(step, Result(State.SKIPPED, "not tried"))
    return results


def _taken(step: Step, talk: Talk, session: Session) -> Result:
    run = load_ref(f"voicebridge.cli.setup_steps.{step}:run")
    try:
        return Result(State.WORKS, run(talk, session))
    except (Skipped, Ended):
        raise
    except VoiceBridgeError as error:
        return Result(State.FAILED, str(error))
    except Exception as error:  # what a step tries is anybody's code, and the other steps are none the worse for it
        return Result(State.FAILED, f"{brief(error)}. See: voicebridge doctor")


def _tell_daemon(talk: Talk) -> None:
    """Have the background process, where it runs, go by what was chosen."""
    from voicebridge.control import ask, is_listening

    if is_listening():
        try:
            ask("daemon.reload", seconds=30.0)
        except VoiceBridgeError as error:
            talk.say(f"VoiceBridge runs, and does not go by what you have chosen yet: {error}")
        else:
            talk.say("VoiceBridge runs, and goes by what you have chosen.")


def _remedy(step: Step, result: Result) -> str:
    return "" if result.state is State.WORKS else f"voicebridge setup {step}"
