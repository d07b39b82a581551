"""The clipboard, on a real X server."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from voicebridge.desktop import clipboard as module
from voicebridge.desktop import probes
from voicebridge.desktop.clipboard import PyperclipClipboard
from voicebridge.errors import UnavailableError
from voicebridge.installing import system_remedy
from voicebridge.testing.processes import wait_until

pytest.importorskip("pyperclip", reason="needs: pip install 'voicebridge-core[desktop]'")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a clipboard of a test's own exists on Linux alone")

TEXT = "Grüße, “quotes”, 日本語, 🎧\n\ttwo lines\n"


@pytest.fixture(params=["xclip", "xsel"])
def tool(request: pytest.FixtureRequest, x_display: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """One of the clipboard programs for X, and no other."""
    name: str = request.param
    only_programs(monkeypatch, tmp_path, name)
    return name


def only_programs(monkeypatch: pytest.MonkeyPatch, folder: Path, *names: str) -> None:
    """Set a PATH with these programs and no others of their kind; skips if one is missing."""
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    for name in names:
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"needs: apt install {name}")
        (programs / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(programs))


def hold(selection: str, data: bytes, *options: str) -> None:
    """Own a selection, as another program would, until the X server ends."""
    nothing = subprocess.DEVNULL
    subprocess.run(["xclip", "-selection", selection, *options], input=data, check=True, stdout=nothing, stderr=nothing)


def test_what_is_written_is_read_back_by_us_and_by_others(tool: str) -> None:
    clipboard = PyperclipClipboard()
    for text in (TEXT, "x" * 300_000, "again"):
        clipboard.write(text)
        # xsel serves the old text until its child process has taken over.
        wait_until(lambda text=text: clipboard.read() == text, "the text")  # type: ignore[misc] # mypy knows no default of a lambda
    command = ["xclip", "-selection", "clipboard", "-o"] if tool == "xclip" else ["xsel", "-b", "-o"]
    assert subprocess.run(command, capture_output=True, check=True, text=True).stdout == "again"


def test_what_is_selected_is_told_from_what_is_copied(tool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if tool == "xsel":
        subprocess.run(["xsel", "-p", "-i"], input=b"selected", check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    else:
        hold("primary", b"selected")
    PyperclipClipboard().write("copied")
    assert PyperclipClipboard().selection() == "selected"
    assert PyperclipClipboard().read() == "copied"


def test_an_empty_clipboard_is_empty_text(tool: str) -> None:
    assert PyperclipClipboard().read() == ""
    assert PyperclipClipboard().selection() == ""


def test_a_picture_is_no_text(x_display: str) -> None:
    if shutil.which("xclip") is None:
        pytest.skip("needs: apt install xclip")
    hold("clipboard", b"\x89PNG\r\n\x1a\n\xff\xfe", "-t", "image/png")
    assert PyperclipClipboard().read() == ""


@pytest.fixture
def hanging(x_display: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An xclip that never answers and records its process id."""
    only_programs(monkeypatch, tmp_path, "sh", "sleep")
    program, trace = tmp_path / "bin/xclip", tmp_path / "pid"
    program.write_text(f"#!/bin/sh\necho $$ >> {trace}\nexec sleep 100\n")
    program.chmod(0o755)
    yield trace
    processes = trace.read_text().split() if trace.exists() else []
    wait_until(lambda: not any(map(_runs, processes)), "every process to end")


def _runs(process: str) -> bool:
    """A process that has ended may not have been reaped yet, and on a busy machine may not have ended yet."""
    try:
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_program_that_hangs_is_given_up_and_ended(hanging: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 1.0)
    with pytest.raises(UnavailableError, match="The clipboard has not answered for 1 s"):
        PyperclipClipboard().read()
    assert hanging.exists()


def test_the_probe_knows_a_clipboard_that_works(tool: str) -> None:
    assert probes.clipboard() > 0


def test_a_session_without_a_desktop_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(UnavailableError, match="This session has no desktop"):
        probes.clipboard()
    clipboard = PyperclipClipboard()
    for attempt in (clipboard.read, clipboard.selection, lambda: clipboard.write("x")):
        with pytest.raises(UnavailableError, match="This session has no desktop"):
            attempt()


@pytest.mark.parametrize(("variable", "remedy"), [("DISPLAY", system_remedy("xclip")), ("WAYLAND_DISPLAY", system_remedy("wl-clipboard"))])
def test_missing_programs_are_named(variable: str, remedy: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv(variable, ":1")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match=remedy):
        probes.clipboard()


@pytest.mark.parametrize("display", [":4093", "127.0.0.1:4093", ":x", "nonsense"])
def test_a_desktop_that_is_gone_is_told_from_an_empty_clipboard(display: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    only_programs(monkeypatch, tmp_path, "xclip")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", display)
    with pytest.raises(UnavailableError, match=f"The desktop doesn't answer at DISPLAY={display}"):
        PyperclipClipboard().read()


def test_a_wayland_desktop_is_asked_at_its_socket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("wl-copy", "wl-paste"):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-7")
    with pytest.raises(UnavailableError, match="WAYLAND_DISPLAY=wayland-7"):
        probes.clipboard()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "wayland-7"))
        listening.listen()
        assert probes.clipboard() > 0
