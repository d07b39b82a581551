"""Where an installed package came from, as pip and uv note it (PEP 610), and where a package of the same project is to be had.

A package that was installed from a clone, a folder of wheels or a repository has siblings there. By its name alone it may be
installed only where the host came from an index too: on another index the same name may belong to somebody else.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

HOST = "voicebridge-core"
"""The package whose origin decides where its plugins are to be had."""
PLUGINS = ("os-linux", "os-macos", "os-windows", "piper", "vibevoice", "whisper")
"""The plugins of the host's own project, for where they can't be seen: on an index or in a repository."""
_PREFIX = "voicebridge-"


class Kind(StrEnum):
    """What a package was installed from."""

    FOLDER = "folder"
    """Its source, as in a clone."""
    WHEEL = "wheel"
    """A built package among the user's files."""
    ADDRESS = "address"
    """A repository or an archive on the network."""
    INDEX = "index"
    """A package index, by its name."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What an installer would be given to install a package again."""

    kind: Kind
    place: str
    """A path, an address, or for the index the name."""
    editable: bool = False

    def requirement(self, extras: str = "") -> str:
        """As pip and uv take it; ``extras`` such as ``"[desktop]"``."""
        if self.kind is not Kind.ADDRESS or not extras:
            return f"{self.place}{extras}"
        address, mark, fragment = self.place.partition("#")
        return f"{_name_in(fragment)}{extras} @ {address}{mark}{fragment}"


def name_of(requirement: str) -> tuple[str, str, str]:
    """A requirement's name in its canonical form, its extras in brackets, and its version: ``a_b[c]==1`` is a-b, [c], ==1."""
    match = re.match(r"\s*([A-Za-z0-9][\w.-]*)\s*(\[[^\]]*\])?\s*(.*)", requirement)
    if match is None:
        return requirement, "", ""
    return canonical(match[1]), match[2] or "", match[3]


def listed(extras: str) -> tuple[str, ...]:
    """``[a,b]`` as a and b."""
    return tuple(each.strip() for each in extras.strip("[]").split(",") if each.strip())


def canonical(name: str) -> str:
    """The form in which names of packages are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_ours(name: str) -> bool:
    """Whether a package of this name would be one of the host's own project."""
    return name.startswith(_PREFIX)


def installed(name: str) -> Origin | None:
    """Where an installed package came from; None when it is not installed."""
    try:
        noted = metadata.distribution(name).read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return None
    return read(name, noted)


def read(name: str, noted: str | None) -> Origin:
    """What ``direct_url.json`` says, None where an installer left none."""
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
    """Where the host's origin has another of its project's packages; None when it has none."""
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
    """The names of the plugins that the host's origin holds, as far as that can be seen without the network."""
    if host.kind is Kind.FOLDER:
        found = Path(host.place).parent.glob("plugins/*/pyproject.toml")
        return sorted(path.parent.name.replace("_", "-") for path in found)
    if host.kind is Kind.WHEEL:
        wheels = {path.name.partition("-")[0].replace("_", "-") for path in Path(host.place).parent.glob("voicebridge_*.whl")}
        return sorted(name.removeprefix(_PREFIX) for name in wheels - {HOST})
    return []


def find(name: str) -> Origin | None:
    """Where a package is to be had: where it came from itself, else beside the host if it is of the host's project, else by its name.

    Returns:
        None for one of the host's project that is not where the host came from.
    """
    if own := installed(name):
        if own.kind is Kind.WHEEL:
            return sibling(own, name)  # the newest, which may have come there since
        return None if own.kind is Kind.FOLDER and not Path(own.place).exists() else own
    if not is_ours(name):
        return Origin(Kind.INDEX, name)
    host = installed(HOST)
    return sibling(host, name) if host else None


def _path(url: str) -> str:
    parts = urlsplit(url)
    return url2pathname(f"//{parts.netloc}{parts.path}" if parts.netloc not in ("", "localhost") else parts.path)


def _version(wheel: Path) -> tuple[tuple[int, ...], str]:
    version = wheel.name.split("-")[1]
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])), version


def _name_in(fragment: str) -> str:
    folder = unquote(fragment).rpartition("/")[2].removeprefix("subdirectory=")
    return _PREFIX + folder.replace("_", "-")
