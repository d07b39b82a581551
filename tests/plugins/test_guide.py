"""The tutorial in docs/plugins and the two pages that continue it, followed literally, with the output compared."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from voicebridge import SttSpec, TtsSpec
from voicebridge.testing.lab.pages import PageBlock, matches

if TYPE_CHECKING:
    from tests.plugins.conftest import Environment, MakeEnvironment

GUIDE = Path(__file__).resolve().parents[2] / "docs/plugins/tutorial.md"


@pytest.fixture
def fresh(make_environment: MakeEnvironment, tmp_path: Path, core_wheel: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Environment]:
    """A virtual environment with only pip, for which the core is available as from the index."""
    monkeypatch.setenv("PIP_FIND_LINKS", f"{core_wheel.parent.as_uri()} {os.environ.get('PIP_FIND_LINKS', '')}".strip())
    yield make_environment(tmp_path / "venv")
    shutil.rmtree(tmp_path / "venv")  # 250 MB that pytest would keep for three runs


@pytest.mark.timeout(900)
def test_a_stranger_who_follows_the_guide_gets_what_it_shows(guide: list[PageBlock], fresh: Environment, tmp_path: Path) -> None:
    project = tmp_path / "acme-asr"
    project.mkdir()
    for block in guide:
        if block.title:
            block.write(project)
        else:
            block.follow(lambda line: fresh.run(*shlex.split(line), cwd=project, merge=True))
    assert sorted(file.name for file in (project / "dist").iterdir()) == ["acme_asr-1.0.0-py3-none-any.whl", "acme_asr-1.0.0.tar.gz"]


def test_dots_stand_for_whatever_is_printed() -> None:
    assert matches("a … b\n…\nc", "a 1 b\nx\ny\nc\n")
    assert not matches("a … b\nc", "a 1 b\nx\nc\n")
    assert not matches("a", "b")


def test_the_guide_says_what_every_field_of_a_descriptor_means() -> None:
    page = GUIDE.read_text(encoding="utf-8")
    names = {field.name for spec in (SttSpec, TtsSpec) for field in fields(spec)}
    assert {name for name in names if f"`{name}`" not in page and f"{name}=" not in page} == set()


def test_the_plugin_that_speaks_is_under_thirty_lines(guide: list[PageBlock]) -> None:
    sources = [block.text for block in guide if block.title.startswith("../acme-tts/src/")]
    assert len(sources) == 3
    assert sum(len([line for line in source.splitlines() if line.strip()]) for source in sources) < 30
