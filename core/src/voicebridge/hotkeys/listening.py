"""The keys of the configuration, heard wherever the focus is, as what they ask for."""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from voicebridge import keys
from voicebridge.errors import Unavailable, VoiceBridgeError, brief
from voicebridge.hotkeys.trigger import READING, Action, Trigger
from voicebridge.ports import Hotkeys, KeyEvents

if TYPE_CHECKING:
    from voicebridge.settings import HotkeySettings

_CLOSE_SECONDS = 2.0
_WAIT_SECONDS = 0.5 if sys.platform == "win32" else None
"""Where a thread that waits hears nothing of Ctrl-C, it must not wait for long."""


class Heard(NamedTuple):
    """What a source reported."""

    chord: str
    pressed: bool
    when: float
    """On ``time.monotonic()``: not when it is read, which may be late on a busy machine."""
    as_modifier: bool = False
    """Whether it is a modifier that another key was pressed with."""


def chords(settings: HotkeySettings, system: str = sys.platform) -> dict[str, str]:
    """The chord of each action, ``dictate`` and ``cancel``, with the system's default where none is configured."""
    return {"dictate": settings.dictate or ("alt_r" if system == "darwin" else "ctrl+alt+space"), "cancel": settings.cancel}


def reading_chords(settings: HotkeySettings, system: str = sys.platform) -> dict[str, str]:
    """The chord of each action of reading aloud that has one, by the action's value."""
    defaults = {} if system == "darwin" else {Action.READ_SELECTION: "ctrl+alt+shift+space"}
    found = {action.value: getattr(settings, action.value) or defaults.get(action) for action in READING}
    return {action: chord for action, chord in found.items() if chord and chord != "off"}


def actions(
    source: Hotkeys,
    bindings: Mapping[str, str],
    trigger: Trigger,
    has_release: bool,
    tell: Callable[[str], None] = lambda _: None,
    is_suspended: Callable[[], bool] = lambda: False,
) -> Actions:
    """Listen for keys.

    Args:
        source: what hears them.
        bindings: the chord of ``dictate`` and, where there is one, of ``cancel``, which is listened for only while a recording is under
            way: at any other time Escape belongs to whoever has the focus. Those of :func:`reading_chords` may be among them.
        trigger: decides, and is nobody else's from now on.
        has_release: whether the source has the feature ``release``.
        tell: told once why ``cancel``, or one that reads aloud, can't be listened for; the others are.
        is_suspended: whether what is pressed does nothing at the moment; what is held already still comes up.

    Raises:
        Unavailable: when ``dictate`` can't be listened for.
    """
    if trigger.mode == "hold" and not has_release:
        raise Unavailable(
            'hotkeys.mode = "hold" needs to know when a key comes up, which this desktop doesn\'t tell. '
            "Choose another: voicebridge config set hotkeys.mode auto"
        )
    return Actions(source, bindings, trigger, has_release, tell, is_suspended)


class Actions(Iterator[Action]):
    """What the keys ask for, one after the other, until :meth:`close`; one thread iterates, the rest may be called by any."""

    def __init__(
        self,
        source: Hotkeys,
        bindings: Mapping[str, str],
        trigger: Trigger,
        has_release: bool,
        tell: Callable[[str], None],
        is_suspended: Callable[[], bool],
    ) -> None:
        self._source = source
        self._dictate = bindings["dictate"]
        self._cancel = bindings.get("cancel")
        self._reading = {bindings[each.value]: each for each in READING if each.value in bindings}
        self._trigger = trigger
        self._has_release = has_release
        self._tell = tell
        self._is_suspended = is_suspended
        self._told: set[str] = set()
        self._lock = threading.Lock()
        self._heard: queue.Queue[Heard | VoiceBridgeError | None] = queue.Queue()
        self._next: Heard | None = None
        """Taken from the queue, and not yet decided on."""
        self._closed = False
        self._cancelling: _Listener | None = None
        self._listeners = self._listen()

    def __iter__(self) -> Actions:
        return self

    def __next__(self) -> Action:
        """Wait for the next action.

        Raises:
            StopIteration: once it has been closed.
            Unavailable: when the source of keys is gone.
        """
        while not self._closed:
            action = self._step()
            if action is not None:
                if action not in READING:
                    self.recording(action is Action.START)
                return action
        raise StopIteration

    def recording(self, under_way: bool) -> None:
        """Listen for ``cancel`` from now on, or no longer; every action that is given sees to this by itself."""
        with self._lock:
            listener, self._cancelling = self._cancelling, None
            if under_way and self._cancel and not self._closed:
                self._cancelling = listener or _Listener(self._listen_for_cancel, self._hear, self._excuse)
                listener = None
        if listener:
            listener.close()

    @property
    def is_held(self) -> bool:
        """Whether the key of ``dictate`` is down."""
        return self._has_release and self._trigger.is_down

    def stopped(self) -> None:
        """The recording has ended in another way, by silence say; the next press begins another."""
        with self._lock:
            self._trigger.stopped()
        self.recording(False)

    def close(self) -> None:
        """End the iteration, and let go of the keys; calling it twice does no harm."""
        self._closed = True
        self._heard.put(None)
        self.recording(False)
        for listener in self._listeners:
            listener.close()

    def _listen(self) -> list[_Listener]:
        """Listen for all at once, of which a desktop may ask the user, or where one of them can't be had for each by itself."""
        chords, separate = [self._dictate, *self._reading], []
        try:
            events = self._source.listen(chords)
        except Unavailable:
            if not self._reading:
                raise
            events, separate = self._source.listen(chords[:1]), chords[1:]
        listeners = [_Listener(lambda: events, self._hear, self._heard.put)]
        return listeners + [_Listener(partial(self._source.listen, [chord]), self._hear, self._excuse) for chord in separate]

    def _step(self) -> Action | None:
        with self._lock:
            due = self._trigger.due
        if self._next is None:
            self._next = self._wait(due)
        now = self._next.when if self._next else time.monotonic()
        with self._lock:
            if action := self._trigger.tick(now):
                return action
            heard, self._next = self._next, None
            return self._decide(heard) if heard else None

    def _decide(self, heard: Heard) -> Action | None:
        if heard.chord == self._dictate:
            return self._dictated(heard)
        # A modifier counts when it comes up alone: until then it may be one.
        by_release = self._has_release and keys.is_modifier(keys.parse(heard.chord))
        if heard.pressed == by_release or heard.as_modifier:
            return None
        if heard.chord in self._reading:
            return self._reading[heard.chord]
        if not self._trigger.recording:
            return None
        self._trigger.stopped()
        return Action.CANCEL

    def _dictated(self, heard: Heard) -> Action | None:
        if heard.as_modifier:
            return self._trigger.use(heard.when)
        if not heard.pressed:
            return self._trigger.release(heard.when)
        action = self._trigger.press(heard.when)
        if not self._has_release:
            action = self._trigger.release(heard.when) or action
        return action

    def _wait(self, due: float | None) -> Heard | None:
        limits = [] if due is None else [max(0.0, due - time.monotonic())]
        limits += [] if _WAIT_SECONDS is None else [_WAIT_SECONDS]
        try:
            heard = self._heard.get(timeout=min(limits, default=None))
        except queue.Empty:
            return None
        if isinstance(heard, VoiceBridgeError):
            raise heard
        return heard

    def _hear(self, event: tuple[str, bool]) -> None:
        if event[1] and self._is_suspended():
            return
        known = event if isinstance(event, keys.KeyEvent) else keys.KeyEvent(*event)
        when = time.monotonic() if known.when is None else known.when
        self._heard.put(Heard(*event, when, known.as_modifier))

    def _listen_for_cancel(self) -> KeyEvents:
        """Listen for it alone, and with the modifiers that are down while the other chord is held."""
        assert self._cancel is not None  # noqa: S101 - or nobody would listen
        if (held := _with_modifiers_of(self._dictate, self._cancel)) != self._cancel:
            try:
                return self._source.listen([self._cancel, held])
            except Unavailable:  # which may be because of that combination
                pass
        return self._source.listen([self._cancel])

    def _excuse(self, error: VoiceBridgeError) -> None:
        if str(error) not in self._told:
            self._told.add(str(error))
            self._tell(str(error))


class _Listener:
    """A thread that hands on what a source hears."""

    def __init__(
        self, listen: Callable[[], KeyEvents], hear: Callable[[tuple[str, bool]], None], fail: Callable[[VoiceBridgeError], None]
    ) -> None:
        self._listen = listen
        self._hear = hear
        self._fail = fail
        self._lock = threading.Lock()
        self._events: KeyEvents | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="voicebridge-hotkeys", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        with self._lock:
            self._closed = True
            events = self._events
        if events is not None:
            events.close()
        if self._thread is not threading.current_thread():
            self._thread.join(_CLOSE_SECONDS)

    def _run(self) -> None:
        try:
            events = self._listen()
            with self._lock:
                self._events, closed = events, self._closed
            if closed:
                events.close()
                return
            for event in events:
                self._hear(event)
        except VoiceBridgeError as error:
            self._fail(error)
        except Exception as error:  # what hears the keys is anybody's code
            self._fail(Unavailable(f"The source of hotkeys failed: {brief(error)}. See: voicebridge doctor"))


def _with_modifiers_of(other: str, chord: str) -> str:
    base, held = keys.parse(chord), keys.parse(other)
    down = {*base.modifiers, *held.modifiers, held.key.rpartition("_")[0]}
    modifiers: Sequence[str] = [each for each in keys.MODIFIERS if each in down]
    return str(keys.Chord(base.key, tuple(modifiers)))
