"""The consistency of the repository: the same list of packages everywhere, complete pins, CI that runs what developers run."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import voicebridge
import yaml
from trove_classifiers import classifiers as known_classifiers

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
"""The supported versions."""
PYTHONS_OF = {"kokoro": PYTHONS[:-1]}
"""Those of a package whose models need a library that doesn't support all of them; it can be installed with the others."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def _manifest(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _workflows(root: Path) -> dict[str, dict[Any, Any]]:
    return {path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in root.glob(".github/workflows/*.yml")}


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


def test_one_package_has_all_that_each_system_needs_and_no_more(root: Path, packages: list[Path]) -> None:
    lines = _manifest(root / "all")["project"]["dependencies"]
    paths = {line.partition("{root:parent:uri}/")[2].partition(" ")[0] for line in lines}
    assert paths == {path.relative_to(root).as_posix() for path in packages} - {"plugins/kokoro", "plugins/vibevoice"}
    synced = {re.sub(r"\[.*?\]|;.*", "", line).strip() for line in _manifest(root)["project"]["dependencies"]}
    assert synced == {line.partition("[")[0].partition(" ")[0] for line in lines}
    for line in lines:
        system = line.partition("plugins/os_")[2].partition(" ")[0]
        assert ("sys_platform" in line) == bool(system), "a plugin of one system is installed there alone"


def test_the_import_contract_and_the_type_checker_know_every_package(root: Path, packages: list[Path]) -> None:
    tools = _manifest(root)["tool"]
    imported = [min(path.parent.name for path in (package / "src").glob("*/__init__.py")) for package in packages]
    assert tools["importlinter"]["root_packages"] == imported
    assert tools["mypy"]["mypy_path"] == [*(f"{package.relative_to(root).as_posix()}/src" for package in packages), "scripts"]


def test_packages_of_one_release_need_one_python(packages: list[Path]) -> None:
    assert {_manifest(package)["project"]["requires-python"] for package in packages} == {">=3.11"}


def test_every_package_says_on_the_index_what_it_is_and_who_made_it(packages: list[Path]) -> None:
    for package in packages:
        project = _manifest(package)["project"]
        assert project["authors"] == [{"name": "The VoiceBridge developers"}], package.name
        assert project["description"].endswith("."), package.name
        assert project["keywords"] == sorted(set(project["keywords"])), package.name
        assert len(project["keywords"]) >= 5, package.name
        classifiers = project["classifiers"]
        assert set(classifiers) <= known_classifiers, package.name
        assert re.findall(r"Python :: (3\.\d+)", " ".join(classifiers)) == PYTHONS_OF.get(package.name, PYTHONS), package.name
        assert {"Development Status :: 3 - Alpha", "Topic :: Multimedia :: Sound/Audio :: Speech", "Typing :: Typed"} <= set(classifiers)
    assert len({str(_manifest(package)["project"].get("urls")) for package in packages}) == 1, "all packages have one home"


def test_links_of_a_package_s_readme_lead_somewhere_on_the_index_too(packages: list[Path]) -> None:
    for package in packages:
        links = re.findall(r"\]\(([^)]+)\)", (package / "README.md").read_text(encoding="utf-8"))
        assert [link for link in links if not link.startswith(("https://", "#"))] == [], package.name


class TestARelease:
    def check(self, root: Path, version: str) -> list[str]:
        script = [sys.executable, str(root / "scripts/check_release.py"), version]
        return subprocess.run(script, capture_output=True, encoding="utf-8", check=False).stdout.splitlines()

    def test_all_packages_have_one_version(self, root: Path) -> None:
        assert [line for line in self.check(root, voicebridge.__version__) if not line.startswith("CHANGELOG.md ")] == []

    def test_a_package_of_another_version_is_found(self, root: Path, packages: list[Path]) -> None:
        found = self.check(root, "9.9.9")
        for package in (*packages, root / "all"):
            assert f"{package.relative_to(root).as_posix()} has version {voicebridge.__version__}. Set it to 9.9.9." in found
        assert "plugins/whisper requires voicebridge-core>=0.1,<1. Require voicebridge-core>=9.9,<…." in found
        assert found[-1].startswith("CHANGELOG.md has no section '## 9.9.9, ")

    def test_only_the_job_that_uploads_may_sign_and_a_person_approves_it(self, root: Path) -> None:
        jobs = _workflows(root)["release.yml"]["jobs"]
        assert {name: job.get("permissions") for name, job in jobs.items()} == {"build": None, "publish": {"id-token": "write"}}
        assert jobs["publish"]["environment"] == "pypi"


def test_all_is_mit_but_plugins_that_build_on_the_gpl_and_nothing_depends_on_those(packages: list[Path]) -> None:
    licences = {package.name: _manifest(package)["project"]["license"] for package in packages}
    copyleft = {name for name, licence in licences.items() if licence == "GPL-3.0-or-later"}
    assert copyleft == {"kokoro", "piper"}
    assert {licence for name, licence in licences.items() if name not in copyleft} == {"MIT"}
    for package in packages:
        if package.name not in copyleft:
            wanted = {_normal(match[0]) for each in _requirements(_manifest(package)) if (match := NAME.match(each))}
            assert wanted.isdisjoint({"kokoro-onnx", "phonemizer", "piper-tts", *(f"voicebridge-{name}" for name in copyleft)})


class TestContinuousIntegration:
    @pytest.fixture
    def workflow(self, root: Path) -> dict[Any, Any]:
        return _workflows(root)["ci.yml"]

    def test_it_runs_on_every_platform_from_the_oldest_python_to_the_newest(self, workflow: dict[Any, Any]) -> None:
        matrix = workflow["jobs"]["test"]["strategy"]["matrix"]
        assert {name.partition("-")[0] for name in matrix["os"]} == {"ubuntu", "windows", "macos"}
        assert matrix["python"] == PYTHONS

    def test_it_may_read_the_code_and_nothing_else(self, workflow: dict[Any, Any]) -> None:
        assert workflow["permissions"] == {"contents": "read"}
        assert [name for name, job in workflow["jobs"].items() if "permissions" in job] == []

    def test_it_runs_when_code_is_pushed_or_proposed(self, workflow: dict[Any, Any]) -> None:
        events = workflow[True]  # YAML 1.1 reads the key `on` as a boolean
        assert set(events) >= {"push", "pull_request"}

    def test_every_workflow_may_read_the_code_and_nothing_else_unless_a_job_says_so(self, root: Path) -> None:
        assert {
            name: workflow["permissions"] for name, workflow in _workflows(root).items() if workflow["permissions"] != {"contents": "read"}
        } == {}

    def test_its_commands_are_those_that_people_type(self, root: Path) -> None:
        jobs = [job for workflow in _workflows(root).values() for job in workflow["jobs"].values()]
        commands = "\n".join(step.get("run", "") for job in jobs for step in job["steps"])
        targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
        typed = set(re.findall(r"\bmake ([a-z]+)", commands))
        assert typed <= targets
        assert {"check", "demo", "dist", "docs", "test"} <= typed
        assert ".ci/run" in commands


def test_everything_that_a_descriptor_refers_to_can_be_imported(packages: list[Path]) -> None:
    """On every system: a reference is a string, so no type checker notices if its target has moved."""
    modules = [each for path in packages for each in _manifest(path)["project"].get("entry-points", {}).get("voicebridge", {}).values()]
    script = (
        "import importlib, sys\n"
        "from voicebridge.spec_fields import load_ref\n"
        "from voicebridge.hookspecs import HOOKS\n"
        "for module in map(importlib.import_module, sys.argv[1:]):\n"
        "    for spec in [each for hook in HOOKS for each in getattr(module, hook, tuple)()]:\n"
        "        for field in ('factory', 'probe', 'options', 'weights', 'command', 'settings'):\n"
        "            if ref := getattr(spec, field, None):\n"
        "                load_ref(ref)\n"
        "                print(ref)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *modules], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) > len(modules)
