"""The desktop services for dictation, each looked up and created on first use."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Any, Literal, Protocol

from voicebridge.dictation.insert import Delivered, Way, at_cursor, fitted, in_order, of_application, on_clipboard
from voicebridge.ports import Clipboard, Cursor, Focus, LastingNotifier, Microphone, Notifier, Presses, Speaker, TextInserter, Window
from voicebridge.runtime.settings import InsertionSettings

TITLE = "VoiceBridge"


class ServiceSource(Protocol):
    """Looks up the services of a session."""

    def load(self, kind: str) -> Any:
        """The best service of a kind, created.

        Raises:
            UnavailableError: if none can be used here.
        """

    def inserters(self) -> list[tuple[str, Callable[[], TextInserter]]]:
        """The usable inserters, best first, each with its name and factory."""


class DesktopServices:
    """The services of this session; thread-safe."""

    def __init__(self, found: ServiceSource, insertion: InsertionSettings, newlines: Literal["keep", "space"]) -> None:
        """Prepare; nothing is looked up yet.

        Args:
            found: looks up services.
            insertion: the configuration of text insertion.
            newlines: how line breaks are inserted.
        """
        self._found, self._insertion, self._newlines = found, insertion, newlines
        self._made: dict[str, Any] = {}
        self._ways: list[Way] = []
        self._lock = Lock()

    def microphone(self) -> Microphone:
        """The microphone.

        Raises:
            UnavailableError: if there is none.
        """
        found: Microphone = self._service("microphone")
        return found

    def speaker(self) -> Speaker:
        """The speaker.

        Raises:
            UnavailableError: if there is none.
        """
        found: Speaker = self._service("speaker")
        return found

    def clipboard(self) -> Clipboard:
        """The clipboard.

        Raises:
            UnavailableError: if there is none.
        """
        found: Clipboard = self._service("clipboard")
        return found

    def window(self) -> Window | None:
        """The focused window, ``None`` if unknown."""
        with suppress(Exception):  # any error of a plugin: dictation works without knowing the window
            focus: Focus = self._service("focus")
            return focus.window()
        return None

    def cursor(self) -> Cursor | None:
        """The service that reads the text around the cursor, ``None`` if there is none."""
        found: Cursor | None = self._optional("cursor")
        return found

    def presses(self) -> Presses | None:
        """The service that detects key presses, ``None`` if there is none."""
        found: Presses | None = self._optional("presses")
        return found

    def copy(self, text: str) -> None:
        """Copy text to the clipboard.

        Raises:
            UnavailableError: if it can't be accessed.
        """
        self.clipboard().write(text)

    def notify(self, body: str, tag: str | None = None, *, lasting: bool = False) -> bool:
        """Show a notification, a lasting one if requested and supported; return whether it is shown."""
        with suppress(Exception):  # any error of a plugin: a notification must not prevent a dictation
            notifier: Notifier = self._service("notifier")
            if lasting and tag and isinstance(notifier, LastingNotifier):
                notifier.keep(TITLE, body, tag)
            else:
                notifier.notify(TITLE, body, tag)
            return True
        return False

    def withdraw(self, tag: str) -> None:
        """Remove the notification with a tag, if supported."""
        with suppress(Exception):
            notifier: Notifier = self._service("notifier")
            if isinstance(notifier, LastingNotifier):
                notifier.withdraw(tag)

    def deliver(self, text: str, window: Window | None) -> Delivered:
        """Insert text at the cursor with the configured inserters; otherwise copy it to the clipboard."""
        chosen = self._insertion
        text = fitted(text, window, self._newlines)
        first = of_application(window, chosen.applications)
        ways = in_order(self.ways(), chosen.order, first)
        return at_cursor(text, window, ways, of_application(window, chosen.chords), self.copy)

    def leave_on_clipboard(self, text: str, reason: str = "") -> Delivered:
        """Copy text to the clipboard; ``reason`` is why it isn't inserted, if that was intended."""
        return on_clipboard(fitted(text, None, self._newlines), self.copy, [reason] if reason else [])

    def ways(self) -> list[Way]:
        """The usable inserters, best first; they are looked up again only while there is none."""
        with self._lock:
            if not self._ways:
                self._ways = [self._way(name, make) for name, make in self._found.inserters()]
            return self._ways

    def _way(self, name: str, make: Callable[[], TextInserter]) -> Way:
        return Way(name, lambda: self._once(f"inserter {name}", make))

    def _optional(self, kind: str) -> Any:
        with suppress(Exception):  # any error of a plugin: dictation works without it
            return self._service(kind)
        return None

    def _service(self, kind: str) -> Any:
        return self._once(kind, lambda: self._found.load(kind))

    def _once(self, key: str, make: Any) -> Any:
        with self._lock:
            if key not in self._made:
                self._made[key] = make()
            return self._made[key]
