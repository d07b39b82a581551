"""The pages in docs/plugins, followed literally: every file is written, every command run, and its output compared.

A page starts in an empty folder. Its plugins are installed as ``pip install --editable`` does, into an environment that also has the
packages of this one. The file ``config.toml`` is the user's configuration, and ``plugins`` the folder beside it. Recordings that a block
names contain the speech sample.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import voicebridge
from voicebridge import paths
from voicebridge.hookspecs import HOOKS
from voicebridge.testing.lab.pages import PageBlock, read_blocks

if TYPE_CHECKING:
    from tests.plugins.conftest import Environment

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(ROOT.glob("docs/plugins/*.md"))
CONTINUED = ("tutorial", "testing", "packaging")
"""The pages that continue each other; ``test_guide.py`` follows them."""
GENERATED = re.compile(r"^<!-- generated: .*?^<!-- end -->$", re.MULTILINE | re.DOTALL)
INSTALL = "python -m pip install --editable "


class Reader:
    """Somebody who types what a page shows."""

    def __init__(self, environment: Environment, folder: Path) -> None:
        self.environment = environment
        self.folder = folder
        folder.mkdir()

    def follow(self, blocks: list[PageBlock]) -> None:
        try:
            for block in blocks:
                if block.title == "config.toml" or block.title.startswith("plugins/"):
                    block.write(paths.config_file().parent)
                elif block.title:
                    block.write(self.folder)
                else:
                    self.record(block.files)
                    block.follow(self.type)
        finally:
            if any("daemon start" in block.text for block in blocks):
                self.environment.run("voicebridge", "daemon", "stop")

    def record(self, names: tuple[str, ...]) -> None:
        for name in names:
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / "samples/welcome.flac", self.folder / name)  # the format is detected from the content, not the name

    def type(self, line: str) -> subprocess.CompletedProcess[str]:
        if line.startswith(INSTALL):
            for source in shlex.split(line.removeprefix(INSTALL)):
                self.environment.install_editable(self.folder / source.removesuffix("[test]"))
            return subprocess.CompletedProcess(line, 0, "")
        return self.environment.run("bash", "-c", line, cwd=self.folder, merge=True)


@pytest.mark.skipif(sys.platform == "win32", reason="the pages are written for a Unix shell")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", [page for page in PAGES if page.stem not in CONTINUED], ids=lambda path: path.stem)
def test_whoever_follows_a_page_gets_what_it_shows(
    page: Path, environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    Reader(environment, tmp_path / "plugin").follow(read_blocks(page))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_every_block_of_a_page_is_followed(page: Path) -> None:
    fences = re.findall(r"^```(\w.*)$", GENERATED.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    assert [fence for fence in fences if not fence.startswith("console") and "title=" not in fence] == []
    assert len(fences) == len(read_blocks(page)) > 0


@pytest.mark.parametrize("name", HOOKS)
def test_the_example_of_each_hook_in_the_reference_yields_its_descriptor(name: str) -> None:
    section = (ROOT / "docs/plugins/hooks.md").read_text(encoding="utf-8").partition(f"\n## `{name}`\n")[2].partition("\n## ")[0]
    example = re.search(r"^```python\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert example
    names: dict[str, Any] = {each: getattr(voicebridge, each) for each in voicebridge.__all__}
    exec(example[1], names)
    assert [type(spec) for spec in names[name]()] == [HOOKS[name]]
    assert "**Conformance tests:** `" in section
    assert "**Explained in:** [" in section


@pytest.mark.skipif(sys.platform == "win32", reason="the pages are written for a Unix shell")
@pytest.mark.parametrize(
    ("text", "exit_code", "fault"),
    [
        ("$ echo one\none\n$ echo two\n", 0, None),
        ("$ echo two\none\n", 0, "is not what the page shows"),
        ("$ true\n$ exit 3\n", 3, None),
        ("$ exit 3\n$ true\n", 0, "ended with 3, not 0"),
        ("$ true\n", 3, "ended with 0, not 3"),
    ],
)
def test_what_differs_from_a_page_is_an_error(text: str, exit_code: int, fault: str | None) -> None:
    def run(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["bash", "-c", line], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)

    with pytest.raises(pytest.fail.Exception, match=fault) if fault else nullcontext():
        PageBlock("", exit_code, (), text).follow(run)
