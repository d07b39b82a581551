from __future__ import annotations

from pathlib import Path

import pytest
from voicebridge import InputError
from voicebridge.audio.find import STDIN, find_recordings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.mp3", "a.wav", "c.opus", "film.mkv", "notes.txt", "cover.jpg", "strange"):
        (tmp_path / name).touch()
    (tmp_path / "deeper").mkdir()
    return tmp_path


def test_a_folder_gives_what_is_called_like_a_recording_in_order_of_name(folder: Path) -> None:
    assert [path.name for path in find_recordings([str(folder)])] == ["a.wav", "b.mp3", "c.opus", "film.mkv"]


def test_a_file_that_is_named_is_taken_whatever_it_is_called(folder: Path) -> None:
    assert find_recordings([str(folder / "strange")]) == [folder / "strange"]


def test_a_pattern_gives_what_matches(folder: Path) -> None:
    assert [path.name for path in find_recordings([str(folder / "*.mp3")])] == ["b.mp3"]


def test_a_name_that_looks_like_a_pattern_but_is_a_file_is_taken_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "take[1].wav").touch()

    assert find_recordings([str(tmp_path / "take[1].wav")]) == [tmp_path / "take[1].wav"]


def test_each_recording_comes_once(folder: Path) -> None:
    assert len(find_recordings([str(folder / "a.wav"), str(folder), "-"])) == 5


def test_a_dash_is_standard_input() -> None:
    assert find_recordings(["-"]) == [STDIN]


def test_a_file_that_is_not_there_is_left_to_who_opens_it() -> None:
    assert find_recordings(["absent.wav"]) == [Path("absent.wav")]


def test_a_folder_without_recordings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no audio or video files"):
        find_recordings([str(tmp_path)])


def test_a_pattern_that_matches_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Nothing matches"):
        find_recordings([str(tmp_path / "*.wav")])
