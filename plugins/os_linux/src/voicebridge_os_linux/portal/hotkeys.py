"""Global hotkeys reported by the desktop, which asks the user for permission once and may let them choose others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Event

from jeepney import MatchRule
from voicebridge import UnavailableError
from voicebridge.keys import Chord, keysym_name, parse

from voicebridge_os_linux.portal.requests import USER_SECONDS, Portal

INTERFACE = "GlobalShortcuts"
_MODIFIERS = {"ctrl": "CTRL", "alt": "ALT", "shift": "SHIFT", "super": "LOGO"}
_SIGNALS = ("Activated", "Deactivated")


class PortalHotkeys:
    """Listens with the portal's GlobalShortcuts."""

    def listen(self, chords: Sequence[str]) -> PortalKeys:
        """Report presses and releases of these hotkeys, or of those that the user has chosen instead in the desktop's settings.

        Raises:
            UnavailableError: if the desktop or the user refuses, or a hotkey isn't valid for the portal.
        """
        for chord in chords:
            if problem := self.problem(chord):
                raise UnavailableError(problem)
        portal = Portal(INTERFACE)
        try:
            portal.open()
            return PortalKeys(portal, {_id(parse(chord)): chord for chord in chords})
        except BaseException:
            portal.close()
            raise

    def capture(self) -> PortalKeys:
        """Not supported by the portal.

        Raises:
            UnavailableError: always.
        """
        raise UnavailableError("The portal can't capture keys. Set the hotkey in [hotkeys], as in ctrl+alt+space.")

    def problem(self, chord: str) -> str:
        """Why a hotkey can't be used, as a sentence, empty if no reason is known."""
        keys = parse(chord)
        if keys.key.endswith(("_l", "_r")):
            return f"{chord} is only a modifier, which the portal doesn't accept. Add a key, as in ctrl+alt+space."
        if not keys.modifiers and (len(keys.key) == 1 or keys.key in ("esc", "space", "enter", "tab", "backspace")):
            return f"{chord} would be taken from all other programs. Add a modifier, as in ctrl+alt+space."
        return ""


class PortalKeys:
    """The events from the portal, until it is closed."""

    def __init__(self, portal: Portal, chords: Mapping[str, str]) -> None:
        """Bind the hotkeys, by their ids; the user may be asked for permission."""
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
        """Return itself."""
        return self

    def __next__(self) -> tuple[str, bool]:
        """Wait for the next event, a pair (hotkey, pressed).

        Raises:
            StopIteration: after :meth:`close`.
            UnavailableError: if the portal is gone.
        """
        while not self._closed.is_set():
            try:
                signal = self._portal.bus.wait(self._signals)
            except UnavailableError:
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
"""The header field for the name of a signal."""


def _id(chord: Chord) -> str:
    """The id with which the desktop stores the user's choice."""
    return "voicebridge-" + str(chord).replace("+", "-")


def _trigger(chord: Chord) -> str:
    """A key combination in the syntax of the XDG shortcuts specification."""
    return "+".join([*(_MODIFIERS[each] for each in chord.modifiers), keysym_name(chord.key)])
