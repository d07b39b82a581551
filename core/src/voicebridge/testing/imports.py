"""What importing a plugin's module drags in, found out in a fresh interpreter."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable

LIGHT = frozenset({"voicebridge", "pluggy"})
"""What every plugin may import at module level, besides the standard library and its own package."""

_PROBE = """
import json, sys
from importlib import import_module

chains = {}

class Recorder:
    # First on sys.meta_path it is asked about every import, finds nothing, and sees in the stack who asks.
    @staticmethod
    def find_spec(name, path=None, target=None):
        frame = sys._getframe(1)
        while frame and frame.f_globals.get("__name__", "").partition(".")[0] in ("importlib", "_frozen_importlib"):
            frame = frame.f_back
        chains.setdefault(name, frame.f_globals.get("__name__", "?") if frame else "?")

import_module("voicebridge")
before = set(sys.modules)
sys.meta_path.insert(0, Recorder)
import_module(sys.argv[1])
imported = [name for name in sys.modules if name not in before]
print("\\n" + json.dumps({name: chains.get(name, "?") for name in imported}))
"""


def foreign_imports(module: str, allowed: Iterable[str] = ()) -> list[str]:
    """What ``module`` imports, directly or not, beyond the standard library, VoiceBridge's contract and its own package.

    Args:
        module: the dotted name that the entry point states; it is imported in a fresh interpreter.
        allowed: top-level packages to let pass.

    Returns:
        One import chain for each foreign package, such as ``acme.plugin → voicebridge.options → pydantic``.
    """
    # S603: the interpreter that runs this, and a program from above.
    done = subprocess.run([sys.executable, "-c", _PROBE, module], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        last_line = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return [f"{module} can't be imported on its own: {last_line}"]
    importer_of: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    light = {*LIGHT, *allowed, module.partition(".")[0]} | sys.stdlib_module_names
    packages = dict.fromkeys(name.partition(".")[0] for name in importer_of)
    return [_chain(package, importer_of) for package in packages if package not in light]


def _chain(name: str, importer_of: dict[str, str]) -> str:
    chain = [name]
    while (importer := importer_of.get(chain[0])) and importer not in chain and importer != "__main__":
        chain.insert(0, importer)
    return " → ".join(chain)
