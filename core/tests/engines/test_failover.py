"""Jobs continue with the next engine if one disappears: nothing is lost or duplicated, whenever results are returned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge.engines import failover
from voicebridge.engines.messages import PeerGoneError
from voicebridge.errors import InputError
from voicebridge.speech import AudioChunk, Segment, SttRequest, TtsRequest

pytestmark = pytest.mark.heavy


class Dies:
    """Yields a segment for each end, and disappears after a number of them; ends may be equal, like words at the same time."""

    def __init__(self, ends: list[int], after: int | None) -> None:
        self.ends, self.after = ends, after

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Iterator[Segment]:
        total = sum(float(chunk.samples.sum()) for chunk in audio)
        for at, (number, end) in enumerate((n, end) for n, end in enumerate(self.ends) if end > request.after):
            if at == self.after:
                raise PeerGoneError("was killed")
            yield Segment(0.0, float(end), "a guess", final=False)
            yield Segment(0.0, float(end), f"{number} of {total:g}")
        if self.after is not None:
            raise PeerGoneError("was killed")

    def close(self) -> None:
        pass


class Speaks:
    """Yields a sample per character, in chunks of a given size, and disappears after a number of chunks."""

    def __init__(self, size: int, after: int | None) -> None:
        self.size, self.after = size, after

    def synthesize(self, text: Iterable[str], request: TtsRequest) -> Iterator[AudioChunk]:
        made = at = 0
        for piece in text:
            for start in range(0, len(piece), self.size):
                if made == self.after:
                    raise PeerGoneError("was killed")
                samples = np.array([ord(c) / 1024 for c in piece[start : start + self.size]], np.float32)
                yield AudioChunk(samples, 10, at / 10)
                at += len(samples)
                made += 1
        if self.after is not None:
            raise PeerGoneError("was killed")

    def close(self) -> None:
        pass


def sound(chunks: int) -> Iterator[AudioChunk]:
    return (AudioChunk(np.full(4, n + 1, np.float32), 16_000, n / 4) for n in range(chunks))


def heard(engines: list[Any], **asked: Any) -> list[str]:
    resumes = asked.pop("resumes", True)
    segments = failover.transcribe(engines, sound(5), SttRequest(**asked), resumes=resumes)
    return [segment.text for segment in segments if segment.final]


@given(st.lists(st.integers(0, 6), max_size=12).map(sorted), st.lists(st.integers(0, 12), max_size=4), st.integers(0, 3))
def test_a_recording_has_the_same_segments_wherever_its_engines_die(ends: list[int], deaths: list[int], after: int) -> None:
    ends = [end + 1 for end in ends]
    engines = [Dies(ends, death) for death in deaths]
    assert heard([*engines, Dies(ends, None)], after=float(after)) == [f"{n} of 60" for n, end in enumerate(ends) if end > after]


@given(st.lists(st.text(), max_size=5), st.lists(st.tuples(st.integers(1, 7), st.integers(0, 9)), max_size=4), st.integers(1, 7))
def test_a_text_has_the_same_sound_wherever_its_engines_die(pieces: list[str], deaths: list[tuple[int, int]], size: int) -> None:
    chunks = list(failover.synthesize([*(Speaks(*death) for death in deaths), Speaks(size, None)], iter(pieces), TtsRequest()))
    expected = [ord(c) for piece in pieces for c in piece]
    assert [round(float(s) * 1024) for chunk in chunks for s in chunk.samples] == expected
    at = 0
    for chunk in chunks:
        assert chunk.start == pytest.approx(at / 10)
        at += len(chunk.samples)


def test_without_resuming_a_guess_may_be_repeated_but_no_text() -> None:
    assert heard([Dies([1, 2], 0), Dies([1, 2], None)], resumes=False) == ["0 of 60", "1 of 60"]
    with pytest.raises(PeerGoneError, match="was killed"):
        heard([Dies([1, 2], 1), Dies([1, 2], None)], resumes=False)


def test_when_all_are_gone_that_is_said() -> None:
    with pytest.raises(PeerGoneError, match="was killed"):
        heard([Dies([1], 0), Dies([1], 0)])
    with pytest.raises(PeerGoneError):
        list(failover.synthesize([Speaks(1, 0)], ["a"], TtsRequest()))


def test_a_fault_of_the_sound_comes_through_and_is_not_tried_again() -> None:
    def broken() -> Iterator[AudioChunk]:
        yield from sound(1)
        raise InputError("It is damaged.")

    with pytest.raises(InputError, match="damaged"):
        list(failover.transcribe([Dies([1], None), Dies([1], None)], broken(), SttRequest(), resumes=True))


def test_sound_that_is_too_long_to_be_kept_is_heard_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with failover.ReplayBuffer(sound(3), most=40) as kept:
        assert len(list(kept.all())) == 3
        assert not kept.is_whole
    with failover.ReplayBuffer(sound(3)) as kept:
        first = kept.all()
        next(first)
        assert [chunk.start for chunk in kept.all()] == [0.0, 0.25, 0.5]
        assert [chunk.samples.tolist() for chunk in kept.all()] == [[1.0] * 4, [2.0] * 4, [3.0] * 4]


def test_sound_that_no_disk_has_room_for_is_heard_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with failover.ReplayBuffer(sound(3)) as kept:
        assert kept._file is not None
        monkeypatch.setattr(kept._file, "write", _full)
        assert len(list(kept.all())) == 3
        assert not kept.is_whole


def _full(_: bytes) -> int:
    raise OSError(28, "No space left on device")
