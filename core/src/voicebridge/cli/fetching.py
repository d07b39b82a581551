"""Fetching a model's weights, and loading it, while the user watches."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicebridge import paths
from voicebridge.cli.output import remark

if TYPE_CHECKING:
    from voicebridge.cli.terminal import Remarks
    from voicebridge.model import Model
    from voicebridge.options import EngineOptions
    from voicebridge.ports import Progress, WeightsStore


def fetch(model: Model[Any], store: WeightsStore, *, quiet: bool = False) -> Path:
    """Fetch the weights into the plugin's cache and return their folder.

    Raises:
        DownloadError: when they can't be had whole.
    """
    with model.blamed(), _progress(model.full_name, quiet=quiet) as progress:
        return store.download(model.name, progress)


def make_ready(model: Model[Any], *, quiet: bool = False) -> None:
    """Fetch a model's weights where they are not on this machine and may be fetched; the engine would too, but without a bar.

    Raises:
        DownloadError: when they can't be had whole.
    """
    place, store = model.found_at(), model.weights()
    if place and store and not place.local and not paths.is_offline():
        fetch(model, store, quiet=quiet)


def load(model: Model[Any], options: EngineOptions | None, remarks: Remarks) -> Any:
    """A model's engine, in this process; its weights are fetched first where need be.

    Raises:
        VoiceBridgeError: when it can't be loaded.
    """
    make_ready(model, quiet=remarks.is_quiet)
    began = time.monotonic()
    engine = model.load(options)
    remarks.detail(f"{model.full_name} loaded in {time.monotonic() - began:.1f} s ({options or 'no options'}).")
    return engine


@contextmanager
def _progress(name: str, *, quiet: bool) -> Iterator[Progress | None]:
    """A bar on stderr where that is a terminal, else one line."""
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
