"""The time of `voicebridge --help` with 50 plugins installed, compared with one.

Builds 50 small plugins as wheels and installs them with pip, together with the core, into a fresh environment, and one of them into
another. The two are run alternately, so that other load on the machine affects both equally. Prints Markdown tables; with `--check` the
exit code is 1 if the ratio is above the limit.
"""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from _side_by_side import Limit, arguments_of, exit_code, measure, print_limits, print_machine, print_times

LIMIT = 1.5
RUNS = 25
MANY = 50
CORE = Path(__file__).resolve().parents[1] / "core"

PLUGIN = """
from voicebridge import SttSpec, hookimpl

VOICEBRIDGE_API = 1


@hookimpl
def voicebridge_stt_models():
    for size in ("tiny", "base", "large"):
        yield SttSpec(name=size, factory="{name}.engine:Engine", description="A model of {name}.", languages={{"en"}})
"""
METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Dist: voicebridge-core\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: many_plugins\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def main() -> int:
    arguments = arguments_of(__doc__, RUNS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        core = build_core(folder)
        plugins = [write_wheel(folder, f"bench_plugin_{number:02}") for number in range(MANY)]
        commands: dict[str, list[str | Path]] = {
            "one plugin": [make_environment(folder / "one", [core, plugins[0]]), "--help"],
            f"{MANY} plugins": [make_environment(folder / "many", [core, *plugins]), "--help"],
        }
        runs = measure(commands, arguments.runs, os.environ | {"VOICEBRIDGE_HOME": name})
    print_machine(f"runs of each, in turn: {arguments.runs}")
    ratio = print_times("`voicebridge --help` with", {name: [each.seconds for each in measured] for name, measured in runs.items()})
    return exit_code(arguments, holds=print_limits([Limit(f"times as long with {MANY} plugins", ratio, LIMIT)]))


def build_core(folder: Path) -> Path:
    """Build the core's wheel with the installed build backend."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=CORE, check=True, capture_output=True
    )
    return next(folder.glob("voicebridge_core-*.whl"))


def write_wheel(folder: Path, name: str) -> Path:
    """Write a plugin's wheel directly: a build backend would take most of a minute for fifty."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}/__init__.py": "",
        f"{name}/plugin.py": PLUGIN.format(name=name),
        f"{info}/METADATA": METADATA.format(name=name),
        f"{info}/WHEEL": WHEEL,
        f"{info}/entry_points.txt": f"[voicebridge]\n{name.replace('_', '-')} = {name}.plugin\n",
    }
    digests = {path: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode() for path, text in files.items()}
    files[f"{info}/RECORD"] = "".join(f"{path},sha256={digests[path]},{len(files[path])}\n" for path in digests) + f"{info}/RECORD,,\n"
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return wheel


def make_environment(folder: Path, wheels: Iterable[Path]) -> Path:
    """Create an environment with these wheels and their dependencies from the index; returns its `voicebridge` command."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    pip = [sys.executable, "-m", "pip", "--python", str(scripts / "python"), "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*pip, "--constraint", str(CORE.parent / "constraints.txt"), *map(str, wheels)], check=True)
    return scripts / "voicebridge"


if __name__ == "__main__":
    sys.exit(main())
