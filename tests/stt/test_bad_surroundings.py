"""Problems of the environment: one clear line, a specific exit code, and no partial files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WELCOME = ROOT / "samples/welcome.flac"
posix = pytest.mark.skipif(os.name != "posix", reason="pipes, permissions and closed streams as POSIX has them")
AS_ROOT = sys.platform == "linux" and os.geteuid() == 0
NO_PRIVILEGE = ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all") if AS_ROOT else ()
"""Root bypasses file permissions; without its capabilities, the permissions of its own files apply."""
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@posix
def test_a_recording_or_a_folder_without_permission_is_one_clear_line(refused: Callable[..., str], tmp_path: Path) -> None:
    shutil.copy(WELCOME, tmp_path / "mine.flac")
    (tmp_path / "mine.flac").chmod(0)
    assert "mine.flac can't be opened: Permission denied. Check its permissions." in refused("mine.flac", before=NO_PRIVILEGE)

    (tmp_path / "closed").mkdir()
    (tmp_path / "closed").chmod(0)
    try:
        assert "closed can't be read: Permission denied" in refused("closed", before=NO_PRIVILEGE)
    finally:
        (tmp_path / "closed").chmod(0o700)


@posix
def test_an_output_folder_without_permission_is_one_clear_line(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "sealed").mkdir()
    (tmp_path / "sealed").chmod(0o555)

    said = refused(str(WELCOME), "-f", "txt", "-o", "sealed/", "--verbose", before=NO_PRIVILEGE)

    assert "sealed/welcome.txt can't be written: permission denied. Choose another place with -o." in said


@posix
def test_a_home_that_can_t_be_written_is_no_obstacle(run: Run, tmp_path: Path, hears_the_welcome: Callable[..., bool]) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home").chmod(0o555)

    done = run(str(WELCOME), before=NO_PRIVILEGE)

    assert (done.returncode, done.stderr) == (0, "")
    assert hears_the_welcome(done.stdout)


@pytest.mark.parametrize("kind", ["txt", "json"])
def test_a_full_disk_is_one_clear_line(refused: Callable[..., str], full_disk: Path, kind: str) -> None:
    said = refused(str(WELCOME), "-f", kind, "-o", "disk/", loads=True)

    assert f"disk/welcome.{kind} can't be written: No space left on device." in said


@posix
def test_a_limit_on_the_size_of_files_is_one_clear_line(refused: Callable[..., str], tmp_path: Path) -> None:
    import resource

    said = refused(str(WELCOME), "-o", "welcome.txt", loads=True, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20)))

    assert "can't be written: File too large" in said


@posix
@pytest.mark.parametrize(
    ("redirection", "code", "says"),
    [
        (">&-", 1, "Error: Standard output is closed, and the text would be printed."),
        ("--json-lines >&-", 1, "Error: Standard output is closed, and the text would be printed."),
        pytest.param(
            ">/dev/full", 1, "Error: Standard output can't be written: No space left on device.",
            marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux"),
        ),
        ("-o text.txt >&-", 0, "Wrote text.txt"),
        ("-o text.txt >&- 2>&-", 0, ""),
        ("| head -1", 0, ""),
    ],
)  # fmt: skip
def test_a_standard_output_that_takes_nothing_is_one_clear_line(
    command: str,
    environment: dict[str, str],
    tmp_path: Path,
    redirection: str,
    code: int,
    says: str,
    hears_the_welcome: Callable[..., bool],
) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f'"{command}" stt -m tiny.en "{WELCOME}" {redirection}'],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == code
    assert len(done.stderr.splitlines()) == (1 if says else 0), done.stderr
    assert done.stderr.startswith(says)
    assert len(done.stdout.splitlines()) == (1 if "head" in redirection else 0)
    if "text.txt" in redirection:
        assert hears_the_welcome((tmp_path / "text.txt").read_text("utf-8"))


@posix
def test_a_standard_input_that_is_closed_or_empty_is_one_clear_line(command: str, environment: dict[str, str]) -> None:
    for redirection, says in (("<&-", "Standard input is closed."), ("</dev/null", "standard input contains no readable audio")):
        done = subprocess.run(
            ["/bin/sh", "-c", f'"{command}" stt -m tiny.en - {redirection}'],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 1
        assert done.stderr.startswith(f"Error: {says}")
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_locale_without_unicode_is_no_obstacle(run: Run, encoding: str, hears_the_welcome: Callable[..., bool]) -> None:
    done = run(str(WELCOME), environment={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": encoding, "PYTHONCOERCECLOCALE": "0"})

    assert done.returncode == 0, done.stderr
    assert hears_the_welcome(done.stdout)
