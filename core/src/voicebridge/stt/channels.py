"""Recordings with one speaker per channel: each channel is transcribed separately, and segments are merged by time.

Each channel has a thread, so that the engine receives all of them at once, and none waits for another.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from operator import attrgetter
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING

from voicebridge.audio.channels import numbered
from voicebridge.audio.opened import OnHeard, Sound, Undecoded
from voicebridge.errors import VoiceBridgeError
from voicebridge.speech import AudioChunk, Segment, SttRequest, TranscriptInfo
from voicebridge.stt.transcribe import Transcription

if TYPE_CHECKING:
    from voicebridge.ports import SpeechToText

OpenChannel = Callable[[int, int | None], Sound]
"""Opens one channel of a recording, by its number from 1, and the expected number of channels, if known.

Raises:
    InputError: if the recording can't be read, or has a different number of channels.
"""
_LOOK_UP = 0.2
"""Maximum seconds per wait, because Windows delivers no Ctrl-C to a waiting thread."""


@dataclass(frozen=True, slots=True)
class ChannelSounds:
    """The audio of each channel, decoded or not, by name."""

    parts: Sequence[tuple[str, Iterable[AudioChunk] | Undecoded]]
    stack: ExitStack

    def close(self) -> None:
        """Close them all."""
        self.stack.close()


class ByChannel:
    """A recording that is opened once per channel; a :class:`voicebridge.audio.opened.Sound`."""

    def __init__(self, open_channel: OpenChannel, names: Sequence[str]) -> None:
        """Open all channels.

        Args:
            open_channel: opens one.
            names: of the speakers, in the order of the channels; empty to number them.

        Raises:
            InputError: if the recording can't be read, or the number of channels differs from that of names.
        """
        with ExitStack() as stack:
            first = open_channel(1, len(names) or None)
            stack.callback(first.close)
            self.names = tuple(names) or numbered(first.channels)
            self._sounds = [first]
            for number in range(2, len(self.names) + 1):
                self._sounds.append(open_channel(number, len(self.names)))
                stack.callback(self._sounds[-1].close)
            self._stack = stack.pop_all()

    @property
    def duration(self) -> float | None:
        """Its duration in seconds, if known."""
        return self._sounds[0].duration

    @property
    def channels(self) -> int:
        """The number of channels."""
        return len(self._sounds)

    @property
    def damage(self) -> str | None:
        """Its damage, reported once for all channels."""
        return next((sound.damage for sound in self._sounds if sound.damage), None)

    def chunks(self, sample_rate: int) -> ChannelSounds:
        """The audio of each channel at ``sample_rate`` (Hz)."""
        with ExitStack() as stack:
            parts = [stack.enter_context(closing(sound.chunks(sample_rate))) for sound in self._sounds]
            return ChannelSounds(tuple(zip(self.names, parts, strict=True)), stack.pop_all())

    def close(self) -> None:
        """Close the file."""
        self._stack.close()


class ChannelTranscription:
    """The transcription of one recording by channels; used like a :class:`Transcription`."""

    def __init__(
        self,
        engine: SpeechToText,
        model: str,
        sounds: ChannelSounds,
        request: SttRequest,
        on_heard: OnHeard | None = None,
        *,
        start: float = 0.0,
    ) -> None:
        """Prepare, like :class:`Transcription`; progress is reported as far as all channels have got."""
        self._on_heard = on_heard
        self._language = request.language
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._over = Event()
        self._jobs = [
            (name, Transcription(engine, model, audio, request, start=start, on_taken=self._check)) for name, audio in sounds.parts
        ]

    def __iter__(self) -> Generator[Segment, None, None]:
        """Yield the final segments of all channels in order of their starts, with the channel's name as the speaker.

        Raises:
            VoiceBridgeError: the first error of a channel; the others are then stopped.
        """
        channels = [_Channel(name, job, self._over) for name, job in self._jobs]
        told = 0.0
        try:
            for channel in channels:
                channel.start()
            for segment in heapq.merge(*(channel.segments() for channel in channels), key=attrgetter("start")):
                if segment.language:
                    self._seconds[segment.language] += segment.end - segment.start
                yield segment
                told = max(told, segment.end)
                if self._on_heard:  # after the segment is saved, so that an interruption doesn't report more than was saved
                    self._on_heard(told)
        finally:
            self._over.set()
            for channel in channels:
                if channel.ident is not None:  # it has been started
                    channel.join()

    @property
    def heard(self) -> TranscriptInfo:
        """The information about the recording so far; its language is the one spoken for the longest time."""
        parts = [job.heard for _, job in self._jobs]
        language = self._language or max(self._seconds, key=self._seconds.__getitem__, default=None)
        return replace(parts[0], duration=max(part.duration for part in parts), language=language)

    def _check(self, _: float) -> None:
        if self._over.is_set():
            raise _Stopped


class _Stopped(VoiceBridgeError):  # noqa: N818 - no error, an order
    """The channel is no longer needed."""


class _Channel(Thread):
    """Transcribes one channel ahead of the consumer of its segments."""

    def __init__(self, name: str, job: Transcription, over: Event) -> None:
        super().__init__(name="channel", daemon=True)
        self._speaker, self._job, self._over = name, job, over
        self._segments: SimpleQueue[Segment | None] = SimpleQueue()
        self._failure: BaseException | None = None

    def run(self) -> None:
        """Transcribe to the end, or until stopped."""
        try:
            with closing(iter(self._job)) as segments:
                for segment in segments:
                    self._segments.put(replace(segment, speaker=self._speaker))
                    if self._over.is_set():
                        break
        except BaseException as error:  # of any kind: it is raised in the consumer
            if not self._over.is_set():
                self._failure = error
                self._over.set()
        finally:
            self._segments.put(None)

    def segments(self) -> Iterator[Segment]:
        """Yield the segments as they arrive.

        Raises:
            VoiceBridgeError: errors of the transcription.
        """
        while (segment := self._next()) is not None:
            yield segment
        if self._failure is not None:
            raise self._failure

    def _next(self) -> Segment | None:
        while True:
            with suppress(Empty):
                return self._segments.get(timeout=_LOOK_UP)
