"""Fetching a model's weights while the user watches."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicebridge.cli.output import remark

if TYPE_CHECKING:
    from voicebridge.model import Model
    from voicebridge.ports import Progress, WeightsStore


def fetch(model: Model[Any], store: WeightsStore, *, quiet: bool = False) -> Path:
    """Fetch the weights into the plugin's cache and return their folder.

    Raises:
        DownloadError: when they can't be had whole.
    """
    with model.blamed(), _progress(model.full_name, quiet=quiet) as progress:
        return store.download(model.name, progress)


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
