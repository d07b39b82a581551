"""Reads texts aloud, one after another, and does what is asked of it meanwhile, from any thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from threading import Condition, Thread, Timer
from typing import Literal

from voicebridge.aloud.output import play
from voicebridge.aloud.reading import Reading
from voicebridge.capabilities import require
from voicebridge.errors import InputError, UsageError, VoiceBridgeError, brief
from voicebridge.pipeline.speak import no_sound
from voicebridge.playback import Playing
from voicebridge.ports import Clipboard, Speaker, TextToSpeech
from voicebridge.registry import Registry
from voicebridge.speaking import Reader, find_reader
from voicebridge.speech import AudioChunk
from voicebridge.text.document import Document, read_text

SILENT_SECONDS = 0.6
"""How long it is waited for that nothing is heard any more; devices take some 0.3 s."""
LET_GO_SECONDS = 20.0
"""After so long a pause the sound device is let go of."""
SLOWEST, FASTEST = 0.25, 4.0
_PATIENCE = 3.0
"""Seconds that the thread is given to end."""
_IDLE = "Nothing is being read aloud. Begin: voicebridge speak --clipboard"

State = Literal["idle", "reading", "paused", "hushed"]


@dataclass(frozen=True, slots=True)
class Status:
    """What is going on."""

    state: State
    waiting: int
    """How many texts wait for their turn."""
    piece: int | None = None
    """Number of the sentence that is being heard, from 1."""
    model: str | None = None
    """Full name of what speaks."""
    speed: float | None = None
    """1 is the voice's natural pace."""


class Aloud:
    """May be used from any thread; nothing is loaded or opened before it is needed."""

    def __init__(
        self,
        registry: Callable[[], Registry],
        engine: Callable[[Reader], TextToSpeech],
        speaker: Callable[[], Speaker],
        clipboard: Callable[[], Clipboard],
        tell: Callable[[str], None],
    ) -> None:
        """Prepare.

        Args:
            registry: the models under the configuration as it is now.
            engine: gives what speaks for a reader; closed once a text has been spoken.
            speaker: gives what plays.
            clipboard: gives what reads the clipboard and the selection.
            tell: told what goes wrong, in one line with the remedy.
        """
        self._registry, self._engine, self._speaker, self._clipboard, self._tell = registry, engine, speaker, clipboard, tell
        self._change = Condition()
        self._waiting: deque[Reading] = deque()
        self._now: Reading | None = None
        self._paused = self._hushed = self._closed = False
        self._speed: float | None = None  # what faster and slower have made of it
        self._letting_go: Timer | None = None
        self._thread: Thread | None = None

    def say(
        self, text: str | Document, *, model: str | None = None, voice: str | None = None, asked: Mapping[str, object] | None = None
    ) -> None:
        """Read a text; at once, or after those that wait, as it is configured. Returns before it is heard.

        Args:
            text: plain text, or a document.
            model: its name; without it the one that has the voice, the configured one, or a light one.
            voice: one of a model's voices or of the user's own.
            asked: fields of :class:`voicebridge.TtsRequest` over those of the configuration.

        Raises:
            InputError: when there is nothing in it that could be spoken.
            Unavailable: when nothing can play here.
            VoiceBridgeError: when a name is wrong, or the model can't do what is asked.
        """
        registry = self._registry()
        reader = find_reader(registry, model=model, voice=voice, asked=asked or {})
        pieces = reader.pieces(read_text(text) if isinstance(text, str) else text)
        first = next(pieces, None)
        if first is None:
            raise InputError("There is nothing in this text that can be spoken. It needs letters or digits.")
        self._speaker()  # where nothing can play, whoever asks is told now
        written = text.strip() if isinstance(text, str) else None
        reading = Reading(written, chain([first], pieces), reader, lambda: self._engine(reader), self._change)
        with self._change:
            if self._speed is not None and reader.model.spec.speed and "speed" not in (asked or {}):
                reading.pace(self._speed)
            if registry.config.settings.reading.next == "replace":
                self._end()
                self._waiting.clear()
            self._waiting.append(reading)
            if self._thread is None:
                self._thread = Thread(target=self._run, name="aloud", daemon=True)
                self._thread.start()
            self._change.notify_all()

    def copied(self) -> str:
        """What is on the clipboard.

        Raises:
            InputError: when it holds no text.
            Unavailable: when there is no clipboard.
        """
        text = self._clipboard().read()
        if not text.strip():
            raise InputError("The clipboard holds no text. Copy some first.")
        return text

    def selected(self) -> str:
        """What is selected where the focus is.

        Raises:
            InputError: when nothing is.
            Unavailable: when that can't be known here.
        """
        text = self._clipboard().selection()
        if not text.strip():
            raise InputError("No text is selected. Select some.")
        return text

    def reads(self, text: str) -> bool:
        """Whether it is this text that is being read."""
        with self._change:
            return self._now is not None and self._now.text == text.strip()

    def pause(self) -> None:
        """Be silent until it is resumed.

        Raises:
            UsageError: when nothing is being read.
        """
        with self._change:
            self._check()
            self._paused = True
            self._hold()

    def resume(self) -> None:
        """Go on after a pause, from where it was.

        Raises:
            UsageError: when nothing is being read.
        """
        with self._change:
            self._check()
            self._paused = False
            self._hold()

    def toggle(self) -> None:
        """Pause, or go on.

        Raises:
            UsageError: when nothing is being read.
        """
        (self.resume if self._paused else self.pause)()

    def stop(self) -> None:
        """End what is being read, and all that waits."""
        with self._change:
            self._end()
            self._waiting.clear()

    def skip(self) -> None:
        """Go on with the next sentence.

        Raises:
            UsageError: when nothing is being read.
        """
        with self._change:
            self._check().skip()

    def faster(self) -> None:
        """Read faster, from the sentence that is being heard on.

        Raises:
            UsageError: when nothing is being read.
            NotSupportedError: when the model knows one pace alone.
        """
        self._pace(1)

    def slower(self) -> None:
        """Read slower, from the sentence that is being heard on.

        Raises:
            UsageError: when nothing is being read.
            NotSupportedError: when the model knows one pace alone.
        """
        self._pace(-1)

    def hush(self, quiet: bool) -> bool:
        """Be silent while the user talks, and go on afterwards from where it was; says whether anything was being heard.

        With ``quiet`` it returns when nothing is heard any more, so that a microphone that is opened then hears the user alone.
        """
        with self._change:
            self._hushed = quiet
            self._hold()
            playing = self._now.playing if self._now else None
        if not quiet or playing is None or playing.is_silent:
            return False
        playing.wait_silent(SILENT_SECONDS)
        return True

    def status(self) -> Status:
        """What is going on now."""
        with self._change:
            now = self._now or next(iter(self._waiting), None)
            if now is None:
                return Status("idle", 0)
            state: State = "paused" if self._paused else "hushed" if self._hushed else "reading"
            waiting = len(self._waiting) - (self._now is None)
            return Status(state, waiting, now.piece + 1, now.reader.model.full_name, now.speed)

    def close(self) -> None:
        """Stop, for good."""
        with self._change:
            self._closed = True
            self._end()
            self._waiting.clear()
            thread = self._thread
        if thread is not None:
            thread.join(_PATIENCE)

    def _check(self) -> Reading:
        now = self._now or next(iter(self._waiting), None)
        if now is None:
            raise UsageError(_IDLE)
        return now

    def _pace(self, direction: int) -> None:
        registry = self._registry()
        with self._change:
            now = self._check()
            require(now.reader.model, ("speed",), None, registry.tts_models())
            speed = round(now.speed + direction * registry.config.settings.reading.step, 2)
            self._speed = min(FASTEST, max(SLOWEST, speed))
            if self._speed != now.speed:
                now.pace(self._speed)

    def _hold(self) -> None:
        """Have what is under way sound, or not; under the lock."""
        held = self._paused or self._hushed
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
        """End what is being read; under the lock."""
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
            except Exception as error:  # what plays is anybody's code
                self._tell(f"Reading aloud failed: {brief(error)}. See: voicebridge doctor")
            with self._change:
                reading.close()
                if self._now is reading:
                    self._end()

    def _next(self) -> Reading | None:
        with self._change:
            self._change.wait_for(lambda: self._waiting or self._closed)
            if self._closed:
                return None
            self._now = self._waiting.popleft()
            return self._now

    def _read(self, reading: Reading) -> None:
        """Play it to its end, in as many goes as it takes."""
        while (begun := self._begin(reading)) is not None:
            playing, sound = begun
            play(self._speaker(), sound, self._registry().config.settings.tts.device, playing)
            with self._change:
                if not playing.stopped:
                    if not reading.has_sounded:
                        raise no_sound()
                    return
                if reading.playing is playing:  # to let go of the device
                    reading.rest()

    def _begin(self, reading: Reading) -> tuple[Playing, Iterator[AudioChunk]] | None:
        """Wait until it may be heard, and begin; ``None`` when it has been ended meanwhile."""
        with self._change:
            self._change.wait_for(lambda: self._now is not reading or not (self._paused or self._hushed))
            if self._now is not reading:
                return None
            playing = Playing()
            return playing, reading.begin(playing)
