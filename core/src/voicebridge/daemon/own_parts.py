"""The daemon's own parts for one configuration: dictation, hotkeys, watched folders, reading aloud, copied text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from voicebridge.daemon.dictating import Dictating
from voicebridge.daemon.events import DaemonEvents
from voicebridge.daemon.hotkeys import HotkeyLoop
from voicebridge.dictation import requests as dictation
from voicebridge.dictation.choose import find_services
from voicebridge.dictation.following import Followers
from voicebridge.engines.source import Engines
from voicebridge.host import DaemonPart, Host
from voicebridge.hotkeys.actions import Action, HotkeyAction
from voicebridge.hotkeys.suspension import Suspension
from voicebridge.journal.history import History
from voicebridge.journal.ledger import Ledger
from voicebridge.reading import requests as reading
from voicebridge.reading.choose import watch_copies
from voicebridge.reading.clipboard_watch import Copied
from voicebridge.reading.player import ReadAloud
from voicebridge.runtime.events import emit
from voicebridge.runtime.registry import Registry
from voicebridge.watch.choose import resolve
from voicebridge.watch.watcher import Watcher

DICTATION, HOTKEYS, FOLDERS, READING, COPIED = "dictation", "hotkeys", "watched folders", "reading aloud", "copied text"


class OwnParts:
    """Built from a configuration as a whole, and replaced as a whole; only the part that reads aloud survives."""

    def __init__(
        self,
        registry: Registry,
        engines: Engines,
        history: History,
        ledger: Ledger,
        aloud: ReadAloud,
        events: DaemonEvents,
        suspension: Suspension,
        followers: Followers,
    ) -> None:
        """Prepare; nothing is active yet.

        Args:
            registry: the models and services of the configuration.
            engines: provides engines.
            history: the journal for recordings.
            ledger: the ledger of processed files.
            aloud: reads aloud, and survives a reload.
            events: receives events.
            suspension: whether hotkeys are suspended.
            followers: the other processes that follow dictations.

        Raises:
            VoiceBridgeError: if the configuration refers to something that doesn't exist.
        """
        self.registry = registry
        self.services = find_services(registry)
        self.dictating = Dictating(registry, self.services, engines, history, events, aloud.pause_for_microphone, followers)
        folders = [resolve(settings, registry) for settings in registry.config.settings.watch]
        self._folders = _Folders(Watcher(folders, ledger, engines, events.say, events.problem, emit))
        self._hotkeys = _Hotkeys(registry, self.dictating, aloud, events, suspension)
        self._reading, self._copied = _Reading(aloud), _CopiedText(registry, aloud, events)

    def all(self) -> dict[str, DaemonPart]:
        """The parts by name, in the order in which they start: hotkeys are released before dictation ends."""
        return {
            READING: self._reading,
            FOLDERS: self._folders,
            DICTATION: _Dictation(self.dictating),
            HOTKEYS: self._hotkeys,
            COPIED: self._copied,
        }

    def folders(self) -> list[dict[str, Any]]:
        """The status of each watched folder."""
        return self._folders.each()

    def status(self) -> dict[str, Any]:
        """What ``status`` tells about dictation, hotkeys and folders, besides the list of parts."""
        folders = self._folders.each()
        return {
            "dictation": self.dictating.status(),
            "hotkeys": self._hotkeys.status(),
            "folders": folders,
            "queue": _queued(folders),
        }


class _OwnPart:
    """What the daemon's own parts have in common."""

    def start(self, host: Host) -> None:
        """Nothing to start."""

    def reload(self, host: Host) -> None:
        """Nothing to do: it looks up the configuration when it needs it, or is replaced by one for the new configuration."""


class _Reading(_OwnPart):
    def __init__(self, aloud: ReadAloud) -> None:
        self._aloud = aloud

    def status(self) -> Mapping[str, Any]:
        return asdict(self._aloud.status())

    def stop(self, seconds: float) -> None:
        del seconds  # it only ends playback
        self._aloud.close()


class _Folders(_OwnPart):
    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher

    def start(self, host: Host) -> None:
        del host
        self._watcher.start()

    def each(self) -> list[dict[str, Any]]:
        return [{**asdict(each), "folder": str(each.folder)} for each in self._watcher.status()]

    def status(self) -> Mapping[str, Any]:
        folders = self.each()
        return {"folders": len(folders), "waiting": _queued(folders)}

    def stop(self, seconds: float) -> None:
        self._watcher.close(seconds)


class _Dictation(_OwnPart):
    def __init__(self, dictating: Dictating) -> None:
        self._dictating = dictating

    def start(self, host: Host) -> None:
        del host
        self._dictating.begin()

    def status(self) -> Mapping[str, Any]:
        return self._dictating.status()

    def stop(self, seconds: float) -> None:
        self._dictating.close(seconds)


class _Hotkeys(_OwnPart):
    def __init__(self, registry: Registry, dictating: Dictating, aloud: ReadAloud, events: DaemonEvents, suspension: Suspension) -> None:
        self._registry, self._dictating, self._aloud, self._events, self._suspension = registry, dictating, aloud, events, suspension
        self._keys: HotkeyLoop | None = None

    def start(self, host: Host) -> None:
        del host
        self._keys = keys = HotkeyLoop(self._registry, self._do, self._events, self._suspension)
        self._dictating.heed(keys.stopped, lambda: keys.is_held)

    def status(self) -> dict[str, Any]:
        keys = self._keys
        return {
            "source": keys.source if keys else "",
            "keys": self._registry.config.settings.hotkeys.chords(),
            "problem": keys.problem if keys else None,
        }

    def stop(self, seconds: float) -> None:
        del seconds  # it has a time-out of its own
        if self._keys is not None:
            self._keys.close()

    def _do(self, action: Action | HotkeyAction) -> None:
        if isinstance(action, HotkeyAction):
            reading.press(self._aloud, action, self._events.problem)
        else:
            dictation.press(self._dictating, action)


class _CopiedText(_OwnPart):
    def __init__(self, registry: Registry, aloud: ReadAloud, events: DaemonEvents) -> None:
        self._registry, self._aloud, self._events = registry, aloud, events
        self._copied: Copied | None = None

    def start(self, host: Host) -> None:
        del host
        self._copied = watch_copies(self._registry, self._aloud.say, self._events.problem)

    def status(self) -> Mapping[str, Any]:
        return {"read": self._copied is not None}

    def stop(self, seconds: float) -> None:
        del seconds  # it has a time-out of its own
        if self._copied is not None:
            self._copied.close()


def _queued(folders: Sequence[Mapping[str, Any]]) -> int:
    return sum(each["waiting"] + each["working"] for each in folders)
