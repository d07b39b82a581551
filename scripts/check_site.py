"""Check that a built site loads nothing from another host: ``python scripts/check_site.py site``. Links may lead anywhere."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

LINKS = {"a", "area"}
"""Attributes that are only followed on a click."""
ELSEWHERE = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
IN_STYLE = re.compile(r"""(?:url\(\s*|@import\s+)["']?\s*((?:https?:)?//[^"')\s]+)""", re.IGNORECASE)


class Page(HTMLParser):
    """Collects the external resources of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check the URLs of a tag, and its style."""
        for name, value in attrs:
            if tag not in LINKS and name in {"href", "src", "srcset", "data", "poster", "action"} and ELSEWHERE.match(value or ""):
                self.found.append(f"<{tag} {name}={value}>")
            elif name == "style":
                self.found += IN_STYLE.findall(value or "")


def loaded_from_elsewhere(site: Path) -> Iterator[str]:
    """The external resources of pages and style sheets, each with its file."""
    for path in sorted(site.rglob("*")):
        if path.suffix == ".html":
            page = Page()
            text = path.read_text(encoding="utf-8")
            page.feed(text)
            found = page.found + IN_STYLE.findall("".join(re.findall(r"<style.*?</style>", text, re.DOTALL)))
        elif path.suffix == ".css":
            found = IN_STYLE.findall(path.read_text(encoding="utf-8"))
        else:
            continue
        yield from (f"{path.relative_to(site)}: {each}" for each in found)


def main() -> int:
    """Check the given site."""
    site = Path(sys.argv[1])
    if not (site / "index.html").exists():
        print(f"{site} holds no site. Build it: make docs", file=sys.stderr)
        return 2
    found = list(loaded_from_elsewhere(site))
    print("\n".join(found), end="\n" if found else "")
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main())
