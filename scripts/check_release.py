"""Check that all packages are ready for a release: ``python scripts/check_release.py 0.1.0``.

Version, lower bounds and changelog must agree; differences are printed, and the exit code is 1.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CORE = "voicebridge-core"


def problems(root: Path, version: str) -> Iterator[str]:
    """The reasons why the packages below ``root`` can't be released as ``version``."""
    for path in [root / "core", root / "all", *sorted(path.parent for path in root.glob("plugins/*/pyproject.toml"))]:
        manifest = tomllib.loads((path / "pyproject.toml").read_text(encoding="utf-8"))
        found = version_of(path, manifest)
        if found != version:
            yield f"{path.relative_to(root).as_posix()} has version {found}. Set it to {version}."
        bound = f">={'.'.join(version.split('.')[:2])},<"
        for requirement in manifest["project"].get("dependencies", []):
            if re.match(rf"{CORE}(\[.*?\])?[^\[\w-]", requirement) and "@" not in requirement and bound not in requirement:
                yield f"{path.relative_to(root).as_posix()} requires {requirement}. Require {CORE}{bound}…."
    changes = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    if not re.search(rf"^## {re.escape(version)}, \d{{4}}-\d\d-\d\d$", changes, re.MULTILINE):
        yield f"CHANGELOG.md has no section '## {version}, YYYY-MM-DD'. Put the date in place of 'unreleased'."


def version_of(folder: Path, manifest: dict[str, Any]) -> str:
    """The version of a package, from its manifest or the file that the manifest refers to."""
    if "version" in manifest["project"]:
        return str(manifest["project"]["version"])
    source = folder / manifest["tool"]["hatch"]["version"]["path"]
    return str(re.findall(r'^__version__ = "(.*)"$', source.read_text(encoding="utf-8"), re.MULTILINE)[0])


def main() -> int:
    """Check the given version."""
    found = list(problems(ROOT, sys.argv[1]))
    print("\n".join(found), end="\n" if found else "")
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main())
