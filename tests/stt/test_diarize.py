"""``voicebridge stt --diarize`` with real weights and the diarizer that ``voicebridge plugins new`` writes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from voicebridge.testing.processes import killed_after, wait_until

Run = Callable[..., "subprocess.CompletedProcess[str]"]
FORMATS = ("txt", "srt", "vtt", "json", "tsv", "csv", "lrc", "md", "ass", "ttml")
WHO = ["Speaker 1", "Speaker 2", "Speaker 1"]

pytestmark = pytest.mark.timeout(300)


def speakers(document: str) -> list[str]:
    """Who speaks, one after another."""
    labels = [segment.get("speaker") for segment in json.loads(document)["segments"]]
    return [label for n, label in enumerate(labels) if not n or label != labels[n - 1]]


def test_speakers_are_named_in_every_format(run: Run, pitch: Path, meeting: Path, tmp_path: Path) -> None:
    assert run(str(meeting), "-f", "txt").returncode == 0
    assert "Speaker" not in (tmp_path / "meeting.txt").read_text("utf-8")  # a plugin alone changes nothing

    done = run(str(meeting), "--diarize", "--overwrite", *(word for name in FORMATS for word in ("-f", name)))
    assert done.returncode == 0, done.stderr
    for name in FORMATS:
        text = (tmp_path / f"meeting.{name}").read_text("utf-8")
        assert "Speaker 1" in text, name
        assert "Speaker 2" in text, name
    document = (tmp_path / "meeting.json").read_text("utf-8")
    assert speakers(document) == WHO
    assert not any("words" in segment for segment in json.loads(document)["segments"])
    assert "Stella" in " ".join(line for line in (tmp_path / "meeting.txt").read_text("utf-8").splitlines() if "Speaker 2" in line)


def test_the_configuration_the_number_of_speakers_and_a_stretch_apply(
    run: Run, voicebridge: Run, pitch: Path, meeting: Path, tmp_path: Path
) -> None:
    assert voicebridge("config", "set", "stt.diarize", "true").returncode == 0
    printed = run(str(meeting), "-f", "json", "-o", "-", "--start", "3", "--word-timestamps")
    assert speakers(printed.stdout) == ["Speaker 1", "Speaker 2"], printed.stderr  # the high voice is the first one here
    assert all(segment["words"] and segment["start"] >= 3 for segment in json.loads(printed.stdout)["segments"])
    assert speakers(run(str(meeting), "-f", "json", "-o", "-", "--speakers", "1").stdout) == ["Speaker 1"]
    assert "Speaker" not in run(str(meeting), "--no-diarize").stdout
    events = [json.loads(line) for line in run(str(meeting), "--json-lines").stdout.splitlines()]
    assert {event["speaker"] for event in events if event["type"] == "segment"} == {"Speaker 1", "Speaker 2"}
    assert not any("words" in event for event in events)


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
def test_a_killed_run_is_resumed_with_the_same_speakers(
    run: Run, pitch: Path, meeting: Path, tmp_path: Path, command: str, environment: dict[str, str]
) -> None:
    words = ["--diarize", "-f", "json", "-f", "srt", "--resume"]
    assert run(meeting.name, *words).returncode == 0
    whole = {name: (tmp_path / name).read_bytes() for name in ("meeting.json", "meeting.srt")}
    for name in whole:
        (tmp_path / name).unlink()
    log = tmp_path / ".meeting.voicebridge-part"
    started = [command, "stt", "-m", "tiny.en", meeting.name, *words]
    with subprocess.Popen(started, cwd=tmp_path, env=environment) as process, killed_after(process):
        wait_until(lambda: log.exists() and (log.read_bytes().count(b"\n") >= 3 or process.poll() is not None), "a segment")
        process.kill()
        assert process.wait() in (-signal.SIGKILL, 0)
    (pitch / "diarizer.py").write_text("class Pitch:\n    close = None\n")  # a resumed run needs no diarizer
    assert run(meeting.name, *words).returncode == 0
    assert {name: (tmp_path / name).read_bytes() for name in whole} == whole


def test_a_faulty_diarizer_costs_the_recording_and_nothing_is_written(run: Run, pitch: Path, meeting: Path, tmp_path: Path) -> None:
    file = pitch / "diarizer.py"
    file.write_text(file.read_text("utf-8").replace("float(end)", "float('nan')"), "utf-8")
    before = set(tmp_path.iterdir())
    done = run(meeting.name, "--diarize", "-f", "txt", "-f", "srt")

    assert (done.returncode, done.stdout) == (1, "")
    assert "Error: The diarizer pitch/pitch yielded a turn whose times are 0.0" in done.stderr
    assert done.stderr.strip().endswith("Report it to the maintainers of voicebridge-pitch.")
    assert len(done.stderr.splitlines()) == 1
    assert set(tmp_path.iterdir()) <= before | {tmp_path / "home"}


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
def test_an_interrupt_ends_a_diarizer_that_computes(
    pitch: Path, meeting: Path, tmp_path: Path, command: str, environment: dict[str, str]
) -> None:
    file, begun = pitch / "diarizer.py", tmp_path / "begun"
    endless = f"open({str(begun)!r}, 'w').close(); __import__('threading').Event().wait()"
    file.write_text(file.read_text("utf-8").replace("turns = [(start", f"{endless}\n        turns = [(start"), "utf-8")
    started = [command, "stt", "-m", "tiny.en", meeting.name, "--diarize", "-f", "txt"]
    with subprocess.Popen(started, cwd=tmp_path, env=environment, stderr=subprocess.PIPE) as process, killed_after(process):
        wait_until(begun.exists, "the diarizer to begin")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    assert not list(tmp_path.glob("*.txt")) + list(tmp_path.glob(".meeting*"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--diarize", "--channels", "A,B"], "The speakers are those of the channels."),
        (["--speakers", "2"], "A number of speakers applies only if speakers are labelled."),
        (
            ["--diarize"],
            "No active plugin provides a diarizer, which tells speakers apart. Install a plugin with one, or use a model that labels "
            "speakers itself: -m vibevoice/asr",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(words: list[str], said: str, run_here: Run, meeting: Path) -> None:
    done = run_here("stt", "-m", "tiny.en", str(meeting), *words)

    assert done.returncode > 0
    assert done.stderr.startswith(f"Error: {said}")


def test_more_speakers_than_possible_and_standard_input_are_refused(run: Run, pitch: Path, meeting: Path) -> None:
    assert "pitch/pitch tells apart up to 4 speakers, not 9." in run(str(meeting), "--diarize", "--speakers", "9").stderr
    assert "A diarizer needs a recording that can be read twice, unlike standard input." in run("-", "--diarize").stderr


PYTHON = """
import sys, json
from pathlib import Path
import voicebridge
from voicebridge.testing import FOX

def who(transcript):
    return [[segment.speaker, segment.words == ()] for segment in transcript.segments]

path = sys.argv[1]
with voicebridge.load_model("tiny.en") as model:
    print(json.dumps(who(model.transcribe(path, diarize=True))))
    print(json.dumps(who(model.transcribe(open(path, "rb").read(), diarize=True, speakers=2))))
    print(json.dumps(who(model.transcribe(FOX.at(16_000), diarize=True, words=True))))
    print(json.dumps(who(model.transcribe(path))))
    for wrong in ({"speakers": 0}, {"speakers": 2}, {"diarize": True, "channels": "each"}):
        try:
            model.transcribe(path, **wrong)
        except voicebridge.UsageError as error:
            print(error)
    try:
        model.transcribe(open(path, "rb"), diarize=True)
    except voicebridge.UsageError as error:
        print(error)
host = voicebridge.Host.load()
print([each.name for each in host.diarizers()])
diarizer = host.load_diarizer("pitch")
chunks = [voicebridge.AudioChunk(FOX.at(16_000), 16_000)]
print({turn.speaker for turn in diarizer.diarize(chunks, None)})
diarizer.close()
job = voicebridge.SttJob(
    id="one", recording=Path(path), outputs=(("json", Path(path).with_name("job.json")),), model="whisper/tiny.en",
    request=voicebridge.SttRequest(words=True), diarizer="pitch/pitch", speakers=2, keeps_words=False,
)
with voicebridge.SttWorker() as worker:
    print(worker.run(voicebridge.SttJob.from_json(job.to_json())).error)
"""


def test_python_labels_speakers_too(pitch: Path, meeting: Path, environment: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PYTHON, str(meeting)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    path, read, alone, without, *said = done.stdout.splitlines()
    assert path == read
    assert [speaker for speaker, _ in json.loads(path)] == WHO
    assert all(no_words for _, no_words in json.loads(path))
    assert set(map(tuple, json.loads(alone))) == {("Speaker 1", False)}
    assert {speaker for speaker, _ in json.loads(without)} == {None}
    assert [line.partition(".")[0] for line in said[:4]] == [
        "speakers must be a number from 1, not 0",
        "A number of speakers applies only if speakers are labelled",
        "The speakers are those of the channels",
        "A stream can be read only once, but a diarizer reads it first",
    ]
    assert said[4:] == ["['pitch/pitch']", "{'voice 0'}", "None"]
    assert speakers((tmp_path / "job.json").read_text("utf-8")) == WHO  # a worker of an executor


def test_a_watched_folder_labels_speakers_too(voicebridge: Run, pitch: Path, meeting: Path, tmp_path: Path) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    meeting.rename(folder / meeting.name)
    done = voicebridge("watch", str(folder), "--once", "--diarize", "-m", "tiny.en", "-f", "json", "--stable-for", "0")
    assert done.returncode == 0, done.stderr
    assert speakers((folder / "meeting.json").read_text("utf-8")) == WHO


def test_doctor_and_the_list_of_plugins_name_it(voicebridge: Run, pitch: Path) -> None:
    assert "1 diarizer" in voicebridge("plugins", environment={"COLUMNS": "200"}).stdout
    rows = json.loads(voicebridge("doctor", "--json").stdout)
    assert [row["detail"] for row in rows if row["what"] == "diarizer pitch/pitch"] == ["labels speakers with --diarize, up to 4 speakers"]
    assert voicebridge("config", "set", "stt.diarizer", "pich").returncode == 0
    rows = json.loads(voicebridge("doctor", "--json").stdout)
    assert {row["what"]: row["detail"] for row in rows}["diarizer pitch/pitch"] == "not used, up to 4 speakers"
    [wrong] = [row for row in rows if row["what"] == "diarizer"]
    assert wrong["detail"].startswith("stt.diarizer: No diarizer is named 'pich'. Did you mean 'pitch'?")
    assert wrong["remedy"] == "voicebridge config unset stt.diarizer"
