from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from voicebridge import OutputError
from voicebridge.sinks.files import OutputFile


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    output = OutputFile(target)
    output.file.write("words")
    assert not target.exists()

    assert output.commit() == target
    assert target.read_text() == "words"
    assert list(tmp_path.iterdir()) == [target]


def test_what_is_written_does_not_wait_in_memory(tmp_path: Path) -> None:
    output = OutputFile(tmp_path / "a.txt")
    output.file.write("words\n")

    assert [path.read_text() for path in tmp_path.iterdir()] == ["words\n"]
    output.discard()


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    output = OutputFile(target)
    output.file.write("new")
    output.discard()

    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_discarding_after_commit_does_nothing(tmp_path: Path) -> None:
    output = OutputFile(tmp_path / "a.txt")
    output.commit()
    output.discard()

    assert (tmp_path / "a.txt").exists()


def test_what_was_done_before_an_interruption_is_kept_under_another_name(tmp_path: Path) -> None:
    output = OutputFile(tmp_path / "a.srt")
    output.file.write("words")

    assert output.keep_partial() == tmp_path / "a.partial.srt"
    assert [path.name for path in tmp_path.iterdir()] == ["a.partial.srt"]


@pytest.mark.skipif(os.name != "posix", reason="permissions are a matter of POSIX")
def test_a_transcript_has_the_permissions_of_an_ordinary_file(tmp_path: Path) -> None:
    (tmp_path / "ordinary").touch()
    OutputFile(tmp_path / "a.txt").commit()

    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == stat.S_IMODE((tmp_path / "ordinary").stat().st_mode)


def test_text_is_utf8_with_plain_line_ends_everywhere(tmp_path: Path) -> None:
    output = OutputFile(tmp_path / "a.txt")
    output.file.write("é\n😀\n")
    output.commit()

    assert (tmp_path / "a.txt").read_bytes() == "é\n😀\n".encode()


@pytest.mark.parametrize(("place", "says"), [("absent/a.txt", "does not exist. Make it first"), (".", "is a folder")])
def test_a_place_that_can_t_be_written_is_refused_at_once(tmp_path: Path, place: str, says: str) -> None:
    with pytest.raises(OutputError, match=says):
        OutputFile(tmp_path / place)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_clear_error_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = OutputFile(tmp_path / "a.txt")
    full = os.open("/dev/full", os.O_WRONLY)  # a real device that never has room
    os.dup2(full, output.file.fileno())
    os.close(full)
    output.file.write("words")

    with pytest.raises(OutputError, match="No space left on device"):
        output.commit()
    assert list(tmp_path.iterdir()) == []
