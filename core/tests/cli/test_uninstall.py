"""``voicebridge uninstall``: only the user's recordings remain."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def lived_in(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A VoiceBridge home with every kind of file, and a temporary user home."""
    user = tmp_path / "user"
    script = user / ".bash_completions" / "voicebridge.sh"
    monkeypatch.setattr(Path, "home", lambda: user)
    monkeypatch.setenv("XDG_CACHE_HOME", str(user / ".cache"))
    for path in (
        home / "config.toml", home / "config.toml.bak", home / ".config-abc.toml", home / "cache" / "whisper" / "base" / "model.bin",
        home / "data" / "logs" / "daemon.log", home / "data" / "history" / "a.flac", home / "data" / "voices" / "anna" / "sample.wav",
        home / "runtime" / "daemon.lock", script, home / "mine.txt",
    ):  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (user / ".bashrc").write_text(f"alias ll='ls -l'\nsource '{script}'\n")
    return home


def _left(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("site")
def test_all_is_listed_and_removed_but_recordings_and_what_is_not_ours(run: Run, lived_in: Path) -> None:
    ran = run("uninstall", "--yes")
    assert ran.code == 0, ran.err
    assert str(lived_in / "cache") in ran.out
    assert "uninstall" in ran.out.splitlines()[-1]
    assert _left(lived_in) == {"data/history/a.flac", "data/voices/anna/sample.wav", "mine.txt"}
    assert _left(lived_in.parent / "user") == {".bashrc"}
    assert (lived_in.parent / "user" / ".bashrc").read_text() == "alias ll='ls -l'\n"
    assert run("uninstall", "--recordings", "--yes").code == 0
    assert _left(lived_in) == {"mine.txt"}


@pytest.mark.usefixtures("site")
def test_nothing_is_removed_unasked(run: Run, lived_in: Path) -> None:
    before = _left(lived_in)
    ran = run("uninstall")
    assert ran.code == 2
    assert "Confirm it with --yes" in ran.err
    assert _left(lived_in) == before


@pytest.mark.usefixtures("site")
def test_a_wrong_configuration_is_removed_like_any_other(run: Run, lived_in: Path) -> None:
    (lived_in / "config.toml").write_text("[stt]\nmodle = 3\n")
    assert run("uninstall", "--yes").code == 0
    assert not (lived_in / "config.toml").exists()
