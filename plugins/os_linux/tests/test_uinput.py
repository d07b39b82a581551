"""ydotool and dotool: the real old version that is rejected, and substitutes for the newer ones, because there is no uinput here."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from voicebridge import PartlyInsertedError, UnavailableError
from voicebridge.ports import TextInserter
from voicebridge_os_linux import uinput
from voicebridge_os_linux.uinput import Dotool, Ydotool, probe_dotool, probe_ydotool

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="such keyboards are on Linux alone")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Substitutes for both, which record their arguments; ydotool's daemon is a socket."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, first in (("ydotool", '[ "$1" = help ] && { echo "  type key debug"; exit; }'), ("dotool", ":")):
        program = folder / name
        program.write_text(
            f'#!/bin/sh\n{first}\necho "$@ $DOTOOL_XKB_LAYOUT" > {tmp_path}/words\n/bin/cat > {tmp_path}/told\n. {tmp_path}/end\n'
        )
        program.chmod(0o755)
    (tmp_path / "end").write_text("")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("YDOTOOL_SOCKET", str(tmp_path / "socket"))
    monkeypatch.setenv("XKB_DEFAULT_LAYOUT", "us")
    monkeypatch.setattr(uinput, "_DEVICE", tmp_path / "end")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as daemon:
        daemon.bind(str(tmp_path / "socket"))
        yield tmp_path


def test_the_ydotool_that_types_digits_is_refused() -> None:
    if shutil.which("ydotool") is None:
        pytest.skip("needs: apt install ydotool")
    told = subprocess.run(["ydotool", "help"], capture_output=True, text=True)
    if "debug" in told.stdout + told.stderr:
        pytest.skip("needs ydotool 0.1.8, and this one is newer")
    with pytest.raises(UnavailableError, match="older than 1.0"):
        probe_ydotool()
    with pytest.raises(UnavailableError, match="older than 1.0"):
        Ydotool().insert("x")


def test_what_is_missing_is_named(tmp_path: Path, programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uinput, "_DEVICE", tmp_path / "nothing")
    with pytest.raises(UnavailableError, match="has no permission to write to"):
        probe_dotool()
    monkeypatch.setenv("YDOTOOL_SOCKET", str(tmp_path / "nobody"))
    with pytest.raises(UnavailableError, match="daemon doesn't answer at"):
        probe_ydotool()
    monkeypatch.setenv("PATH", str(tmp_path))
    for probe in (probe_dotool, probe_ydotool):
        with pytest.raises(UnavailableError, match="is not installed"):
            probe()


def test_the_text_goes_through_standard_input_and_not_through_the_list_of_processes(programs: Path) -> None:
    assert probe_ydotool() > 0
    Ydotool().insert("Hello\tyou")
    assert (programs / "told").read_text() == "Hello\tyou"
    assert (programs / "words").read_text() == "type --file /dev/stdin \n"
    assert probe_dotool() > 0
    Dotool().insert("Hello\n\nto you\tall")
    told = (programs / "told").read_text().splitlines()
    assert told == ["type Hello", "key shift+enter", "key shift+enter", "type to you", "key tab", "type all"]
    assert (programs / "words").read_text() == " us\n"


def test_ydotool_writes_line_breaks_by_shift_and_enter(programs: Path) -> None:
    (programs / "end").write_text(f'echo "$*:" >> {programs}/all; /bin/cat {programs}/told >> {programs}/all')
    Ydotool().insert("One\n\ntwo")
    keys = "key 42:1 28:1 28:0 42:0:\n"
    assert (programs / "all").read_text() == f"type --file /dev/stdin:\nOne{keys}{keys}type --file /dev/stdin:\ntwo"


@pytest.mark.parametrize("inserter", [Ydotool(), Dotool()])
def test_what_has_no_key_is_refused_before_anything_is_typed(inserter: TextInserter, programs: Path) -> None:
    for text in ("straße", "😀", "a\x1b"):
        with pytest.raises(UnavailableError, match="A keyboard has no key for"):
            inserter.insert(text)
    assert not (programs / "told").exists()


def test_another_layout_is_refused_or_told(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XKB_DEFAULT_LAYOUT")
    configured = programs / "keyboard"
    configured.write_text('XKBMODEL="pc105"\nXKBLAYOUT="de,us"\n')
    monkeypatch.setattr(uinput, "_LAYOUT", configured)
    with pytest.raises(UnavailableError, match="not on 'de'"):
        Ydotool().insert("y")
    Dotool().insert("y")
    assert (programs / "words").read_text() == " de\n"
    configured.unlink()
    Ydotool().insert("y")


@pytest.mark.parametrize("end", ["exit 3", "echo 'WARNING: impossible character' >&2"])
@pytest.mark.parametrize("inserter", [Ydotool(), Dotool()])
def test_a_failure_is_never_a_success(inserter: TextInserter, end: str, programs: Path) -> None:
    (programs / "end").write_text(end)
    with pytest.raises(PartlyInsertedError, match="may have typed only part of the text: (it ended with code 3|WARNING: impossible)"):
        inserter.insert("x")
