"""The protocols of what plugins add besides engines and services; their descriptors are in :mod:`voicebridge.extensions`.

A plugin's class needs these methods, but no base class. An exception, ``sys.exit`` or a result of the wrong type costs only what the object
was asked for, and is reported in one line that names the plugin.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from voicebridge.blocks import Document, DocumentSource
from voicebridge.jobs import Receipt, SttJob
from voicebridge.ports import Window
from voicebridge.speech import AudioChunk, Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class TextContext:
    """What is known about a text that is filtered."""

    stage: str
    """One of :data:`voicebridge.extensions.STAGES`."""
    language: str | None = None
    """ISO 639-1 code of the text, if known: of a translation ``en``, not the spoken language, which its ``segments`` have."""
    window: Window | None = None
    """For dictation: the window that the text goes to, if known."""
    before: str = ""
    """The text before this one: before the cursor, earlier in the transcript, or earlier in the document."""
    segments: tuple[Segment, ...] = ()
    """The recognised segments that the text was made of; empty for speech."""
    source: Path | None = None
    """The recording or document, if the text is of a file."""
    profile: str | None = None
    """The active profile of the configuration."""


@runtime_checkable
class TextFilter(Protocol):
    """Changes texts; called from one thread at a time."""

    def filter(self, text: str, context: TextContext) -> str:
        """The text to use instead of ``text``, which is never empty.

        On an exception, and after the descriptor's ``seconds``, the unfiltered text is used.
        """
        ...


@runtime_checkable
class DocumentReader(Protocol):
    """Reads one kind of document."""

    def read(self, source: DocumentSource) -> Document:
        """The document; its blocks may come from an iterator that reads the file as it advances.

        Raises:
            InputError: if it is damaged, with what to do.
        """
        ...


@dataclass(frozen=True, slots=True)
class Turn:
    """A part of a recording in which one person speaks."""

    start: float
    """Seconds from the start of the recording."""
    end: float
    """Seconds; never before ``start``."""
    speaker: str
    """A label, the same for all turns of one person in this recording: ``A``, ``B``. VoiceBridge numbers the speakers."""


@runtime_checkable
class Diarizer(Protocol):
    """A loaded model that finds out who speaks when; called from one thread at a time."""

    def diarize(self, audio: Iterable[AudioChunk], speakers: int | None) -> Iterator[Turn]:
        """Yield all turns, in any order; those of different speakers may overlap.

        Args:
            audio: the recording at the descriptor's sample rate. It can be read once, and is decoded as it is read. The first chunk
                starts later than 0 if only a part of the recording is transcribed; turns have the times of the chunks.
            speakers: how many people speak, if the user has said so.
        """
        ...

    def close(self) -> None:
        """Free the model's resources. Calling it twice is allowed."""
        ...


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of ``voicebridge doctor``."""

    state: Literal["ok", "warning", "broken"]
    detail: str
    """What was found, without a full stop."""
    remedy: str = ""
    """The command that fixes it."""


@runtime_checkable
class Check(Protocol):
    """Checks something for ``voicebridge doctor``."""

    def check(self) -> Iterable[Finding]:
        """The findings; it must not use the network, and only looks."""
        ...


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened."""

    name: str
    """Such as ``transcript.written``."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """Details: paths, names and numbers, as in docs/plugins; the text of a dictation or transcript only if the user allows it."""


@runtime_checkable
class Listener(Protocol):
    """Receives events; called from a thread of its own, one event after another."""

    def handle(self, event: Event) -> None:
        """Process an event."""
        ...


class JobListener(Protocol):
    """Is told about the jobs of a batch, from any thread."""

    def began(self, job: str, duration: float | None = None, after: float = 0.0) -> None:
        """A job has started, with a recording of ``duration`` seconds, if known; an earlier try transcribed it up to ``after``.

        Args:
            job: its :attr:`SttJob.id`, as below.
            duration: seconds.
            after: seconds.
        """
        ...

    def heard(self, job: str, seconds: float) -> None:
        """A recording has been transcribed up to this time."""
        ...

    def done(self, receipt: Receipt) -> None:
        """A job is done, or failed. Only its first receipt counts, unless that is busy."""
        ...


@runtime_checkable
class Executor(Protocol):
    """Decides where the jobs of a batch are done."""

    def run(self, jobs: Sequence[SttJob], listener: JobListener, at_once: int | None) -> None:
        """Have all jobs done, by :class:`voicebridge.SttWorker`, and return when the listener has a receipt for each.

        Args:
            jobs: at least one; all for the same model.
            listener: is told ``done`` for each job, and the rest if known.
            at_once: how many recordings to process at once, if the user wants a certain number.

        Raises:
            VoiceBridgeError: if something affects all jobs, such as a model that can't be loaded.
        """
        ...

    def stop(self) -> None:
        """Make :meth:`run` return soon, and end the jobs; called from another thread. What they have saved is resumed by a later run."""
        ...

    def close(self) -> None:
        """Release everything; :meth:`run` is not called any more."""
        ...
