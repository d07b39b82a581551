"""What services that know of the cursor, and notices that stay, have to do; a plugin derives a class of tests from each of these."""

from __future__ import annotations

import time

import pytest

from voicebridge.ports import CURSOR_SECONDS, Cursor, CursorText, LastingNotifier, Pressed, Presses, PressWatch

_AT_ONCE = 0.05
"""Seconds that what returns at once may take on a busy machine."""


def _check(holds: bool, otherwise: str) -> None:
    if not holds:
        pytest.fail(otherwise)


class CursorContract:
    """The rules for a service of the kind ``cursor``; it is tried in whatever session the tests run."""

    def cursor(self) -> Cursor:
        """Make the service; to be overridden."""
        raise NotImplementedError

    def test_it_has_the_methods_of_its_port(self) -> None:
        """``look`` and ``text`` are there.

        Troubleshooting: see :class:`voicebridge.ports.Cursor`.
        """
        _check(isinstance(self.cursor(), Cursor), "it lacks a method of voicebridge.ports.Cursor")

    def test_the_text_is_told_in_time_or_not_at_all(self) -> None:
        """Neither before anything was looked for, nor while it is, nor afterwards may the dictated text wait.

        Troubleshooting: ask in a thread of ``look`` what takes long, and give every question of ``text`` a limit.
        """
        cursor = self.cursor()
        for _ in range(3):
            began = time.perf_counter()
            text = cursor.text()
            _check(time.perf_counter() - began < CURSOR_SECONDS + _AT_ONCE, f"text() took longer than {CURSOR_SECONDS:g} s")
            _check(text is None or isinstance(text, CursorText), f"text() gave {type(text).__name__}")
            began = time.perf_counter()
            cursor.look()
            _check(time.perf_counter() - began < _AT_ONCE, "look() has to return at once")


class PressesContract:
    """The rules for a service of the kind ``presses``."""

    def presses(self) -> Presses:
        """Make the service; to be overridden."""
        raise NotImplementedError

    def test_it_has_the_methods_of_its_port(self) -> None:
        """``watch`` and ``quiet`` are there, and the watch has its own.

        Troubleshooting: see :class:`voicebridge.ports.Presses`.
        """
        _check(isinstance(self.presses(), Presses), "it lacks a method of voicebridge.ports.Presses")
        watch = self.presses().watch(tuple)
        try:
            _check(isinstance(watch, PressWatch), "the watch lacks a method of voicebridge.ports.PressWatch")
        finally:
            watch.close()

    def test_nothing_counts_before_anything_was_pressed_and_a_closed_watch_does_no_harm(self) -> None:
        """A watch begins with nothing, and can be reset and closed at any time, also twice.

        Troubleshooting: keys that were pressed before :meth:`watch` must not count.
        """
        watch = self.presses().watch(lambda: ("ctrl+alt+space",))
        for _ in range(2):
            _check(watch.pressed() == Pressed(), "nothing was pressed")
            watch.reset()
        for _ in range(2):
            watch.close()
            watch.reset()
            _check(watch.pressed() in (None, Pressed()), "a closed watch knows of no keys")

    def test_quiet_is_a_time_or_unknown(self) -> None:
        """Seconds since the last input, which don't go backwards while nothing happens."""
        presses = self.presses()
        quiet = presses.quiet()
        _check(quiet is None or 0.0 <= quiet <= (presses.quiet() or 0.0), "quiet() goes backwards")


class LastingNotifierContract:
    """The rules for a service of the kind ``notifier`` with the feature ``lasting``."""

    def notifier(self) -> LastingNotifier:
        """Make the service; to be overridden."""
        raise NotImplementedError

    def test_a_notice_is_kept_replaced_and_taken_away(self) -> None:
        """In any order, also where there is none to be taken away.

        Troubleshooting: ``withdraw`` does nothing for a tag that isn't shown.
        """
        notifier = self.notifier()
        _check(isinstance(notifier, LastingNotifier), "it lacks a method of voicebridge.ports.LastingNotifier")
        notifier.withdraw("kit")
        notifier.keep("Kit", "one", "kit")
        notifier.keep("Kit", "two", "kit")
        notifier.notify("Kit", "three", "kit")
        notifier.withdraw("kit")
        notifier.withdraw("kit")
