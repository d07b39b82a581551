"""Control of a playback, and its position."""

from __future__ import annotations

from threading import Condition


class Playing:
    """A playback, controlled from any thread while :meth:`voicebridge.ports.Speaker.play` runs in another.

    A speaker reads :attr:`level` for each block of audio that it sends to its device, and reports its position with :meth:`progress`.
    """

    def __init__(self, gain: float = 1.0) -> None:
        """Nothing has been played yet; the playback may already be paused."""
        self._gain = gain
        self._paused = self._stopped = self._sounds = False
        self._heard = 0.0
        self._change = Condition()

    @property
    def gain(self) -> float:
        """The volume factor; 1 leaves the audio unchanged."""
        return self._gain

    @gain.setter
    def gain(self, gain: float) -> None:
        self._gain = gain

    @property
    def paused(self) -> bool:
        """Whether playback is paused."""
        return self._paused

    @property
    def stopped(self) -> bool:
        """Whether playback is to end without playing anything more."""
        return self._stopped

    @property
    def level(self) -> float:
        """The current volume factor; if it is 0, no audio may be consumed."""
        return 0.0 if self._paused or self._stopped else self._gain

    @property
    def heard(self) -> float:
        """The seconds played, as precisely as the device reports them."""
        return self._heard

    @property
    def is_silent(self) -> bool:
        """Whether nothing is audible: playback has not started, or was paused or stopped and the device has finished."""
        return not self._sounds

    def pause(self) -> None:
        """Pause, keeping the position."""
        self._paused = True

    def resume(self) -> None:
        """Continue from the current position."""
        self._paused = False

    def stop(self) -> None:
        """Stop; audio that has not been played is discarded."""
        with self._change:
            self._stopped = True
            self._change.notify_all()

    def wait_silent(self, seconds: float) -> bool:
        """Wait until nothing is audible, with a time-out in seconds; return whether that is so."""
        with self._change:
            return self._change.wait_for(lambda: not self._sounds, seconds)

    def progress(self, heard: float, sounds: bool) -> None:
        """For speakers: report the seconds played, and whether the device still has audio other than silence."""
        with self._change:
            self._heard, self._sounds = heard, sounds
            self._change.notify_all()
