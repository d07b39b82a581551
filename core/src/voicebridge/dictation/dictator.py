"""Run dictations one after another: from the key press to the text at the cursor.

A recording may start while the previous one is still being transcribed; texts are delivered in order.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, Lock

from voicebridge.dictation import signals
from voicebridge.dictation.capture import Capture, captured
from voicebridge.dictation.choose import LazyModel
from voicebridge.dictation.finish import finish, style_of
from voicebridge.dictation.following import Followed, Followers
from voicebridge.dictation.insert import CLIPBOARD, Delivered
from voicebridge.dictation.notices import CANCELLED, NO_SPEECH, Notices
from voicebridge.dictation.parties import DictationReport, Sender
from voicebridge.dictation.services import DesktopServices
from voicebridge.dictation.session import Dictation, DictationEvents, RecordingLimits
from voicebridge.dictation.text.compose import compose
from voicebridge.dictation.warm_microphone import WarmMicrophone
from voicebridge.errors import UnavailableError, VoiceBridgeError, brief
from voicebridge.filters.filtering import FilterProblems, TextFilters
from voicebridge.journal.best_effort import BestEffortHistory
from voicebridge.journal.history import Entry, History
from voicebridge.ports import Window
from voicebridge.runtime.settings import DictationSettings

_LOOK = 0.02  # seconds
_MISTAKE = 2.0
"""Seconds up to which a recording started by mistake is not kept in the history; a longer one may contain speech."""


@dataclass(frozen=True, slots=True)
class _Recording:
    entry: Entry
    window: Window | None
    audio: Capture
    dictation: Dictation
    followed: Followed
    dropped: Event = field(default_factory=Event)
    """Set if it was started by mistake."""


class Dictator:
    """Start, stop and cancel can be called from any thread."""

    def __init__(
        self,
        services: DesktopServices,
        lazy_model: LazyModel,
        history: History,
        settings: DictationSettings,
        filters: TextFilters,
        sender: Sender,
        report: DictationReport,
        *,
        on_end: Callable[[], None],
        is_held: Callable[[], bool] = lambda: False,
        emit: Callable[..., None],
        followers: Followers | None = None,
    ) -> None:
        """Prepare; nothing is recorded or loaded yet.

        Args:
            services: the services.
            lazy_model: the model.
            history: the journal for recordings.
            settings: the dictation settings.
            filters: those of dictation.
            sender: delivers the texts.
            report: receives the events.
            on_end: called when a recording has ended, for any reason, in a thread of the dictator.
            is_held: whether the user holds the recording key: nothing can be inserted meanwhile.
            emit: tells plugins about an event: called with its name, and its details by name.
            followers: the other processes that follow dictations.
        """
        self._services, self._lazy_model, self._settings, self._filters = services, lazy_model, settings, filters
        self._sender, self._report = sender, report
        self._history = BestEffortHistory(history, self._warn)
        self.on_end = on_end
        """Called when a recording has ended."""
        self._is_held, self._emit, self._followers = is_held, emit, followers or Followers()
        self._notices = Notices(services, settings.notices)
        self._now: _Recording | None = None
        self._warm: WarmMicrophone | None = None
        self._delivers = True
        self._lock = Lock()
        self._worker = ThreadPoolExecutor(1, "dictation-deliver")

    def warm_up(self) -> None:
        """Start tracking the cursor, and keep the microphone open if configured.

        Raises:
            UnavailableError: if there is no microphone.
        """
        self._sender.prepare()
        if self._settings.warm_microphone:
            rate = self._lazy_model.model.spec.sample_rate
            self._warm = WarmMicrophone(self._services.microphone(), self._settings.device, rate)

    @property
    def recording(self) -> bool:
        """Whether a recording is in progress that was not told to stop."""
        return (now := self._now) is not None and not now.dictation.is_stopping

    def forget(self) -> None:
        """Exclude audio from before now from recordings: it came from a playback."""
        if self._warm is not None:
            self._warm.forget()

    def start(self) -> None:
        """Start a recording, unless one is in progress; one that is about to end is ended immediately.

        Raises:
            VoiceBridgeError: if recording is not possible.
        """
        with self._lock:
            if self.recording:
                return
            if (last := self._now) is not None:
                self._now = None  # so that its end is not mistaken for the end of the new one
                last.dictation.stop(at_once=True)
            ear = self._lazy_model.open()
            microphone = self._warm or self._services.microphone()
            window = self._services.window()
            self._sender.begin()
            entry = self._history.begin(ear.sample_rate, window.application if window else "")
            audio = captured(microphone, self._settings.device, ear.sample_rate, entry.audio, self._warn)
            limits = RecordingLimits(self._settings.stop_after, self._settings.max_minutes * 60)
            followed = self._followers.begin(entry.id)
            events = DictationEvents(
                lambda: self._listening(followed),
                lambda utterances, language: self._partial(followed, utterances, language),
                lambda: self._ended(audio, followed),
            )
            self._now = recording = _Recording(entry, window, audio, Dictation(audio, ear, limits, events), followed)
            recording.dictation.begin()  # last, because it may end immediately
            self._worker.submit(self._finish, recording)

    def stop(self) -> None:
        """End the recording; its text is delivered when it is ready."""
        if (now := self._now) is not None:
            now.dictation.stop()

    def toggle(self) -> None:
        """End the recording in progress, or else start one."""
        if self.recording:
            self.stop()
        else:
            self.start()

    def cancel(self) -> None:
        """Discard the recording in progress."""
        if (now := self._now) is not None:
            now.dictation.cancel()

    def drop(self) -> None:
        """Discard the recording in progress silently: it was started by mistake."""
        if (now := self._now) is not None:
            now.dropped.set()
            now.dictation.cancel()

    def keep(self) -> None:
        """From now on, keep texts in the history only: another window may have the focus."""
        self._delivers = False

    def close(self) -> None:
        """End the recording, wait until its text is delivered, and free the model."""
        self.stop()
        self._worker.shutdown()
        self._notices.close()
        self._sender.close()
        if self._warm is not None:
            self._warm.close()
        self._lazy_model.close()

    def _listening(self, followed: Followed) -> None:
        self._emit("recording.started")
        self._report.listening()
        followed.listening()
        self._play(signals.START)
        self._notices.listening(followed.number)

    def _partial(self, followed: Followed, utterances: Sequence[str], language: str | None) -> None:
        text = compose(utterances, style_of(self._settings, self._lazy_model.text_language(language)))
        self._report.partial(text)
        followed.partial(text)
        if self.recording:
            self._notices.partial(followed.number, text)

    def _ended(self, audio: Capture, followed: Followed) -> None:
        self._emit("recording.stopped")
        dropped = cancelled = False
        if self._now is not None and self._now.audio is audio:  # the next one may have started
            dropped, cancelled = self._now.dropped.is_set(), self._now.dictation.cancelled
            self._now = None
            self._sender.end()
            self.on_end()
        if not cancelled:
            followed.transcribing()
        if not dropped:
            self._notices.transcribing(followed.number)
            self._play(signals.STOP)

    def _play(self, sound: signals.Signal) -> None:
        if self._settings.sounds:
            signals.play(self._services.speaker, sound, self._settings.sound_files)

    def _finish(self, recording: _Recording) -> None:
        try:
            self._deliver(recording)
        except Exception as error:
            told = str(error) if isinstance(error, VoiceBridgeError) else brief(error)
            number = recording.entry.id
            self._history.failed(number, told)
            self._emit("job.failed", path=str(recording.audio.path), message=told)
            recording.followed.failed(told)
            self._fail(number, f"{told} What you said is kept: voicebridge history retry {number}")

    def _deliver(self, recording: _Recording) -> None:
        dictation, number = recording.dictation, recording.entry.id
        lost: UnavailableError | None = None
        try:
            duration = dictation.heard()
        except UnavailableError as error:
            lost, duration = error, dictation.duration
        if dictation.cancelled:
            recording.followed.cancelled()
            self._cancelled(number, duration, dropped=recording.dropped.is_set())
            return
        self._history.recorded(number, duration, recording.audio.path)
        utterances = dictation.utterances()
        if lost is not None and not utterances:
            raise lost
        text = self._text(utterances, recording)
        self._history.transcribed(number, text.strip(), self._lazy_model.model.full_name)
        if lost is not None:
            self._warn(f"{lost} What you said before that was inserted.")
        if not text:  # the text may be only a line break
            self._history.delivered(number, "nowhere")
            self._report.delivered("", Delivered(""))
            recording.followed.final("", "")
            self._notices.ended(number, NO_SPEECH)
            self._play(signals.FAIL)
            return
        if not self._delivers:
            recording.followed.final(text, "")
            self._notices.done(number)
            self._warn(f"VoiceBridge was stopped before the text was inserted. Copy it: voicebridge history copy {number}")
            return
        while self.recording and self._is_held():  # the next one, which started before this text was ready
            time.sleep(_LOOK)
        delivered = self._sender.send(text, recording.window)
        application = recording.window.application if recording.window else ""
        if delivered.to:
            self._history.delivered(number, delivered.to)
            self._emit("dictation.delivered", to=delivered.to, application=application, duration=duration, text=text)
        else:
            problem = " ".join(delivered.problems)
            self._history.failed(number, problem)
            self._emit("job.failed", path=str(recording.audio.path), message=problem)
        self._report.delivered(text, delivered)
        recording.followed.final(text, delivered.to)
        self._tell_problems(delivered, number)

    def _cancelled(self, number: int, duration: float, *, dropped: bool) -> None:
        self._history.cancelled(number, duration)
        if dropped:
            self._notices.done(number)  # it was started by mistake
        else:
            self._notices.ended(number, CANCELLED)
        if not duration or (dropped and duration < _MISTAKE):
            self._history.delete(number)

    def _text(self, utterances: Sequence[str], recording: _Recording) -> str:
        around = self._sender.around(recording.window)
        filtering = self._filters.begin(
            FilterProblems(self._warn), window=recording.window, before=around.before if around is not None else ""
        )
        dictation = recording.dictation
        language = self._lazy_model.text_language(dictation.language)
        return finish(utterances, dictation.segments, language, self._settings, filtering, around)

    def _tell_problems(self, delivered: Delivered, number: int) -> None:
        if delivered.to == CLIPBOARD and delivered.problems:
            self._fail(number, f"{' '.join(delivered.problems)} The text is on the clipboard: paste it where you need it.")
        elif not delivered.to:
            self._fail(number, f"{' '.join(delivered.problems)} The text is kept: voicebridge history show {number}")
        else:
            self._notices.done(number)

    def _fail(self, number: int, message: str) -> None:
        """Report that a dictation was not delivered as intended."""
        self._notices.done(number)
        self._warn(message)
        self._play(signals.FAIL)

    def _warn(self, message: str) -> None:
        self._report.problem(message)
        self._notices.problem(message)
