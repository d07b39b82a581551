"""The checks of ``make docs`` on a built site."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_whatever_a_site_would_load_from_another_host_is_found(root: Path, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(
        """<link rel=stylesheet href="style.css"><link rel=preconnect href="//fonts.example">
        <script src="https://cdn.example/a.js"></script><img src="a.png"><p style="background: url('http://img.example/b.png')">
        <style>@import "https://css.example/c.css";</style><a href="https://example.org">a link</a>"""
    )
    (tmp_path / "style.css").write_text("@font-face { src: url(https://fonts.example/d.woff2) } p { background: url(e.png) }")
    done = subprocess.run(
        [sys.executable, str(root / "scripts/check_site.py"), str(tmp_path)], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "index.html: <link href=//fonts.example>",
        "index.html: <script src=https://cdn.example/a.js>",
        "index.html: http://img.example/b.png",
        "index.html: https://css.example/c.css",
        "style.css: https://fonts.example/d.woff2",
    ]
