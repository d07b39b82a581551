"""Label the speakers of segments from the turns that a diarizer has found (docs/adr/0047-diarizers.md)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import accumulate, groupby
from pathlib import Path
from typing import Protocol

from voicebridge.audio.opened import OnHeard, Sound, metered
from voicebridge.errors import InputError, UsageError
from voicebridge.extension_ports import Turn
from voicebridge.speech import AudioChunk, Segment, Word


def label_speakers(asked: bool | None, configured: bool, speakers: int | None, channels: object) -> bool:
    """Whether speakers are labelled.

    Args:
        asked: by the user for this run; ``None`` if not said.
        configured: in the configuration.
        speakers: how many people speak, if the user has said so.
        channels: the channels that are transcribed separately, with the names of their speakers; ``None`` if they are mixed.

    Raises:
        UsageError: if it contradicts the other arguments.
    """
    if channels is not None and (asked or speakers is not None):
        raise UsageError("The speakers are those of the channels. Either transcribe channels separately, or label speakers (diarize).")
    labelled = channels is None and (configured if asked is None else asked)
    if speakers is not None and not labelled:
        raise UsageError("A number of speakers applies only if speakers are labelled. Use it with --diarize (in Python diarize=True).")
    return labelled


class SpeakerFinder(Protocol):
    """A diarizer, guarded and loaded on first use."""

    name: str
    """``plugin/name``."""
    sample_rate: int
    """Of the audio that it receives, in Hz."""

    def check(self, speakers: int | None) -> None:
        """Reject a number of speakers.

        Raises:
            NotSupportedError: if it doesn't tell so many apart.
        """
        ...

    def turns(self, audio: Iterable[AudioChunk], speakers: int | None) -> list[Turn]:
        """All turns of a recording, in order of their starts.

        Raises:
            VoiceBridgeError: if the recording or the diarizer fails.
        """
        ...

    def close(self) -> None:
        """Free its resources; it is loaded again when it is used."""
        ...


@dataclass(frozen=True, kw_only=True)
class Diarization:
    """How the speakers of recordings are labelled."""

    finder: SpeakerFinder
    speakers: int | None
    """How many people speak, if known."""
    words: bool
    """Whether segments keep their words; the request has them in any case, if the model supports them."""
    open_audio: Callable[[Path], Sound]
    """Opens a recording, which this process decodes; raises :class:`InputError` if it can't be read."""

    def turns(self, recording: Path, on_heard: OnHeard | None = None) -> list[Turn]:
        """Find all turns of a recording.

        Args:
            recording: is opened.
            on_heard: called with the position (s) up to which the diarizer has taken it; an exception ends the work.

        Raises:
            VoiceBridgeError: if the recording or the diarizer fails.
        """
        from voicebridge.audio.condition import conditioned  # imports numpy, which is not needed without a diarizer

        with closing(self.open_audio(recording)) as opened, closing(opened.chunks(self.finder.sample_rate)) as audio:
            sound: Iterable[AudioChunk] = conditioned(audio)
            return self.finder.turns(metered(sound, on_heard) if on_heard else sound, self.speakers)

    def labels(self, turns: Sequence[Turn], name: str) -> SpeakerLabels:
        """The labels of a recording called ``name``."""
        return SpeakerLabels(turns, name=name, finder=self.finder.name, words=self.words)


class SpeakerLabels:
    """Labels the segments of one recording; the result depends only on the turns and the segment, so that it can be resumed."""

    def __init__(self, turns: Sequence[Turn], *, name: str, finder: str, words: bool) -> None:
        """Number the speakers in the order in which they first speak.

        Args:
            turns: in order of their starts.
            name: of the recording, for messages.
            finder: full name of the diarizer, for messages.
            words: whether segments keep their words.
        """
        self._turns = turns
        self._name, self._finder, self._words = name, finder, words
        self._starts = [turn.start for turn in turns]
        self._ends = list(accumulate((turn.end for turn in turns), max))  # the latest end so far
        self._numbers = {label: number for number, label in enumerate(dict.fromkeys(turn.speaker for turn in turns), 1)}

    def parts(self, segment: Segment) -> list[Segment]:
        """The segment with its speaker, or several if the speaker changes between two of its words.

        Raises:
            InputError: if the diarizer has found nobody in the recording.
        """
        if not self._turns:
            raise InputError(f"{self._name}: {self._finder} has found no speaker in it. Transcribe it with --no-diarize.")
        whole = self._speaker(segment.start, segment.end)
        runs = self._runs(segment, whole)
        cuts = _cuts(segment, [len(words) for _, words in runs]) if len(runs) > 1 else None
        if cuts is None:
            return [self._plain(replace(segment, speaker=self._shown(whole)))]
        parts = []
        for number, (label, words) in enumerate(runs):
            start = segment.start if not number else min(max(words[0].start, segment.start), segment.end)
            end = segment.end if number == len(runs) - 1 else min(max(words[-1].end, start), segment.end)
            text = segment.text[cuts[number] : cuts[number + 1]].strip()
            parts.append(replace(segment, start=start, end=end, text=text, words=tuple(words), speaker=self._shown(label)))
        return [self._plain(part) for part in parts]

    def _plain(self, part: Segment) -> Segment:
        return part if self._words else replace(part, words=())

    def _shown(self, label: str) -> str:
        return f"Speaker {self._numbers[label]}"

    def _runs(self, segment: Segment, whole: str) -> list[tuple[str, list[Word]]]:
        """Consecutive words of the same speaker. Where several speak at once, the one before goes on."""
        labels: list[str] = []
        for word in segment.words:
            seconds = self._seconds(word.start, max(word.end, word.start + 0.01))
            most = max(seconds.values(), default=0.0)
            before = labels[-1] if labels else whole
            best = [label for label, share in seconds.items() if share >= most - 1e-6]
            labels.append(before if not best or before in best else min(best, key=self._numbers.__getitem__))
        pairs = zip(labels, segment.words, strict=True)
        return [(label, [word for _, word in group]) for label, group in groupby(pairs, key=lambda pair: pair[0])]

    def _speaker(self, start: float, end: float) -> str:
        """Who speaks for the longest time, else who speaks nearest to it."""
        if seconds := self._seconds(start, max(end, start + 0.01)):
            return max(seconds, key=lambda label: (seconds[label], -self._numbers[label]))
        return min(self._turns, key=lambda turn: (max(turn.start - end, start - turn.end), self._numbers[turn.speaker])).speaker

    def _seconds(self, start: float, end: float) -> dict[str, float]:
        """How long each speaker speaks within a time, in seconds; without those who don't."""
        seconds: dict[str, float] = {}
        for turn in self._turns[bisect_left(self._ends, start) : bisect_left(self._starts, end)]:
            if (share := min(turn.end, end) - max(turn.start, start)) > 0:
                seconds[turn.speaker] = seconds.get(turn.speaker, 0.0) + share
        return seconds


def _cuts(segment: Segment, counts: Sequence[int]) -> list[int] | None:
    """Where to cut the text between groups of so many words, with both ends; ``None`` if the words are not those of the text."""
    starts: list[int] = []
    at = 0
    for word in segment.words:
        begin = segment.text.find(word.text, at)
        if begin < 0 or any(each.isalnum() for each in segment.text[at:begin]):
            return None
        starts.append(begin)
        at = begin + len(word.text)
    firsts = list(accumulate(counts, initial=0))[:-1]
    return [0, *(starts[first] for first in firsts[1:]), len(segment.text)]
