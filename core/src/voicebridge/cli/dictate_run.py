"""One run of ``voicebridge dictate``: listens for the keys and for other processes until it is stopped, and says what happens."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, closing
from threading import Event

from voicebridge.cli import state
from voicebridge.cli.dictate_report import DictateReport
from voicebridge.cli.interrupt import Interrupt, Interrupted
from voicebridge.cli.live import Wanted, make_live
from voicebridge.cli.terminal import Remarks
from voicebridge.control import Control
from voicebridge.dictation.dictator import Dictator
from voicebridge.dictation.keys import Keys, open_keys
from voicebridge.dictation.requests import handlers
from voicebridge.dictation.sending import ToDesktop
from voicebridge.errors import Unavailable, VoiceBridgeError
from voicebridge.hotkeys.listening import Actions
from voicebridge.hotkeys.suspension import REQUEST, Suspension
from voicebridge.hotkeys.trigger import Action
from voicebridge.registry import Registry
from voicebridge.settings import HotkeySettings

_TICK = 0.5
"""Seconds: on Windows a thread that waits hears of Ctrl-C only when it wakes."""


def run(wanted: Wanted, mode: str | None) -> int:
    """Do what is wanted until a signal comes, and return the exit code; ``mode`` is what the key does, where a flag says so."""
    live = make_live(wanted, state.registry())
    keys = live.registry.config.settings.hotkeys.model_copy(update={"mode": mode} if mode else {})
    report = DictateReport(live.remarks)
    sender = ToDesktop(live.desk, live.settings, keys)
    sender.prepare()  # before the first key is pressed
    with closing(live.journal), ExitStack() as stack:
        heard: Actions | None = None
        suspension = Suspension()
        dictator = Dictator(
            live.desk, live.ears, live.journal, live.settings, sender, report,
            on_end=lambda: heard.stopped() if heard else None, is_held=lambda: heard is not None and heard.is_held,
        )  # fmt: skip
        stack.enter_context(closing(Control({**handlers(lambda: dictator), REQUEST: suspension.serve})))
        heard = _hotkeys(live.registry, keys, live.remarks, suspension)
        if heard is not None:
            stack.enter_context(closing(heard))
        for entry in live.journal.recover():
            live.remarks.say(f"A recording was cut off on {entry.began:%d %B, %H:%M}. Finish it: voicebridge history retry {entry.id}")
        live.journal.tidy()
        live.remarks.detail(f"{live.ears.model.full_name} listens; text goes to the {live.settings.to}.")
        stack.callback(dictator.close)
        dictator.warm_up()
        try:
            with Interrupt():
                _serve(heard, dictator, report)
        except Interrupted as came:
            state.abandon_work()
            return came.exit_code
    return 0


def _serve(heard: Actions | None, dictator: Dictator, report: DictateReport) -> None:
    """Do what the keys ask for; without them, or when their source is gone, other processes still may."""
    try:
        for action in heard or ():
            try:
                _do(action, dictator)
            except VoiceBridgeError as error:
                dictator.on_end()
                report.problem(str(error))
    except VoiceBridgeError as error:
        report.problem(str(error))
    while True:
        Event().wait(_TICK)


def _do(action: Action, dictator: Dictator) -> None:
    if action is Action.CANCEL:
        dictator.cancel()
    elif action is Action.DROP:
        dictator.drop()
    elif action is Action.STOP or dictator.recording:  # what another process began, the key ends
        dictator.stop()
    else:
        dictator.start()


def _hotkeys(registry: Registry, settings: HotkeySettings, remarks: Remarks, suspension: Suspension) -> Actions | None:
    try:
        keys = open_keys(registry, settings, remarks.say, suspension)
    except Unavailable as error:
        remarks.say(f"{error} Without a key, bind one of your desktop to `voicebridge dictate toggle`: voicebridge hotkeys bind --help")
        return None
    remarks.say(f"{_how_to_use(keys)} Ctrl-C ends it.")
    return keys.actions


def _how_to_use(keys: Keys) -> str:
    """What to do with the key of dictation, as a sentence."""
    chord = keys.chords["dictate"]
    how: Mapping[str, str] = {
        "auto": f"Hold {chord} and talk, or tap it, talk and tap it again.",
        "hold": f"Hold {chord} and talk.",
        "toggle": f"Press {chord}, talk and press it again.",
    }
    return how[keys.mode]
