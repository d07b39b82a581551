"""HTML tables, read row by row: each cell with the heading of its column."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from voicebridge.blocks import Kind

_LONGEST_CELL = 200
"""Characters: longer cells mean that the table is used for layout, and each cell is a paragraph."""
_WIDEST_CELL = 50
"""Maximum number of columns that a cell may span."""

Take = Callable[[], str]
"""Returns the text collected since the last call."""
Put = Callable[[str, Kind], None]
"""Called with the text of a row."""


class Table:
    """The table being read; rows of nested tables become text of its cells."""

    def __init__(self) -> None:
        self._headings: list[str] = []
        self._row: list[tuple[str, bool]] | None = None
        """The text of each cell, and whether it is a heading."""
        self._cell: str | None = None
        self._span = 1
        self._depth = 1
        self._said_headings = True

    def start(self, tag: str, attributes: Mapping[str, str], take: Take, put: Put) -> bool:
        """Handle a start tag; return false if it is not part of a table."""
        if tag == "table":
            self._depth += 1
        elif self._depth == 1 and tag == "tr":
            self._end_row(take, put)
            self._row = []
        elif self._depth == 1 and tag in ("td", "th"):
            self._end_cell(take)
            self._row = self._row if self._row is not None else []
            take()
            span = attributes.get("colspan", "")
            self._cell, self._span = tag, min(int(span), _WIDEST_CELL) if span.isascii() and span.isdigit() else 1
        else:
            return False
        return True

    def end(self, tag: str, take: Take, put: Put) -> bool:
        """Handle an end tag; return false if it is not part of a table."""
        if tag == "caption":
            if text := take():
                put(text, "paragraph")
        elif self._depth == 1 and tag in ("td", "th"):
            self._end_cell(take)
        elif self._depth == 1 and tag in ("tr", "thead", "tbody", "tfoot"):
            self._end_row(take, put)
        else:
            return False
        return True

    def close(self, take: Take, put: Put) -> bool:
        """End the innermost table; return true if that was the outermost."""
        self._depth -= 1
        if self._depth:
            return False
        self._end_row(take, put)
        if not self._said_headings:
            put(", ".join(filter(None, self._headings)), "table")
        if text := take():  # text outside every cell
            put(text, "paragraph")
        return True

    def _end_cell(self, take: Take) -> None:
        if self._cell is not None and self._row is not None:
            self._row.append((take(), self._cell == "th"))
            self._row.extend([("", self._cell == "th")] * (self._span - 1))
        self._cell = None

    def _end_row(self, take: Take, put: Put) -> None:
        self._end_cell(take)
        row, self._row = self._row, None
        if not row or not any(text for text, _ in row):
            return
        if all(is_heading for _, is_heading in row) and len(row) > 1 and self._said_headings:
            self._headings, self._said_headings = [text for text, _ in row], False
            return
        self._said_headings = True
        if len(row) == 1 or max(len(text) for text, _ in row) > _LONGEST_CELL:
            for text, _ in row:
                if text:
                    put(text, "paragraph")
        else:
            put(", ".join(self._named(place, text, is_heading) for place, (text, is_heading) in enumerate(row) if text), "table")

    def _named(self, place: int, text: str, is_heading: bool) -> str:
        heading = self._headings[place] if place < len(self._headings) else ""
        return f"{heading}: {text}" if heading and not is_heading else text
