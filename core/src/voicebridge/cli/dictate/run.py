"""A run of ``voicebridge dictate``: wait for hotkeys and requests until stopped, and print what happens."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, closing
from threading import Event

from voicebridge.cli.dictate.report import DictateReport
from voicebridge.cli.shared.interrupt import Interrupt, Interrupted
from voicebridge.cli.shared.live_setup import LiveArguments, make_live
from voicebridge.cli.shared.state import RunState
from voicebridge.cli.shared.terminal import Remarks
from voicebridge.control import Control
from voicebridge.dictation.destination import ToDesktop
from voicebridge.dictation.dictator import Dictator
from voicebridge.dictation.following import Followers
from voicebridge.dictation.requests import handlers, press
from voicebridge.errors import UnavailableError, VoiceBridgeError
from voicebridge.hotkeys.actions import Action
from voicebridge.hotkeys.listening import Actions
from voicebridge.hotkeys.open import OpenHotkeys, open_keys
from voicebridge.hotkeys.suspension import REQUEST, Suspension
from voicebridge.runtime.events import emit
from voicebridge.runtime.registry import Registry
from voicebridge.runtime.settings import HotkeySettings

_TICK = 0.5
"""Seconds: on Windows, a waiting thread receives Ctrl-C only when it wakes up."""


def run(wanted: LiveArguments, state: RunState, mode: str | None) -> int:
    """Run until a signal arrives, and return the exit code; ``mode`` is the hotkey mode set by a flag."""
    live = make_live(wanted, state.registry(), daemon=False)  # a running instance uses the hotkeys
    keys = live.registry.config.settings.hotkeys.model_copy(update={"mode": mode} if mode else {})
    report = DictateReport(live.remarks)
    sender = ToDesktop(live.services, live.settings, keys)
    sender.prepare()  # before the first key press
    with closing(live.history), closing(live.engines), ExitStack() as stack:
        heard: Actions | None = None
        suspension, followers = Suspension(), Followers()
        dictator = Dictator(
            live.services, live.lazy_model, live.history, live.settings, live.filters, sender, report,
            on_end=lambda: heard.stopped() if heard else None, is_held=lambda: heard is not None and heard.is_held, emit=emit,
            followers=followers,
        )  # fmt: skip
        stack.enter_context(closing(Control({**handlers(lambda: dictator, followers), REQUEST: suspension.serve})))
        heard = _hotkeys(live.registry, keys, live.remarks, suspension)
        if heard is not None:
            stack.enter_context(closing(heard))
        for entry in live.history.recover():
            live.remarks.say(f"A recording was interrupted on {entry.began:%d %B, %H:%M}. Finish it: voicebridge history retry {entry.id}")
        live.history.tidy()
        live.remarks.detail(f"{live.lazy_model.model.full_name} is ready. Text goes to the {live.settings.to}.")
        stack.callback(dictator.close)
        dictator.warm_up()
        try:
            with Interrupt():
                _serve(heard, dictator, report)
        except Interrupted as came:
            state.abandoned = True
            return came.exit_code
    return 0


def _serve(heard: Actions | None, dictator: Dictator, report: DictateReport) -> None:
    """Handle hotkeys; without them, or when their source is gone, wait for requests of other processes."""
    try:
        for action in heard or ():
            try:
                if isinstance(action, Action):
                    press(dictator, action)
            except VoiceBridgeError as error:
                dictator.on_end()
                report.problem(str(error))
    except VoiceBridgeError as error:
        report.problem(str(error))
    while True:
        Event().wait(_TICK)


def _hotkeys(registry: Registry, settings: HotkeySettings, remarks: Remarks, suspension: Suspension) -> Actions | None:
    try:
        longest = registry.config.settings.dictation.max_minutes * 60
        keys = open_keys(registry.find_service("hotkeys"), settings, longest, remarks.say, suspension)
    except UnavailableError as error:
        remarks.say(f"{error} Bind a key in your desktop's settings to `voicebridge dictate toggle`: voicebridge hotkeys bind --help")
        return None
    remarks.say(f"{_how_to_use(keys)} Press Ctrl-C to stop.")
    return keys.actions


def _how_to_use(keys: OpenHotkeys) -> str:
    """How to use the hotkey, as a sentence."""
    chord = keys.chords["dictate"]
    how: Mapping[str, str] = {
        "auto": f"Hold {chord} while you speak, or tap it, speak, and tap it again.",
        "hold": f"Hold {chord} while you speak.",
        "toggle": f"Press {chord}, speak, and press it again.",
    }
    return how[keys.mode]
