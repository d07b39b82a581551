"""Listen for the configured hotkeys with the session's best source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from voicebridge.hotkeys.actions import READING
from voicebridge.hotkeys.listening import Actions, actions
from voicebridge.hotkeys.suspension import Suspension
from voicebridge.hotkeys.trigger import ALONE_SECONDS, Mode, Trigger
from voicebridge.keys import is_modifier, parse
from voicebridge.ports import Hotkeys
from voicebridge.specs import ServiceSpec


class HotkeyService(Protocol):
    """The session's source of keys."""

    @property
    def spec(self) -> ServiceSpec:
        """Its features."""

    @property
    def made(self) -> Hotkeys:
        """The source itself, created."""

    @property
    def full_name(self) -> str:
        """Such as ``os_linux/x11``."""


class HotkeyChoice(Protocol):
    """The user's configuration."""

    @property
    def mode(self) -> Mode:
        """The mode of the dictation key."""

    @property
    def tap(self) -> float:
        """Seconds: a shorter press is a tap."""

    def chords(self) -> dict[str, str]:
        """The chord of each action that has one, by name."""


@dataclass(frozen=True, slots=True)
class OpenHotkeys:
    """The listener, with its source and keys."""

    actions: Actions
    source: str
    """Full name of the source."""
    mode: Mode
    """The mode of the dictation key, as far as its source supports it."""
    chords: Mapping[str, str]
    """The chord of each action."""


def open_keys(
    service: HotkeyService,
    chosen: HotkeyChoice,
    longest: float,
    tell: Callable[[str], None],
    suspension: Suspension,
    *,
    reading: bool = False,
) -> OpenHotkeys:
    """Start listening.

    Args:
        service: the source of keys.
        chosen: the keys and their modes.
        longest: maximum seconds of a recording.
        tell: called with the optional keys that can't be registered.
        suspension: whether hotkeys are suspended.
        reading: whether to include the keys for reading aloud.

    Raises:
        UnavailableError: if the dictation key can't be registered.
    """
    has_release = "release" in service.spec.features
    mode = chosen.mode if has_release or chosen.mode == "hold" else "toggle"
    bindings = {name: chord for name, chord in chosen.chords().items() if reading or name not in READING}
    alone = ALONE_SECONDS if is_modifier(parse(bindings["dictate"])) else 0.0
    trigger = Trigger(mode, chosen.tap, longest, alone=alone)
    return OpenHotkeys(actions(service.made, bindings, trigger, has_release, tell, suspension.is_on), service.full_name, mode, bindings)
