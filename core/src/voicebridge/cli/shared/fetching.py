"""Downloading and loading models with progress messages, and the engines of a command."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicebridge import paths
from voicebridge.cli.shared.output import remark
from voicebridge.engines.loader import load as load_engine
from voicebridge.engines.source import ClientEngines

if TYPE_CHECKING:
    from voicebridge.cli.shared.terminal import Remarks
    from voicebridge.options import EngineOptions
    from voicebridge.ports import Progress, WeightsStore
    from voicebridge.runtime.model import Model


def fetch(model: Model[Any], store: WeightsStore, *, quiet: bool = False) -> Path:
    """Download the weights into the plugin's cache and return their folder.

    Raises:
        DownloadError: if they can't be downloaded completely.
    """
    with model.owner().blamed(), _progress(model.full_name, quiet=quiet) as progress:
        return store.download(model.name, progress)


def make_ready(model: Model[Any], *, quiet: bool = False) -> None:
    """Download a model's weights if they are missing and the network is allowed; the engine would too, but without a progress bar.

    Raises:
        DownloadError: if they can't be downloaded completely.
    """
    place, store = model.found_at(), model.weights()
    if place and store and not place.local and not paths.is_offline():
        fetch(model, store, quiet=quiet)


def load(model: Model[Any], options: EngineOptions | None, remarks: Remarks) -> Any:
    """A model's engine in this process; its weights are downloaded first if necessary.

    Raises:
        VoiceBridgeError: if it can't be loaded.
    """
    remarks.listen_to(model.spec.factory)  # warnings of an engine, wherever they come from
    make_ready(model, quiet=remarks.is_quiet)
    began = time.monotonic()
    engine = load_engine(model, options)
    remarks.detail(f"{model.full_name} loaded in {time.monotonic() - began:.1f} s ({options or 'no options'}).")
    return engine


def engines_of(remarks: Remarks, *, daemon: bool) -> ClientEngines:
    """The engines of a command: the daemon's if ``daemon`` allows it, else loaded here with progress messages."""
    return ClientEngines(daemon=daemon, tell=remarks.say, load=partial(load, remarks=remarks))


@contextmanager
def _progress(name: str, *, quiet: bool) -> Iterator[Progress | None]:
    """A progress bar on stderr if that is a terminal, else one line."""
    if quiet or not sys.stderr.isatty():
        if not quiet:
            remark(f"Downloading {name} …")
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    label = TextColumn("Downloading {task.description}")
    columns = (label, BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
