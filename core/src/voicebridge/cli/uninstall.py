"""``voicebridge uninstall``: list and remove VoiceBridge's data, except what the user created."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from voicebridge import paths
from voicebridge.cli.shared.confirm import confirm
from voicebridge.cli.shared.output import print_line, print_table, remark, warn
from voicebridge.cli.shared.state import RunState, state_of
from voicebridge.errors import OutputError, VoiceBridgeError

_MADE = ("history", "voices")
"""Folders of the user's recordings."""


def uninstall(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Don't ask for confirmation.")] = False,
    recordings: Annotated[bool, typer.Option("--recordings", help="Also remove dictations, their recordings and voice samples.")] = False,
) -> None:
    """Remove models, configuration, logs and autostart, and print the command that removes the program.

    Dictations with their recordings, and samples of your own voices, are kept unless --recordings is given.
    """
    found = list(_files(recordings=recordings))
    if found:
        print_table(["What", "Where", "Size"], [[what, str(path), _size(path)] for what, path in found])
    kept = [] if recordings else [path for name in _MADE if (path := paths.data_dir() / name).exists()]
    for path in kept:
        remark(f"Kept: {path}. To remove it too, use --recordings.")
    if found:
        confirm("Remove all of this?", yes, "This can't be undone", "Nothing was removed.")
    _stop_daemon()
    _end_autostart(state_of(context))
    for _, path in found:
        _remove(path)
    for folder in (paths.runtime_dir(), paths.data_dir(), paths.cache_dir(), paths.config_file().parent):
        with suppress(OSError):
            folder.rmdir()  # if it is empty
    remark("Removed." if found else "Nothing to remove.")
    remark("Remove the program itself:")
    print_line(_program())


def _files(*, recordings: bool) -> Iterator[tuple[str, Path]]:
    from voicebridge.cli.telemetry_files import leftovers

    config, data, runtime = paths.config_file(), paths.data_dir(), paths.runtime_dir()
    listed = [
        ("configuration", config),
        ("configuration", config.with_suffix(".toml.bak")),
        *(("configuration", path) for path in sorted(config.parent.glob(".config-*.toml"))),
        ("compiled one-file plugins", config.parent / "plugins/__pycache__"),
        ("models, caches", paths.cache_dir()),
        *(("data", path) for path in sorted(data.glob("*")) if path.name not in _MADE or recordings),
        *(("runtime", runtime / name) for name in ("control", "daemon.lock")),
        *(("shell completion", path) for path in _completions()),
        *(("telemetry of ONNX Runtime", path) for path in leftovers()),
    ]
    yield from ((what, path) for what, path in listed if path.exists() or path.is_symlink())


def _completions() -> list[Path]:
    """The files written by ``--install-completion``."""
    home = Path.home()
    return [
        home / ".bash_completions/voicebridge.sh",
        home / ".zfunc/_voicebridge",
        home / ".config/fish/completions/voicebridge.fish",
    ]


def _size(path: Path) -> str:
    total = 0
    for each in [path, *path.rglob("*")] if path.is_dir() and not path.is_symlink() else [path]:
        with suppress(OSError):
            total += each.lstat().st_size if not each.is_dir() else 0
    return f"{total / 1e6:.0f} MB" if total >= 1e6 else f"{total / 1e3:.0f} kB" if total >= 1000 else f"{total} B"


def _stop_daemon() -> None:
    from voicebridge.cli.daemon.life import find_status, stop

    try:
        if find_status() is not None:
            remark(stop())
    except VoiceBridgeError as error:
        raise VoiceBridgeError(f"The daemon is still running, so nothing was removed: {error}") from error


def _end_autostart(state: RunState) -> None:
    from voicebridge.daemon.starting import uninstall as end

    try:
        if end(state.registry()):
            remark("VoiceBridge will no longer start at login.")
    except VoiceBridgeError as error:  # remove an invalid configuration too
        warn(f"Autostart could not be checked: {error}")


def _remove(path: Path) -> None:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path} can't be removed: {error.strerror}. Remove it by hand.") from error
    if path.name == "voicebridge.sh":
        _forget_completion(path)


def _forget_completion(script: Path) -> None:
    """Remove the line in bash's start-up file that reads the script, because it would cause an error."""
    startup = Path.home() / ".bashrc"
    with suppress(OSError, UnicodeDecodeError):
        lines = startup.read_text(encoding="utf-8").splitlines(keepends=True)
        left = [line for line in lines if line.strip() not in (f"source '{script}'", f"source {script}")]
        if left != lines:
            startup.write_text("".join(left), encoding="utf-8")


def _program() -> str:
    from voicebridge.installing import Installer, environment, removal, shell

    place = environment()
    if place.installer is Installer.PIPX:
        return shell(["pipx", "uninstall", place.name])
    if place.installer is Installer.UV_TOOL:
        return shell(["uv", "tool", "uninstall", str(place.tool[0]["name"])])
    names = {str(each.metadata["Name"]).lower() for each in metadata.distributions() if each.metadata["Name"]}
    return removal(*sorted(name for name in names if name.startswith("voicebridge-") and name != "voicebridge-workspace"))
