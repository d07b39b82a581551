from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge.errors import ConfigError, OutputError
from voicebridge.runtime import configfile
from voicebridge.runtime.configfile import assign, is_enabled, join_key, lookup, remove, split_key

NAMES = st.text(max_size=8) | st.sampled_from(["whisper/base", "tiny.en", 'a"b', "back\\slash", "new\nline", "", "é", "#", "="])
PARTS = st.lists(NAMES, min_size=1, max_size=4).map(tuple)
VALUES = st.recursive(
    st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
TABLES: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.dictionaries(NAMES, VALUES, max_size=3), lambda inner: st.dictionaries(NAMES, VALUES | inner, max_size=3), max_leaves=6
)


@given(parts=PARTS)
def test_a_key_of_the_wildest_names_splits_into_what_it_was_joined_from(parts: tuple[str, ...]) -> None:
    assert split_key(join_key(parts)) == parts


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("offline", ("offline",)),
        ("stt.model", ("stt", "model")),
        (" stt . model ", ("stt", "model")),
        ('models."whisper/tiny.en".beam_size', ("models", "whisper/tiny.en", "beam_size")),
        ("models.'whisper/base'", ("models", "whisper/base")),
    ],
)
def test_a_key_is_read_as_toml_reads_it(key: str, parts: tuple[str, ...]) -> None:
    assert split_key(key) == parts


@pytest.mark.parametrize("key", ["", ".", "a.", "models.whisper/base", "a = 1\nb", "a = 1 #", "[a]\nb", "a b", "a = {x", '"open'])
def test_what_is_no_key_is_refused_with_an_example(key: str) -> None:
    with pytest.raises(ConfigError, match="is not a valid key. Write section.key"):
        split_key(key)


@given(table=TABLES, parts=PARTS, value=VALUES)
def test_what_is_assigned_is_found_and_what_is_removed_is_gone(table: dict[str, Any], parts: tuple[str, ...], value: Any) -> None:
    try:
        assign(table, parts, value)
    except ConfigError:
        return  # something on the way was a value
    assert lookup(table, parts) == value
    remove(table, parts)
    with pytest.raises(KeyError):
        lookup(table, parts)


@given(parts=PARTS, value=VALUES)
def test_removing_takes_along_the_tables_that_it_leaves_empty(parts: tuple[str, ...], value: Any) -> None:
    table: dict[str, Any] = {}
    assign(table, parts, value)
    remove(table, parts)
    assert table == {}


def test_a_value_on_the_way_is_not_overwritten() -> None:
    with pytest.raises(ConfigError, match="a.b is a value, not a table. Unset it first: voicebridge config unset a.b"):
        assign({"a": {"b": 3}}, ("a", "b", "c"), 1)


@pytest.mark.parametrize("parts", [("b",), ("a", "c"), ("a", "b", "c")])
def test_removing_what_is_not_there_is_a_key_error(parts: tuple[str, ...]) -> None:
    with pytest.raises(KeyError):
        remove({"a": {"b": 3}}, parts)


@given(table=TABLES)
def test_a_written_file_reads_back_the_same(tmp_path_factory: pytest.TempPathFactory, table: dict[str, Any]) -> None:
    path = tmp_path_factory.mktemp("config") / "config.toml"
    assert configfile.write(path, table) is None or path.exists()
    assert configfile.read(path) == table
    assert [each.name for each in path.parent.iterdir()] == ["config.toml"]


def test_no_file_is_an_empty_table_and_writing_makes_the_folders(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "down" / "config.toml"
    assert configfile.read(path) == {}
    configfile.write(path, {"offline": True})
    assert configfile.read(path) == {"offline": True}


def test_a_file_with_comments_is_kept_beside_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    before = "# mine\noffline = true # on the train\n"
    path.write_text(before, encoding="utf-8")
    backup = configfile.write(path, {"offline": False})
    assert backup == tmp_path / "config.toml.bak"
    assert backup.read_text(encoding="utf-8") == before
    assert configfile.write(path, {"offline": True}) is None
    assert backup.read_text(encoding="utf-8") == before


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    path.write_text("offline = true\n", encoding="utf-8")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="can't be written: No space left on device"):
        configfile.write(path, {"offline": False})
    assert path.read_text(encoding="utf-8") == "offline = true\n"
    assert [each.name for each in tmp_path.iterdir()] == ["config.toml"]


@pytest.mark.skipif(sys.platform == "win32", reason="links and modes need privileges there")
def test_a_link_stays_a_link_and_the_mode_stays_the_mode(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "voicebridge.toml"
    real.parent.mkdir()
    real.write_text("", encoding="utf-8")
    real.chmod(0o640)
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    configfile.write(link, {"offline": True})
    assert link.is_symlink()
    assert configfile.read(real) == {"offline": True}
    assert real.stat().st_mode & 0o777 == 0o640


def test_a_mark_before_the_text_that_windows_editors_write_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbfoffline = true\n")
    assert configfile.read(path) == {"offline": True}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(b"a = 1\nb = = 2", "is not valid TOML: .*line 2.*voicebridge config edit"), (b"a = '\xff'", "can't be read: it is not UTF-8 text")],
)
def test_a_file_that_is_no_toml_is_one_clear_error(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=complaint):
        configfile.read(path)


def test_a_folder_in_the_files_place_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read"):
        configfile.read(tmp_path)


@pytest.mark.parametrize(
    ("table", "profile", "verdict"),
    [
        ({}, None, True),
        ({"plugins": {"acme": {"enabled": False}}}, None, False),
        ({"plugins": {"acme": {"enabled": True}}}, None, True),
        ({"plugins": 3}, None, True),
        ({"profiles": {"m": {"plugins": {"acme": {"enabled": False}}}}}, None, True),
        ({"profiles": {"m": {"plugins": {"acme": {"enabled": False}}}}}, "m", False),
        ({"profile": "m", "profiles": {"m": {"plugins": {"acme": {"enabled": False}}}}}, None, False),
        ({"plugins": {"acme": {"enabled": False}}, "profiles": {"m": {"plugins": {"acme": {"enabled": True}}}}}, "m", True),
    ],
)
def test_whether_a_plugin_may_load_is_known_even_of_a_wrong_file(table: dict[str, Any], profile: str | None, verdict: bool) -> None:
    assert is_enabled(table, "acme", True, profile) is verdict
