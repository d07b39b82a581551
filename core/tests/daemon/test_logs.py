"""The daemon's log: readable by the user only, of bounded size, and without dictated text."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from voicebridge.daemon import logs
from voicebridge.daemon.logs import LARGEST, OLD, PrivateText, last_lines, log_file, new_lines, open_log
from voicebridge.errors import OutputError, UsageError
from voicebridge.runtime.settings import DaemonSettings

pytestmark = pytest.mark.usefixtures("home")
SECRET = "the wedding is off"
_log = logging.getLogger("voicebridge.daemon.test")


@pytest.fixture
def opened(home: Path) -> Iterator[None]:
    close = open_log(DaemonSettings())
    yield
    close()


@pytest.fixture
def opened_for_all(home: Path) -> Iterator[None]:
    close = open_log(DaemonSettings(log_transcripts=True))
    yield
    close()


def files() -> logs._Files:
    return next(handler for handler in logging.getLogger().handlers if isinstance(handler, logs._Files))


def raise_with_secret() -> None:
    try:
        int(SECRET)
    except ValueError as error:
        raise RuntimeError(f"lost: {SECRET}") from error


def log_all() -> None:
    _log.info("Delivered %s.", PrivateText(SECRET))
    logging.getLogger("some_engine").warning("can't spell %s", SECRET)
    logging.getLogger("some_engine").warning(f"can't spell {SECRET}")
    try:
        raise_with_secret()
    except RuntimeError:
        _log.exception("A job has failed.")


def test_nothing_that_was_said_is_in_it(opened: None) -> None:
    log_all()
    text = log_file().read_text(encoding="utf-8")
    assert SECRET not in text
    assert "wedding" not in text
    assert f"Delivered ({len(SECRET)} characters)." in text
    assert "some_engine logged a message at " in text
    assert "raise_with_secret" in text
    assert "RuntimeError" in text
    assert "ValueError" in text


def test_it_is_where_the_user_asks_for_it(opened_for_all: None) -> None:
    log_all()
    text = log_file().read_text(encoding="utf-8")
    assert f"Delivered {SECRET}." in text
    assert text.count(f"can't spell {SECRET}") == 2
    assert f"lost: {SECRET}" in text


def test_what_our_own_errors_say_is_told(opened: None) -> None:
    try:
        raise UsageError("There is no folder. Make one.")
    except UsageError:
        _log.exception("The folder is not watched.")
    assert "UsageError: There is no folder. Make one." in log_file().read_text(encoding="utf-8")


def test_a_message_is_one_line_that_harms_no_terminal(opened: None) -> None:
    _log.error("a file called %s", "a\nb\x1b[31m\x9b")
    assert last_lines(10)[0].endswith("ERROR   a file called a\\x0ab\\x1b[31m\\x9b")
    assert len(last_lines(10)) == 1


def test_what_ends_a_thread_is_told(opened: None) -> None:
    thread = threading.Thread(target=raise_with_secret, name="daemon-test")
    thread.start()
    thread.join()
    assert any("The thread daemon-test has failed." in line for line in last_lines(20))
    assert SECRET not in log_file().read_text(encoding="utf-8")


def test_small_talk_of_libraries_is_left_out(opened: None) -> None:
    logging.getLogger("some_engine").info("hello")
    _log.debug("hello")
    assert last_lines(10) == []


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")
def test_it_is_for_the_user_alone(opened: None) -> None:
    _log.info("x")
    assert log_file().stat().st_mode & 0o077 == 0
    assert log_file().parent.stat().st_mode & 0o077 == 0


def test_files_take_turns_and_the_oldest_go(opened: None, monkeypatch: pytest.MonkeyPatch) -> None:
    line = "x" * 10_000
    count = LARGEST * (OLD + 3) // len(line)
    for number in range(count):
        _log.info("%d %s", number, line)
    files = sorted(log_file().parent.iterdir())
    assert [file.name for file in files] == ["daemon.log", *(f"daemon.log.{number}" for number in range(1, OLD + 1))]
    assert all(file.stat().st_size <= LARGEST for file in files)
    if sys.platform != "win32":
        assert all(file.stat().st_mode & 0o077 == 0 for file in files)
    numbers = [int(line.split()[3]) for line in last_lines(150)]
    assert numbers == list(range(count - 150, count))


def test_the_last_lines_of_no_log_are_none() -> None:
    assert last_lines(5) == []


def test_a_log_that_cannot_be_written_is_told(home: Path) -> None:
    (home / "data").write_text("in the way", encoding="utf-8")
    with pytest.raises(OutputError, match="can't be written"):
        open_log(DaemonSettings())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_stops_nothing(opened: None, capsys: pytest.CaptureFixture[str]) -> None:
    handler = files()
    handler.close()
    with suppress(OSError), Path("/dev/full").open("w", encoding="utf-8", buffering=1) as full:
        handler.stream = full
        _log.info("not written")
        handler.stream = handler._open()
    _log.info("written")
    assert [line.split()[-1] for line in last_lines(2)] == ["written"]
    assert capsys.readouterr().err == ""


def test_who_follows_is_told_all_that_comes_in_the_next_file_too(opened: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_LOOK", 0.01)
    _log.info("before")
    following = new_lines()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(next, following)
        while not first.done():
            _log.info("first")
        assert first.result().endswith("first")
        files().doRollover()
        second = pool.submit(lambda: next(line for line in following if "second" in line))
        while not second.done():
            _log.info("second")
    following.close()


def test_said_shows_its_length_alone_wherever_it_ends_up() -> None:
    assert SECRET not in f"{PrivateText(SECRET)} {PrivateText(SECRET)!r}"
