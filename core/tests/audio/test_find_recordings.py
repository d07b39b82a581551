from __future__ import annotations

import mimetypes
import os
from pathlib import Path

import pytest
from voicebridge import InputError, UsageError
from voicebridge.audio.decode import AudioReader
from voicebridge.audio.find_recordings import STDIN, find_recordings, is_recording, kind_of
from voicebridge.stt.formats.table import FORMATS


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


def test_an_address_of_a_file_is_taken_and_one_of_the_network_is_refused(folder: Path) -> None:
    name = folder / "my talk.wav"
    name.touch()
    assert find_recordings([name.as_uri()]) == [name]
    for address in ("https://example.com/talk.mp3", "http://localhost/a.wav", "ftp://host/a.wav", "file://host/a.wav"):
        with pytest.raises(UsageError, match="is a URL, and VoiceBridge downloads no recordings. Download it and give the file."):
            find_recordings([address])


def test_each_recording_comes_once(folder: Path) -> None:
    assert len(find_recordings([str(folder / "a.wav"), str(folder), "-"])) == 5


def test_a_dash_is_standard_input() -> None:
    assert find_recordings(["-"]) == [STDIN]


def test_a_file_that_is_not_there_is_left_to_who_opens_it() -> None:
    assert find_recordings(["absent.wav"]) == [Path("absent.wav")]


def test_a_folder_without_recordings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="contains no audio or video files"):
        find_recordings([str(tmp_path)])


def test_a_pattern_that_matches_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No file matches"):
        find_recordings([str(tmp_path / "*.wav")])


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("z.wav", "b/2.wav", "b/1.mp3", "a/deep/er.flac", ".hidden/h.wav", "a/.cache/c.wav", "a/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_recursive_takes_the_folders_below_in_order_of_name_and_leaves_hidden_ones_out(tree: Path) -> None:
    found = find_recordings([str(tree)], recursive=True)

    assert [path.relative_to(tree).as_posix() for path in found] == ["z.wav", "a/deep/er.flac", "b/1.mp3", "b/2.wav"]


def test_a_hidden_folder_that_is_named_is_taken(tree: Path) -> None:
    assert [path.name for path in find_recordings([str(tree / ".hidden")], recursive=True)] == ["h.wav"]


@pytest.mark.skipif(os.name != "posix", reason="links need no privilege on POSIX")
def test_links_that_lead_in_a_circle_are_followed_once(tree: Path) -> None:
    (tree / "a/round").symlink_to(tree)
    (tree / "c").symlink_to(tree / "b")
    (tree / "broken").symlink_to(tree / "absent")

    found = find_recordings([str(tree)], recursive=True)

    assert [path.relative_to(tree).as_posix() for path in found] == ["z.wav", "a/deep/er.flac", "b/1.mp3", "b/2.wav"]


def test_a_folder_whose_recordings_lie_deeper_says_how_to_take_them(tree: Path) -> None:
    with pytest.raises(InputError, match="Include them with --recursive"):
        find_recordings([str(tree / "a")])


def test_a_tree_without_recordings_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)

    with pytest.raises(InputError, match="contains no audio or video files"):
        find_recordings([str(tmp_path)], recursive=True)


@pytest.mark.parametrize("extension", [*FORMATS, "m3u8", "mid"])
def test_what_is_written_beside_a_recording_is_none_itself(extension: str) -> None:
    assert not is_recording(Path(f"talk.{extension}"))


@pytest.mark.parametrize("types", [[], None])
def test_what_a_recording_is_does_not_depend_on_the_system_s_list_of_types(
    types: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if types is not None:
        monkeypatch.setattr(mimetypes, "knownfiles", types)
        monkeypatch.setattr(mimetypes, "_db", None)
    endings = "wav 3ga w64 m2ts vob wv gsm asf m4r f4v rf64 bwf dsf wmv flv m4v rm ts mp3 opus MKV aiff spx ogv"

    assert [ending for ending in endings.split() if kind_of(f"a.{ending}") != "recording"] == []
    others = "talk.mp3.gz notes.txt cover.jpg page.html list.m3u8 song.mid titles.ass .hidden.wav ._talk.wav talk.wav.part talk.wav~"
    assert [name for name in others.split() if kind_of(name) != "other"] == []
    assert kind_of("strange") == kind_of("a.xyz") == "unknown"


def test_a_folder_gives_what_is_a_recording_by_its_content_and_no_hidden_twins(tmp_path: Path) -> None:
    for name in (
        "talk.wav",
        "._talk.wav",
        ".talk.wav",
        "talk.mp3.gz",
        "voice.xyz",
        "voice",
        "reversed.xyz",
        "letter.xyz",
        "talk.wav.crdownload",
    ):
        (tmp_path / name).write_bytes({"letter.xyz": b"Dear", "reversed.xyz": b"RIFX\0\0\0\0WAVEfmt "}.get(name, b"RIFF\0\0\0\0WAVEfmt "))

    assert [path.name for path in find_recordings([str(tmp_path)])] == ["reversed.xyz", "talk.wav", "voice", "voice.xyz"]


@pytest.mark.parametrize("name", ["x" * 300 + ".wav", "d/" * 2500 + "a.wav", "a sentence that was meant to be read aloud, and not " * 8])
def test_a_name_that_is_too_long_for_a_file_is_left_to_the_reader_who_says_so(name: str) -> None:
    assert find_recordings([name]) == [Path(name)]
    with pytest.raises(InputError, match="is too long for a file name"):
        AudioReader(Path(name))
