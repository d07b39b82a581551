"""Find out in a new interpreter what importing a plugin's module imports."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field

LIGHT = frozenset({"voicebridge", "pluggy"})
"""What a plugin may import at module level, besides the standard library and its own package."""

BASE = "voicebridge"
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

asked = []

def hear(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        asked.append(str(arguments[0]))
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        asked.append(":".join(map(str, arguments[1][:2])))

import_module(sys.argv[2])
before = set(sys.modules)
sys.meta_path.insert(0, Recorder)
sys.addaudithook(hear)
import_module(sys.argv[1])
imported = [name for name in sys.modules if name not in before]
print("\\n" + json.dumps([{name: chains.get(name, "?") for name in imported}, asked]))
"""


def import_faults(module: str) -> list[str]:
    """Why importing a plugin's module takes long or has effects: foreign imports, connections, output."""
    imported = _imported(module, BASE)
    chains = imported.foreign(module.partition(".")[0])
    return [
        *(f"imported with the plugin: {chain}: import it in the module of the factory instead." for chain in chains),
        *imported.effects(module),
    ]


def effect_faults(module: str) -> list[str]:
    """Which effects importing a module has, whatever it imports: connections, output, failure."""
    return _imported(module, BASE).effects(module)


def foreign_imports(module: str, allowed: Iterable[str] = (), base: str = BASE) -> list[str]:
    """What ``module`` imports, directly or indirectly, beyond the standard library, VoiceBridge's plugin API and its own package.

    Args:
        module: the dotted name from the entry point; it is imported in a new interpreter.
        allowed: allowed top-level packages.
        base: a module that is imported before; what it imports doesn't count.

    Returns:
        One import chain for each foreign package, such as ``acme.plugin → voicebridge.options → pydantic``.
    """
    imported = _imported(module, base)
    return imported.failed or imported.foreign(module.partition(".")[0], *allowed)


@dataclass
class _Imported:
    importer_of: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def foreign(self, *allowed: str) -> list[str]:
        light = {*LIGHT, *allowed} | sys.stdlib_module_names
        packages = dict.fromkeys(name.partition(".")[0] for name in self.importer_of)
        return [_chain(package, self.importer_of) for package in packages if package not in light]

    def effects(self, module: str) -> list[str]:
        return [
            *(f"importing {module} opened a connection to {each}: only a weights store downloads, when asked to." for each in self.asked),
            *(f"importing {module} printed {line!r}: import it silently." for line in self.printed[:1]),
            *self.failed,
        ]


def _imported(module: str, base: str) -> _Imported:
    # S603: this interpreter, and a program from above.
    done = subprocess.run([sys.executable, "-c", _PROBE, module, base], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        last_line = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return _Imported(failed=[f"{module} can't be imported on its own: {last_line}"])
    *printed, last = done.stdout.splitlines()
    importer_of, asked = json.loads(last)
    return _Imported(importer_of, asked, [line for line in printed if line])


def _chain(name: str, importer_of: dict[str, str]) -> str:
    chain = [name]
    while (importer := importer_of.get(chain[0])) and importer not in chain and importer != "__main__":
        chain.insert(0, importer)
    return " → ".join(chain)
