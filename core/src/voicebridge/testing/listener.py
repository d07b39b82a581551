"""Conformance tests for listeners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from voicebridge.extension_ports import Event, Listener
from voicebridge.extensions import ListenerSpec
from voicebridge.runtime.extensions import Extension
from voicebridge.testing.extension import ExtensionContract, within

EVENTS = (
    Event("recording.started"),
    Event("recording.stopped"),
    Event("dictation.delivered", {"to": "clipboard", "application": "editor", "duration": 2.5}),
    Event("dictation.delivered", {"to": "clipboard", "application": "", "duration": 2.5, "text": "Hello."}),
    Event("transcript.written", {"recording": "/a.wav", "files": ["/a.txt"], "model": "whisper/base", "language": None, "duration": 2.5}),
    Event("speech.written", {"document": None, "file": "/a.mp3", "model": "piper/joe"}),
    Event("job.failed", {"path": None, "message": "It can't be read."}),
    Event("model.loaded", {"model": "whisper/base", "kind": "stt"}),
    Event("model.unloaded", {"model": "whisper/base", "kind": "stt"}),
)
"""An example of each event."""
_LONGEST = 10.0
"""The time-out in seconds for one event."""


class ListenerContract(ExtensionContract):
    """The rules for a listener; derive a class with ``name``, and with ``events`` if the examples would have effects outside."""

    kind = ListenerSpec
    protocol = Listener
    events: ClassVar[Sequence[Event]] = EVENTS
    """The events that it is tested with, of which it gets those that its descriptor names."""

    def test_it_processes_events(self, found: Extension[Any]) -> None:
        """Each within 10 s, in a thread that is not the main one.

        Troubleshooting: values may be missing or ``None``, and more may be added; use ``event.data.get``.
        """
        listener: Listener = found.make(Listener)
        for event in self._of(found, self.events):
            within(_LONGEST, f"handle() of {event.name}", lambda event=event: listener.handle(event))  # type: ignore[misc]

    def test_it_ignores_what_it_does_not_know(self, found: Extension[Any]) -> None:
        """Newer versions have more events.

        Troubleshooting: name the events in the descriptor, or compare ``event.name``.
        """
        listener: Listener = found.make(Listener)
        for event in self._of(found, [Event("some.news", {"what": "unknown"})]):
            within(_LONGEST, f"handle() of {event.name}", lambda event=event: listener.handle(event))  # type: ignore[misc]

    def _of(self, found: Extension[Any], events: Sequence[Event]) -> list[Event]:
        return [event for event in events if not found.spec.events or event.name in found.spec.events]
