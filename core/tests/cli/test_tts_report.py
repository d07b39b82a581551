"""How ``voicebridge tts`` reports passages that were not spoken as written."""

from __future__ import annotations

from voicebridge.cli.tts.report import describe
from voicebridge.tts.verify.check import Deviation


def test_what_is_wrong_with_a_piece_is_told_in_one_line() -> None:
    told = describe(Deviation(missing=("the bees",), invented=("thank you",), implausible="2.0 s of silence after 1.0 s"))

    assert told == "not heard: 'the bees'; not written: 'thank you'; 2.0 s of silence after 1.0 s"
