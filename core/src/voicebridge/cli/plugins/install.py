"""``voicebridge plugins install``: install packages from a known source into VoiceBridge's environment."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import tomllib
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from shutil import which

from voicebridge import __version__, installing, origins
from voicebridge.cli.shared.confirm import confirm
from voicebridge.cli.shared.output import print_line, remark
from voicebridge.errors import UsageError, VoiceBridgeError, nearest
from voicebridge.installing import Environment, Installer, Package
from voicebridge.origins import HOST, Kind

_BUILT = (".whl", ".tar.gz", ".zip")


def install(wanted: list[str], *, editable: bool, reinstall: bool, upgrade: bool, dry_run: bool, yes: bool) -> None:
    """Install plugins, or other packages that they or the core need.

    Raises:
        UsageError: if one is not available, before anything is installed.
        VoiceBridgeError: if the installer fails.
    """
    if getattr(sys, "frozen", False):
        raise UsageError("This is a stand-alone VoiceBridge, which can't install plugins. Install the package voicebridge-core instead.")
    packages = [_find(each, editable) for each in wanted]
    _check_upgrades(packages, upgrade)
    place = installing.environment()
    words = installing.command(place, packages, reinstall=reinstall, upgrade=upgrade)
    if dry_run:
        print_line(installing.shell(words))
        return
    remark(f"Running: {installing.shell(words)}")
    _check_names(packages, yes)
    _run(place, words)
    remark(f"Installed {', '.join(package.name for package in packages)}. See what is active now: voicebridge plugins")
    from voicebridge.control import is_listening

    if is_listening():
        remark("Restart the daemon to use it: voicebridge daemon restart")


def _find(wanted: str, editable: bool) -> Package:
    text, extras = (wanted[: wanted.rindex("[")], wanted[wanted.rindex("[") :]) if wanted.endswith("]") and "[" in wanted else (wanted, "")
    if "://" in wanted:
        raise UsageError(f"{wanted} is a URL. Download it, and give the folder or the wheel.")
    if "/" in text or os.sep in text or text.endswith(_BUILT):
        return _at(Path(text).expanduser().absolute(), extras, editable)
    return _named(wanted)


def _at(path: Path, extras: str, editable: bool) -> Package:
    if not path.exists():
        raise UsageError(f"{path} does not exist. Check the name.")
    if path.is_dir():
        try:
            name = tomllib.loads((path / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"]
        except (OSError, ValueError, KeyError, TypeError):
            raise UsageError(f"{path} contains no package: it has no pyproject.toml with a name. Give the package's folder.") from None
        return Package(origins.canonical(name), f"{path}{extras}", origins.listed(extras), editable, Kind.FOLDER)
    if not path.name.endswith(_BUILT):
        raise UsageError(f"{path} is not a package: give a folder with a pyproject.toml, or a file ending in {', '.join(_BUILT)}.")
    return Package(origins.canonical(path.name.split("-")[0]), f"{path}{extras}", origins.listed(extras), kind=Kind.WHEEL)


def _named(wanted: str) -> Package:
    name, extras, version = origins.name_of(wanted)
    if not name or (version and not version.startswith(("=", "<", ">", "~", "!"))):
        raise UsageError(f"{wanted!r} is neither a name nor a path. Give a plugin such as whisper, a folder or a wheel.")
    host = origins.installed(HOST)
    known = (origins.siblings(host) if host else []) or list(origins.PLUGINS)
    short = name.removeprefix("voicebridge-")
    if short in (*known, "core"):
        name = f"voicebridge-{short}"
    elif origins.is_ours(name) or nearest(name, known):
        listed = f"{host.place} has: {', '.join(known)}." if host and host.kind is not Kind.INDEX else f"There are: {', '.join(known)}."
        raise UsageError(f"VoiceBridge has no plugin named {short!r}.{nearest(short, known)} {listed} Or give the path of a package.")
    package = installing.locate(f"{name}{extras}{version}")
    if package is None:
        where = f" ({host.place})" if host else ""
        raise UsageError(f"{name} is not where VoiceBridge was installed from{where}. Give its path: voicebridge plugins install PATH")
    return package


def _check_upgrades(packages: list[Package], upgrade: bool) -> None:
    for package in packages if upgrade else []:
        wheel = Path(package.requirement.partition("[")[0])
        if package.kind is Kind.WHEEL and wheel.name.split("-")[1] == _version(package.name):
            raise UsageError(f"{wheel.parent} has no newer {package.name} than the one that is installed. Put one there, or give its path.")


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _check_names(packages: list[Package], yes: bool) -> None:
    """Check that a package from an index is the one that the user means."""
    by_name = [package for package in packages if package.kind is Kind.INDEX]
    if any(origins.is_ours(package.name) for package in by_name) and not _index_has_host():
        raise UsageError(
            f"The package index has no {HOST} {__version__}, so VoiceBridge was not installed from it, and a package of that name may be "
            "from somebody else. Give the path of its folder or wheel: voicebridge plugins install PATH"
        )
    if foreign := [package.name for package in by_name if not origins.is_ours(package.name) and not _version(package.name)]:
        names = ", ".join(foreign)
        confirm(f"Install {names}, which is not part of VoiceBridge?", yes, f"{names} is not part of VoiceBridge", "Nothing was installed.")


def _index_has_host() -> bool:
    """Whether the index has the core in the running version; then its plugins come from the same publisher."""
    place = installing.environment()
    if find_spec("pip"):
        start = [sys.executable, "-m", "pip", "install"]
    elif which("uv"):
        start = ["uv", "pip", "install", "--python", sys.executable]
    else:
        start = ["pipx", "runpip", place.name, "install"]
    with tempfile.TemporaryDirectory() as empty:  # as if the core were not installed, so that the index is queried
        words = [*start, "--dry-run", "--no-deps", "--target", empty, f"{HOST}=={__version__}"]
        try:
            return subprocess.run(words, capture_output=True, check=False).returncode == 0  # noqa: S603 - the user's own installer
        except OSError as error:
            raise VoiceBridgeError(f"{start[0]} can't be started: {error.strerror}. Install it, or add it to PATH.") from error


def _run(place: Environment, words: list[str]) -> None:
    if place.lacks_pip:
        raise VoiceBridgeError(f"This environment has no pip. Add it: {installing.shell([sys.executable, '-m', 'ensurepip'])}")
    environment = dict(os.environ)
    if place.installer is Installer.PIPX and Path(sys.prefix).parent.name == "venvs":
        environment.setdefault("PIPX_HOME", str(Path(sys.prefix).parent.parent))
    if place.installer is Installer.UV_TOOL:
        environment.setdefault("UV_TOOL_DIR", str(Path(sys.prefix).parent))
    try:
        code = subprocess.run(words, env=environment, check=False).returncode  # noqa: S603 - the user's own installer
    except OSError as error:
        raise VoiceBridgeError(f"{words[0]} can't be started: {error.strerror}. Install it, or add it to PATH.") from error
    if code:
        raise VoiceBridgeError(f"{place.installer} failed with exit code {code}; its output is above. Nothing else was changed.")
