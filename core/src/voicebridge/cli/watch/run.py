"""A run of ``voicebridge watch``: process the files of folders until stopped, or until all are done."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicebridge import paths
from voicebridge.cli.shared.fetching import engines_of
from voicebridge.cli.shared.interrupt import Interrupt, Interrupted
from voicebridge.cli.shared.state import RunState
from voicebridge.cli.shared.terminal import Remarks
from voicebridge.errors import InputError, UsageError
from voicebridge.journal.ledger import FAILED, Ledger, storable
from voicebridge.options import parse_assignments
from voicebridge.runtime.events import emit
from voicebridge.runtime.registry import Registry
from voicebridge.runtime.settings import WatchSettings
from voicebridge.watch.choose import WatchedFolder, resolve
from voicebridge.watch.watcher import Watcher

_TICK = 0.1
"""Seconds between two checks whether all is done."""
_LONG_TICK = 0.5
"""The same without ``--once``."""
_PROGRESS = 5.0
"""Seconds between two messages about the remaining files."""


@dataclass(frozen=True, kw_only=True)
class WatchArguments:
    """The command-line arguments."""

    folders: Sequence[str]
    once: bool
    given: Mapping[str, Any]
    """The given fields of :class:`voicebridge.runtime.settings.WatchSettings`."""
    options: Sequence[str]
    daemon: bool
    """Whether to use the daemon's engines if it runs."""
    quiet: bool
    verbose: bool


def run(wanted: WatchArguments, state: RunState) -> int:
    """Run, and return the exit code."""
    remarks = Remarks(quiet=wanted.quiet, verbose=wanted.verbose)
    registry = state.registry()
    folders = _folders(wanted, registry)
    for folder in folders:
        what = "Reads documents aloud" if folder.speaks else "Transcribes recordings"
        remarks.detail(f"{what} of {folder.path} with {folder.work.model.full_name}.")
    engines = engines_of(remarks, daemon=wanted.daemon)
    problems = 0

    def complain(text: str) -> None:
        nonlocal problems
        problems += 1
        remarks.error(text)

    with closing(Ledger(paths.data_dir() / "history")) as ledger:
        watcher = Watcher(folders, ledger, engines, remarks.say, complain, emit)
        try:
            with Interrupt():
                watcher.start()
                if not wanted.once:
                    remarks.say(f"Watching {', '.join(str(folder.path) for folder in folders)}. Press Ctrl-C to stop.")
                _serve(watcher, remarks, once=wanted.once)
        except Interrupted as came:
            state.abandoned = True
            watcher.close()
            return came.exit_code
        status = watcher.status()
        watcher.close()
        engines.close()
        failed = any(_has_failed(ledger, folder) for folder in folders)
    held_up = any(each.state != "watching" or each.waiting for each in status)
    return 1 if held_up or problems or failed else 0


def _folders(wanted: WatchArguments, registry: Registry) -> list[WatchedFolder]:
    given = dict(wanted.given)
    if not wanted.folders:
        configured = registry.config.settings.watch
        if given or wanted.options:
            raise UsageError("Options apply only to folders on the command line. Give a folder.")
        if not configured:
            raise UsageError("There is no folder to watch. Give one, or add it to the configuration: voicebridge watch add FOLDER")
        return [resolve(settings, registry) for settings in configured]
    for name in ("output", "move_to"):
        if name in given:
            given[name] = str(Path(given[name]).absolute())
    layers = [parse_assignments(wanted.options)]
    folders = []
    for name in wanted.folders:
        path = Path(name).absolute()
        if not path.is_dir():
            raise InputError(f"{name} is not a folder. Create it first: mkdir -p {name}")
        folders.append(resolve(WatchSettings(folder=str(path), **given), registry, layers))
    return folders


def _serve(watcher: Watcher, remarks: Remarks, *, once: bool) -> None:
    told, left = time.monotonic(), 0
    while not (once and watcher.is_idle):
        time.sleep(_TICK if once else _LONG_TICK)
        if not watcher.is_idle and time.monotonic() - told >= _PROGRESS:  # counting the finished files takes a while
            told = time.monotonic()
            status = watcher.status()
            waiting = sum(each.waiting + each.working for each in status)
            if waiting > 1 and waiting != left:
                remarks.say(f"{waiting} files are left, {sum(each.done for each in status)} are done.")
            left = waiting


def _has_failed(ledger: Ledger, folder: WatchedFolder) -> bool:
    """Whether a file failed, in this run or before, and is still in the folder."""
    return any(noted.state == FAILED and Path(noted.path).exists() for noted in ledger.of_folder(storable(str(folder.path))))
