from __future__ import annotations

import logging
import os
import re
import sys
from contextlib import closing
from pathlib import Path

import pytest
from voicebridge.cli.shared.terminal import ProgressBars, RecordingProgress, Remarks, Total
from voicebridge.testing.lab.terminal import Terminal


@pytest.mark.parametrize(
    ("quiet", "verbose", "shown"),
    [
        (True, False, ["Error: Plain error"]),
        (False, False, ["A remark", "Warning: No GPU, so the CPU works", "Error: Plain error"]),
        (False, True, ["A remark", "A detail", "Loaded", "Warning: No GPU, so the CPU works", "Error: Plain error"]),
    ],
)
def test_a_user_hears_as_much_as_they_asked_for(quiet: bool, verbose: bool, shown: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    remarks = Remarks(quiet=quiet, verbose=verbose)
    remarks.listen_to("acme_asr")
    log = logging.getLogger("acme_asr.engine")
    remarks.say("A remark")
    remarks.detail("A detail")
    log.info("Loaded")
    log.warning("No GPU,\nso the CPU %s", "works")
    remarks.error("Plain\nerror")

    out, err = capsys.readouterr()
    assert err.splitlines() == shown
    assert out == ""


def test_without_a_terminal_there_is_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressBars(1, shown=True) as bars:
        bars.begin(Path("talk.mp3"), 60.0)
        bars.heard(Path("talk.mp3"), 30.0)
        bars.end(Path("talk.mp3"))

    assert capsys.readouterr() == ("", "")


def test_the_pace_of_a_recording_that_goes_on_counts_the_work_of_this_run_only() -> None:
    pace = RecordingProgress(began=100.0, duration=60.0, first=20.0)
    assert (pace.work, pace.left, pace.factor(105.0)) == (0.0, 40.0, None)

    pace.heard = 40.0
    assert (pace.work, pace.left, pace.factor(105.0)) == (20.0, 20.0, 0.25)


def test_what_is_left_counts_what_has_not_begun_as_long_as_the_others() -> None:
    total = Total(recordings=4)
    assert Total(recordings=4).left is None  # not known yet

    for name, duration in (("a", 100.0), ("b", 50.0)):
        total.begin(Path(name), RecordingProgress(0.0, duration))
        total.under_way[Path(name)].heard = 50.0
    assert total.work == 100
    assert total.left == 50 + 0 + 2 * 75

    total.end(Path("b"))
    total.begin(Path("c"), RecordingProgress(10.0, None))
    assert total.work == 100
    assert total.left is None  # the duration of c is unknown


PROGRESS = """
from pathlib import Path
from voicebridge.cli.shared.terminal import ProgressBars

with ProgressBars(3, shown=True) as bars:
    bars.begin(Path("done"), 40.0)
    bars.heard(Path("done"), 40.0)
    bars.end(Path("done"))
    bars.begin(Path("talk"), 80.0, first=20.0)
    bars.heard(Path("talk"), 40.0)
    input()
"""


def test_on_a_terminal_each_recording_and_all_show_the_time_that_is_left() -> None:
    with closing(Terminal([sys.executable, "-c", PROGRESS], os.environ)) as terminal:
        terminal.wait_for("0:40/1:20 RTF ")
        terminal.wait_for(" left\rall ")
        assert re.search(r"1/3 files +\d\d:\d\d left\r\ntalk \S+ 0:40/1:20 RTF \d+\.\d\d \d\d:\d\d left", terminal.shown)
        terminal.type("\n")
        assert terminal.wait() == 0


DIARIZED = """
from pathlib import Path
from voicebridge.cli.shared.terminal import ProgressBars

talk = Path("talk")
with ProgressBars(1, shown=True) as bars:
    bars.begin(talk, 296.0)
    bars.diarized(talk, 83.0)
    input()
    bars.diarized(talk, 296.0)
    bars.heard(talk, 0.0)
    input()
    bars.heard(talk, 74.0)
    input()
"""


def test_while_a_diarizer_reads_a_recording_its_bar_says_so_and_starts_again_for_the_transcript() -> None:
    with closing(Terminal([sys.executable, "-c", DIARIZED], os.environ)) as terminal:
        terminal.wait_for("speakers 1:23/4:56")
        assert "RTF" not in terminal.shown
        terminal.type("\n")
        terminal.wait_for(" 0:00/4:56")
        terminal.type("\n")
        terminal.wait_for(" 1:14/4:56 RTF 0.")
        assert "speakers" not in terminal.shown.rpartition("0:00/4:56")[2]
        terminal.type("\n")
        assert terminal.wait() == 0
