"""The configured hotkeys as a stream of actions."""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from voicebridge import keys
from voicebridge.errors import UnavailableError, VoiceBridgeError, brief
from voicebridge.hotkeys.actions import READING, Action, HotkeyAction
from voicebridge.hotkeys.trigger import Trigger
from voicebridge.ports import Hotkeys, KeyEvents

_CLOSE_SECONDS = 2.0
_WAIT_SECONDS = 0.5 if sys.platform == "win32" else None
"""Maximum seconds per wait on systems where a waiting thread doesn't receive Ctrl-C."""


class Heard(NamedTuple):
    """An event reported by a source."""

    chord: str
    pressed: bool
    when: float
    """On ``time.monotonic()``; not when it is read, which may be late on a busy machine."""
    as_modifier: bool = False
    """Whether it is a modifier with which another key was pressed."""


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
        source: the source of keys.
        bindings: the chords of ``dictate`` and, if any, of ``cancel``, which is registered only during a recording: at other times, Escape
            belongs to the focused window. May include those for reading aloud.
        trigger: the state machine, for exclusive use.
        has_release: whether the source has the feature ``release``.
        tell: called once if ``cancel``, or a key for reading aloud, can't be registered; the others still work.
        is_suspended: whether key presses are ignored at the moment; releases are still handled.

    Raises:
        UnavailableError: if ``dictate`` can't be registered.
    """
    if trigger.mode == "hold" and not has_release:
        raise UnavailableError(
            'hotkeys.mode = "hold" needs key releases, which this desktop doesn\'t report. '
            "Choose another: voicebridge config set hotkeys.mode auto"
        )
    return Actions(source, bindings, trigger, has_release, tell, is_suspended)


class Actions(Iterator[Action | HotkeyAction]):
    """An iterator over the requested actions, until :meth:`close`; one thread iterates, the other methods can be called from any."""

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
        self._reading = {bindings[each]: each for each in READING if each in bindings}
        self._trigger = trigger
        self._has_release = has_release
        self._tell = tell
        self._is_suspended = is_suspended
        self._told: set[str] = set()
        self._lock = threading.Lock()
        self._heard: queue.Queue[Heard | VoiceBridgeError | None] = queue.Queue()
        self._next: Heard | None = None
        """Read from the queue, but not processed."""
        self._closed = False
        self._cancelling: _Listener | None = None
        self._listeners = self._listen()

    def __iter__(self) -> Actions:
        return self

    def __next__(self) -> Action | HotkeyAction:
        """Wait for the next action: of dictation, or one of :data:`voicebridge.hotkeys.actions.READING`.

        Raises:
            StopIteration: when it has been closed.
            UnavailableError: when the source of keys is gone.
        """
        while not self._closed:
            action = self._step()
            if action is not None:
                if isinstance(action, Action):
                    self.recording(action is Action.START)
                return action
        raise StopIteration

    def recording(self, under_way: bool) -> None:
        """Register or unregister ``cancel``; every yielded action does this itself."""
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
        """The recording has ended for another reason, such as silence; the next press starts another."""
        with self._lock:
            self._trigger.stopped()
        self.recording(False)

    def close(self) -> None:
        """End the iteration, and unregister the keys; calling it twice is allowed."""
        self._closed = True
        self._heard.put(None)
        self.recording(False)
        for listener in self._listeners:
            listener.close()

    def _listen(self) -> list[_Listener]:
        """Register all at once, because a desktop may ask the user each time; if one is not available, each separately."""
        chords, separate = [self._dictate, *self._reading], []
        try:
            events = self._source.listen(chords)
        except UnavailableError:
            if not self._reading:
                raise
            events, separate = self._source.listen(chords[:1]), chords[1:]
        listeners = [_Listener(lambda: events, self._hear, self._heard.put)]
        return listeners + [_Listener(partial(self._source.listen, [chord]), self._hear, self._excuse) for chord in separate]

    def _step(self) -> Action | HotkeyAction | None:
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

    def _decide(self, heard: Heard) -> Action | HotkeyAction | None:
        if heard.chord == self._dictate:
            return self._dictated(heard)
        # A modifier counts when it is released alone: until then, it may be used with another key.
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
        """Register it alone, and with the modifiers that are down while the other chord is held."""
        assert self._cancel is not None  # noqa: S101 - or nobody would listen
        if (held := _with_modifiers_of(self._dictate, self._cancel)) != self._cancel:
            try:
                return self._source.listen([self._cancel, held])
            except UnavailableError:  # perhaps only because of that combination
                pass
        return self._source.listen([self._cancel])

    def _excuse(self, error: VoiceBridgeError) -> None:
        if str(error) not in self._told:
            self._told.add(str(error))
            self._tell(str(error))


class _Listener:
    """A thread that forwards the events of a source."""

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
        except Exception as error:  # sources are third-party code
            self._fail(UnavailableError(f"Listening for hotkeys failed: {brief(error)}. See: voicebridge doctor"))


def _with_modifiers_of(other: str, chord: str) -> str:
    base, held = keys.parse(chord), keys.parse(other)
    down = {*base.modifiers, *held.modifiers, held.key.rpartition("_")[0]}
    modifiers: Sequence[str] = [each for each in keys.MODIFIERS if each in down]
    return str(keys.Chord(base.key, tuple(modifiers)))
