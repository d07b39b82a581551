"""The daemon's time to the first answer, and its resources while idle.

Start: from `voicebridge daemon run` to the first answer on its socket. Idle: CPU time and memory with hotkeys enabled, ten watched folders
with a thousand processed files each, and no model loaded. On a separate desktop (Xvfb, openbox, PulseAudio).
Needs Linux and: apt install xvfb openbox xdotool x11-utils x11-xkb-utils pulseaudio pulseaudio-utils.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any

from _places import use_own_home
from _side_by_side import Limit, arguments_of, exit_code, own_command, print_limits, print_machine, print_rows
from _watched import FILES, FOLDERS, done_folders, idle
from voicebridge.control import ask
from voicebridge.errors import UnavailableError
from voicebridge.testing.lab.desktops import sound_server_in
from voicebridge.testing.lab.x11 import x_running

RUNS = 10
SECONDS = 60.0
MODEL = "tiny.en"


def main() -> int:
    arguments = arguments_of(__doc__, RUNS)
    environment = use_own_home()
    print_machine(f"starts: {arguments.runs}")
    files = 20 if arguments.quick else FILES
    with tempfile.TemporaryDirectory() as name, x_running(Path(name) / "x") as x, sound_server_in(Path(name) / "sound") as sound:
        sound.plug_in()
        home = Path(name) / "home"
        os.environ["VOICEBRIDGE_HOME"] = str(home)  # for requests from this process
        session = {**environment, "VOICEBRIDGE_HOME": str(home), **x.environment, **sound.environment}
        session = {each: value for each, value in session.items() if each not in ("WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS")}
        folders = done_folders(Path(name), files)
        _configure(home, [])
        starts = [_start(session) for _ in range(arguments.runs)]
        _configure(home, folders)
        _finish(session)
        share, memory = _idle(session, seconds=2.0 if arguments.quick else SECONDS)
    rows = [
        ["from the command to the first answer", f"{1000 * median(starts):.0f} ms, slowest {1000 * max(starts):.0f} ms"],
        [f"keys on, {FOLDERS} folders, {FOLDERS * files} files: processor", f"{share:.2f} % of a core"],
        ["the same: resident memory, no model", f"{memory:.0f} MB"],
    ]
    print_rows(["the daemon", "measured"], rows)
    limits = [
        Limit("s from the command to the first answer", median(starts), 0.7),
        Limit("per cent of a core, idle", share, 1.0),
        Limit("MB resident, idle", memory, 120.0, decimals=0),
    ]
    return exit_code(arguments, holds=print_limits(limits))


def _start(session: dict[str, str]) -> float:
    began = time.perf_counter()
    with _running(session):
        return time.perf_counter() - began


def _finish(session: dict[str, str]) -> None:
    """Wait until every file has been examined and recorded once."""
    with _running(session):
        while _status()["queue"] or not all(folder["done"] for folder in _status()["folders"]):
            time.sleep(0.5)


def _idle(session: dict[str, str], seconds: float) -> tuple[float, float]:
    """Percentage of a core and MB used by an idle daemon."""
    with _running(session) as process:
        while not _status()["hotkeys"]["source"]:
            time.sleep(0.1)
        taken = idle(process.pid, seconds)
        status = _status()
        if status["models"] or status["queue"]:
            raise SystemExit(f"it is not idle: {status}")
        return taken


@contextmanager
def _running(session: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A daemon that answers."""
    with subprocess.Popen([own_command("voicebridge"), "daemon", "run"], env=session, stderr=subprocess.DEVNULL) as process:
        try:
            while True:
                with suppress(UnavailableError):
                    ask("daemon.status")
                    break
                time.sleep(0.005)
            yield process
        finally:
            process.terminate()


def _status() -> dict[str, Any]:
    return ask("daemon.status")


def _configure(home: Path, folders: list[Path]) -> None:
    home.mkdir(exist_ok=True)
    tables = "".join(f'[[watch]]\nfolder = {json.dumps(str(folder))}\nformats = ["txt"]\n' for folder in folders)
    (home / "config.toml").write_text(f'[stt]\nmodel = "{MODEL}"\nlanguage = "en"\n{tables}', encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
