"""The parts of watching: locks that end with their owners, files that have settled, names and contents."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from voicebridge.audio.find_recordings import sounds
from voicebridge.documents.added import SUFFIXES
from voicebridge.errors import OutputError
from voicebridge.journal.ledger import DONE, Ledger, Noted, Output, storable
from voicebridge.testing.processes import killed_after
from voicebridge.watch import claims as claims_module
from voicebridge.watch.claims import Claims
from voicebridge.watch.file_kinds import may_be_meant
from voicebridge.watch.follow_up import move_away
from voicebridge.watch.settling import SURE, UNSURE, Resting, is_being_written, is_local

posix = pytest.mark.skipif(os.name != "posix", reason="processes as POSIX has them")


class Clock:
    """A clock that is set by a test."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(claims_module, "time", clock)
    return clock


class _NoLock:
    """The behaviour of a lock on a network share without locks."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def close(self) -> None:
        pass

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


@pytest.fixture
def share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the folders of a test behave like a share without locks."""
    monkeypatch.setattr(claims_module, "is_local", lambda folder: False)
    monkeypatch.setattr(claims_module, "LockedFile", _NoLock)


def test_one_of_two_has_a_claim_until_it_lets_go(tmp_path: Path) -> None:
    one, other, place = Claims(), Claims(), tmp_path / ".a.voicebridge-part"
    assert one.take(place)
    assert not other.take(place)
    assert not one.take(place)
    one.release(place)
    assert other.take(place)
    other.release_all()
    assert list(tmp_path.iterdir()) == []


@posix
def test_the_claim_of_a_process_that_was_killed_is_free_at_once(tmp_path: Path) -> None:
    place = tmp_path / ".a.voicebridge-part"
    code = (
        "import sys, time; from pathlib import Path; from voicebridge.watch.claims import Claims; claims = Claims();"
        "print(claims.take(Path(sys.argv[1])), flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(place)], stdout=subprocess.PIPE, text=True) as process, killed_after(process):
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        claims = Claims()
        assert not claims.take(place)
        process.kill()
        process.wait()
    assert claims.take(place)
    claims.release_all()


@pytest.mark.usefixtures("share")
def test_on_a_share_without_locks_a_claim_holds_while_its_owner_gives_signs_of_life(tmp_path: Path, clock: Clock) -> None:
    place = tmp_path / ".a.voicebridge-part"
    one, other = Claims("one"), Claims("other")
    assert one.take(place)
    for _ in range(20):
        clock.now += 11
        one.beat()
        assert not other.take(place)
    for _ in range(5):  # the owner has died
        clock.now += 11
        assert not other.take(place)
    clock.now += 11
    assert other.take(place)


@posix
@pytest.mark.usefixtures("share")
def test_on_this_machine_the_claim_of_a_dead_process_is_free_without_any_lock(tmp_path: Path, clock: Clock) -> None:
    place = tmp_path / ".a.voicebridge-part"
    with subprocess.Popen([sys.executable, "-c", ""]) as process, killed_after(process):
        process.wait()
    (tmp_path / ".a.voicebridge-claim").write_text(f"here {process.pid} 00 0".ljust(159) + "\n")
    assert not Claims("there").take(place)
    assert Claims("here").take(place)


@pytest.mark.usefixtures("share")
def test_a_claim_that_was_made_and_never_signed_is_soon_free(tmp_path: Path, clock: Clock) -> None:
    place = tmp_path / ".a.voicebridge-part"
    (tmp_path / ".a.voicebridge-claim").touch()
    claims = Claims()
    assert not claims.take(place)
    clock.now += 3
    assert claims.take(place)


def test_claims_that_their_owners_left_are_cleared_and_living_ones_stay(tmp_path: Path) -> None:
    lives = Claims()
    assert lives.take(tmp_path / ".alive.voicebridge-part")
    (tmp_path / ".dead.voicebridge-claim").write_text("here 1 00 0".ljust(159) + "\n")
    (tmp_path / "notes.txt").touch()
    Claims().clear(str(tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == {".alive.voicebridge-claim", "notes.txt"}
    lives.release_all()
    Claims().clear(str(tmp_path / "nowhere"))


def test_a_claim_that_can_not_be_written_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="does not exist. Create it first"):
        Claims().take(tmp_path / "nowhere" / ".a.voicebridge-part")


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")
def test_linux_says_whether_a_file_is_being_written_by_whoever_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"sound")
    assert is_being_written(path) is False
    with path.open("rb"):
        assert is_being_written(path) is False
    code = "import sys; file = open(sys.argv[1], 'ab'); print('open', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process, killed_after(process):
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        assert is_being_written(path) is True
        process.send_signal(signal.SIGKILL)
    assert is_being_written(path) is False
    assert is_being_written(tmp_path / "nowhere") is None
    assert is_local(tmp_path)
    assert not is_local(Path("/proc"))


@pytest.mark.parametrize(
    ("written", "empty", "stable_for", "seconds"),
    [
        (False, False, None, SURE),
        (None, False, None, UNSURE),
        (False, True, None, UNSURE),
        (None, False, 2.0, 2.0),
        (False, False, 0.0, 0.0),
    ],
)
def test_how_long_a_file_must_have_rested(written: bool | None, empty: bool, stable_for: float | None, seconds: float) -> None:
    resting = Resting("1-2-3", empty, since=10.0)
    assert resting.is_over(10.0 + seconds, written, stable_for)
    assert not seconds or not resting.is_over(9.9 + seconds, written, stable_for)


def test_a_file_that_is_written_begins_its_rest_anew() -> None:
    resting = Resting("1-2-3", False, since=10.0)
    assert not resting.is_over(100.0, True, None)
    assert not resting.is_over(100.1, False, None)
    assert resting.is_over(100.5, False, None)


@pytest.mark.parametrize(
    ("name", "heard", "read"),
    [
        ("a.wav", True, False), ("a.MP3", True, False), ("a.mkv", True, False), ("a", True, False), ("a.x17", True, False),
        ("a.txt", False, True), ("a.epub", False, True), ("a.jpg", False, False), ("a.zip", False, False),
        (".a.wav", False, False), ("a.error.txt", False, False), ("a.wav.part", False, False), ("a.mp4.crdownload", False, False),
        ("a.txt~", False, False), ("a.srt", False, True), ("a.json", False, False),
    ],
)  # fmt: skip
def test_what_is_meant_by_its_name(name: str, heard: bool, read: bool) -> None:
    assert (may_be_meant(name, SUFFIXES, speak=False), may_be_meant(name, SUFFIXES, speak=True)) == (heard, read)


@pytest.mark.parametrize(
    ("head", "is_sound"),
    [
        (b"RIFF....WAVEfmt ", True), (b"RIFF....WEBPVP8 ", False), (b"OggS", True), (b"fLaC", True),
        (b"ID3\x04", True), (b"\xff\xfb\x90", True),
        (b"....ftypM4A ", True), (b"\x1aE\xdf\xa3", True), (b"", False), (b"Dear diary", False),
        (b"\xff\xfeD\0e\0", False), (b"%PDF-1.7", False),
    ],
)  # fmt: skip
def test_what_begins_as_sound_does(head: bytes, is_sound: bool, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(head)
    assert sounds(tmp_path / "file") is is_sound


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "history")
    yield ledger
    ledger.close()


def _noted(path: Path, **values: Any) -> Noted:
    given: dict[str, Any] = {"folder": str(path.parent), "stamp": "1", "hash": "h", "how": "x", "state": DONE, "place": f"{path}.place"}
    return Noted(**{"path": str(path), "outputs": (Output.of(path),), **given, **values})


def test_the_ledger_gives_back_what_was_noted(ledger: Ledger, tmp_path: Path) -> None:
    one, other = _noted(tmp_path / "a.wav"), _noted(tmp_path / "b.wav", problem="It hurts.", hash="i")
    ledger.note(one)
    ledger.note(other)
    assert (ledger.at(one.path), ledger.with_hash("i"), ledger.owner(one.place)) == (one, [other], one)
    ledger.move(one.path, _noted(tmp_path / "c.wav"))
    assert ledger.at(one.path) is None
    ledger.mark_gone([other.path])
    assert [noted.path for noted in ledger.of_folder(str(tmp_path))] == [str(tmp_path / "c.wav")]
    assert ledger.counts(str(tmp_path)) == {"done": 2}
    ledger.forget(other.path)
    assert ledger.at(other.path) is None


def test_a_name_that_is_no_text_can_be_noted(ledger: Ledger) -> None:
    path = storable(os.fsdecode(b"/x/caf\xe9.wav"))
    assert path.isprintable()
    ledger.note(_noted(Path(path)))
    assert ledger.at(path) is not None


def test_what_was_output_is_known_while_nobody_changes_it(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    assert not Output.of(path).is_as_it_was
    path.write_text("one")
    output = Output.of(path)
    assert output.is_as_it_was
    path.write_text("other")
    assert not output.is_as_it_was


def test_a_move_that_was_broken_off_is_ended_and_replaces_nothing(tmp_path: Path) -> None:
    done = tmp_path / "done"
    for content, name in ((b"one", "a.wav"), (b"two", "a-2.wav"), (b"two", "a-2.wav")):
        path = tmp_path / "a.wav"
        path.write_bytes(content)
        moved = move_away(path, done)
        assert (moved.name, path.exists()) == (name, False)
    assert sorted(each.read_bytes() for each in done.iterdir()) == [b"one", b"two"]
