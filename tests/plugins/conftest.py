"""Real environments for the tests in this folder: wheels built from the repository, installed by pip into fresh virtual environments."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from filelock import FileLock
from voicebridge.testing.lab.pages import PageBlock, read_blocks

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = Path(__file__).parent / "planted"
GUIDE = [ROOT / f"docs/plugins/{page}.md" for page in ("tutorial", "testing", "packaging")]
"""The pages that continue each other, in the order in which they are followed."""

collect_ignore = ["third_party"]  # whose tests need their plugins

PIP = {
    "PIP_CONSTRAINT": str(ROOT / "constraints.txt"),
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_COMPILE": "1",  # most of what is installed is never imported
}


def run(
    command: Sequence[str], cwd: Path | None = None, variables: Mapping[str, str] | None = None, merge: bool = False, check: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run a program with plain output and without environment variables of the test runner."""
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
    """A virtual environment, and commands that run as if it were activated."""

    folder: Path

    @property
    def bin(self) -> Path:
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    @property
    def packages(self) -> Path:
        """Where its packages are installed."""
        return next(self.folder.glob("lib/python*/site-packages"), self.folder / "Lib/site-packages")

    def install(self, *requirements: str | Path) -> None:
        """Install with pip from outside, so that the environment needs no pip."""
        program = shutil.which("python", path=str(self.bin))
        run([sys.executable, "-m", "pip", "--python", str(program), "install", "--quiet", *map(str, requirements)], check=True)

    def install_editable(self, source: Path) -> None:
        """Put a package's folder on the path, with its metadata, as pip does for an editable installation; pip takes much longer."""
        with TemporaryDirectory() as folder, zipfile.ZipFile(build(source, Path(folder))) as wheel:
            wheel.extractall(self.packages, [name for name in wheel.namelist() if ".dist-info/" in name])
        (self.packages / f"{source.resolve().name}.pth").write_text(str(source.resolve() / "src"), encoding="utf-8")

    def run(
        self, *command: str, cwd: Path | None = None, variables: Mapping[str, str] | None = None, merge: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run a command; stderr is separate from stdout, or merged into it if ``merge`` is set."""
        path = f"{self.bin}{os.pathsep}{os.environ['PATH']}"
        program = shutil.which(command[0], path=path) or command[0]
        active = {"PATH": path, "VIRTUAL_ENV": str(self.folder), **(variables or {})}
        return run([program, *command[1:]], cwd=cwd, variables=active, merge=merge)


def build(folder: Path, target: Path) -> Path:
    """Build a wheel with the installed build backend."""
    before = set(target.glob("*.whl"))
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)], cwd=folder, check=True)
    [wheel] = set(target.glob("*.whl")) - before
    return wheel


Once = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Create a folder once per run of the tests, even if several processes share it."""
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
    """Create a virtual environment in a folder; further arguments are passed to ``venv``."""

    def make(folder: Path, *arguments: str) -> Environment:
        run([sys.executable, "-m", "venv", *arguments, str(folder)], check=True)
        return Environment(folder)

    return make


@pytest.fixture
def environment(make_environment: MakeEnvironment, tmp_path: Path) -> Environment:
    """A virtual environment with the packages of this one; its own come first."""
    made = make_environment(tmp_path / "venv", "--without-pip")
    (made.packages / "outer.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n", encoding="utf-8")
    program = made.bin / "voicebridge"
    program.write_text(f"#!{made.bin / 'python'}\nfrom voicebridge.cli.app import main\n\nmain()\n", encoding="utf-8")
    program.chmod(0o755)
    return made


@pytest.fixture(scope="session")
def core_wheel(once: Once) -> Path:
    """The core's wheel."""
    return next(once("core-wheel", lambda folder: build(ROOT / "core", folder)).glob("*.whl"))


@pytest.fixture(scope="session")
def guide() -> list[PageBlock]:
    """The guide's files and commands, in order."""
    return [block for page in GUIDE for block in read_blocks(page)]


@pytest.fixture(scope="session")
def acme_source(once: Once, guide: list[PageBlock]) -> Path:
    """The guide's first plugin, up to the first command."""

    def write(folder: Path) -> None:
        for block in guide[: next(index for index, block in enumerate(guide) if not block.title)]:
            block.write(folder)

    return once("acme-source", write)


@pytest.fixture(scope="session")
def planted(once: Once, make_environment: MakeEnvironment, core_wheel: Path, acme_source: Path) -> Environment:
    """An environment with the core, the guide's plugin and every plugin in the folder ``planted``."""

    def fill(folder: Path) -> None:
        wheels = folder / "wheels"
        for source in [acme_source, *sorted(PLUGINS.iterdir())]:
            build(source, wheels)
        environment = make_environment(folder / "venv", "--without-pip")
        environment.install(f"{core_wheel}[testing]", *sorted(wheels.glob("*.whl")))

    return Environment(once("planted", fill) / "venv")
