"""The real command is killed at any moment; afterwards every file has been processed exactly once."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from voicebridge.testing.processes import THOROUGH, killed_after

pytestmark = pytest.mark.heavy

COMMAND = shutil.which("voicebridge", path=str(Path(sys.executable).parent)) or "voicebridge"
posix = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
Start = Callable[..., "subprocess.Popen[str]"]
KILLS = 30 if THOROUGH else 10


@pytest.fixture
def start(room: Any, tmp_path: Path) -> Start:
    """Start ``voicebridge watch`` with the test's own engine."""

    def start(*words: str, home: str = "home", takes: float = 0.0) -> subprocess.Popen[str]:
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(room.site), *filter(None, [os.environ.get("PYTHONPATH")])]),
            "VOICEBRIDGE_HOME": str(tmp_path / home),
            "VOICEBRIDGE_PLUGINS": "watched",
            "TAKES": str(takes),
        }
        command = [COMMAND, "watch", "drop", *words]
        return subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    return start


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, said = process.communicate(timeout=90)
    return process.returncode, said


@posix
def test_kills_at_random_moments_leave_every_file_done_once(room: Any, start: Start, until: Any) -> None:
    chance = random.Random(seed := random.randrange(1_000_000))
    print(f"seed {seed}")  # noqa: T201
    expected: dict[str, int] = {}
    kills = 0
    while kills < KILLS:
        done, before = _done(room, expected), len(room.asked())
        with start("-m", "teller", "-f", "txt", "-f", "json", "--stable-for", "0.1", takes=0.01) as process, killed_after(process):
            for number in range(len(expected), len(expected) + 2):
                expected[f"{number}.wav"] = 1000 + number
                _copy_slowly(room, f"{number}.wav", 1000 + number, chance)
            if chance.random() < 0.8:  # around the next transcript, otherwise anywhere
                _wait_for_work(room)
                time.sleep(chance.uniform(0.0, 0.1))
            else:
                time.sleep(chance.uniform(0.0, 1.0))
            process.kill()
            assert process.wait() == -signal.SIGKILL
            kills += 1
        # Work in progress at a kill may be started again; finished work never.
        assert not done & set(room.asked()[before:])
        if kills % 3 == 0:  # what happens while nothing is watching
            _stir(room, expected, chance)
    done, before = _done(room, expected), len(room.asked())
    code, said = finish(start("-m", "teller", "-f", "txt", "-f", "json", "--once"))
    assert code == 0, said
    assert not done & set(room.asked()[before:])
    found = {name: room.text(f"{Path(name).stem}.txt") for name in expected}
    assert found == {name: f"Number {number}.\n" for name, number in expected.items()}
    asked = room.asked()
    assert {*asked} == {str(number) for number in expected.values()}
    assert room.names() == sorted(each for name in expected for each in (name, f"{Path(name).stem}.txt", f"{Path(name).stem}.json"))
    again = finish(start("-m", "teller", "-f", "txt", "-f", "json", "--once"))
    assert (again, room.asked()) == ((0, ""), asked)


def _done(room: Any, expected: dict[str, int]) -> set[str]:
    """The numbers that have both transcripts, with no work remaining."""
    there = set(room.names())
    stems = {name: Path(name).stem for name in expected}
    return {
        str(number)
        for name, number in expected.items()
        if {f"{stems[name]}.txt", f"{stems[name]}.json"} <= there and not any(each.startswith(f".{stems[name]}.") for each in there)
    }


def _copy_slowly(room: Any, name: str, number: int, chance: random.Random) -> None:
    content = room.drop(".made", number).read_bytes()
    (room.folder / ".made").unlink()
    with (room.folder / name).open("wb", buffering=0) as file:
        for at in range(0, len(content), 3000):
            file.write(content[at : at + 3000])
            time.sleep(chance.uniform(0.0, 0.02))


def _under_way(room: Any) -> set[tuple[str, int]]:
    """The work in progress, and how far it is."""
    found = set()
    for log in room.folder.glob(".*.voicebridge-part"):
        with suppress(FileNotFoundError):
            found.add((log.name, log.stat().st_size))
    return found


def _wait_for_work(room: Any) -> None:
    before, end = (_under_way(room), len(room.asked())), time.monotonic() + 3.0
    while (_under_way(room), len(room.asked())) == before and time.monotonic() < end:
        time.sleep(0.002)


def _stir(room: Any, expected: dict[str, int], chance: random.Random) -> None:
    """Copy a file under another name."""
    name = chance.choice(sorted(expected))
    copy = f"copy-{len(expected)}.wav"
    shutil.copy(room.folder / name, room.folder / copy)
    expected[copy] = expected[name]


@posix
def test_kills_while_documents_are_spoken_leave_nothing_out_and_nothing_twice(room: Any, start: Start) -> None:
    chance = random.Random(seed := random.randrange(1_000_000))
    print(f"seed {seed}")  # noqa: T201
    words = ("--tts", "-m", "hummer", "-f", "wav", "--stable-for", "0.1")
    letters = "ABCDEFGH"
    for letter in letters:
        (room.folder / f"{letter}.txt").write_text(" ".join(f"This is sentence {each} of text {letter}." for each in range(8)))
        with start(*words, takes=0.02) as process, killed_after(process):
            _wait_for_work(room)
            time.sleep(chance.uniform(0.0, 0.3))
            process.kill()
    code, said = finish(start(*words, "--once"))
    assert code == 0, said
    assert room.names() == sorted(f"{letter}.{ending}" for letter in letters for ending in ("txt", "wav"))
    assert len({(room.folder / f"{letter}.wav").stat().st_size for letter in letters}) == 1


@posix
def test_two_daemons_on_one_share_do_each_file_once_though_one_of_them_dies(room: Any, start: Start, until: Any) -> None:
    words = ("-m", "teller", "-f", "txt")
    with (
        start(*words, home="one", takes=0.02) as one,
        start(*words, home="other", takes=0.02) as other,
        killed_after(one),
        killed_after(other),
    ):
        for number in range(1000, 1020):
            room.drop(f"{number}.wav", number, seconds=1.0)
        until(lambda: len(room.asked()) >= 4)
        one.kill()
        one.communicate()
        until(lambda: len(list(room.folder.glob("*.txt"))) == 20)
        until(lambda: not list(room.folder.glob(".*")))
        other.send_signal(signal.SIGTERM)
        code, _ = finish(other)
    assert code == 143
    assert sorted(room.asked()) == [str(number) for number in range(1000, 1020)]
    for home in ("one", "other", "third"):
        assert finish(start(*words, "--once", home=home))[0] == 0
    assert len(room.asked()) == 20


@posix
def test_ctrl_c_ends_it_and_the_next_run_goes_on_in_the_middle(room: Any, start: Start, until: Any) -> None:
    room.drop("a.wav", 7, seconds=5.0)
    with start("-m", "teller", takes=0.2) as process, killed_after(process):
        until(lambda: _under_way(room) and (room.folder / ".a.voicebridge-part").read_bytes().count(b'"segment"') > 2)
        process.send_signal(signal.SIGINT)
        code, said = finish(process)
    assert (code, room.asked()) == (130, [])
    assert said == f"Watching {room.folder}. Press Ctrl-C to stop.\n"
    assert room.names() == [".a.voicebridge-part", "a.wav"]
    assert finish(start("-m", "teller", "--once")) == (0, f"Wrote {room.folder / 'a.txt'}\n")
    assert (room.asked(), room.names()) == (["7"], ["a.txt", "a.wav"])


def test_what_is_asked_for_wrongly_is_one_clear_line(room: Any, start: Start, tmp_path: Path) -> None:
    for words, says in (
        (["--voice", "ann"], "voice applies only to folders with tts = true"),
        (["--tts", "--diarize"], "diarize applies only to transcription. Remove it, or remove tts = true (--tts)."),
        (["-f", "docx"], "Unknown format 'docx'"),
        (["nowhere"], "nowhere is not a folder. Create it first: mkdir -p nowhere"),
        (["-m", "tellr"], "Did you mean 'teller'?"),
    ):
        code, said = finish(start(*words))
        assert (code, len(said.splitlines())) == (1 if "nowhere" in words else 2, 1), said
        assert says in said


def test_the_configured_folders_are_watched_when_none_is_named(room: Any, start: Start, tmp_path: Path, home: Path) -> None:
    (home / "config.toml").write_text(f'[[watch]]\nfolder = "{room.folder.as_posix()}"\nmodel = "teller"\nformats = ["srt"]\n')
    room.drop("a.wav", 1)
    environment = os.environ | {"PYTHONPATH": str(room.site), "VOICEBRIDGE_PLUGINS": "watched"}
    done = subprocess.run([COMMAND, "watch", "--once"], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, f"Wrote {room.folder / 'a.srt'}\n")
    refused = subprocess.run([COMMAND, "watch", "-f", "txt"], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (refused.returncode, refused.stderr) == (
        2,
        "Error: Options apply only to folders on the command line. Give a folder.\n",
    )


@posix
@pytest.mark.parametrize("marks", [False, True], ids=["without a mark", "with its mark made"])
def test_a_command_whose_process_is_killed_is_told_that_it_runs_again_unless_it_left_its_mark(
    room: Any, start: Start, tmp_path: Path, marks: bool
) -> None:
    script = tmp_path / "after.py"
    script.write_text(
        "import os, pathlib, signal\n"
        "attempt, job = os.environ['VOICEBRIDGE_ATTEMPT'], os.environ['VOICEBRIDGE_JOB']\n"
        f"with open({str(tmp_path / 'ran')!r}, 'a') as ran: ran.write(f'{{attempt}} {{job}}\\n')\n"
        f"if {marks}: pathlib.Path(os.environ['VOICEBRIDGE_MARK']).touch()\n"
        "if attempt == '1': os.kill(os.getppid(), signal.SIGKILL)\n"
    )
    room.drop("a.wav", 1)
    words = ("--once", "--command", f'"{sys.executable}" "{script}"')
    assert finish(start(*words))[0] == -signal.SIGKILL
    for _ in range(2):  # the second finds nothing to do
        assert finish(start(*words))[0] == 0
    ran = [line.split() for line in (tmp_path / "ran").read_text().splitlines()]
    assert [attempt for attempt, _ in ran] == (["1"] if marks else ["1", "2"])
    assert len({job for _, job in ran}) == 1
    assert not list((tmp_path / "home/data/history/marks").iterdir())


@posix
def test_a_file_that_changed_is_another_job_at_its_first_attempt(room: Any, start: Start, tmp_path: Path) -> None:
    words = ("--once", "--command", f"sh -c 'echo $VOICEBRIDGE_ATTEMPT $VOICEBRIDGE_JOB >> \"{tmp_path / 'ran'}\"'")
    for number in (1, 2):
        room.drop("a.wav", number)
        assert finish(start(*words))[0] == 0
    ran = [line.split() for line in (tmp_path / "ran").read_text().splitlines()]
    assert [attempt for attempt, _ in ran] == ["1", "1"]
    assert len({job for _, job in ran}) == 2
