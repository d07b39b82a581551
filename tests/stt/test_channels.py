"""``voicebridge stt --channels`` on a call with real weights: two speakers, one per channel, who talk simultaneously once."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

CALL = Path(__file__).parents[1] / "recordings/call.opus"
Run = Callable[..., "subprocess.CompletedProcess[str]"]
Record = Callable[..., Path]


def test_who_speaks_is_named_and_nobody_is_lost_where_two_speak_at_once(run: Run) -> None:
    done = run(str(CALL), "--channels", "Agent, Caller")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0].startswith("Caller: Go forward")
    agent = " ".join(line for line in done.stdout.splitlines() if line.startswith("Agent: "))
    caller = " ".join(line for line in done.stdout.splitlines() if line.startswith("Caller: "))
    assert "disposed young man" in agent
    assert "spades" in caller
    assert "hearts" in caller


def test_files_and_events_name_the_channels(run: Run, tmp_path: Path) -> None:
    done = run(str(CALL), "--channels", "each", "-f", "json", "-f", "vtt", "-o", ".", "--json-lines", "--word-timestamps")

    assert done.returncode == 0, done.stderr
    document = json.loads((tmp_path / "call.json").read_text("utf-8"))
    said = [event["speaker"] for line in done.stdout.splitlines() if (event := json.loads(line))["type"] == "segment"]
    assert [segment["speaker"] for segment in document["segments"]] == said
    assert set(said) == {"Channel 1", "Channel 2"}
    assert "<v Channel 2>" in (tmp_path / "call.vtt").read_text("utf-8")
    for segment in document["segments"]:
        starts = [word["start"] for word in segment["words"]]
        assert starts == sorted(starts)


def test_a_stretch_of_a_call_keeps_its_times(run: Run) -> None:
    done = run(str(CALL), "--channels", "Agent,Caller", "--start", "3.5", "-f", "tsv", "-o", "-")

    starts = [int(line.split("\t")[0]) for line in done.stdout.splitlines()[1:]]
    assert starts[0] == pytest.approx(4_200, abs=300)
    assert starts == sorted(starts)


@pytest.mark.parametrize(
    ("layout", "names", "said"),
    [
        ("mono", "Agent,Caller", "talk.wav has only one channel. Transcribe it without --channels."),
        ("mono", "each", "talk.wav has only one channel. Transcribe it without --channels."),
        ("stereo", "A,B,C", "talk.wav has 2 channels, and 3 names are given. Give one name per channel, in order, or each to number them."),
    ],
)
def test_a_recording_with_other_channels_is_one_line(layout: str, names: str, said: str, record: Record, run_here: Run) -> None:
    record("talk.wav", "pcm_s16le", layout=layout)
    done = run_here("stt", "-m", "tiny.en", "talk.wav", "--channels", names)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip() == f"Error: {said}"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--channels", ""], "A channel has no name."),
        (["--channels", "Agent,"], "A channel has no name."),
        (["--channels", "Agent,Agent"], "Two channels have the name 'Agent'."),
        (["--channels", "each", "-"], "--channels reads a recording once per channel, but standard input can be read only once."),
    ],
)
def test_names_and_inputs_that_make_no_sense_are_wrong_usage(words: list[str], said: str, run_here: Run) -> None:
    done = run_here("stt", "-m", "tiny.en", *words, *([] if "-" in words else [str(CALL)]))

    assert done.returncode == 2
    assert f"Error: {said}" in done.stderr


def test_channels_are_not_for_the_microphone(run: Run) -> None:
    done = run("--channels", "each")

    assert done.returncode == 2
    assert "--channels applies only to files. Give INPUTS, or leave --channels out." in done.stderr
