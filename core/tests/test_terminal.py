from __future__ import annotations

import logging

import pytest
from voicebridge.cli.terminal import ProgressBar, Remarks, clock


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
    try:
        remarks.say("A remark")
        remarks.detail("A detail")
        log.info("Loaded")
        log.warning("No GPU,\nso the CPU %s", "works")
        remarks.error("Plain\nerror")
    finally:
        logging.getLogger("acme_asr").handlers.clear()
        logging.getLogger("voicebridge").handlers.clear()

    out, err = capsys.readouterr()
    assert err.splitlines() == shown
    assert out == ""


def test_without_a_terminal_there_is_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressBar(shown=True) as bar:
        bar.begin("talk.mp3", 60.0)
        bar.heard(30.0)

    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (125, "2:05"), (3723, "1:02:03")])
def test_a_clock_shows_hours_only_where_there_are_any(seconds: float, text: str) -> None:
    assert clock(seconds) == text
