"""Real environments for the tests beside this: wheels built from the workspace, installed by pip into fresh virtual environments."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = Path(__file__).parent / "plugins"
GUIDE = ROOT / "docs/writing-a-plugin.md"

PIP = {
    "PIP_CONSTRAINT": str(ROOT / "constraints.txt"),
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_COMPILE": "1",  # most of what is installed is never imported
}


def run(
    command: Sequence[str], cwd: Path | None = None, variables: Mapping[str, str] | None = None, merge: bool = False, check: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run a program with plain output and without what the test runner has left in the environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON", "COV_"))}
    environment = {**kept, **PIP, "NO_COLOR": "1", "PYTHONUTF8": "1", **(variables or {})}
    errors = subprocess.STDOUT if merge else subprocess.PIPE
    done = subprocess.run(
        command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True, encoding="utf-8", check=False, timeout=600
    )
    assert done.returncode == 0 or not check, f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done


@dataclass(frozen=True)
class Environment:
    """A virtual environment, and commands that are run in it as though it were activated."""

    folder: Path

    @property
    def bin(self) -> Path:
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    def install(self, *requirements: str | Path) -> None:
        """Install with pip from outside, so that the environment needs none of its own."""
        program = shutil.which("python", path=str(self.bin))
        run([sys.executable, "-m", "pip", "--python", str(program), "install", "--quiet", *map(str, requirements)], check=True)

    def run(
        self, *command: str, cwd: Path | None = None, variables: Mapping[str, str] | None = None, merge: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run a command; stderr comes apart from stdout, or within it when ``merge`` is set."""
        path = f"{self.bin}{os.pathsep}{os.environ['PATH']}"
        program = shutil.which(command[0], path=path) or command[0]
        active = {"PATH": path, "VIRTUAL_ENV": str(self.folder), **(variables or {})}
        return run([program, *command[1:]], cwd=cwd, variables=active, merge=merge)


@dataclass(frozen=True)
class Block:
    """A fenced block of a guide that is meant to be followed: a file to write, or commands and what they print."""

    title: str
    """The file's name; empty for commands."""
    exit_code: int
    """How the block's last command ends."""
    text: str


def read_guide() -> list[Block]:
    """The blocks of the guide that are to be followed, in order: those with a title, and those that begin with ``console``."""
    pattern = r"^```(?:console(?: exit=(\d))?|\w+ title=\"(.+?)\")\n(.*?)^```$"
    blocks = re.finditer(pattern, GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [Block(block[2] or "", int(block[1] or 0), block[3]) for block in blocks]


def build(folder: Path, target: Path) -> Path:
    """Build a wheel with the build backend that is installed here."""
    before = set(target.glob("*.whl"))
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)], cwd=folder, check=True)
    [wheel] = set(target.glob("*.whl")) - before
    return wheel


Once = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Make a folder once per run of the tests, however many processes share it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def make(name: str, fill: Callable[[Path], object]) -> Path:
        folder, done = shared / name, shared / f"{name}.done"
        with FileLock(shared / f"{name}.lock"):
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                fill(folder)
                done.touch()
        return folder

    return make


MakeEnvironment = Callable[..., Environment]


@pytest.fixture(scope="session")
def make_environment() -> MakeEnvironment:
    """Make a virtual environment in a folder; further arguments are ``venv``'s."""

    def make(folder: Path, *arguments: str) -> Environment:
        run([sys.executable, "-m", "venv", *arguments, str(folder)], check=True)
        return Environment(folder)

    return make


@pytest.fixture(scope="session")
def core_wheel(once: Once) -> Path:
    """The core, built."""
    return next(once("core-wheel", lambda folder: build(ROOT / "core", folder)).glob("*.whl"))


@pytest.fixture(scope="session")
def guide() -> list[Block]:
    """The guide's files and commands, in order."""
    return read_guide()


@pytest.fixture(scope="session")
def acme_source(once: Once, guide: list[Block]) -> Path:
    """The guide's first plugin, as far as the first command."""

    def write(folder: Path) -> None:
        for block in guide[: next(index for index, block in enumerate(guide) if not block.title)]:
            file = folder / block.title
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")

    return once("acme-source", write)


@pytest.fixture(scope="session")
def planted(once: Once, make_environment: MakeEnvironment, core_wheel: Path, acme_source: Path) -> Environment:
    """An environment in which the core, the guide's plugin and every plugin of the folder ``plugins`` are installed."""

    def fill(folder: Path) -> None:
        wheels = folder / "wheels"
        for source in [acme_source, *sorted(PLUGINS.iterdir())]:
            build(source, wheels)
        environment = make_environment(folder / "venv", "--without-pip")
        environment.install(f"{core_wheel}[testing]", *sorted(wheels.glob("*.whl")))

    return Environment(once("planted", fill) / "venv")
