"""Commands that install packages into VoiceBridge's environment, or uninstall them.

pip changes the environment of the Python that runs it; pipx and uv have their own environments. So every message that suggests an
installation gets its command from :func:`remedy`.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any
from urllib.parse import parse_qs

from voicebridge import origins
from voicebridge.origins import HOST, Kind


class Installer(StrEnum):
    """The installer that manages an environment."""

    PIP = "pip"
    UV = "uv"
    PIPX = "pipx"
    UV_TOOL = "uv tool"


@dataclass(frozen=True, slots=True)
class Environment:
    """The environment to install packages into."""

    installer: Installer
    python: str
    """Its Python."""
    name: str = ""
    """The name of pipx's environment."""
    tool: tuple[Mapping[str, Any], ...] = ()
    """For uv tools: the tool's current packages. uv recreates the environment, without packages that are not listed again."""
    lacks_pip: bool = False
    """Whether pip must be installed first."""
    of_the_system: bool = False
    """Whether pip needs permission to change a system Python, as it did when VoiceBridge was installed (PEP 668)."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package, as passed to an installer."""

    name: str
    requirement: str
    """A path, a URL, or a name with its version; includes extras."""
    extras: tuple[str, ...] = ()
    editable: bool = False
    kind: Kind = Kind.INDEX


def environment() -> Environment:
    """The environment of this process."""
    prefix = Path(sys.prefix)
    receipt = _receipt(prefix / "uv-receipt.toml")
    if receipt is not None:
        return Environment(Installer.UV_TOOL, sys.executable, tool=receipt)
    if (prefix / "pipx_metadata.json").is_file():
        return Environment(Installer.PIPX, sys.executable, name=prefix.name)
    lacks_pip = find_spec("pip") is None
    if lacks_pip and which("uv"):
        return Environment(Installer.UV, sys.executable)
    managed = sys.prefix == sys.base_prefix and Path(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED").is_file()
    return Environment(Installer.PIP, sys.executable, lacks_pip=lacks_pip, of_the_system=managed)


def remedy(*requirements: str, reinstall: bool = False, upgrade: bool = False) -> str:
    """The command that installs packages into this environment, for display.

    Args:
        requirements: names, with extras or a version if needed: ``voicebridge-core[desktop]``, ``acme-weights==1.0``.
        reinstall: whether to replace installed packages and their dependencies.
        upgrade: whether to install a newer version.
    """
    found = [package for each in requirements if (package := locate(each)) and not needs_looking_into(package, upgrade=upgrade)]
    if len(found) < len(requirements):
        return shell(["voicebridge", "plugins", "install", *requirements, *_flags(("--reinstall", reinstall), ("--upgrade", upgrade))])
    place = environment()
    return _first(place, found, upgrade=upgrade) + shell(command(place, found, reinstall=reinstall, upgrade=upgrade))


_OF_SYSTEMS = (("apt", "install"), ("dnf", "install"), ("zypper", "install"), ("pacman", "-S"), ("apk", "add"))
"""Linux package managers, each with its install command; the suggested packages have the same name in all of them."""


def system_remedy(package: str) -> str:
    """The command that installs a system package, for this Linux's package manager."""
    program, word = next((each for each in _OF_SYSTEMS if which(each[0])), _OF_SYSTEMS[0])
    return f"{program} {word} {package}"


def removal(*names: str) -> str:
    """The command that uninstalls packages from this environment, for display."""
    place = environment()
    match place.installer:
        case Installer.PIPX:
            return shell(["pipx", "uninject", place.name, *names])
        case Installer.UV_TOOL:
            kept = tuple(each for each in place.tool if origins.canonical(each["name"]) not in names)
            return shell(command(Environment(place.installer, place.python, tool=kept), []))
        case Installer.UV:
            return shell(["uv", "pip", "uninstall", "--python", place.python, *names])
    told = _flags(("--break-system-packages", place.of_the_system))
    return _first(place, [], upgrade=False) + shell([place.python, "-m", "pip", "uninstall", *told, *names])


def locate(requirement: str) -> Package | None:
    """The package for a requirement; ``None`` for one of our own that is not available where the core came from."""
    name, extras, version = origins.name_of(requirement)
    origin = origins.find(name)
    if origin is None:
        return None
    text = origin.requirement(extras) + (version if origin.kind is Kind.INDEX else "")
    return Package(name, text, origins.listed(extras), origin.editable, origin.kind)


def needs_looking_into(package: Package, *, upgrade: bool) -> bool:
    """Whether only `voicebridge plugins install` can decide what to install.

    It checks that the index also has the core before it installs one of our packages from there by name, and whether a wheel is newer.
    """
    return origins.is_ours(package.name) and (package.kind is Kind.INDEX or (upgrade and package.kind is Kind.WHEEL))


def command(place: Environment, packages: Sequence[Package], *, reinstall: bool = False, upgrade: bool = False) -> list[str]:
    """The arguments of the command that installs packages into an environment."""
    if reinstall:
        packages = [*packages, *_own_needs(packages)]
    match place.installer:
        case Installer.UV_TOOL:
            flags = _flags(("--reinstall", reinstall), ("--upgrade", upgrade))
            return ["uv", "tool", "install", *flags, *_tool(place.tool, packages)]
        case Installer.PIPX:
            editable = all(package.editable for package in packages)  # one flag applies to all of them
            flags = _flags(("--editable", editable), ("--force", reinstall or upgrade))
            return ["pipx", "inject", *flags, place.name, *(package.requirement for package in packages)]
        case Installer.UV:
            start = ["uv", "pip", "install", "--python", place.python, *_flags(("--reinstall", reinstall), ("--upgrade", upgrade))]
        case Installer.PIP:
            flags = _flags(("--break-system-packages", place.of_the_system), ("--force-reinstall", reinstall), ("--upgrade", upgrade))
            # The broken package may come from pip's cache.
            start = [place.python, "-m", "pip", "install", *flags, *_flags(("--no-cache-dir", reinstall))]
    return start + [word for package in packages for word in (*_flags(("--editable", package.editable)), package.requirement)]


def shell(words: Sequence[str]) -> str:
    """A command, as typed in this system's shell."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def _first(place: Environment, packages: Sequence[Package], *, upgrade: bool) -> str:
    """Commands to run first: install pip if it is missing, and update a clone that a package comes from."""
    steps = [[place.python, "-m", "ensurepip"]] if place.lacks_pip else []
    folders = [Path(package.requirement.partition("[")[0]) for package in packages if package.kind is Kind.FOLDER and upgrade]
    clones = {parent: None for folder in folders for parent in folder.parents if (parent / ".git").exists()}
    steps += [["git", "-C", str(clone), "pull"] for clone in clones]
    return "".join(f"{shell(step)} && " for step in steps)


def _own_needs(packages: Sequence[Package]) -> list[Package]:
    """Our own packages among the dependencies: unless it is listed, a reinstalled one would be looked up on the index."""
    found = {package.name: package for package in packages}
    for name in list(found):
        try:
            needed = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        for each in needed:
            own, extras, _ = origins.name_of(each.partition(";")[0])
            if origins.is_ours(own) and (package := locate(own + extras)):
                found.setdefault(own, package)
    return list(found.values())[len(packages) :]


def _tool(present: Sequence[Mapping[str, Any]], packages: Sequence[Package]) -> list[str]:
    entries = {origins.canonical(each["name"]): each for each in present}
    wanted = {name: _of_receipt(each) for name, each in entries.items()}
    for package in packages:
        if known := entries.get(package.name):  # keep the extras chosen before
            wanted[package.name] = _of_receipt({**known, "extras": sorted({*known.get("extras", ()), *package.extras})})
        else:
            wanted[package.name] = package
    main, *rest = wanted.values() or [Package(HOST, HOST)]
    words = [word for each in rest for word in ("--with-editable" if each.editable else "--with", each.requirement)]
    return [*words, *_flags(("--editable", main.editable)), main.requirement]


def _of_receipt(entry: Mapping[str, Any]) -> Package:
    name, extras = entry["name"], f"[{','.join(entry['extras'])}]" if entry.get("extras") else ""
    if place := next((entry[key] for key in ("editable", "directory", "path") if key in entry), None):
        return Package(name, f"{place}{extras}", editable="editable" in entry)
    if "git" in entry:
        address, _, query = entry["git"].partition("?")
        asked = parse_qs(query.partition("#")[0])
        commit = query.partition("#")[2] or entry["git"].partition("#")[2]
        revision = next((asked[key][0] for key in ("rev", "tag", "branch") if key in asked), commit)
        below = f"#subdirectory={asked['subdirectory'][0]}" if "subdirectory" in asked else ""
        return Package(name, f"{name}{extras} @ git+{address.partition('#')[0]}{revision and '@'}{revision}{below}")
    if "url" in entry:
        below = f"#subdirectory={entry['subdirectory']}" if "subdirectory" in entry else ""
        return Package(name, f"{name}{extras} @ {entry['url']}{below}")
    return Package(name, f"{name}{extras}{entry.get('specifier', '')}")


def _receipt(path: Path) -> tuple[Mapping[str, Any], ...] | None:
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))["tool"]["requirements"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return tuple(each if isinstance(each, dict) else {"name": origins.name_of(str(each))[0]} for each in entries)


def _flags(*flags: tuple[str, bool]) -> list[str]:
    return [flag for flag, wanted in flags if wanted]
