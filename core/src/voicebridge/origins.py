"""Where an installed package came from, as recorded by pip and uv (PEP 610), and where other packages of the project are available.

If a package was installed from a clone, a folder of wheels or a repository, the project's other packages are there too. A package may be
installed by name only if the core came from an index too: on another index, the name may belong to someone else.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

HOST = "voicebridge-core"
"""The package whose origin determines where its plugins are available."""
PLUGINS = ("kokoro", "os-linux", "os-macos", "os-windows", "piper", "vibevoice", "whisper")
"""The plugins of this project, for origins that can't be listed: an index or a repository."""
_PREFIX = "voicebridge-"


class Kind(StrEnum):
    """The kind of source that a package was installed from."""

    FOLDER = "folder"
    """Its source code, as in a clone."""
    WHEEL = "wheel"
    """A built package in the file system."""
    ADDRESS = "address"
    """A repository or an archive on the network."""
    INDEX = "index"
    """A package index."""


@dataclass(frozen=True, slots=True)
class Origin:
    """How to install a package again."""

    kind: Kind
    place: str
    """A path, a URL, or for an index the name."""
    editable: bool = False

    def requirement(self, extras: str = "") -> str:
        """The requirement for pip and uv, with ``extras`` such as ``"[desktop]"``."""
        if self.kind is not Kind.ADDRESS or not extras:
            return f"{self.place}{extras}"
        address, mark, fragment = self.place.partition("#")
        return f"{_name_in(fragment)}{extras} @ {address}{mark}{fragment}"


def name_of(requirement: str) -> tuple[str, str, str]:
    """Split a requirement into canonical name, extras in brackets, and version: ``a_b[c]==1`` is a-b, [c], ==1."""
    match = re.match(r"\s*([A-Za-z0-9][\w.-]*)\s*(\[[^\]]*\])?\s*(.*)", requirement)
    if match is None:
        return requirement, "", ""
    return canonical(match[1]), match[2] or "", match[3]


def listed(extras: str) -> tuple[str, ...]:
    """Split ``[a,b]`` into a and b."""
    return tuple(each.strip() for each in extras.strip("[]").split(",") if each.strip())


def canonical(name: str) -> str:
    """The canonical form of a package name, for comparison."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_ours(name: str) -> bool:
    """Whether a package of this name belongs to this project."""
    return name.startswith(_PREFIX)


def installed(name: str) -> Origin | None:
    """Where an installed package came from; ``None`` if it is not installed."""
    try:
        noted = metadata.distribution(name).read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return None
    return read(name, noted)


def read(name: str, noted: str | None) -> Origin:
    """The content of ``direct_url.json``; ``None`` if the installer wrote none."""
    try:
        about = json.loads(noted) if noted else None
        url = about["url"] if about else ""
    except (ValueError, TypeError, KeyError):
        about, url = None, ""
    if not about or not isinstance(url, str) or not url:
        return Origin(Kind.INDEX, name)
    below = f"#subdirectory={about['subdirectory']}" if about.get("subdirectory") else ""
    if "vcs_info" in about:
        vcs = about["vcs_info"]
        return Origin(Kind.ADDRESS, f"{vcs['vcs']}+{url}@{vcs['commit_id']}{below}")
    if not url.startswith("file:") or below:
        return Origin(Kind.ADDRESS, f"{url}{below}")
    path = _path(url)
    if "dir_info" in about:
        return Origin(Kind.FOLDER, path, editable=bool(about["dir_info"].get("editable")))
    return Origin(Kind.WHEEL, path)


def sibling(host: Origin, name: str) -> Origin | None:
    """Where another package of the project is available at the core's origin; ``None`` if it isn't."""
    if host.kind is Kind.INDEX:
        return replace(host, place=name)
    short = name.removeprefix(_PREFIX).replace("-", "_")
    if host.kind is Kind.FOLDER:
        root = Path(host.place).parent
        folder = root / "core" if name == HOST else root / "plugins" / short
        return replace(host, place=str(folder)) if (folder / "pyproject.toml").is_file() else None
    if host.kind is Kind.WHEEL:
        wheels = Path(host.place).parent.glob(f"{name.replace('-', '_')}-*.whl")
        newest = max(wheels, key=_version, default=None)
        return replace(host, place=str(newest)) if newest else None
    address, mark, fragment = host.place.partition("#subdirectory=")
    if not mark or not fragment.endswith("core"):
        return None
    return replace(host, place=f"{address}{mark}{fragment.removesuffix('core')}plugins/{short}")


def siblings(host: Origin) -> list[str]:
    """The names of the plugins at the core's origin, as far as can be determined without the network."""
    if host.kind is Kind.FOLDER:
        found = Path(host.place).parent.glob("plugins/*/pyproject.toml")
        return sorted(path.parent.name.replace("_", "-") for path in found)
    if host.kind is Kind.WHEEL:
        wheels = {path.name.partition("-")[0].replace("_", "-") for path in Path(host.place).parent.glob("voicebridge_*.whl")}
        return sorted(name.removeprefix(_PREFIX) for name in wheels - {HOST})
    return []


def find(name: str) -> Origin | None:
    """Where a package is available: at its own origin, else at the core's origin if it belongs to this project, else by name.

    Returns:
        ``None`` for a package of this project that is not available at the core's origin.
    """
    if own := installed(name):
        if own.kind is Kind.WHEEL:
            return sibling(own, name)  # the newest, which may have been added since
        return None if own.kind is Kind.FOLDER and not Path(own.place).exists() else own
    if not is_ours(name):
        return Origin(Kind.INDEX, name)
    host = installed(HOST)
    return sibling(host, name) if host else None


def _path(url: str) -> str:
    from urllib.request import url2pathname  # imported late: it imports all downloading code, and every engine imports this module

    parts = urlsplit(url)
    return url2pathname(f"//{parts.netloc}{parts.path}" if parts.netloc not in ("", "localhost") else parts.path)


def _version(wheel: Path) -> tuple[tuple[int, ...], str]:
    version = wheel.name.split("-")[1]
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])), version


def _name_in(fragment: str) -> str:
    folder = unquote(fragment).rpartition("/")[2].removeprefix("subdirectory=")
    return _PREFIX + folder.replace("_", "-")
