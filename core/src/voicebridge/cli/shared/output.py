"""Output of results: a table on a terminal, aligned plain text in a pipe, JSON on request; remarks on stderr.

Plain text is never wrapped or truncated and has neither colours nor boxes, so that ``grep`` and ``awk`` work.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, TypeAlias

import typer

from voicebridge.errors import OutputError

AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_GAP = "  "


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]], styles: Mapping[str, str] | None = None) -> None:
    """Print rows with a header; ``styles`` colours cells on a terminal by their content, ``{"failed": "red"}``."""
    rows = [[_one_line(cell) for cell in row] for row in rows]
    if not _is_rich():
        _print_aligned([head, *rows])
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*head, box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for column in table.columns[:1]:
        column.no_wrap = True  # the name, which users copy
    for row in rows:
        table.add_row(*(Text(cell, style=(styles or {}).get(cell, ""), overflow="fold") for cell in row))
    Console().print(table)


def print_sheet(pairs: Sequence[tuple[str, str]]) -> None:
    """Print pairs of names and values, one per line; pairs with an empty value are omitted."""
    rows = [(f"{name}:", _one_line(value)) for name, value in pairs if value]
    if not _is_rich():
        _print_aligned(rows)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    for name, value in rows:
        grid.add_row(Text(name, style="bold", no_wrap=True), Text(value, overflow="fold"))
    Console().print(grid)


def print_json(value: object) -> None:
    """Print JSON; types that JSON lacks, such as paths, become text."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))  # noqa: T201


def print_line(text: str) -> None:
    """Print one result."""
    print(text)  # noqa: T201


def remark(text: str) -> None:
    """Print a message on stderr."""
    print(_one_line(text), file=sys.stderr)  # noqa: T201


def warn(text: str) -> None:
    """Print a warning on stderr."""
    remark(f"Warning: {text}")


class Stdout:
    """Standard output as a text file: each segment is flushed, and characters that the locale lacks are no error."""

    def write(self, text: str) -> int:
        """Write text, and return its length.

        Raises:
            OutputError: if it can't be written.
        """
        stream = sys.stdout  # looked up each time: a progress bar on the same terminal replaces it
        if sys.__stdout__ is None:
            raise OutputError("Standard output is closed, and the text would be printed. Write files with -f or -o.")
        encoding = stream.encoding or "utf-8"
        try:
            stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
            stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(
                f"Standard output can't be written: {error.strerror}. Free some disk space, or write elsewhere with -o."
            ) from error
        return len(text)


def _is_rich() -> bool:
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not plain


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())


def _print_aligned(rows: Sequence[Sequence[str]]) -> None:
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
        print_line(_GAP.join(cells).rstrip())
