"""Conformance tests for services of the kinds ``inserter``, ``hotkeys`` and ``presses``."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from voicebridge.ports import Clipboard, Hotkeys, KeyEvents, Pressed, Presses, PressWatch, TextInserter
from voicebridge.testing.extension import within
from voicebridge.testing.leftovers import Leftovers
from voicebridge.testing.service import PATIENCE, ServiceContract, expect_nothing, expect_port, refusing

_TEXTS = ("plain", "Grüße, “quotes”, 北京, 😀", "two\nlines, and a\ttab\n", "")
_LONG = 60.0
"""Time-out in seconds for inserting a text."""
_KEPT = "what was copied before"


class InserterContract(ServiceContract):
    """The rules for a service of the kind ``inserter``; a text field of the test's own has the focus, and gets all texts."""

    kind = "inserter"
    texts = _TEXTS
    """The texts to insert, for an inserter that can't insert any text."""

    def create(self) -> TextInserter:
        """Create the service; override it for one that isn't installed."""
        made: TextInserter = super().create()
        return made

    def inserted(self) -> str:
        """The whole text of the field that has the focus; to be overridden."""
        pytest.skip("the test class doesn't override inserted(), which returns the text of the focused field")

    def clipboard(self) -> Clipboard | None:
        """The session's clipboard, if it must be the same afterwards; to be overridden for inserters that paste."""
        return None

    def test_every_text_arrives_unchanged(self) -> None:
        """One after the other in the order of the calls, from any thread, and the clipboard is restored when ``insert`` returns.

        Troubleshooting: wait until the target has fetched the text before restoring the clipboard, and until the modifiers are released.
        """
        expected, clipboard = self.inserted(), self.clipboard()
        if clipboard is not None:
            clipboard.write(_KEPT)
        inserter = self.create()
        for text in self.texts:
            within(_LONG, f"insert({text!r})", lambda text=text: inserter.insert(text))  # type: ignore[misc]
            expected += text
            if not _reached(lambda: self.inserted() == expected):  # noqa: B023 - waited for in this round
                pytest.fail(f"after insert({text!r}) the field holds {self.inserted()!r}, not {expected!r}: insert every character once.")
            if clipboard is not None and (now := clipboard.read()) != _KEPT:
                pytest.fail(f"after insert() the clipboard holds {now[:40]!r}, not {_KEPT!r}: restore it before returning.")

    def test_it_leaves_nothing_behind(self) -> None:
        """After ``insert``, no thread, child process or connection is left, except what it keeps for the next call.

        Troubleshooting: close connections and end programs in ``finally``. What is created once for all calls doesn't count.
        """
        self.inserted()
        inserter = self.create()
        within(_LONG, "insert()", lambda: inserter.insert("once"))
        left = Leftovers("the inserter", "insert()")
        within(_LONG, "insert()", lambda: inserter.insert("twice", window=None, chord=None))
        expect_nothing(left)


class HotkeysContract(ServiceContract):
    """The rules for a service of the kind ``hotkeys``; they register a key combination, and with :meth:`press` also press it."""

    kind = "hotkeys"
    chord = "ctrl+alt+shift+f9"
    """A free key combination."""
    features: tuple[str, ...] = ()
    """Those of a service that isn't installed."""

    def create(self) -> Hotkeys:
        """Create the service; override it for one that isn't installed."""
        made: Hotkeys = super().create()
        return made

    def press(self, chord: str, pressed: bool) -> None:
        """Press or release a key combination as on a keyboard; to be overridden."""
        pytest.skip(f"the test class doesn't override press(), which would {'press' if pressed else 'release'} {chord}")

    def test_listening_ends_when_it_is_closed(self) -> None:
        """By any thread, while another one waits for a key; also twice. Then the same keys can be registered again.

        Troubleshooting: wake the waiting thread, for example with an item in its queue, and let ``__next__`` raise StopIteration.
        """

        def listen_and_close() -> None:
            events = within(PATIENCE, "listen()", lambda: self.create().listen([self.chord]))
            expect_port(events, KeyEvents)
            waiting = _Waiting(events)
            for _ in range(2):
                within(PATIENCE, "close()", events.close)
            waiting.expect_end()

        listen_and_close()  # what a library creates once doesn't count
        left = Leftovers("the hotkeys", "close() of the iterator")
        listen_and_close()
        expect_nothing(left)

    def test_presses_and_releases_are_reported(self) -> None:
        """As pairs of the chord, in the spelling that was asked for, and whether it is pressed; releases with the feature ``release``.

        Troubleshooting: report a key that repeats itself once.
        """
        events = within(PATIENCE, "listen()", lambda: self.create().listen([self.chord]))
        waiting, expected = _Waiting(events), []
        try:
            for pressed in (True, False, True, False):
                self.press(self.chord, pressed)
                if pressed or self.has("release") or "release" in self.features:
                    expected.append((self.chord, pressed))
                if not _reached(lambda: waiting.heard == expected):
                    pytest.fail(f"reported {waiting.heard!r}, not {expected!r}: report each press and release once, in order.")
        finally:
            within(PATIENCE, "close()", events.close)
        waiting.expect_end()

    def test_capturing_needs_its_feature(self) -> None:
        """With ``capture`` all keys are reported until it is closed; without, ``capture()`` raises UnavailableError.

        Troubleshooting: name the feature in the descriptor, or raise the error.
        """
        if not (self.has("capture") or "capture" in self.features):
            with refusing("capture()"):
                self.create().capture()
            return
        events = within(PATIENCE, "capture()", self.create().capture)
        waiting = _Waiting(events)
        within(PATIENCE, "close()", events.close)
        waiting.expect_end()

    def test_a_problem_is_told_as_a_sentence(self) -> None:
        """``problem`` returns a sentence, or an empty text if no reason is known; it is also asked about what is no key at all.

        Troubleshooting: see :func:`voicebridge.keys.reserved`.
        """
        for chord in (self.chord, "ctrl+nonsense"):
            why = within(PATIENCE, f"problem({chord!r})", lambda chord=chord: self.create().problem(chord))  # type: ignore[misc]
            if not isinstance(why, str) or len(why.splitlines()) > 1 or (why and not why.endswith((".", "?"))):
                pytest.fail(f"problem({chord!r}) gave {why!r}: return a sentence on one line, or an empty text.")


class PressesContract(ServiceContract):
    """The rules for a service of the kind ``presses``; nothing may be pressed in the session meanwhile."""

    kind = "presses"

    def create(self) -> Presses:
        """Create the service; override it for one that isn't installed."""
        made: Presses = super().create()
        return made

    def test_a_watch_has_the_methods_of_its_port(self) -> None:
        """``watch`` returns an object that can be reset, asked and closed.

        Troubleshooting: see :class:`voicebridge.ports.PressWatch`.
        """
        watch = self.create().watch(tuple)
        try:
            expect_port(watch, PressWatch)
        finally:
            watch.close()

    def test_nothing_counts_before_anything_was_pressed_and_a_closed_watch_does_no_harm(self) -> None:
        """A watch is initially empty, and can be reset and closed at any time, also twice.

        Troubleshooting: keys pressed before ``watch`` must not count.
        """
        watch = self.create().watch(lambda: ("ctrl+alt+space",))
        for _ in range(2):
            if (pressed := watch.pressed()) != Pressed():
                pytest.fail(f"pressed() gave {pressed!r} although nothing was pressed: keys before watch() and reset() don't count.")
            watch.reset()
        for _ in range(2):
            watch.close()
            watch.reset()
            if (pressed := watch.pressed()) not in (None, Pressed()):
                pytest.fail(f"a closed watch gave {pressed!r}: return None.")

    def test_quiet_is_a_time_or_unknown(self) -> None:
        """Seconds since the last input, which don't decrease while nothing happens.

        Troubleshooting: use a monotonic clock, and return ``None`` if the time is unknown.
        """
        presses = self.create()
        quiet = presses.quiet()
        if quiet is not None and not 0.0 <= quiet <= (again := presses.quiet() or 0.0):
            pytest.fail(f"quiet() gave {quiet!r}, then {again!r}, while nothing was pressed: use a monotonic clock.")


class _Waiting:
    """Reads events in a thread, until they end."""

    def __init__(self, events: KeyEvents) -> None:
        self.heard: list[tuple[str, bool]] = []
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, args=(events,), daemon=True)
        self._thread.start()

    def expect_end(self) -> None:
        """Fail the running test if the iterator hasn't ended after it was closed."""
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            pytest.fail("a thread still waits for keys after close(): wake it, and raise StopIteration.")
        if self._error is not None:
            pytest.fail(f"waiting for keys ended with {type(self._error).__name__}: {self._error}: raise StopIteration after close().")

    def _run(self, events: KeyEvents) -> None:
        try:
            for chord, pressed in events:
                self.heard.append((chord, pressed))
        except Exception as error:  # told by expect_end()
            self._error = error


def _reached(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.005)
    return True
