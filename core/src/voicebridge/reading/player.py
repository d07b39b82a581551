"""Read texts aloud one after another, controlled from any thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from threading import Condition, Thread, Timer

from voicebridge.blocks import Document
from voicebridge.documents.read import read_text
from voicebridge.engines.source import Engines
from voicebridge.errors import InputError, UsageError, VoiceBridgeError, brief
from voicebridge.playback import Playing
from voicebridge.ports import Clipboard, Speaker
from voicebridge.reading.choose import Choices
from voicebridge.reading.playback import play
from voicebridge.reading.status import State, Status
from voicebridge.reading.text_in_progress import TextInProgress
from voicebridge.specs import TtsSpec
from voicebridge.speech import AudioChunk
from voicebridge.tts.utterances import no_sound

SILENT_SECONDS = 0.6
"""Time-out in seconds for silence; devices take about 0.3 s."""
LET_GO_SECONDS = 20.0
"""Seconds of pause after which the audio device is released."""
SLOWEST, FASTEST = 0.25, 4.0
_PATIENCE = 3.0
"""Time-out in seconds for the thread to end."""
_IDLE = "Nothing is being read aloud. Start: voicebridge read --clipboard"


class ReadAloud:
    """Can be used from any thread; loads and opens everything on first use."""

    def __init__(
        self,
        choices: Choices,
        engines: Engines,
        speaker: Callable[[], Speaker],
        clipboard: Callable[[], Clipboard],
        tell: Callable[[str], None],
    ) -> None:
        """Prepare.

        Args:
            choices: the user's configuration.
            engines: provides engines.
            speaker: returns the speaker.
            clipboard: returns the clipboard service for clipboard and selection.
            tell: called with a one-line message when something fails.
        """
        self._choices, self._engines, self._speaker, self._clipboard, self._tell = choices, engines, speaker, clipboard, tell
        self._change = Condition()
        self._waiting: deque[TextInProgress] = deque()
        self._now: TextInProgress | None = None
        self._paused = self._muted = self._closed = False
        self._speed: float | None = None  # as changed by faster and slower
        self._letting_go: Timer | None = None
        self._thread: Thread | None = None

    def say(
        self, text: str | Document, *, model: str | None = None, voice: str | None = None, asked: Mapping[str, object] | None = None
    ) -> None:
        """Read a text, immediately or after the queued ones, depending on the configuration. Returns before it is played.

        Args:
            text: plain text, or a document.
            model: its name; by default, the one with the voice, the configured one, or a lightweight one.
            voice: a voice of a model, or one of the user's own.
            asked: fields of :class:`voicebridge.TtsRequest` that override the configuration.

        Raises:
            InputError: if it contains nothing to speak.
            UnavailableError: if there is no speaker.
            VoiceBridgeError: if a name is wrong, or the model doesn't support the request.
        """
        reader = self._choices.speech(model, voice, asked or {})
        pieces = reader.pieces(read_text(text) if isinstance(text, str) else text)
        self._speaker()  # report a missing speaker to the caller
        written = text.strip() if isinstance(text, str) else None
        reading = TextInProgress(written, pieces, reader, lambda: self._engines.tts(reader.model, reader.options), self._change)
        with self._change:
            if self._speed is not None and reader.model.spec.speed and "speed" not in (asked or {}):
                reading.pace(_supported(reader.model.spec, self._speed))
            if self._choices.settings.next == "replace":
                self._end()
                self._waiting.clear()
            self._waiting.append(reading)
            if self._thread is None:
                self._thread = Thread(target=self._run, name="aloud", daemon=True)
                self._thread.start()
            self._change.notify_all()

    def copied(self) -> str:
        """The text on the clipboard.

        Raises:
            InputError: if it has no text.
            UnavailableError: if there is no clipboard.
        """
        text = self._clipboard().read()
        if not text.strip():
            raise InputError("The clipboard contains no text. Copy some first.")
        return text

    def selected(self) -> str:
        """The selected text in the focused window.

        Raises:
            InputError: if nothing is selected.
            UnavailableError: if it can't be determined.
        """
        text = self._clipboard().selection()
        if not text.strip():
            raise InputError("No text is selected. Select some first.")
        return text

    def reads(self, text: str) -> bool:
        """Whether this text is being read."""
        with self._change:
            return self._now is not None and self._now.text == text.strip()

    def control(self, what: str) -> None:
        """Run one of :data:`voicebridge.reading.controls.CONTROLS`.

        Raises:
            UsageError: if nothing is being read.
            NotSupportedError: if the model doesn't support it.
        """
        {
            "stop": self.stop, "pause": self.pause, "resume": self.resume, "toggle": self.toggle,
            "skip": self.skip, "faster": self.faster, "slower": self.slower,
        }[what]()  # fmt: skip

    def pause(self) -> None:
        """Pause.

        Raises:
            UsageError: if nothing is being read.
        """
        with self._change:
            self._check()
            self._paused = True
            self._hold()

    def resume(self) -> None:
        """Resume at the position of the pause.

        Raises:
            UsageError: if nothing is being read.
        """
        with self._change:
            self._check()
            self._paused = False
            self._hold()

    def toggle(self) -> None:
        """Pause or resume.

        Raises:
            UsageError: if nothing is being read.
        """
        (self.resume if self._paused else self.pause)()

    def stop(self) -> None:
        """Stop, and clear the queue."""
        with self._change:
            self._end()
            self._waiting.clear()

    def skip(self) -> None:
        """Skip to the next sentence.

        Raises:
            UsageError: if nothing is being read.
        """
        with self._change:
            self._check().skip()

    def faster(self) -> None:
        """Read faster, from the current sentence on.

        Raises:
            UsageError: if nothing is being read.
            NotSupportedError: if the model has a fixed rate.
        """
        self._pace(1)

    def slower(self) -> None:
        """Read slower, from the current sentence on.

        Raises:
            UsageError: if nothing is being read.
            NotSupportedError: if the model has a fixed rate.
        """
        self._pace(-1)

    def pause_for_microphone(self, quiet: bool) -> bool:
        """Pause while the user talks, and resume afterwards; return whether anything was being played.

        With ``quiet``, it returns when nothing is audible, so that a microphone opened afterwards records only the user.
        """
        with self._change:
            self._muted = quiet
            self._hold()
            playing = self._now.playing if self._now else None
        if not quiet or playing is None or playing.is_silent:
            return False
        playing.wait_silent(SILENT_SECONDS)
        return True

    def status(self) -> Status:
        """The current status."""
        with self._change:
            now = self._now or next(iter(self._waiting), None)
            if now is None:
                return Status("idle", 0)
            state: State = "paused" if self._paused else "muted" if self._muted else "reading"
            waiting = len(self._waiting) - (self._now is None)
            return Status(state, waiting, now.piece + 1, now.reader.model.full_name, now.speed)

    def close(self) -> None:
        """Stop permanently."""
        with self._change:
            self._closed = True
            self._end()
            self._waiting.clear()
            thread = self._thread
        if thread is not None:
            thread.join(_PATIENCE)

    def _check(self) -> TextInProgress:
        now = self._now or next(iter(self._waiting), None)
        if now is None:
            raise UsageError(_IDLE)
        return now

    def _pace(self, direction: int) -> None:
        step = self._choices.settings.step
        with self._change:
            now = self._check()
            self._choices.check_pace(now.reader)
            speed = round(now.speed + direction * step, 2)
            self._speed = _supported(now.reader.model.spec, speed)
            if self._speed != now.speed:
                now.pace(self._speed)

    def _hold(self) -> None:
        """Pause or resume the playback; call while holding the lock."""
        held = self._paused or self._muted
        if self._letting_go is not None:
            self._letting_go.cancel()
            self._letting_go = None
        if self._now is not None and (playing := self._now.playing) is not None:
            if held:
                playing.pause()
                self._letting_go = Timer(LET_GO_SECONDS, playing.stop)
                self._letting_go.daemon = True
                self._letting_go.start()
            else:
                playing.resume()
        self._change.notify_all()

    def _end(self) -> None:
        """Stop the current text; call while holding the lock."""
        self._paused = False
        if self._letting_go is not None:
            self._letting_go.cancel()
            self._letting_go = None
        if self._now is not None:
            self._now.close()
            self._now = None
        self._change.notify_all()

    def _run(self) -> None:
        while (reading := self._next()) is not None:
            try:
                self._read(reading)
            except VoiceBridgeError as error:
                self._tell(str(error))
            except Exception as error:  # speakers are third-party code
                self._tell(f"Reading aloud failed: {brief(error)}. See: voicebridge doctor")
            with self._change:
                reading.close()
                if self._now is reading:
                    self._end()

    def _next(self) -> TextInProgress | None:
        with self._change:
            self._change.wait_for(lambda: self._waiting or self._closed)
            if self._closed:
                return None
            self._now = self._waiting.popleft()
            return self._now

    def _read(self, reading: TextInProgress) -> None:
        """Play a text to its end, in one or more playbacks."""
        while (begun := self._begin(reading)) is not None:
            playing, sound = begun
            play(self._speaker(), sound, self._choices.device, playing)
            with self._change:
                if not playing.stopped:
                    if not reading.has_sounded:
                        raise no_sound()
                    return
                if reading.playing is playing:  # to release the device
                    reading.rest()

    def _begin(self, reading: TextInProgress) -> tuple[Playing, Iterator[AudioChunk]] | None:
        """Wait until playback is allowed, and start; ``None`` if the text was stopped meanwhile."""
        with self._change:
            self._change.wait_for(lambda: self._now is not reading or not (self._paused or self._muted))
            if self._now is not reading:
                return None
            playing = Playing()
            return playing, reading.begin(playing)


def _supported(spec: TtsSpec, speed: float) -> float:
    """The speed that a model supports and that is closest to ``speed``."""
    lowest, highest = spec.speed_range or (SLOWEST, FASTEST)
    return min(highest, max(lowest, min(FASTEST, max(SLOWEST, speed))))
