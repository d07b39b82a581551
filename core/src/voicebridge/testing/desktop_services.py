"""Conformance tests for services of the kinds ``clipboard``, ``focus``, ``cursor`` and ``autostart``."""

from __future__ import annotations

import time

import pytest

from voicebridge.ports import CURSOR_SECONDS, Autostart, Clipboard, Cursor, CursorText, Focus, Window
from voicebridge.testing.service import ServiceContract

_TEXTS = ("plain", "Grüße, 北京, 😀\n\ttwo lines\n", "é" * 100_000, "")
_AT_ONCE = 0.05
"""Time-out in seconds for immediate calls on a busy machine."""
_COMMANDS = (["voicebridge", "daemon"], ["/opt/voice bridge/voicebridge", "100 %", 'a"b', "back\\slash", "$HOME"])


class ClipboardContract(ServiceContract):
    """The rules for a service of the kind ``clipboard``; its content is replaced."""

    kind = "clipboard"

    def create(self) -> Clipboard:
        """Create the service; override it for one that isn't installed."""
        made: Clipboard = super().create()
        return made

    def test_what_is_written_is_read_back(self) -> None:
        """Any text comes back unchanged, also by another instance of the service.

        Troubleshooting: the text is UTF-8, without a line break added at its end.
        """
        for text in _TEXTS:
            self.create().write(text)
            if (read := self.create().read()) != text:
                pytest.fail(f"write({text[:40]!r}), then read() gives {read[:40]!r}: keep every character.")


class FocusContract(ServiceContract):
    """The rules for a service of the kind ``focus``; it is tested in the session in which the tests run."""

    kind = "focus"

    def create(self) -> Focus:
        """Create the service; override it for one that isn't installed."""
        made: Focus = super().create()
        return made

    def test_the_window_is_told_the_same_way_twice(self) -> None:
        """A window has an id, and asking doesn't change the focus.

        Troubleshooting: return ``None`` if no window has the focus.
        """
        first, again = self.create().window(), self.create().window()
        if first is not None and not (isinstance(first, Window) and first.id):
            pytest.fail(f"window() gave {first!r}: return a voicebridge.ports.Window with an id, or None.")
        if first != again:
            pytest.fail(f"window() gave {first!r}, then {again!r}: return the same values for the same window.")


class CursorContract(ServiceContract):
    """The rules for a service of the kind ``cursor``; it is tested in the session in which the tests run."""

    kind = "cursor"

    def create(self) -> Cursor:
        """Create the service; override it for one that isn't installed."""
        made: Cursor = super().create()
        return made

    def test_the_text_is_told_in_time_or_not_at_all(self) -> None:
        """The dictated text never waits: neither before a lookup, nor during it, nor afterwards.

        Troubleshooting: run what takes long in a thread started by ``look``, and give every query of ``text`` a time-out.
        """
        cursor = self.create()
        asked, looked = [], []
        for _ in range(5):
            began = time.perf_counter()
            text = cursor.text()
            asked.append(time.perf_counter() - began)
            if not (text is None or isinstance(text, CursorText)):
                pytest.fail(f"text() gave a {type(text).__name__}: return a voicebridge.ports.CursorText, or None.")
            began = time.perf_counter()
            cursor.look()
            looked.append(time.perf_counter() - began)
        # The quickest counts: what else the machine does makes times longer, never shorter.
        if min(asked) > CURSOR_SECONDS + _AT_ONCE:
            pytest.fail(f"text() took longer than {CURSOR_SECONDS:g} s: return what is known by then, or None.")
        if min(looked) > _AT_ONCE:
            pytest.fail(f"look() took {min(looked):.2f} s: look in a thread, and return at once.")


class AutostartContract(ServiceContract):
    """The rules for a service of the kind ``autostart``; it must be one that can be changed, such as in a home folder of the test's own."""

    kind = "autostart"

    def create(self) -> Autostart:
        """Create the service; override it for one that isn't installed."""
        made: Autostart = super().create()
        return made

    def test_a_command_is_installed_replaced_and_removed(self) -> None:
        """``installed`` gives the words of the last command unchanged, and ``None`` after ``uninstall``, which may be called at any time.

        Troubleshooting: quote every word as the system's file format demands.
        """
        autostart = self.create()
        autostart.uninstall()
        for command in _COMMANDS:
            autostart.install(command)
            if (found := list(self.create().installed() or ())) != command:
                pytest.fail(f"install({command!r}), then installed() gives {found!r}: quote every word.")
        for _ in range(2):
            autostart.uninstall()
        if (left := self.create().installed()) is not None:
            pytest.fail(f"after uninstall(), installed() gives {left!r}: remove the entry.")
