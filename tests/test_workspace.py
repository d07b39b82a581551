"""The workspace's own arrangements: one list of packages everywhere, pins that hold all of it, CI that runs what people run."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def _manifest(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _requirements(table: dict[str, Any]) -> Iterator[str]:
    yield from table["project"].get("dependencies", [])
    for group in [*table["project"].get("optional-dependencies", {}).values(), *table.get("dependency-groups", {}).values()]:
        yield from (each for each in group if isinstance(each, str))


@pytest.fixture
def pins(root: Path) -> list[str]:
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_every_requirement_of_every_package_is_pinned(root: Path, packages: list[Path], pins: list[str]) -> None:
    pinned = {_normal(line.partition("==")[0]) for line in pins}
    own = {_normal(_manifest(package)["project"]["name"]) for package in packages}
    wanted = {_normal(match[0]) for folder in (root, *packages) for each in _requirements(_manifest(folder)) if (match := NAME.match(each))}
    assert wanted - own - pinned == set(), "run: make lock"


def test_pins_name_one_version_and_no_index_file_or_hash(pins: list[str]) -> None:
    assert [line for line in pins if not re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; [^#]+)?", line)] == []


def test_one_package_has_all_that_each_system_needs_and_no_torch(root: Path, packages: list[Path]) -> None:
    lines = _manifest(root / "all")["project"]["dependencies"]
    paths = {line.partition("{root:parent:uri}/")[2].partition(" ")[0] for line in lines}
    assert paths == {path.relative_to(root).as_posix() for path in packages} - {"plugins/vibevoice"}
    synced = {re.sub(r"\[.*?\]|;.*", "", line).strip() for line in _manifest(root)["project"]["dependencies"]}
    assert synced == {line.partition("[")[0].partition(" ")[0] for line in lines}
    for line in lines:
        system = line.partition("plugins/os_")[2].partition(" ")[0]
        assert ("sys_platform" in line) == bool(system), "a plugin of one system is installed there alone"


def test_the_import_contract_and_the_type_checker_know_every_package(root: Path, packages: list[Path]) -> None:
    tools = _manifest(root)["tool"]
    imported = [next(path.parent.name for path in (package / "src").glob("*/__init__.py")) for package in packages]
    assert tools["importlinter"]["root_packages"] == imported
    assert tools["mypy"]["mypy_path"] == [f"{package.relative_to(root).as_posix()}/src" for package in packages]


def test_packages_of_one_release_need_one_python(packages: list[Path]) -> None:
    assert {_manifest(package)["project"]["requires-python"] for package in packages} == {">=3.11"}


def test_all_is_mit_but_plugins_that_build_on_the_gpl_and_nothing_depends_on_those(packages: list[Path]) -> None:
    licences = {package.name: _manifest(package)["project"]["license"] for package in packages}
    copyleft = {name for name, licence in licences.items() if licence == "GPL-3.0-or-later"}
    assert copyleft == {"piper"}
    assert {licence for name, licence in licences.items() if name not in copyleft} == {"MIT"}
    for package in packages:
        if package.name not in copyleft:
            wanted = {_normal(match[0]) for each in _requirements(_manifest(package)) if (match := NAME.match(each))}
            assert wanted.isdisjoint({"piper-tts", *(f"voicebridge-{name}" for name in copyleft)})


class TestContinuousIntegration:
    @pytest.fixture
    def workflow(self, root: Path) -> dict[Any, Any]:
        loaded: dict[Any, Any] = yaml.safe_load((root / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
        return loaded

    def test_it_runs_on_every_platform_from_the_oldest_python_to_the_newest(self, workflow: dict[Any, Any]) -> None:
        matrix = workflow["jobs"]["test"]["strategy"]["matrix"]
        assert {name.partition("-")[0] for name in matrix["os"]} == {"ubuntu", "windows", "macos"}
        assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]

    def test_it_may_read_the_code_and_nothing_else(self, workflow: dict[Any, Any]) -> None:
        assert workflow["permissions"] == {"contents": "read"}
        assert [name for name, job in workflow["jobs"].items() if "permissions" in job] == []

    def test_it_runs_when_code_is_pushed_or_proposed(self, workflow: dict[Any, Any]) -> None:
        events = workflow[True]  # YAML 1.1 reads the key `on` as a truth value
        assert set(events) >= {"push", "pull_request"}

    def test_its_commands_are_those_that_people_type(self, root: Path, workflow: dict[Any, Any]) -> None:
        commands = "\n".join(step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"])
        targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
        assert set(re.findall(r"\bmake ([a-z]+)", commands)) <= targets
        assert "make test" in commands
        assert ".ci/run" in commands
