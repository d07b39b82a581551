"""What ``voicebridge tts`` says of its progress, and of what was not heard as it is written."""

from __future__ import annotations

import pytest
from voicebridge.cli.tts_report import describe, time_left
from voicebridge.pipeline.verify import Finding


@pytest.mark.parametrize(
    ("took", "done", "letters", "left"),
    [(10.0, 100, 300.0, 30.0), (10.0, 100, 0.0, 0.0), (10.0, 100, -5.0, 0.0), (3.0, 0, 300.0, None)],
    ids=["a quarter is done", "all is done", "more than was counted", "nothing yet"],
)
def test_the_time_left_follows_from_the_pace_of_this_run(took: float, done: int, letters: float, left: float | None) -> None:
    assert time_left(took, done, letters) == left


def test_what_is_wrong_with_a_piece_is_told_in_one_line() -> None:
    told = describe(Finding(missing=("the bees",), invented=("thank you",), implausible="2.0 s of silence after 1.0 s"))

    assert told == "not heard: 'the bees'; not written: 'thank you'; 2.0 s of silence after 1.0 s"
