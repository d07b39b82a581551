"""Weights in installed packages, which declare their content through an entry point in a group of the plugin."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, TypeVar

from voicebridge.errors import ModelError

_Package = TypeVar("_Package")

_CHUNK = 1 << 20
"""Bytes."""


class PackagedWeights(Protocol):
    """A model in installed distributions, as described by its entry point."""

    @property
    def carries(self) -> str:
        """The model's name in our cache."""
        ...

    @property
    def label(self) -> str:
        """The names of the distributions."""
        ...

    def install(self, *, reinstall: bool = False) -> str:
        """The command that installs it into this environment."""
        ...

    def flaw(self) -> str:
        """Why it can't be used, as a phrase with a remedy; empty if it can. Doesn't read the weights."""
        ...


def remedies(declared: Iterable[tuple[str, PackagedWeights | str]], model: str | None) -> list[str]:
    """The commands that install a model found by :func:`declared`."""
    return [package.install() for _, package in declared if not isinstance(package, str) and package.carries == model]


def refusal(package: PackagedWeights) -> ModelError:
    """The error if a package's weights are not the pinned ones."""
    return ModelError(
        f"The weights of {package.carries} in {package.label} are not the expected version (SHA-256 differs), so they are not loaded. "
        f"Install them again: {package.install(reinstall=True)}"
    )


def declared(group: str, kind: type[_Package]) -> tuple[tuple[str, _Package | str], ...]:
    """The objects of all entry points of a group, by name; for one that can't be loaded, the reason as a phrase.

    Args:
        group: of the entry points.
        kind: the required class of the objects.
    """
    found: list[tuple[str, _Package | str]] = []
    for point in sorted(metadata.entry_points(group=group), key=lambda point: point.name):
        try:
            package = point.load()
            wrong = "" if isinstance(package, kind) else f"{point.value} is not a {kind.__name__}. Please report it to its maintainers."
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # sys.exit and the like must not affect the others
            wrong = f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": ")
        found.append((point.name, wrong or package))
    return tuple(found)


def flaw_of_version(distribution: str, version: str, install: Callable[[], str]) -> str:
    """Why a distribution is not the required one, as a phrase with a remedy; empty if it is."""
    try:
        installed = metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return f"not installed: {install()}"
    return "" if installed == version else f"{distribution} {installed} is installed, but only {version} is verified: {install()}"


def flaw_of_parts(distributions: Mapping[str, str], parts: Iterable[str], install: Callable[..., str]) -> str:
    """Why distributions can't be used, as a phrase with a remedy; empty if they can.

    Args:
        distributions: the required version of each.
        parts: their files, as for :func:`locate`.
        install: gives the command that installs them, or with ``reinstall=True`` installs them again.
    """
    for name, version in distributions.items():
        if flaw := flaw_of_version(name, version, install):
            return flaw
    missing = [part for part in parts if not locate(part).is_file()]
    return f"lacks {', '.join(missing)}: {install(reinstall=True)}" if missing else ""


def join(parts: Iterable[str], target: Path) -> str:
    """Write the parts of a file into ``target``, and return the SHA-256 of the whole.

    Args:
        parts: as for :func:`locate`, in order.
        target: the file; an existing one is replaced.

    Raises:
        OSError: if a part can't be read, or the file can't be written.
    """
    digest = hashlib.sha256()
    with target.open("wb") as whole:
        for part in parts:
            with locate(part).open("rb") as source:
                while chunk := source.read(_CHUNK):
                    digest.update(chunk)
                    whole.write(chunk)
    return digest.hexdigest()


def unjoinable(package: PackagedWeights, folder: Path, error: OSError) -> ModelError:
    """The error if the parts of a package's weights can't be joined in a folder."""
    return ModelError(
        f"The weights of {package.carries} from {package.label} can't be joined in {folder}: {error.strerror or error}. "
        "Free some disk space, or set VOICEBRIDGE_HOME to a folder that has some."
    )


def locate(part: str) -> Path:
    """The file for ``package:path/in/package``; the package is not imported, and the file need not exist."""
    package, _, path = part.partition(":")
    spec = find_spec(package)
    home = next(iter(spec.submodule_search_locations or ()), None) if spec else None
    return Path(home or package) / path
