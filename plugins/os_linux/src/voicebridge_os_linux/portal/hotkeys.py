"""Keys wherever the focus is, told by the desktop itself, which asks the user once for its leave and may let them choose others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Event

from jeepney import MatchRule
from voicebridge import Unavailable
from voicebridge.keys import Chord, parse
from voicebridge.keysyms import keysym_name

from voicebridge_os_linux.portal.requests import USER_SECONDS, Portal

INTERFACE = "GlobalShortcuts"
_MODIFIERS = {"ctrl": "CTRL", "alt": "ALT", "shift": "SHIFT", "super": "LOGO"}
_SIGNALS = ("Activated", "Deactivated")


class PortalHotkeys:
    """Listens through the portal's GlobalShortcuts."""

    def listen(self, chords: Sequence[str]) -> PortalKeys:
        """The presses and releases of these chords, or of those that the user has chosen in their stead in the desktop's settings.

        Raises:
            Unavailable: when the desktop, or the user, refuses, or a chord is no chord for that.
        """
        for chord in chords:
            if problem := self.problem(chord):
                raise Unavailable(problem)
        portal = Portal(INTERFACE)
        try:
            portal.open()
            return PortalKeys(portal, {_id(parse(chord)): chord for chord in chords})
        except BaseException:
            portal.close()
            raise

    def capture(self) -> PortalKeys:
        """Not to be had here.

        Raises:
            Unavailable: always.
        """
        raise Unavailable("The portal tells only of keys that it was asked for. Write the key into [hotkeys], as in ctrl+alt+space.")

    def problem(self, chord: str) -> str:
        """What keeps a chord from being listened for, as a sentence, empty when nothing is known to."""
        keys = parse(chord)
        if keys.key.endswith(("_l", "_r")):
            return f"{chord} is a modifier alone, which the portal takes for none. Choose a key with it, as in ctrl+alt+space."
        if not keys.modifiers and (len(keys.key) == 1 or keys.key in ("esc", "space", "enter", "tab", "backspace")):
            return f"{chord} would be taken from every other program. Choose it with modifiers, as in ctrl+alt+space."
        return ""


class PortalKeys:
    """What the portal tells, until it is closed."""

    def __init__(self, portal: Portal, chords: Mapping[str, str]) -> None:
        """Bind the chords, by their ids; the user may be asked meanwhile."""
        self._portal = portal
        self._chords = chords
        self._closed = Event()
        self._signals = portal.bus.subscribe(MatchRule(type="signal", interface=portal.interface))
        shortcuts = [
            (name, {"description": ("s", f"VoiceBridge: {chord}"), "preferred_trigger": ("s", _trigger(parse(chord)))})
            for name, chord in chords.items()
        ]
        portal.request("BindShortcuts", "oa(sa{sv})s", (portal.session, shortcuts, ""), seconds=USER_SECONDS)

    def __iter__(self) -> PortalKeys:
        """Give itself."""
        return self

    def __next__(self) -> tuple[str, bool]:
        """Wait for the next (chord, pressed).

        Raises:
            StopIteration: once it has been closed.
            Unavailable: when the portal is gone.
        """
        while not self._closed.is_set():
            try:
                signal = self._portal.bus.wait(self._signals)
            except Unavailable:
                if self._closed.is_set():
                    break
                self._portal.close()
                raise
            member = signal.header.fields.get(_MEMBER) if signal else None
            if signal and member in _SIGNALS and signal.body[0] == self._portal.session and signal.body[1] in self._chords:
                return self._chords[signal.body[1]], member == "Activated"
        self._portal.close()
        raise StopIteration

    def close(self) -> None:
        """Stop listening; any thread may call this, also while another waits."""
        self._closed.set()
        self._portal.bus.interrupt()


_MEMBER = 3
"""The header field of a signal's name."""


def _id(chord: Chord) -> str:
    """What the desktop remembers the user's choice by."""
    return "voicebridge-" + str(chord).replace("+", "-")


def _trigger(chord: Chord) -> str:
    """A chord as the XDG shortcuts specification has it."""
    return "+".join([*(_MODIFIERS[each] for each in chord.modifiers), keysym_name(chord.key)])
