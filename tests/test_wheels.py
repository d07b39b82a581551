"""The content of the packages that users install; `.ci/run` really installs them."""

from __future__ import annotations

import ast
import importlib.metadata
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ["core", *sorted(f"plugins/{path.parent.name}" for path in ROOT.glob("plugins/*/pyproject.toml"))]

OF_OTHER_SYSTEMS = {
    "AppKit": "pyobjc-framework-cocoa",
    "ApplicationServices": "pyobjc-framework-applicationservices",
    "Quartz": "pyobjc-framework-quartz",
    "objc": "pyobjc-framework-cocoa",
    "pynput": "pynput",
}
"""The distributions of modules for other systems than Linux."""
NOT_OURS_TO_ASK_FOR = {
    "core": {
        "filelock": "voicebridge.weights is for plugins, and those that fetch weights ask for it",
        "huggingface_hub": "the same",
        "tqdm": "scripts that show its progress bar have it",
        "Xlib": "pynput asks for it, where it is installed",
        "objc": "the same, on a Mac",
        "gi": "windows of tests are opened by the system's Python",
        "PyQt6": "the same",
    },
}
"""Modules that a package imports without requiring their distribution, and why."""
LAB = "voicebridge/testing/lab/"
"""Desktops that tests start: in the core's source distribution, from which `.ci/run` takes them, and not in its wheel."""


@dataclass(frozen=True)
class Built:
    """A built package."""

    folder: Path
    wheel: Path
    sdist: Path

    @property
    def project(self) -> dict[str, Any]:
        table: dict[str, Any] = tomllib.loads((self.folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        return table

    @property
    def modules(self) -> set[str]:
        """The wheel's files without its metadata."""
        return {name for name in zipfile.ZipFile(self.wheel).namelist() if ".dist-info/" not in name}

    @property
    def source(self) -> set[str]:
        """The source files of the package, by their paths in a wheel."""
        source = self.folder / "src"
        return {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts}

    def described(self, name: str) -> str:
        """A file of the wheel's metadata."""
        with zipfile.ZipFile(self.wheel) as archive:
            path = next(each for each in archive.namelist() if each.endswith(f".dist-info/{name}"))
            return archive.read(path).decode()

    @property
    def metadata(self) -> Message:
        return Parser().parsestr(self.described("METADATA"))

    @property
    def requirements(self) -> set[Requirement]:
        """The requirements without any extra."""
        asked = {Requirement(each) for each in self.metadata.get_all("Requires-Dist", [])}
        return {each for each in asked if "extra" not in str(each.marker or "")}


@pytest.fixture(scope="module", params=PACKAGES)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = ROOT / request.param
    target = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", str(target)], cwd=folder, check=True, capture_output=True)
    return Built(folder, wheel=next(target.glob("*.whl")), sdist=next(target.glob("*.tar.gz")))


def test_a_wheel_holds_the_whole_source_but_the_test_lab_and_nothing_else(built: Built) -> None:
    assert built.modules == {name for name in built.source if not name.startswith(LAB)}


def test_nothing_in_a_wheel_imports_the_test_lab(built: Built) -> None:
    lab = LAB.rstrip("/").replace("/", ".")
    sources = [built.folder / "src" / name for name in built.modules if name.endswith(".py")]
    assert [path for path in sources if any(f"{name}.".startswith(f"{lab}.") for name in _imported(path))] == []


def test_a_wheel_says_that_it_is_typed(built: Built) -> None:
    assert [name for name in built.modules if name.endswith("/py.typed")]


def test_a_wheel_carries_its_licence_as_a_file_and_as_a_name(built: Built) -> None:
    licence, text = built.metadata["License-Expression"], built.described("licenses/LICENSE")
    if licence == "GPL-3.0-or-later":
        assert text.split()[:6] == ["GNU", "GENERAL", "PUBLIC", "LICENSE", "Version", "3,"]
        assert "GPL-3.0-or-later" in str(built.metadata.get_payload()), "a package under the GPL says so in its README"
    else:
        assert licence == "MIT"
        assert text == (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_a_wheel_is_for_every_platform_and_for_python_from_3_11(built: Built) -> None:
    assert built.wheel.name.endswith("-py3-none-any.whl")
    assert built.metadata["Requires-Python"] == ">=3.11"


def test_a_wheel_shows_its_readme_on_the_index(built: Built) -> None:
    assert built.metadata["Description-Content-Type"] == "text/markdown"
    tokens = MarkdownIt().parse(str(built.metadata.get_payload()))
    title = tokens[1].content
    assert (tokens[0].tag, title) == ("h1", built.project["name"])
    assert built.metadata["Summary"]


def test_a_wheel_asks_for_what_its_manifest_lists_and_only_vibevoice_s_for_torch(built: Built) -> None:
    assert built.requirements == {Requirement(each) for each in built.project["dependencies"]}
    assert {"torch", "transformers"}.isdisjoint(each.name for each in built.requirements) == (built.folder.name != "vibevoice")


def test_a_plugin_asks_for_a_core_of_its_own_major_version_and_the_core_for_no_plugin(built: Built) -> None:
    ours = {each for each in built.requirements if each.name.startswith("voicebridge")}
    core = "voicebridge-core[desktop]>=0.1,<1" if built.folder.name.startswith("os_") else "voicebridge-core>=0.1,<1"
    assert ours == (set() if built.folder.name == "core" else {Requirement(core)})


def test_a_source_distribution_holds_the_package_and_its_tests(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    tests = {path.relative_to(built.folder).as_posix() for path in (built.folder / "tests").rglob("*.py")}
    assert {"LICENSE", "README.md", "pyproject.toml", *tests, *(f"src/{name}" for name in built.source)} <= names


def test_every_entry_point_leads_to_a_module_that_is_in_the_wheel(built: Built) -> None:
    points = [point for group in built.project.get("entry-points", {}).values() for point in group.values()]
    for point in [*points, *built.project.get("scripts", {}).values()]:
        assert point.partition(":")[0].replace(".", "/") + ".py" in built.modules


@pytest.mark.parametrize("package", PACKAGES)
def test_every_import_even_within_a_function_is_of_what_the_package_asks_for(package: str) -> None:
    """So that tests that reach such an import need not all be repeated with the package alone."""
    project = tomllib.loads((ROOT / package / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    there = {canonicalize_name(name) for name in _with_all_that_it_asks_for(project["name"])}
    ours_and_others = {name: [brings] for name, brings in [*OF_OTHER_SYSTEMS.items(), *_ours()]}
    brought = {**importlib.metadata.packages_distributions(), **ours_and_others}
    excused = NOT_OURS_TO_ASK_FOR.get(package, {})
    missing = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (ROOT / package / "src").rglob("*.py")
        for name in {module.partition(".")[0] for module in _imported(path)} - sys.stdlib_module_names - excused.keys()
        if there.isdisjoint(map(canonicalize_name, brought.get(name, [])))
    }
    assert missing == set()


def _ours() -> Iterator[tuple[str, str]]:
    """Each module of the repository with its package, which an editable installation doesn't record."""
    for package in PACKAGES:
        name = tomllib.loads((ROOT / package / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"]
        for module in (ROOT / package / "src").glob("*/__init__.py"):
            yield module.parent.name, name


def _imported(path: Path) -> set[str]:
    """Everything that a file imports anywhere, including its module: ``from a.b import c`` is ``a.b.c``."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"{node.module}.{each.name}" for each in node.names}
    return found


def _with_all_that_it_asks_for(name: str) -> set[str]:
    """The distributions installed with one and all its extras, on any system."""
    found: set[str] = set()
    waiting = [(name, frozenset(importlib.metadata.metadata(name).get_all("Provides-Extra", [])))]
    seen = set(waiting)
    while waiting:
        name, extras = waiting.pop()
        found.add(name)
        for each in _asked_for(name, extras):
            if (more := (each.name, frozenset(each.extras))) not in seen:
                seen.add(more)
                waiting.append(more)
    return found


def _asked_for(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    try:
        requirements = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:  # it is for another system
        return
    for each in map(Requirement, requirements):
        marker = str(each.marker or "")
        if "extra ==" not in marker or any(f'extra == "{extra}"' in marker for extra in extras):
            yield each
