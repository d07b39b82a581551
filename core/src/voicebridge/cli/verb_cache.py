"""A cache of the commands that plugins add, so that help pages and shell completion don't load plugins.

It is valid while everything that determines these commands is unchanged: the package folders in Python's path, the plugins' files, the
configuration file, the profile and the variable that limits plugins. It is only used for help: running a command loads its plugin.
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
    from voicebridge.runtime.plugins import PluginHost


def remembered(profile: str | None) -> dict[str, str] | None:
    """Each plugin command with its help line; ``None`` if they are not cached."""
    try:
        known = json.loads(_file().read_bytes())
        if known["surroundings"] == _surroundings(profile) and known["modules"] == _stamps(known["modules"]):
            return {str(name): str(help_line) for name, help_line in known["verbs"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None  # missing, or not in our format
    return None


def remember(host: PluginHost, verbs: dict[str, str], profile: str | None) -> None:
    """Cache the commands, unless a plugin failed or was slow, which every run should report."""
    if any(record.slow or record.outcome in ("failed", "incompatible") for record in host.records):
        return
    modules = (sys.modules.get(record.module.partition(":")[0]) for record in host.active)
    files = [file for module in modules if (file := getattr(module, "__file__", None))]
    text = json.dumps({"surroundings": _surroundings(profile), "modules": _stamps(files), "verbs": verbs})
    with suppress(OSError):
        if _file().read_bytes() == text.encode():  # replacing a file waits for the disk
            return
    from voicebridge.files.atomic import replace_text  # imported on demand: most runs have a valid cache

    with suppress(OSError):  # an unwritable cache is ignored
        replace_text(_file(), text)


def _file() -> Path:
    return paths.cache_dir() / "verbs.json"


def _surroundings(profile: str | None) -> list[Any]:
    limited = os.environ.get("VOICEBRIDGE_PLUGINS")
    return [sys.version, sys.prefix, profile, limited, paths.config_stamp(), _stamps(sys.path)]


def _stamps(files: Iterable[str]) -> dict[str, int]:
    """The modification time (ns) of each file or folder; -1 if it doesn't exist."""
    stamps = {}
    for file in files:
        try:
            stamps[file] = Path(file).stat().st_mtime_ns
        except OSError:
            stamps[file] = -1
    return stamps
