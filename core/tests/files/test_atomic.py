from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge import OutputError
from voicebridge.files.atomic import OutputFile, fitting


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    output = OutputFile(target)
    output.file.write("words")
    status = output.settle()
    assert not target.exists()

    assert output.commit() == target
    assert target.read_text() == "words"
    assert list(tmp_path.iterdir()) == [target]
    assert (target.stat().st_size, target.stat().st_mtime_ns) == (status.st_size, status.st_mtime_ns)


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
    output.settle()
    output.commit()
    output.discard()

    assert (tmp_path / "a.txt").exists()


def test_what_a_killed_run_left_is_cleared_away_by_the_next(tmp_path: Path) -> None:
    killed = OutputFile(tmp_path / "a.txt")
    killed.file.write("half")
    killed.file.close()

    output = OutputFile(tmp_path / "a.txt")
    output.settle()
    output.commit()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.txt", "")]


@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=300))
def test_a_name_of_any_length_fits(name: str) -> None:
    fitted = fitting(name, ".voicebridge-part")

    assert len(os.fsencode(fitted)) <= 255
    assert fitted == f"{name}.voicebridge-part" or len(os.fsencode(name)) > 255 - 17


def test_long_names_that_differ_stay_apart() -> None:
    assert fitting("a" * 250 + "b", ".part") != fitting("a" * 250 + "c", ".part")


@pytest.mark.skipif(os.name != "posix", reason="permissions are a matter of POSIX")
def test_a_transcript_has_the_permissions_of_an_ordinary_file(tmp_path: Path) -> None:
    (tmp_path / "ordinary").touch()
    output = OutputFile(tmp_path / "a.txt")
    output.settle()
    output.commit()

    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == stat.S_IMODE((tmp_path / "ordinary").stat().st_mode)


def test_text_is_utf8_with_plain_line_ends_everywhere(tmp_path: Path) -> None:
    output = OutputFile(tmp_path / "a.txt")
    output.file.write("é\n😀\n")
    output.settle()
    output.commit()

    assert (tmp_path / "a.txt").read_bytes() == "é\n😀\n".encode()


def test_a_missing_folder_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="does not exist. Create it first"):
        OutputFile(tmp_path / "absent/a.txt")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_clear_error_and_leaves_nothing(tmp_path: Path) -> None:
    output = OutputFile(tmp_path / "a.txt")
    full = os.open("/dev/full", os.O_WRONLY)  # a real device that is always full
    os.dup2(full, output.file.fileno())
    os.close(full)
    output.file.write("words")

    with pytest.raises(OutputError, match="No space left on device"):
        output.settle()
    output.discard()
    assert list(tmp_path.iterdir()) == []
