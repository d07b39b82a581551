"""Do one job of a batch, and make its receipt: the same code in the command's process and in workers."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from voicebridge.errors import VoiceBridgeError, cannot_read
from voicebridge.extension_ports import JobListener
from voicebridge.jobs import Receipt
from voicebridge.speech import Segment
from voicebridge.stt.job import Stopped, TranscriptionJob

if TYPE_CHECKING:
    from voicebridge.ports import SpeechToText

_TELL_EVERY = 0.1
"""Seconds between two progress reports of a recording."""


class TextListener(JobListener, Protocol):
    """What the process that runs the batch is told besides."""

    def restarted(self, job: str) -> None:
        """An earlier run's part of the recording is discarded, because the model can't resume; ``began`` follows."""
        ...

    def diarized(self, job: str, seconds: float) -> None:
        """A diarizer has read the recording up to this time; ``heard`` follows when it is transcribed."""
        ...

    def said(self, job: str, segment: Segment) -> None:
        """A new segment, or a draft if drafts are requested."""
        ...


def execute(job: str, recording: TranscriptionJob, load: Callable[[], SpeechToText], listener: TextListener) -> Receipt:
    """Transcribe a recording and write its files; if that fails, the receipt contains the error.

    Args:
        job: its :attr:`SttJob.id`.
        recording: not opened yet; the caller closes it.
        load: returns the model; called when the recording has been opened successfully. Its errors are raised.
        listener: is told about the progress and the text, but doesn't get the receipt.

    Raises:
        Stopped: if the recording's ``keep`` was called.
    """
    try:
        recording.open()
    except (VoiceBridgeError, OSError) as error:
        return _failure(job, recording, error)
    engine = None if recording.is_heard else load()
    try:
        if recording.restarted:
            listener.restarted(job)
        listener.began(job, recording.duration, recording.after)
        if engine is not None:
            recording.transcribe(
                engine, _meter(job, listener.heard), lambda segment: listener.said(job, segment), _meter(job, listener.diarized)
            )
        files = recording.finish()
    except (VoiceBridgeError, OSError) as error:
        return _failure(job, recording, error)
    return Receipt(job=job, files=tuple(files), heard=recording.heard, segments=recording.count, damage=recording.damage)


def _failure(job: str, recording: TranscriptionJob, error: VoiceBridgeError | OSError) -> Receipt:
    if isinstance(error, Stopped):
        raise error
    told = cannot_read(recording.plan.recording, error) if isinstance(error, OSError) else error
    return Receipt(job=job, error=recording.blame(told))


def _meter(job: str, tell: Callable[[str, float], None]) -> Callable[[float], None]:
    told = -math.inf

    def report(seconds: float) -> None:
        nonlocal told
        if time.monotonic() - told >= _TELL_EVERY:
            told = time.monotonic()
            tell(job, seconds)

    return report
