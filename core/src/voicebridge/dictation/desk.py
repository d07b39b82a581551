"""The desktop as dictation needs it: each service is found, and made, when it is first used."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from threading import Lock
from typing import Any

from voicebridge.errors import ConfigError, nearest
from voicebridge.pipeline.deliver import Delivered, Way, at_cursor, fitted, in_order, of_application, on_clipboard
from voicebridge.plugins import PluginRecord
from voicebridge.ports import Clipboard, Cursor, Focus, LastingNotifier, Microphone, Notifier, Presses, Speaker, TextInserter, Window
from voicebridge.registry import Registry, make_service
from voicebridge.specs import ServiceSpec

TITLE = "VoiceBridge"


def wrong_way(names: Iterable[str], registry: Registry) -> str | None:
    """What is wrong with names of ways to insert text, the nearest that there is included; None when nothing is."""
    known = [spec.name for _, spec in registry.services("inserter")]
    unknown = next((name for name in names if name not in known), None)
    if unknown is None:
        return None
    there = f"There are {', '.join(known)}." if known else "No active plugin has one."
    return f"there is no way to insert text named {unknown!r}.{nearest(unknown, known)} {there}"


class Desk:
    """The services of this session; safe for several threads."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._settings = registry.config.settings
        self._made: dict[str, Any] = {}
        self._ways: list[Way] = []
        self._lock = Lock()

    def check(self) -> None:
        """See that the configuration names ways to insert text that there are.

        Raises:
            ConfigError: when it doesn't.
        """
        chosen = self._settings.insertion
        for key, names in {"order": chosen.order, "applications": tuple(chosen.applications.values())}.items():
            if wrong := wrong_way(names, self._registry):
                raise ConfigError(f"insertion.{key}: {wrong}")

    def microphone(self) -> Microphone:
        """What records.

        Raises:
            Unavailable: when nothing can.
        """
        found: Microphone = self._service("microphone")
        return found

    def speaker(self) -> Speaker:
        """What plays.

        Raises:
            Unavailable: when nothing can.
        """
        found: Speaker = self._service("speaker")
        return found

    def clipboard(self) -> Clipboard:
        """What reads and writes the clipboard.

        Raises:
            Unavailable: when nothing can.
        """
        found: Clipboard = self._service("clipboard")
        return found

    def window(self) -> Window | None:
        """The window that has the focus, ``None`` where that can't be known."""
        with suppress(Exception):  # whatever a plugin raises: not to know the window keeps nobody from speaking
            focus: Focus = self._service("focus")
            return focus.window()
        return None

    def cursor(self) -> Cursor | None:
        """What reads the text around the cursor, ``None`` where nothing can."""
        found: Cursor | None = self._optional("cursor")
        return found

    def presses(self) -> Presses | None:
        """What knows whether keys are pressed, ``None`` where nothing does."""
        found: Presses | None = self._optional("presses")
        return found

    def copy(self, text: str) -> None:
        """Put text on the clipboard.

        Raises:
            Unavailable: when it can't be reached.
        """
        self.clipboard().write(text)

    def notify(self, body: str, tag: str | None = None, *, lasting: bool = False) -> bool:
        """Show a notice, which stays where that is wanted and can be; says whether anybody shows it."""
        with suppress(Exception):  # whatever a plugin raises: a notice is never worth a dictation
            notifier: Notifier = self._service("notifier")
            if lasting and tag and isinstance(notifier, LastingNotifier):
                notifier.keep(TITLE, body, tag)
            else:
                notifier.notify(TITLE, body, tag)
            return True
        return False

    def withdraw(self, tag: str) -> None:
        """Take away the notice of a tag, where that can be done."""
        with suppress(Exception):
            notifier: Notifier = self._service("notifier")
            if isinstance(notifier, LastingNotifier):
                notifier.withdraw(tag)

    def deliver(self, text: str, window: Window | None) -> Delivered:
        """Insert text where the cursor is, in the ways and the order that the user has configured; else leave it on the clipboard."""
        chosen = self._settings.insertion
        text = fitted(text, window, self._settings.dictation.newlines)
        first = of_application(window, chosen.applications)
        ways = in_order(self.ways(), chosen.order, first)
        return at_cursor(text, window, ways, of_application(window, chosen.chords), self.copy)

    def leave_on_clipboard(self, text: str, reason: str = "") -> Delivered:
        """Leave text on the clipboard; ``reason`` says why it isn't inserted, where that was wanted."""
        return on_clipboard(fitted(text, None, self._settings.dictation.newlines), self.copy, [reason] if reason else [])

    def ways(self) -> list[Way]:
        """The ways to insert text that can be used here, the best first; they are looked for again only while there is none."""
        with self._lock:
            if not self._ways:
                usable, _ = self._registry.usable_services("inserter")
                self._ways = [self._way(record, spec) for record, spec in usable]
            return self._ways

    def _way(self, record: PluginRecord, spec: ServiceSpec) -> Way:
        def open_it() -> TextInserter:
            found: TextInserter = self._once(f"inserter/{record.name}/{spec.name}", lambda: make_service(record, spec))
            return found

        return Way(spec.name, open_it)

    def _optional(self, kind: str) -> Any:
        with suppress(Exception):  # whatever a plugin raises: dictation works without
            return self._service(kind)
        return None

    def _service(self, kind: str) -> Any:
        return self._once(kind, lambda: self._registry.load_service(kind))

    def _once(self, key: str, make: Any) -> Any:
        with self._lock:
            if key not in self._made:
                self._made[key] = make()
            return self._made[key]
