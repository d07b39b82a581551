"""Weights that come as installed packages, which say what they carry through an entry point in a group of the plugin's own."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

_Package = TypeVar("_Package")


def declared(group: str, kind: type[_Package]) -> tuple[tuple[str, _Package | str], ...]:
    """What every entry point of a group points to, by the entry point's name; one that can't be loaded is a phrase that says why.

    Args:
        group: of the entry points.
        kind: what they have to point to an instance of.
    """
    found: list[tuple[str, _Package | str]] = []
    for point in sorted(metadata.entry_points(group=group), key=lambda point: point.name):
        try:
            package = point.load()
            wrong = "" if isinstance(package, kind) else f"{point.value} is not a {kind.__name__}. Tell its makers."
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # sys.exit and the like must not take the others along
            wrong = f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": ")
        found.append((point.name, wrong or package))
    return tuple(found)


def flaw_of_version(distribution: str, version: str, install: Callable[[], str]) -> str:
    """What keeps a distribution from being the one that is needed, as a phrase with the remedy; empty when nothing does."""
    try:
        installed = metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return f"not installed: {install()}"
    return "" if installed == version else f"{distribution} {installed} is installed, but only {version} is known to be right: {install()}"


def locate(part: str) -> Path:
    """The file that ``package:path/in/package`` means; the package is not imported, and the file need not exist."""
    package, _, path = part.partition(":")
    spec = find_spec(package)
    home = next(iter(spec.submodule_search_locations or ()), None) if spec else None
    return Path(home or package) / path
