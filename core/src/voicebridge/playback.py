"""Control over sound that is being played, and how much of it has been heard."""

from __future__ import annotations

from threading import Condition


class Playing:
    """One playback, as it is controlled from any thread while :meth:`voicebridge.ports.Speaker.play` is under way in another.

    A speaker asks :attr:`level` for each stretch of sound that it hands to its device, and tells how far it is with :meth:`progress`.
    """

    def __init__(self, gain: float = 1.0) -> None:
        """Nothing has been played yet; it may be paused already."""
        self._gain = gain
        self._paused = self._stopped = self._sounds = False
        self._heard = 0.0
        self._change = Condition()

    @property
    def gain(self) -> float:
        """What the sound is multiplied by; 1 leaves it as it is."""
        return self._gain

    @gain.setter
    def gain(self, gain: float) -> None:
        self._gain = gain

    @property
    def paused(self) -> bool:
        """Whether it is to be silent until it is resumed."""
        return self._paused

    @property
    def stopped(self) -> bool:
        """Whether it is to end, without another sound."""
        return self._stopped

    @property
    def level(self) -> float:
        """What the sound is multiplied by now; at 0 none is to be taken."""
        return 0.0 if self._paused or self._stopped else self._gain

    @property
    def heard(self) -> float:
        """Seconds of the sound that have been heard, as near as the device tells."""
        return self._heard

    @property
    def is_silent(self) -> bool:
        """Whether nothing is heard of it: it has not begun, or it has been paused or stopped and the device has come to its end."""
        return not self._sounds

    def pause(self) -> None:
        """Be silent, and keep the place."""
        self._paused = True

    def resume(self) -> None:
        """Go on from there."""
        self._paused = False

    def stop(self) -> None:
        """End it; what has not been heard yet is not heard any more."""
        with self._change:
            self._stopped = True
            self._change.notify_all()

    def wait_silent(self, seconds: float) -> bool:
        """Wait until nothing is heard of it, for so long at the most; says whether that is so."""
        with self._change:
            return self._change.wait_for(lambda: not self._sounds, seconds)

    def progress(self, heard: float, sounds: bool) -> None:
        """For speakers: so many seconds have been heard, and whether the device has sound that is not silence."""
        with self._change:
            self._heard, self._sounds = heard, sounds
            self._change.notify_all()
