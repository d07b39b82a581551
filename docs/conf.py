"""Sphinx configuration for the documentation site (docs/adr/0040-site.md). The pages are plain Markdown, readable in any viewer.

The source folder is the repository root, so that links between docs/, the packages and the contributor pages resolve as in a clone.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pygments.lexers import TextLexer

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[1]

project = "VoiceBridge"
author = "The VoiceBridge developers"
project_copyright = author
release = re.findall(r'^__version__ = "(.*)"', (ROOT / "core/src/voicebridge/__init__.py").read_text(encoding="utf-8"), re.M)[0]

extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = ["docs/**.md", "[CS]*.md", "*/README.md", "plugins/*/README.md"]
exclude_patterns = [".*", "core", "site", "**/src", "**/tests", "samples", "scripts"]  # not even looked into
myst_heading_anchors = 4
nitpicky = True

html_theme = "furo"
html_title = f"VoiceBridge {release}"
html_show_sourcelink = False
html_use_index = False
html_copy_source = False
html_additional_pages = {"index": "home.html"}
templates_path = ["templates"]

GUIDE = ("index", "tutorial", "new-plugin", "hooks", "utilities", "testing", "packaging", "compatibility")
"""The pages for all plugins, in the order in which they are read; those on one hook follow."""
CONTENTS = {
    "User guide": (
        "install", "first-steps", "setup", "workflows", "dictation", "transcribing", "watched-folders", "speaking", "voices", "daemon",
        "models", "gpu", "troubleshooting", "faq", "privacy", "comparison", "platforms",
    ),
    "Reference": ("configuration", "glossary", "/CHANGELOG"),
    "Developer guide": (
        "python", "recipes", "python-api", "control", "plugins",
        *(f"plugins/{page}" for page in GUIDE),
        *sorted(f"plugins/{page.stem}" for page in (ROOT / "docs/plugins").glob("*.md") if page.stem not in GUIDE),
    ),
    "Packages": (
        "/all/README", "/plugins/whisper/README", "/plugins/piper/README", "/plugins/kokoro/README", "/plugins/vibevoice/README",
        "/plugins/documents/README", "/plugins/os_linux/README", "/plugins/os_windows/README", "/plugins/os_macos/README",
    ),
    "Contributing": ("/CONTRIBUTING", "/SECURITY", "/benchmarks/README", "adr/README"),
}  # fmt: skip
"""The pages in the sidebar. A page in no list causes a warning, which fails the build."""


def setup(app: Sphinx) -> None:
    """Register what the pages need besides Markdown."""
    app.add_lexer("control", TextLexer)  # lines of the control protocol
    app.connect("source-read", _add_contents)
    app.connect("source-read", _show_titles)


def _add_contents(_app: Sphinx, page: str, source: list[str]) -> None:
    if page == root_doc:
        for caption, pages in CONTENTS.items():
            source[0] += f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "\n".join(pages) + "\n```\n"
    elif page == "docs/adr/README":
        source[0] += "\n```{toctree}\n:hidden:\n:glob:\n\n0*\n```\n"


def _show_titles(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Show a block's file name, as in ````` ```toml title="pyproject.toml" `````, above it; an empty file has no block."""
    source[0] = re.sub(r'^```\w+ title="([^"]*)"\n```$', r"`\1` is empty.", source[0], flags=re.M)
    source[0] = re.sub(r'^```(\w+) title="([^"]*)"$', r"```{code-block} \1\n:caption: \2\n", source[0], flags=re.M)
