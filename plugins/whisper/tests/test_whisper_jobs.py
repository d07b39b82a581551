"""Which pieces may be decoded together, and in which window."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from voicebridge.recognition.segmenter import Piece
from voicebridge_whisper.decoder import FULL_WINDOW, Ask
from voicebridge_whisper.jobs import Job
from voicebridge_whisper.window import frames_for


def job(recording: int, number: int = 0, frames: int = 1000, language: str | None = "en") -> Job:
    return Job((recording, number), Piece(np.zeros(0, np.float32)), Ask(language), frames)


def test_pieces_with_other_windows_or_languages_go_apart() -> None:
    apart = [job(1), job(2, frames=FULL_WINDOW), job(4, language="de"), job(5, language=None), job(6, language=None)]

    assert job(1).batch == job(3).batch
    assert len({each.batch for each in apart}) == len(apart)


def test_a_longer_piece_never_gets_a_shorter_window() -> None:
    seconds = [tenth / 10 for tenth in range(300)]
    windows = [frames_for(each, short=True) for each in seconds]

    # From 10 s on less silence follows.
    assert all(a <= b for (x, a), (_, b) in pairwise(zip(seconds, windows, strict=True)) if x != 10.0)
    assert all(window == FULL_WINDOW or window >= each * 100 + 300 for window, each in zip(windows, seconds, strict=True))
    assert {frames_for(each, short=False) for each in seconds} == {FULL_WINDOW}


def test_futures_of_a_job_are_its_own() -> None:
    assert job(1).done is not job(1).done
