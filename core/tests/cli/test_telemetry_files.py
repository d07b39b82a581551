"""The doctor removes the files of ONNX Runtime's telemetry, and no others."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from voicebridge.cli import telemetry_files

Run = Callable[..., Any]
SESSION = "1795998535729\n93960a29-cd46-94e8-1a13-72f186c097f9\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """ONNX Runtime's folder for them, in a temporary home."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    base = tmp_path / ("Library/Application Support" if sys.platform == "darwin" else "cache")
    folder = base / "Microsoft/DeveloperTools/.onnxruntime"
    folder.mkdir(parents=True)
    return folder


def leave(folder: Path) -> list[Path]:
    names = ["deviceid", "deviceid.lock", "onnxruntime.db", "onnxruntime.db-journal", "onnxruntime.db-shm", "onnxruntime.db-wal"]
    for name in names:
        (folder / name).touch()
    (session := Path(tempfile.gettempdir()) / ".ses").write_text(SESSION)
    return [*(folder / name for name in names), session]


def test_the_doctor_removes_them_and_says_so_once(folder: Path, run: Run) -> None:
    left = leave(folder)

    def said() -> str:
        [detail] = [str(each["detail"]) for each in json.loads(run("doctor", "--json").out) if each["what"] == "telemetry"]
        return detail

    assert said() == f"off, in the libraries of engines too; removed {len(left)} files that ONNX Runtime had left in {folder}"
    assert not any(path.exists() for path in left)
    assert not folder.parents[1].exists()
    assert said() == "off, in the libraries of engines too"


def test_files_of_others_stay(folder: Path) -> None:
    leave(folder)
    others = [folder / "onnxruntime.db.backup", folder.parent / "deviceid", Path(tempfile.gettempdir()) / "deviceid"]
    for path in others:
        path.touch()
    telemetry_files.remove_leftovers()
    assert all(path.exists() for path in others)
    assert [path.name for path in folder.iterdir()] == ["onnxruntime.db.backup"]


@pytest.mark.parametrize("content", ["", "mine\n", SESSION * 2, "1795998535729\nnot-an-id\n"])
def test_a_session_file_of_another_kind_stays(folder: Path, content: str) -> None:
    (path := Path(tempfile.gettempdir()) / ".ses").write_text(content)
    assert telemetry_files.remove_leftovers() == []
    assert path.read_text() == content
