"""Takes dictation, one recording after another: from the key that goes down to the text that stands where the cursor is.

The recording of one dictation may begin while the words of the one before are still being written; they are delivered in their order.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, Lock

from voicebridge.dictation import sounds
from voicebridge.dictation.desk import Desk
from voicebridge.dictation.ear import Ears
from voicebridge.dictation.notices import CANCELLED, NO_SPEECH, Notices
from voicebridge.dictation.parties import Report, Sender
from voicebridge.dictation.style import style_of
from voicebridge.errors import Unavailable, VoiceBridgeError, brief
from voicebridge.journal.notes import Notes
from voicebridge.journal.store import Entry, Journal
from voicebridge.pipeline.capture import Capture, captured
from voicebridge.pipeline.deliver import CLIPBOARD, Delivered
from voicebridge.pipeline.dictate import Dictation, Events, Limits
from voicebridge.pipeline.filter import filtered
from voicebridge.pipeline.warm import WarmMicrophone
from voicebridge.ports import Window
from voicebridge.settings import DictationSettings
from voicebridge.text.dictated.compose import compose

_LOOK = 0.02  # seconds
_START = "\n"
"""Stands before what is dictated where nothing does, or nobody knows: it begins as a line does, with a capital and without a space."""
_MISTAKE = 2.0
"""Seconds up to which a recording that was begun by mistake is not kept in the history; somebody may have spoken in a longer one."""


@dataclass(frozen=True, slots=True)
class _Recording:
    entry: Entry
    window: Window | None
    audio: Capture
    dictation: Dictation
    dropped: Event = field(default_factory=Event)
    """Set when it was begun by mistake."""


class Dictator:
    """May be told to start, stop and cancel from any thread."""

    def __init__(
        self,
        desk: Desk,
        ears: Ears,
        journal: Journal,
        settings: DictationSettings,
        sender: Sender,
        report: Report,
        *,
        on_end: Callable[[], None],
        is_held: Callable[[], bool] = lambda: False,
    ) -> None:
        """Prepare; nothing is recorded or loaded yet.

        Args:
            desk: the services.
            ears: the model.
            journal: where recordings are kept.
            settings: how what is spoken becomes typed text.
            sender: takes the texts to where they belong.
            report: whom to tell.
            on_end: called whenever a recording has ended, by whatever cause, in a thread of the dictator's.
            is_held: tells whether the user holds the key that records: nothing can be inserted meanwhile.
        """
        self._desk, self._ears, self._settings, self._sender, self._report = desk, ears, settings, sender, report
        self._journal = Notes(journal, self._warn)
        self.on_end = on_end
        """Called whenever a recording has ended."""
        self._is_held = is_held
        self._notices = Notices(desk, settings.notices)
        self._now: _Recording | None = None
        self._warm: WarmMicrophone | None = None
        self._delivers = True
        self._lock = Lock()
        self._worker = ThreadPoolExecutor(1, "dictation-deliver")

    def warm_up(self) -> None:
        """Follow the cursor from now on, and keep the microphone open where that is configured.

        Raises:
            Unavailable: when there is no microphone.
        """
        self._sender.prepare()
        if self._settings.warm_microphone:
            rate = self._ears.model.spec.sample_rate
            self._warm = WarmMicrophone(self._desk.microphone(), self._settings.device, rate)

    @property
    def recording(self) -> bool:
        """Whether a recording is under way that was not told to stop."""
        return (now := self._now) is not None and not now.dictation.is_stopping

    def forget(self) -> None:
        """Let nothing of what was heard before now be part of a recording: it was played, and not said."""
        if self._warm is not None:
            self._warm.forget()

    def start(self) -> None:
        """Begin a recording, unless one is under way; one that is about to end ends at once.

        Raises:
            VoiceBridgeError: when nothing can be recorded.
        """
        with self._lock:
            if self.recording:
                return
            if (last := self._now) is not None:
                self._now = None  # so that its end is not taken for the end of the one that begins now
                last.dictation.stop(at_once=True)
            ear = self._ears.open()
            microphone = self._warm or self._desk.microphone()
            window = self._desk.window()
            self._sender.begin()
            entry = self._journal.begin(ear.sample_rate, window.application if window else "")
            audio = captured(microphone, self._settings.device, ear.sample_rate, entry.audio, self._warn)
            limits = Limits(self._settings.stop_after, self._settings.max_minutes * 60)
            events = Events(
                lambda: self._listening(entry.id),
                lambda utterances, language: self._partial(entry.id, utterances, language),
                lambda: self._ended(audio, entry.id),
            )
            self._now = recording = _Recording(entry, window, audio, Dictation(audio, ear, limits, events))
            recording.dictation.begin()  # only now, since it may end at once
            self._worker.submit(self._finish, recording)

    def stop(self) -> None:
        """End the recording; its text is delivered when it is ready."""
        if (now := self._now) is not None:
            now.dictation.stop()

    def toggle(self) -> None:
        """Stop the recording that is under way, or else start one."""
        if self.recording:
            self.stop()
        else:
            self.start()

    def cancel(self) -> None:
        """Throw away the recording that is under way."""
        if (now := self._now) is not None:
            now.dictation.cancel()

    def drop(self) -> None:
        """Throw away the recording that is under way without a sound: it was begun by mistake."""
        if (now := self._now) is not None:
            now.dropped.set()
            now.dictation.cancel()

    def keep(self) -> None:
        """From now on leave texts in the history: the window that has the focus may be another by now."""
        self._delivers = False

    def close(self) -> None:
        """End what is being recorded, wait for its text to be delivered, and free the model."""
        self.stop()
        self._worker.shutdown()
        self._notices.close()
        self._sender.close()
        if self._warm is not None:
            self._warm.close()
        self._ears.close()

    def _listening(self, number: int) -> None:
        self._report.listening()
        self._play(sounds.START)
        self._notices.listening(number)

    def _partial(self, number: int, utterances: Sequence[str], language: str | None) -> None:
        text = compose(utterances, style_of(self._settings, self._ears.language or language))
        self._report.partial(text)
        if self.recording:
            self._notices.partial(number, text)

    def _ended(self, audio: Capture, number: int) -> None:
        dropped = False
        if self._now is not None and self._now.audio is audio:  # the next one may have begun
            dropped = self._now.dropped.is_set()
            self._now = None
            self._sender.end()
            self.on_end()
        if not dropped:
            self._notices.transcribing(number)
            self._play(sounds.STOP)

    def _play(self, sound: sounds.Signal) -> None:
        if self._settings.sounds:
            sounds.play(self._desk.speaker, sound, self._settings.sound_files)

    def _finish(self, recording: _Recording) -> None:
        try:
            self._deliver(recording)
        except Exception as error:
            told = str(error) if isinstance(error, VoiceBridgeError) else brief(error)
            number = recording.entry.id
            self._journal.failed(number, told)
            self._fail(number, f"{told} What you said is kept: voicebridge history retry {number}")

    def _deliver(self, recording: _Recording) -> None:
        dictation, number = recording.dictation, recording.entry.id
        lost: Unavailable | None = None
        try:
            duration = dictation.heard()
        except Unavailable as error:
            lost, duration = error, dictation.duration
        if dictation.cancelled:
            self._cancelled(number, duration, dropped=recording.dropped.is_set())
            return
        self._journal.recorded(number, duration, recording.audio.path)
        utterances = dictation.utterances()
        if lost is not None and not utterances:
            raise lost
        text = self._text(utterances, dictation.language, recording.window)
        self._journal.transcribed(number, text.strip(), self._ears.model.full_name)
        if lost is not None:
            self._warn(f"{lost} What you said until then has been written.")
        if not text:  # a line break alone may have been asked for
            self._journal.delivered(number, "nowhere")
            self._report.delivered("", Delivered(""))
            self._notices.ended(number, NO_SPEECH)
            self._play(sounds.FAIL)
            return
        if not self._delivers:
            self._notices.done(number)
            self._warn(f"VoiceBridge was stopped before the text was inserted. Copy it: voicebridge history copy {number}")
            return
        while self.recording and self._is_held():  # the next one, which began before this text was ready
            time.sleep(_LOOK)
        delivered = self._sender.send(text, recording.window)
        if delivered.to:
            self._journal.delivered(number, delivered.to)
        else:
            self._journal.failed(number, " ".join(delivered.problems))
        self._report.delivered(text, delivered)
        self._tell_problems(delivered, number)

    def _cancelled(self, number: int, duration: float, *, dropped: bool) -> None:
        self._journal.cancelled(number, duration)
        if dropped:
            self._notices.done(number)  # nobody meant to record
        else:
            self._notices.ended(number, CANCELLED)
        if not duration or (dropped and duration < _MISTAKE):
            self._journal.delete(number)

    def _text(self, utterances: Sequence[str], language: str | None, window: Window | None) -> str:
        around = self._sender.around(window)
        before, after = (around.before, around.after) if around is not None else ("", "")
        text = compose(utterances, style_of(self._settings, self._ears.language or language), before or _START, after)
        command = self._settings.filter
        if command and text.strip():
            text, problem = filtered(text, command, self._settings.filter_seconds)
            if problem:
                self._warn(problem)
        return text

    def _tell_problems(self, delivered: Delivered, number: int) -> None:
        if delivered.to == CLIPBOARD and delivered.problems:
            self._fail(number, f"{' '.join(delivered.problems)} The text is on the clipboard: paste it where you want it.")
        elif not delivered.to:
            self._fail(number, f"{' '.join(delivered.problems)} The text is kept: voicebridge history show {number}")
        else:
            self._notices.done(number)

    def _fail(self, number: int, message: str) -> None:
        """Report that a dictation has not become a text where it was wanted."""
        self._notices.done(number)
        self._warn(message)
        self._play(sounds.FAIL)

    def _warn(self, message: str) -> None:
        self._report.problem(message)
        self._notices.problem(message)
