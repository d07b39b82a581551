"""How far the work is: a function of the script, or a progress bar of tqdm, which also works in notebooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from voicebridge.errors import UsageError

Progress = Callable[[float, float | None], None]
"""Called with what is done, and with the total if known: seconds of audio, or characters of text."""


@contextmanager
def reporting(progress: bool | Progress, unit: str) -> Iterator[Progress | None]:
    """During the block, a function that reports progress; ``None`` if nobody wants to know.

    Args:
        progress: a function, or ``True`` for a progress bar.
        unit: what is counted, for the bar.

    Raises:
        UsageError: if tqdm is needed and not installed.
    """
    if not progress:
        yield None
    elif callable(progress):
        yield progress
    else:
        with _bar(unit) as report:
            yield report


@contextmanager
def _bar(unit: str) -> Iterator[Progress]:
    try:
        from tqdm.auto import tqdm  # type: ignore[import-untyped,unused-ignore]
    except ImportError as error:
        raise UsageError(
            "progress=True shows the progress bar of tqdm, which is not installed: pip install tqdm, or pass a function."
        ) from error
    with tqdm(unit=unit) as bar:

        def report(done: float, total: float | None) -> None:
            bar.total = None if total is None else round(total, 1)
            bar.update(round(done, 1) - bar.n)

        yield report
