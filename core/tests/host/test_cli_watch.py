"""``voicebridge watch`` as a command: how it ends, and what it keeps in the configuration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.mark.usefixtures("echo")
def test_a_file_that_could_not_be_done_is_a_failure_each_time_until_it_is_gone(run: Run, inbox: Path) -> None:
    recording = inbox / "broken.wav"
    recording.write_text("This is no recording.")
    words = ("watch", str(inbox), "--once", "--no-daemon", "--settle", "0", "-m", "echo/small")
    first = run(*words)
    assert first.code == 1
    assert "broken.wav" in first.err
    assert run(*words).code == 1
    recording.unlink()
    (inbox / "broken.error.txt").unlink(missing_ok=True)
    assert run(*words).code == 0
