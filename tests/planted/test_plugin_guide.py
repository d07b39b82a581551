"""docs/writing-a-plugin.md, followed to the letter: every file is written, every command typed, and what it prints compared."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from voicebridge import SttSpec, TtsSpec

if TYPE_CHECKING:
    from tests.planted.conftest import Block, Environment, MakeEnvironment

GUIDE = Path(__file__).resolve().parents[2] / "docs/writing-a-plugin.md"


@pytest.fixture
def fresh(make_environment: MakeEnvironment, tmp_path: Path, core_wheel: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Environment]:
    """A virtual environment with pip and nothing else, for which the core is on the shelf as it is on the index for a stranger."""
    monkeypatch.setenv("PIP_FIND_LINKS", f"{core_wheel.parent.as_uri()} {os.environ.get('PIP_FIND_LINKS', '')}".strip())
    yield make_environment(tmp_path / "venv")
    shutil.rmtree(tmp_path / "venv")  # 250 MB that pytest would keep for three runs


@pytest.mark.timeout(900)
def test_a_stranger_who_follows_the_guide_gets_what_it_shows(guide: list[Block], fresh: Environment, tmp_path: Path) -> None:
    project = tmp_path / "acme-asr"
    project.mkdir()
    for block in guide:
        if block.title:
            file = project / block.title
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        else:
            follow(block, fresh, project)
    assert sorted(file.name for file in (project / "dist").iterdir()) == ["acme_asr-1.0.0-py3-none-any.whl", "acme_asr-1.0.0.tar.gz"]


def follow(block: Block, environment: Environment, project: Path) -> None:
    """Type a block's commands; the last one ends as the block says, the others with 0."""
    commands = re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]
    for number, command in enumerate(commands, 1):
        line, _, shown = command.partition("\n")
        done = environment.run(*shlex.split(line), cwd=project, merge=True)
        told = f"$ {line}\n{done.stdout}"
        assert done.returncode == (block.exit_code if number == len(commands) else 0), told
        assert matches(shown, done.stdout), f"{told}\nis not what the guide shows:\n{shown}"


def matches(shown: str, printed: str) -> bool:
    """Whether a command printed what is shown: ``…`` stands for any text, alone on a line for any lines; nothing shown is anything."""
    if not shown.strip():
        return True
    pattern = "".join(
        r"(?:.*\n)*" if line.strip() == "…" else ".*".join(map(re.escape, line.rstrip().split("…"))) + r"[ \t]*\n"
        for line in shown.strip().splitlines()
    )
    return re.fullmatch(pattern, printed.rstrip() + "\n") is not None


def test_dots_stand_for_whatever_is_printed() -> None:
    assert matches("a … b\n…\nc", "a 1 b\nx\ny\nc\n")
    assert not matches("a … b\nc", "a 1 b\nx\nc\n")
    assert not matches("a", "b")


def test_the_guide_says_what_every_field_of_a_descriptor_means() -> None:
    page = GUIDE.read_text(encoding="utf-8")
    names = {field.name for spec in (SttSpec, TtsSpec) for field in fields(spec)}
    assert {name for name in names if f"`{name}`" not in page and f"{name}=" not in page} == set()


def test_the_plugin_that_speaks_is_under_thirty_lines(guide: list[Block]) -> None:
    sources = [block.text for block in guide if block.title.startswith("../acme-tts/src/")]
    assert len(sources) == 3
    assert sum(len([line for line in source.splitlines() if line.strip()]) for source in sources) < 30
