"""Split a recording into utterances, each of which is transcribed at the pause after it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeAlias

from voicebridge.audio.endpoint import Endpointer, Stretch
from voicebridge.speech import Segment

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Piece: TypeAlias = "Future[tuple[float, list[Segment]]]"
"""An utterance that is being transcribed: its start in the recording (s), and its segments, whose times start there."""

_KEPT = 2.0  # seconds of silence kept in case speech starts in them


class Utterances:
    """Splits audio into utterances, and keeps only the audio needed for that."""

    def __init__(self, sample_rate: int, begin: Callable[[npt.NDArray[np.float32], float], Piece], give: Callable[[Piece], None]) -> None:
        """Transcribe each utterance with ``begin``, called with its audio and its start (s), and pass the results to ``give``, in order."""
        self.endpointer = Endpointer(sample_rate)
        self._rate = sample_rate
        self._begin, self._give = begin, give
        self._blocks: list[npt.NDArray[np.float32]] = []
        self._first = self._end = 0  # indices of the first sample that is kept, and of the next one
        self._draft: tuple[Stretch, Piece] | None = None

    def feed(self, samples: npt.NDArray[np.float32]) -> None:
        """Process ``float32[n]``; an utterance is transcribed when a pause follows it."""
        self._blocks.append(samples)
        self._end += len(samples)
        for stretch in self.endpointer.feed(samples):
            self._cut(stretch)
        if self.endpointer.silence > _KEPT:
            self._drop(self._end - round(_KEPT * self._rate))

    def draft(self) -> None:
        """Start a draft of the current utterance, as if nothing more were said; unless already started."""
        stretch = self.endpointer.under_way
        if stretch is None or self._is_drafted(stretch):
            return
        if self._draft is not None:
            self._draft[1].cancel()  # more was said; unless it has started, it is not needed
        self._draft = stretch, self._begin(self._sound(stretch), stretch.start)

    def finish(self) -> None:
        """The recording has ended: transcribe the last utterance."""
        for stretch in self.endpointer.finish():
            self._cut(stretch)

    def _cut(self, stretch: Stretch) -> None:
        sound = self._sound(stretch)
        self._give(self._draft[1] if self._draft is not None and self._is_drafted(stretch) else self._begin(sound, stretch.start))
        self._draft = None
        self._drop_until(round(stretch.end * self._rate))

    def _is_drafted(self, stretch: Stretch) -> bool:
        return self._draft is not None and (self._draft[0].start, self._draft[0].spoken) == (stretch.start, stretch.spoken)

    def _sound(self, stretch: Stretch) -> npt.NDArray[np.float32]:
        import numpy as np

        self._blocks = [np.concatenate(self._blocks)]
        first, last = (max(0, round(each * self._rate) - self._first) for each in (stretch.start, stretch.end))
        return self._blocks[0][first:last].copy()

    def _drop_until(self, number: int) -> None:
        self._blocks = [self._blocks[0][max(0, number - self._first) :]]
        self._first = min(max(self._first, number), self._end)

    def _drop(self, before: int) -> None:
        while self._blocks and self._first + len(self._blocks[0]) <= before:
            self._first += len(self._blocks.pop(0))
