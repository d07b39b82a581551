"""Text through the clipboard, in one go and on any layout: lend it to the window that has the focus, and take it back.

The old clipboard comes back once the window has taken the text, and not after some time: one that is slow would paste what was there
before. Who asks for a selection is known by its connection to the X server, which its windows share, and by its process, so that clipboard
managers and others who look at every change are told from the window that was meant.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection

from voicebridge import PartlyInsertedError, Unavailable, Window
from voicebridge.keys import parse
from voicebridge.terminals import is_terminal

from voicebridge_os_linux.x11.connection import Connection, connected
from voicebridge_os_linux.x11.fetching import owner, snapshot
from voicebridge_os_linux.x11.focus import describe, need_focused
from voicebridge_os_linux.x11.keeper import SECONDS, Keeper
from voicebridge_os_linux.x11.keyboard import Keyboard
from voicebridge_os_linux.x11.offers import TEXT_TARGETS, text_offer
from voicebridge_os_linux.x11.ping import Ping
from voicebridge_os_linux.x11.serving import Owner, Served

LOOK_SECONDS = 0.015
"""How long programs that follow the clipboard are given to see that it has changed, before the keys are pressed."""
ASK_SECONDS = 1.5
"""How long a window that is alive may take to ask for the text; one that does nothing with the keys never does."""
HANG_SECONDS = 5.0
"""How long a window that hangs is waited for, before the keys are pressed and once more after that."""
SETTLED_SECONDS = 0.05
"""How long it must not have asked again: some ask in several formats, or twice."""
_EVERYWHERE, _SELECTED = "shift+insert", "ctrl+v"
_NO_CTRL_V = frozenset(("emacs", "gvim", "vim", "neovide"))
_LOCK = threading.Lock()


class XPaste:
    """Inserts by pasting."""

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:
        """Return once the window has taken the text, and the clipboard and what was selected are what they were.

        Raises:
            Unavailable: when nothing was inserted.
            PartlyInsertedError: when the window hangs, and may paste what is on the clipboard once it goes on; the text stays there.
        """
        if text:
            # The keeper comes up while the text is lent, and takes over at the latest when this ends, however it ends: python-xlib can't go
            # on after Ctrl-C from anywhere.
            with _LOCK, Keeper() as keeper, connected() as connection:
                _Paste(connection, keeper, text, window, chord).run()


class _Paste:
    def __init__(self, connection: Connection, keeper: Keeper, text: str, window: Window | None, chord: str | None) -> None:
        self._connection = connection
        self._keeper = keeper
        self._offer = text_offer(text, hidden=True)
        self._target = need_focused(connection)
        known = window if window and window.id == f"{self._target.id:#x}" else describe(connection, self._target)
        self._name = known.application or "The window"
        self._client = connection.client(self._target.id)
        self._process = connection.process(self._target.id)
        # Programs of Windows run in Wine, where the clipboard is fetched by one process for all of them.
        self._proxied = known.application.lower().endswith(".exe")
        self._chord = parse(chord or self._choose(known.application))
        self._keyboard = Keyboard(connection)
        self._ping = Ping(connection, self._target)
        self._owner = Owner(connection)

    def _choose(self, application: str) -> str:
        """Shift+Insert pastes in terminals too, where it is what is selected that is pasted.

        Only where something is selected in the window itself, which is to be replaced by the text, selecting something else would undo
        that; Ctrl+V needs no selection.
        """
        holder = owner(self._connection, "PRIMARY")
        own = holder and self._connection.client(holder) == self._client
        if own and not is_terminal(application) and application.lower() not in _NO_CTRL_V:
            return _SELECTED
        return _EVERYWHERE

    def run(self) -> None:
        selections = ("CLIPBOARD",) if str(self._chord) == _SELECTED else ("CLIPBOARD", "PRIMARY")
        old = {selection: snapshot(self._connection, selection) for selection in selections}
        held = {selection: offer for selection, offer in old.items() if offer}
        self._keeper.keep(held, self._connection.window.id)
        self._keyboard.wait_until_free()
        self._ping.ask()
        if not self._ping.wait(HANG_SECONDS):
            raise Unavailable(f"{self._name} hangs. Wait until it goes on, then try again.")
        try:
            self._lend(selections)
        except PartlyInsertedError:
            self._leave(selections)
            raise
        except Exception:
            self._give_back(old.keys() - held.keys())
            raise
        self._give_back(old.keys() - held.keys())

    def _lend(self, selections: tuple[str, ...]) -> None:
        if need_focused(self._connection).id != self._target.id:
            raise Unavailable("The focus has moved to another window. Go back to it, then try again.")
        if not all(self._owner.own(selection, self._offer) for selection in selections):
            raise Unavailable("Another program keeps the clipboard to itself. Close it, or type instead.")
        self._serve(time.monotonic() + LOOK_SECONDS)
        before = list(self._owner.served)
        self._keyboard.press_chord(self._chord.key, self._chord.modifiers)
        self._ping.ask()
        self._wait_until_taken(before)

    def _wait_until_taken(self, before: list[Served]) -> None:
        # Some programs fetch what is on the clipboard whenever it changes, and not again when they paste.
        taken_before = any(self._is_target(each) for each in before)
        pressed = alive = time.monotonic()
        while True:
            now = time.monotonic()
            if not self._ping.answered:
                alive = now
            since = self._owner.served[len(before) :]
            if any(self._is_target(each) for each in since):
                return self._settle()
            if self._ping.gone:
                raise PartlyInsertedError(f"{self._name} closed its window while the text was inserted. The text is on the clipboard.")
            if now - alive > ASK_SECONDS and not self._owner.busy:
                if taken_before:
                    return None
                raise Unavailable(f"{self._name} does not paste at {self._chord}. Set the keys that it pastes with: [insertion] chords")
            if now - pressed > HANG_SECONDS:
                raise PartlyInsertedError(f"{self._name} hangs, and may paste once it goes on. The text is on the clipboard.")
            self._serve(now + SETTLED_SECONDS)

    def _is_target(self, served: Served) -> bool:
        """Whether the text went to the window that was meant: to its connection, or another one of its program."""
        if served.target not in TEXT_TARGETS:
            return False
        if served.client == self._client or self._proxied:
            return True
        return self._process != 0 and self._connection.process(served.client) == self._process

    def _settle(self) -> None:
        count = -1
        while self._owner.busy or count != len(self._owner.served):
            count = len(self._owner.served)
            self._serve(time.monotonic() + SETTLED_SECONDS)

    def _serve(self, until: float) -> None:
        """Serve until then, or until something was handed over or an answer came."""
        served, answered = len(self._owner.served), self._ping.answered
        while event := self._connection.next_event(until):
            self._owner.handle(event)
            self._ping.handle(event)
            if len(self._owner.served) != served or self._ping.answered != answered or self._ping.gone:
                return

    def _give_back(self, empty: Collection[str]) -> None:
        """Put back what was there before, of what is still ours."""
        for selection in empty:
            self._owner.disown(selection)
        if self._owner.owned:
            self._hand_over(self._keeper)
        # Whoever asked us last must not wait for an answer that never comes.
        self._connection.sync()
        while event := self._connection.next_event(time.monotonic()):
            self._owner.handle(event)

    def _leave(self, selections: tuple[str, ...]) -> None:
        """Leave the text where it is, also when we have ended."""
        with Keeper() as keeper:
            keeper.keep(dict.fromkeys(selections, self._offer), self._connection.window.id)
            self._hand_over(keeper)

    def _hand_over(self, keeper: Keeper) -> None:
        keeper.go()
        until = time.monotonic() + SECONDS
        while event := self._connection.next_event(until, keeper.answers):
            self._owner.handle(event)
        keeper.done()
