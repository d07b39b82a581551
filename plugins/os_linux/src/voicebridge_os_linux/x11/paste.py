"""Paste text into the focused window through the clipboard, on any layout, and restore the clipboard.

The old clipboard content is restored when the window has fetched the text, not after a fixed time: a slow window would otherwise paste the
old content. A request for a selection is attributed to a client by its connection to the X server, which all its windows share, and by its
process. This distinguishes the target window from clipboard managers and other programs that fetch each change.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection

from voicebridge import PartlyInsertedError, UnavailableError, Window
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
"""Seconds between the change of the clipboard and the key press, for programs that follow the clipboard."""
ASK_SECONDS = 1.5
"""Seconds within which a responsive window must request the text; one that ignores the keys never does."""
HANG_SECONDS = 5.0
"""Seconds to wait for a window that hangs, once before the key press and once after."""
SETTLED_SECONDS = 0.05
"""Seconds without another request before the text counts as fetched: some programs request several formats, or the same one twice."""
_EVERYWHERE, _SELECTED = "shift+insert", "ctrl+v"
_NO_CTRL_V = frozenset(("emacs", "gvim", "vim", "neovide"))
_LOCK = threading.Lock()


class XPaste:
    """Inserts text by pasting."""

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:
        """Return after the window has fetched the text, and the clipboard and the primary selection are restored.

        Raises:
            UnavailableError: if nothing was inserted.
            PartlyInsertedError: if the window hangs, and may paste the clipboard when it resumes; the text stays there.
        """
        if text:
            # The keeper starts while the text is on the clipboard, and takes ownership at the end of this block in any case: python-xlib is
            # unusable after Ctrl-C at an arbitrary point.
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
        # Windows programs run in Wine, where one process fetches the clipboard for all of them.
        self._proxied = known.application.lower().endswith(".exe")
        self._chord = parse(chord or self._choose(known.application))
        self._keyboard = Keyboard(connection)
        self._ping = Ping(connection, self._target)
        self._owner = Owner(connection)

    def _choose(self, application: str) -> str:
        """Choose the keys: Shift+Insert also pastes in terminals, which paste the primary selection.

        It needs ownership of the primary selection, which would deselect text in the window that the pasted text is to replace. In that
        case Ctrl+V is used.
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
            raise UnavailableError(f"{self._name} is not responding. Wait until it does, then try again.")
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
            raise UnavailableError("The focus has moved to another window. Go back to it, then try again.")
        if not all(self._owner.own(selection, self._offer) for selection in selections):
            raise UnavailableError("Another program is blocking the clipboard. Close it, or type instead.")
        self._serve(time.monotonic() + LOOK_SECONDS)
        before = list(self._owner.served)
        self._keyboard.press_chord(self._chord.key, self._chord.modifiers)
        self._ping.ask()
        self._wait_until_taken(before)

    def _wait_until_taken(self, before: list[Served]) -> None:
        # Some programs fetch the clipboard whenever it changes, and not again when they paste.
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
                raise UnavailableError(f"{self._name} does not paste with {self._chord}. Set its keys in [insertion] chords")
            if now - pressed > HANG_SECONDS:
                raise PartlyInsertedError(f"{self._name} is not responding, and may paste later. The text is on the clipboard.")
            self._serve(now + SETTLED_SECONDS)

    def _is_target(self, served: Served) -> bool:
        """Whether the target window fetched the text: through its connection, or another one of its program."""
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
        """Serve requests until this time, or until content was delivered or a ping was answered."""
        served, answered = len(self._owner.served), self._ping.answered
        while event := self._connection.next_event(until):
            self._owner.handle(event)
            self._ping.handle(event)
            if len(self._owner.served) != served or self._ping.answered != answered or self._ping.gone:
                return

    def _give_back(self, empty: Collection[str]) -> None:
        """Restore the previous content of the selections that are still owned."""
        for selection in empty:
            self._owner.disown(selection)
        if self._owner.owned:
            self._hand_over(self._keeper)
        # Programs with a pending request must not wait forever for a reply.
        self._connection.sync()
        while event := self._connection.next_event(time.monotonic()):
            self._owner.handle(event)

    def _leave(self, selections: tuple[str, ...]) -> None:
        """Leave the text on the clipboard, even after this process has ended."""
        with Keeper() as keeper:
            keeper.keep(dict.fromkeys(selections, self._offer), self._connection.window.id)
            self._hand_over(keeper)

    def _hand_over(self, keeper: Keeper) -> None:
        keeper.go()
        until = time.monotonic() + SECONDS
        while event := self._connection.next_event(until, keeper.answers):
            self._owner.handle(event)
        keeper.done()
