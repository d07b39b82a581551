"""The keys that the configuration names, heard by the best source of this session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from voicebridge.hotkeys.listening import Actions, actions, chords, reading_chords
from voicebridge.hotkeys.suspension import Suspension
from voicebridge.hotkeys.trigger import ALONE_SECONDS, Mode, Trigger
from voicebridge.keys import is_modifier, parse
from voicebridge.registry import Registry
from voicebridge.settings import HotkeySettings


@dataclass(frozen=True, slots=True)
class Keys:
    """What listens, and for what."""

    actions: Actions
    source: str
    """Full name of the service that hears them."""
    mode: Mode
    """What the key of dictation does, as far as its source can tell when it comes up."""
    chords: Mapping[str, str]
    """The chord of each action."""


def open_keys(
    registry: Registry, settings: HotkeySettings, tell: Callable[[str], None], suspension: Suspension, *, reading: bool = False
) -> Keys:
    """Listen from now on.

    Args:
        registry: the services, under the user's configuration.
        settings: which keys, and what they do.
        tell: told which of the lesser keys can't be listened for.
        suspension: tells when keys do nothing.
        reading: listen for the keys of reading aloud too.

    Raises:
        Unavailable: when nothing can listen for the key of dictation here.
    """
    record, spec, source = registry.find_service("hotkeys")
    has_release = "release" in spec.features
    mode = settings.mode if has_release or settings.mode == "hold" else "toggle"
    bindings = {**chords(settings), **(reading_chords(settings) if reading else {})}
    alone = ALONE_SECONDS if is_modifier(parse(bindings["dictate"])) else 0.0
    trigger = Trigger(mode, settings.tap, registry.config.settings.dictation.max_minutes * 60, alone=alone)
    return Keys(actions(source, bindings, trigger, has_release, tell, suspension.is_on), f"{record.name}/{spec.name}", mode, bindings)
