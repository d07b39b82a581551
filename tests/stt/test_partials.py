"""Drafts of a streaming model in ``voicebridge stt``, with the plugin that docs/plugins/partial-results.md builds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from voicebridge.testing.lab.terminal import Terminal

if TYPE_CHECKING:
    from tests.conftest import Run

MODEL = ("-m", "acme-live/sing")
TEXT = ["La la la.", "La la."]
CALL = Path(__file__).parents[1] / "recordings/call.opus"
DRAFTS = ["La", "La la", "La la la", "La", "La la"]


@pytest.fixture
def song(acme_live: dict[str, str], tmp_path: Path) -> Path:
    """Two notes, for which the model writes TEXT."""
    assert acme_live
    return tmp_path / "song.wav"


@pytest.fixture
def on_terminal(acme_live: dict[str, str], tmp_path: Path, command: str) -> Callable[..., list[list[str]]]:
    """Runs a shell command on a terminal, and returns what each of its lines showed, one after another."""
    if sys.platform == "win32":
        pytest.skip("needs a pseudo-terminal")

    def run(line: str, **more: str) -> list[list[str]]:
        shell = ["bash", "-c", line.replace("voicebridge", command)]
        terminal = Terminal(["env", "-C", str(tmp_path), *shell], {**acme_live, "TERM": "xterm", "COLUMNS": "80", **more})
        try:
            assert terminal.wait() == 0, terminal.shown
        finally:
            terminal.close()
        return [line.split("\r") for line in terminal.shown.replace("\r\n", "\n").split("\n")]

    return run


def events(done: subprocess.CompletedProcess[str], kind: str) -> list[str]:
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [line["text"] for line in lines if line["type"] == kind]


def test_drafts_are_shown_in_one_line_on_a_terminal_which_keeps_the_final_text(on_terminal: Any, song: Path) -> None:
    shown = on_terminal(f"voicebridge stt {song.name} {' '.join(MODEL)}")
    assert [line[-1] for line in shown] == [*TEXT, ""]
    assert [draft for line in shown for draft in line[:-1] if draft] == DRAFTS


def test_a_draft_never_takes_more_than_the_line(on_terminal: Any, song: Path) -> None:
    shown = on_terminal(f"voicebridge stt {song.name} {' '.join(MODEL)}", COLUMNS="7")
    assert [draft for line in shown for draft in line[:-1] if draft] == ["La", "La la", "…la la", "La", "La la"]
    assert [line[-1] for line in shown] == [*TEXT, ""]


@pytest.mark.parametrize("more", ["> out.txt", "--quiet", "-o out.txt", "--quiet -f txt -o -"])
def test_no_draft_is_shown_where_no_text_is_printed_on_the_terminal_or_quiet_was_asked_for(on_terminal: Any, song: Path, more: str) -> None:
    shown = on_terminal(f"voicebridge stt {song.name} {' '.join(MODEL)} {more}")
    assert not [draft for line in shown for draft in line[:-1] if "a" in draft and "song" not in draft]
    printed = [line[-1] for line in shown if line[-1].startswith("La")]
    written = song.with_name("out.txt")
    assert (written.read_text("utf-8").splitlines() if written.exists() else printed) == TEXT


def test_a_pipe_gets_only_the_final_text(voicebridge: Run, song: Path) -> None:
    done = voicebridge("stt", str(song), *MODEL)
    assert (done.stdout.splitlines(), done.stderr) == (TEXT, "")


def test_json_lines_have_the_same_drafts_from_a_daemon_and_files_have_none(
    song: Path, voicebridge: Run, daemon_status: Callable[[], dict[str, Any]]
) -> None:
    arguments = ("stt", str(song), *MODEL, "--json-lines", "--verbose")
    there, here = voicebridge(*arguments), voicebridge(*arguments, "--no-daemon")
    assert "Transcribed by the daemon" in there.stderr
    assert [each["model"] for each in daemon_status()["models"]] == ["acme-live/sing"]
    for done in (there, here):
        assert (events(done, "partial"), events(done, "segment")) == (DRAFTS, TEXT)
    assert there.stdout == here.stdout
    written = voicebridge(*arguments, "-f", "srt", "-o", "song.srt")
    assert events(written, "partial") == DRAFTS
    assert song.with_name("song.srt").read_text("utf-8").count("La") == 2


@pytest.mark.parametrize("words", [["song.wav", "other.wav"], [str(CALL), "--channels", "each"], ["song.wav", "-f", "txt", "--resume"]])
def test_several_files_channels_and_resumed_runs_show_no_drafts(voicebridge: Run, song: Path, words: list[str]) -> None:
    song.with_name("other.wav").write_bytes(song.read_bytes())
    done = voicebridge("stt", *words, *MODEL, "--json-lines")
    assert events(done, "partial") == []
    assert events(done, "segment")


def test_drafts_that_a_plugin_has_not_declared_are_left_out_with_a_warning_that_names_it(
    acme_live: dict[str, str], voicebridge: Run, song: Path
) -> None:
    package = Path(acme_live["PYTHONPATH"], "acme_live")
    for name, old in {"plugin.py": "        partials=True,\n", "engine.py": "                if request.partials:\n    "}.items():
        source = (package / name).read_text("utf-8")
        assert old in source
        (package / name).write_text(source.replace(old, ""), "utf-8")
    done = voicebridge("stt", str(song), *MODEL, "--json-lines")
    assert (events(done, "partial"), events(done, "segment")) == ([], TEXT)
    [warning] = done.stderr.splitlines()
    assert warning.startswith("Warning: acme-live/sing returned segments with final=False, which were left out")
    assert warning.endswith("Report it to the maintainers of acme-live.")


def test_the_description_of_a_model_says_what_it_can_and_takes(voicebridge: Run, song: Path) -> None:
    assert song
    shown = voicebridge("models", "show", "acme-live/sing").stdout
    assert "streaming, partials" in shown
    assert "chunks of 1600 samples, int16" in shown
    said = json.loads(voicebridge("models", "show", "acme-live/sing", "--json").stdout)
    assert (said["frame"], said["sample_type"], said["repeatable"]) == (1600, "int16", True)
