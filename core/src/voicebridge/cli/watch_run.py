"""One run of ``voicebridge watch``: does the files of folders until it is stopped, or until all are done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from voicebridge import paths
from voicebridge.cli import state
from voicebridge.cli.fetching import load
from voicebridge.cli.interrupt import Interrupt, Interrupted
from voicebridge.cli.terminal import Remarks
from voicebridge.engines.through import chosen, daemon_stt, daemon_tts
from voicebridge.errors import InputError, UsageError
from voicebridge.journal.ledger import FAILED, Ledger, storable
from voicebridge.model import Model
from voicebridge.options import EngineOptions, parse_assignments
from voicebridge.ports import SpeechToText, TextToSpeech
from voicebridge.registry import Registry
from voicebridge.settings import WatchSettings
from voicebridge.specs import SttSpec, TtsSpec
from voicebridge.speech import AudioChunk, Segment, SttRequest, TtsRequest
from voicebridge.watch.folder import WatchedFolder, resolve
from voicebridge.watch.watcher import Watcher

_TICK = 0.1
"""Seconds between two looks at whether all is done."""
_LONG_TICK = 0.5
"""Seconds, while nobody waits for the end."""
_PROGRESS = 5.0
"""Seconds between two words on how many files are left."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the user typed."""

    folders: Sequence[str]
    once: bool
    table: Mapping[str, Any]
    """Fields of :class:`voicebridge.settings.WatchSettings`; what is false or empty was not given."""
    options: Sequence[str]
    daemon: bool
    """Whether the daemon's engines are used when it runs."""
    quiet: bool
    verbose: bool


def run(wanted: Wanted) -> int:
    """Do what is wanted and return the exit code."""
    remarks = Remarks(quiet=wanted.quiet, verbose=wanted.verbose)
    registry = state.registry()
    folders = _folders(wanted, registry)
    for folder in folders:
        remarks.listen_to(folder.work.model.spec.factory)  # an engine's warnings, whoever made it
        what = "Reads documents aloud" if folder.speaks else "Transcribes recordings"
        remarks.detail(f"{what} of {folder.path} with {folder.work.model.full_name}.")
    engines = _Engines(remarks, daemon=wanted.daemon)
    problems = 0

    def complain(text: str) -> None:
        nonlocal problems
        problems += 1
        remarks.error(text)

    with closing(Ledger(paths.data_dir() / "history")) as ledger:
        watcher = Watcher(folders, ledger, engines, remarks.say, complain)
        try:
            with Interrupt():
                watcher.start()
                if not wanted.once:
                    remarks.say(f"Watching {', '.join(str(folder.path) for folder in folders)}. Ctrl-C ends it.")
                _serve(watcher, remarks, once=wanted.once)
        except Interrupted as came:
            state.abandon_work()
            watcher.close()
            return came.exit_code
        status = watcher.status()
        watcher.close()
        engines.close()
        failed = any(_has_failed(ledger, folder) for folder in folders)
    held_up = any(each.state != "watching" or each.waiting for each in status)
    return 1 if held_up or problems or failed else 0


class _Engines:
    """Has each model once, the daemon's or one that is loaded here; what it gives out are loans."""

    def __init__(self, remarks: Remarks, *, daemon: bool) -> None:
        self._remarks, self._daemon = remarks, daemon
        self._engines: dict[tuple[str, str], Any] = {}

    def stt(self, model: Model[SttSpec], options: EngineOptions | None) -> SpeechToText:
        """One that listens."""
        return _Listener(self._get(model, options, daemon_stt))

    def tts(self, model: Model[TtsSpec], options: EngineOptions | None) -> TextToSpeech:
        """One that speaks."""
        return _Speaker(self._get(model, options, daemon_tts))

    def close(self) -> None:
        """Close them all."""
        for engine in self._engines.values():
            engine.close()
        self._engines.clear()

    def _get(self, model: Model[Any], options: EngineOptions | None, through: Callable[..., Any]) -> Any:
        key = model.full_name, str(options)
        if key not in self._engines:
            load_here = partial(load, model, options, self._remarks)
            remote = through(chosen(model, options), load_here, self._remarks.say) if self._daemon else None
            self._engines[key] = remote or load_here()
        return self._engines[key]


@dataclass(frozen=True)
class _Listener:
    _engine: SpeechToText

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Iterator[Segment]:
        return self._engine.transcribe(audio, request)

    def close(self) -> None:
        """Only let go."""


@dataclass(frozen=True)
class _Speaker:
    _engine: TextToSpeech

    def synthesize(self, text: Iterable[str], request: TtsRequest) -> Iterator[AudioChunk]:
        return self._engine.synthesize(text, request)

    def close(self) -> None:
        """Only let go."""


def _folders(wanted: Wanted, registry: Registry) -> list[WatchedFolder]:
    given = {name: value for name, value in wanted.table.items() if value or (name == "settle" and value is not None)}
    if not wanted.folders:
        configured = registry.config.settings.watch
        if given or wanted.options:
            raise UsageError("Name the folder that this is about: the flags are for folders on the command line.")
        if not configured:
            raise UsageError("There is no folder to watch. Name one, or add it to the configuration: voicebridge watch add FOLDER")
        return [resolve(settings, registry) for settings in configured]
    for name in ("out", "move_to"):
        if name in given:
            given[name] = str(Path(given[name]).absolute())
    layers = [parse_assignments(wanted.options)]
    folders = []
    for name in wanted.folders:
        path = Path(name).absolute()
        if not path.is_dir():
            raise InputError(f"{name} is not a folder. Make it first: mkdir -p {name}")
        folders.append(resolve(WatchSettings(folder=str(path), **given), registry, layers))
    return folders


def _serve(watcher: Watcher, remarks: Remarks, *, once: bool) -> None:
    told, left = time.monotonic(), 0
    while not (once and watcher.is_idle):
        time.sleep(_TICK if once else _LONG_TICK)
        if not watcher.is_idle and time.monotonic() - told >= _PROGRESS:  # counting what is done takes a while
            told = time.monotonic()
            status = watcher.status()
            waiting = sum(each.waiting + each.working for each in status)
            if waiting > 1 and waiting != left:
                remarks.say(f"{waiting} files are left, {sum(each.done for each in status)} are done.")
            left = waiting


def _has_failed(ledger: Ledger, folder: WatchedFolder) -> bool:
    """Whether a file could not be done, in this run or before, and still lies in the folder."""
    return any(noted.state == FAILED and Path(noted.path).exists() for noted in ledger.of_folder(storable(str(folder.path))))
