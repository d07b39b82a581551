"""What is installed: the plugins of packages, and those that are single files in the user's folder."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import invalidate_caches
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import voicebridge_user_plugins

from voicebridge import hookspecs

_FIELD = re.compile(r"^(Name|Version):[ \t]*(.*\S)", re.MULTILINE)


def found() -> list[EntryPoint]:
    """An entry point for each plugin; those of files have no ``dist``."""
    return [*_of_packages(), *_of_files()]


def names() -> frozenset[str]:
    """The names of all installed plugins, without importing them."""
    return frozenset(point.name for point in found())


def look_again() -> None:
    """Let the next call see what was installed or removed since this process started."""
    _of_packages.cache_clear()
    invalidate_caches()


def package_of(point: EntryPoint) -> tuple[str, str]:
    """The name of a plugin's package and its version; of a file, its path and no version."""
    if file := file_of(point):
        return str(file), ""
    # Without `point.dist.metadata`, which parses the whole file, with the description: that is noticeable with fifty plugins.
    text = (point.dist.read_text("METADATA") or point.dist.read_text("PKG-INFO") or "") if point.dist else ""
    fields = dict(_FIELD.findall(text.partition("\n\n")[0]))
    return canonical(fields.get("Name", "?")), fields.get("Version", "?")


def file_of(point: EntryPoint) -> Path | None:
    """The file of a one-file plugin."""
    package, _, name = point.value.partition(".")
    return voicebridge_user_plugins.folder() / f"{name}.py" if package == voicebridge_user_plugins.__name__ else None


def canonical(name: str) -> str:
    """The name of a package as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


@lru_cache(maxsize=1)
def _of_packages() -> tuple[EntryPoint, ...]:
    # Listing the installed packages takes tens of milliseconds, and they don't change while a command runs.
    return tuple(entry_points(group=hookspecs.PROJECT))


def _of_files() -> list[EntryPoint]:
    files = sorted(voicebridge_user_plugins.folder().glob("[!_.]*.py"))
    return [EntryPoint(file.stem, f"{voicebridge_user_plugins.__name__}.{file.stem}", hookspecs.PROJECT) for file in files]
