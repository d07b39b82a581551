"""``voicebridge watch add``, ``list`` and ``remove``: the daemon's watched folders, as tables ``[[watch]]`` of the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from voicebridge import paths
from voicebridge.cli.shared.config_file import save
from voicebridge.cli.shared.output import print_table, remark
from voicebridge.cli.shared.state import RunState
from voicebridge.errors import InputError, UsageError, VoiceBridgeError, nearest
from voicebridge.options import parse_assignments
from voicebridge.runtime import configfile
from voicebridge.runtime.settings import WatchSettings
from voicebridge.watch.choose import check_apart, resolve

COMMANDS = ("add", "list", "remove")


def manage(state: RunState, command: str, folders: Sequence[str], table: Mapping[str, Any], options: Sequence[str]) -> None:
    """Run ``voicebridge watch COMMAND``.

    Args:
        state: of the run.
        command: one of :data:`COMMANDS`.
        folders: the arguments.
        table: the given fields of a table ``[[watch]]``.
        options: engine options, ``KEY=VALUE``.

    Raises:
        VoiceBridgeError: if a folder or a field is wrong; the configuration is then unchanged.
    """
    if command != "add" and (table or options):
        raise UsageError(f"voicebridge watch {command} takes no options. Use them with: voicebridge watch add FOLDER")
    if command == "list":
        if folders:
            raise UsageError("voicebridge watch list takes no folder.")
        _list(state)
        return
    if not folders:
        raise UsageError(f"Give a folder: voicebridge watch {command} FOLDER")
    if state.given:
        plugin, layer = next(iter(state.given.items()))
        key = f"plugins.{plugin}.{next(iter(layer.values))}"
        raise UsageError(f"{layer.origin} applies to one run, but the daemon watches. Set it there: voicebridge config set {key} …")
    (_add(state, folders, table, options) if command == "add" else _remove(folders))
    _tell_daemon()


def _add(state: RunState, folders: Sequence[str], table: Mapping[str, Any], options: Sequence[str]) -> None:
    registry = state.registry()
    known = [resolve(each, registry) for each in registry.config.settings.watch]
    entries = []
    for name in folders:
        path = _whole(name)
        if not path.is_dir():
            raise InputError(f"{name} is not a folder. Create it first: mkdir -p {name}")
        entry = {"folder": str(path), **table}
        for key in ("output", "move_to"):
            if key in entry:
                entry[key] = str(_whole(entry[key]))
        chosen = parse_assignments(options)
        folder = resolve(WatchSettings(**entry), registry, [chosen])
        known.append(folder)
        if folder.work.options is not None and chosen.values:
            typed = folder.work.options.model_dump(mode="json")  # they were given as text
            entry["options"] = {key: typed[key] for key in chosen.values}
        entries.append({key: list(value) if isinstance(value, tuple) else value for key, value in entry.items()})
    check_apart(known)
    file = paths.config_file()
    if backup := configfile.append(file, "watch", entries):
        remark(f"Comments can't be kept in the file. The version with comments: {backup}.")
    for entry in entries:
        remark(f"Added {entry['folder']} to {file}.")


def _remove(folders: Sequence[str]) -> None:
    file = paths.config_file()
    table = configfile.read(file)
    tables = table.get("watch", [])
    kept = list(tables) if isinstance(tables, list) else []
    for name in folders:
        path = _whole(name)
        left = [each for each in kept if _whole(str(each.get("folder", ""))) != path]
        if len(left) == len(kept):
            known = [str(each.get("folder", "")) for each in kept]
            raise UsageError(f"{name} is not in {file}.{nearest(str(path), known)} List the folders: voicebridge watch list")
        kept = left
    if kept:
        table["watch"] = kept
    else:
        del table["watch"]
    save(file, table)
    for name in folders:
        remark(f"Removed {_whole(name)} from {file}. The folder itself is kept.")


def _list(state: RunState) -> None:
    tables = state.config().settings.watch
    if not tables:
        remark("The daemon watches no folders. Add one: voicebridge watch add FOLDER")
        return
    rows = []
    for each in tables:
        formats = ", ".join(each.formats or (("mp3",) if each.tts else ("txt",)))
        rows.append([each.folder, "tts" if each.tts else "stt", formats, each.model or "", each.output or ""])
    print_table(["Folder", "Does", "Formats", "Model", "Output"], rows)


def _tell_daemon() -> None:
    from voicebridge.control import ask, is_listening

    if not is_listening():
        remark("The daemon will watch it once it runs. Start it: voicebridge daemon start")
        return
    try:
        ask("daemon.reload", seconds=30.0)
    except VoiceBridgeError as error:
        remark(f"The running daemon does not use it yet: {error}")


def _whole(name: str) -> Path:
    return Path(name).expanduser().absolute()
