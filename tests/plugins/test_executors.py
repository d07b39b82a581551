"""``stt FOLDER --executor NAME`` with the plugin that ``plugins new --kind executor`` writes: real processes, real recordings."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from voicebridge.testing import executor as contract
from voicebridge.testing.processes import PATIENCE, wait_until

if TYPE_CHECKING:
    from tests.plugins.conftest import Environment

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="the environment is made for a Unix shell"),
    pytest.mark.timeout(600),
]
SAMPLE = Path(__file__).parents[2] / "samples/welcome.flac"
MODEL = "tiny_engine/chunks"


@pytest.fixture
def processes(environment: Environment, home: Path, tmp_path: Path) -> Environment:
    """An environment with the executor, and a tiny model as a one-file plugin."""
    assert environment.run("voicebridge", "plugins", "new", "pool", "--kind", "executor", cwd=tmp_path).returncode == 0
    environment.install_editable(tmp_path / "voicebridge-pool")
    (home / "plugins").mkdir(parents=True)
    (home / "plugins/tiny_engine.py").write_text(contract.ENGINE, encoding="utf-8")
    (home / "config.toml").write_text("[plugins.tiny_engine]\nenabled = true\n", encoding="utf-8")
    return environment


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "recordings"
    folder.mkdir()
    for name in ("a", "b", "c"):
        shutil.copy(SAMPLE, folder / f"{name}.flac")
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".flac")


def test_all_recordings_are_transcribed_as_in_this_process(processes: Environment, folder: Path, tmp_path: Path) -> None:
    (folder / "bad.flac").write_text("no recording")
    elsewhere = tmp_path / "elsewhere"
    done = processes.run("voicebridge", "stt", str(folder), "-m", MODEL, "-f", "srt", "-f", "json", "--executor", "pool/processes")
    assert done.returncode == 1, done.stderr
    assert done.stderr.count("bad.flac") == 1
    assert "3 of 4 recordings done, 1 failed." in done.stderr
    assert names(folder) == ["a.json", "a.srt", "b.json", "b.srt", "c.json", "c.srt"]
    processes.run("voicebridge", "stt", str(folder), "-m", MODEL, "-f", "srt", "-f", "json", "-o", f"{elsewhere}/")
    for name in names(folder):
        assert (folder / name).read_bytes() == (elsewhere / name).read_bytes()


def test_the_text_is_printed_in_order_and_as_json_lines(processes: Environment, folder: Path) -> None:
    local = processes.run("voicebridge", "stt", str(folder), "-m", MODEL)
    pooled = processes.run("voicebridge", "stt", str(folder), "-m", MODEL, "--executor", "processes")
    assert pooled.returncode == local.returncode == 0, pooled.stderr
    assert pooled.stdout == local.stdout
    lines = processes.run("voicebridge", "stt", str(folder / "a.flac"), "-m", MODEL, "--executor", "processes", "--json-lines").stdout
    here = processes.run("voicebridge", "stt", str(folder / "a.flac"), "-m", MODEL, "--json-lines").stdout
    assert lines == here


def test_a_process_that_is_killed_in_the_middle_costs_nothing(processes: Environment, home: Path, folder: Path) -> None:
    (home / "kill").write_text("0")
    done = processes.run("voicebridge", "stt", str(folder), "-m", MODEL, "-f", "txt", "--executor", "processes")
    assert done.returncode == 0, done.stderr
    assert not (home / "kill").exists()
    assert names(folder) == ["a.txt", "b.txt", "c.txt"]
    assert len({(folder / name).read_text() for name in names(folder)}) == 1


def test_ctrl_c_ends_all_processes_and_the_rest_is_resumed(processes: Environment, home: Path, folder: Path) -> None:
    (home / "pause").touch()
    command = ["stt", str(folder), "-m", MODEL, "-f", "txt", "--executor", "processes"]
    environment = {**os.environ, "PATH": f"{processes.bin}:{os.environ['PATH']}", "VIRTUAL_ENV": str(processes.folder)}
    program = str(processes.bin / "voicebridge")
    with subprocess.Popen([program, *command], env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True) as running:
        wait_until(lambda: b'"segment"' in b"".join(log.read_bytes() for log in folder.glob(".*.voicebridge-part")), "a segment is saved")
        workers = psutil.Process(running.pid).children(recursive=True)
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to the command and its children
        _, told = running.communicate(timeout=PATIENCE)
    assert running.returncode == 130
    assert told == "0 of 3 recordings done. Run the same command with --resume to finish.\n"
    assert workers
    psutil.wait_procs(workers, timeout=PATIENCE)
    assert not [each for each in workers if each.is_running()]
    assert not list(folder.glob("*.txt"))
    (home / "pause").unlink()
    resumed = processes.run("voicebridge", *command, "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert names(folder) == ["a.txt", "b.txt", "c.txt"]
    assert len({(folder / name).read_text() for name in names(folder)}) == 1


def test_the_configuration_chooses_it_also_for_watched_folders(processes: Environment, home: Path, folder: Path) -> None:
    with (home / "config.toml").open("a") as file:
        file.write("[stt]\nexecutor = 'processes'\n")
    (home / "kill").write_text("0")  # ends a process of the executor, not that of the command
    done = processes.run("voicebridge", "watch", str(folder), "--once", "-m", MODEL)
    assert done.returncode == 0, done.stderr
    assert not (home / "kill").exists()
    assert names(folder) == ["a.txt", "b.txt", "c.txt"]
    assert "executor pool/processes" in processes.run("voicebridge", "doctor").stdout
    assert "pool/processes" not in processes.run("voicebridge", "stt", "--help").stdout


def test_names_are_resolved_like_others(processes: Environment, home: Path, folder: Path) -> None:
    def refused(*words: str) -> str:
        done = processes.run("voicebridge", *words, "-m", MODEL)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        return done.stderr

    told = refused("stt", str(folder), "--executor", "proceses")
    assert "No executor is named 'proceses'. Did you mean 'processes'? There are: local, pool/processes." in told
    assert "No executor is named 'dask'" in refused("watch", str(folder), "--once", "--executor", "dask")
    assert "Standard input can be read only by this process" in refused("stt", "-", "--executor", "processes")
    with (home / "config.toml").open("a") as file:
        file.write("[stt]\nexecutor = 'dask'\n")
    assert "stt.executor: No executor is named 'dask'" in refused("stt", str(folder))
