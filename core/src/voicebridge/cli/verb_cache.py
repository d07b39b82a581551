"""The verbs that plugins add, remembered between runs, so that a help page and the shell's completion need not load plugins.

What was remembered counts while everything that decides over it is as it was: the folders in which Python looks for packages, the plugins'
files, the configuration file, the profile and the variable that limits plugins. It serves help alone: a verb that runs loads its plugin.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicebridge import paths

if TYPE_CHECKING:
    from voicebridge.plugins import PluginHost


def remembered(profile: str | None) -> dict[str, str] | None:
    """Each plugin's verb and its line of help; ``None`` where that has to be found out."""
    try:
        known = json.loads(_file().read_bytes())
        if known["surroundings"] == _surroundings(profile) and known["modules"] == _stamps(known["modules"]):
            return {str(name): str(help_line) for name, help_line in known["verbs"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None  # not there, or not ours
    return None


def remember(host: PluginHost, verbs: dict[str, str], profile: str | None) -> None:
    """Keep what was found out, unless a plugin failed or was slow, which each run is to report."""
    if any(record.slow or record.outcome in ("failed", "incompatible") for record in host.records):
        return
    modules = (sys.modules.get(record.module.partition(":")[0]) for record in host.active)
    files = [file for module in modules if (file := getattr(module, "__file__", None))]
    known = {"surroundings": _surroundings(profile), "modules": _stamps(files), "verbs": verbs}
    import tempfile  # only now: most runs remember already

    target = _file()
    with suppress(OSError):  # a cache that can't be written is none
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".verbs-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(known, file)
        Path(name).replace(target)


def _file() -> Path:
    return paths.cache_dir() / "verbs.json"


def _surroundings(profile: str | None) -> list[Any]:
    limited = os.environ.get("VOICEBRIDGE_PLUGINS")
    return [sys.version, sys.prefix, profile, limited, paths.config_stamp(), _stamps(sys.path)]


def _stamps(files: Iterable[str]) -> dict[str, int]:
    """When each file or folder was changed last (ns); -1 for what is not there."""
    stamps = {}
    for file in files:
        try:
            stamps[file] = Path(file).stat().st_mtime_ns
        except OSError:
            stamps[file] = -1
    return stamps
