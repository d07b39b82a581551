"""What is in the packages that people install; `.ci/run` installs them for real."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ["core", *sorted(f"plugins/{path.parent.name}" for path in ROOT.glob("plugins/*/pyproject.toml"))]


@dataclass(frozen=True)
class Built:
    """A package as it was built."""

    folder: Path
    wheel: Path
    sdist: Path

    @property
    def project(self) -> dict[str, Any]:
        table: dict[str, Any] = tomllib.loads((self.folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        return table

    @property
    def modules(self) -> set[str]:
        """The wheel's files without those that describe it."""
        return {name for name in zipfile.ZipFile(self.wheel).namelist() if ".dist-info/" not in name}

    def described(self, name: str) -> str:
        """A file of the wheel's description of itself."""
        with zipfile.ZipFile(self.wheel) as archive:
            path = next(each for each in archive.namelist() if each.endswith(f".dist-info/{name}"))
            return archive.read(path).decode()

    @property
    def metadata(self) -> Message:
        return Parser().parsestr(self.described("METADATA"))

    @property
    def requirements(self) -> set[Requirement]:
        """What is installed with the package when no extra is asked for."""
        asked = {Requirement(each) for each in self.metadata.get_all("Requires-Dist", [])}
        return {each for each in asked if "extra" not in str(each.marker or "")}


@pytest.fixture(scope="module", params=PACKAGES)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = ROOT / request.param
    target = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", str(target)], cwd=folder, check=True, capture_output=True)
    return Built(folder, wheel=next(target.glob("*.whl")), sdist=next(target.glob("*.tar.gz")))


def test_a_wheel_holds_the_whole_source_and_nothing_else(built: Built) -> None:
    source = built.folder / "src"
    files = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert built.modules == files


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
    assert {"LICENSE", "README.md", "pyproject.toml", *tests, *(f"src/{name}" for name in built.modules)} <= names


def test_every_entry_point_leads_to_a_module_that_is_in_the_wheel(built: Built) -> None:
    points = [point for group in built.project.get("entry-points", {}).values() for point in group.values()]
    for point in [*points, *built.project.get("scripts", {}).values()]:
        assert point.partition(":")[0].replace(".", "/") + ".py" in built.modules
