"""Every command in the repository's pages and docs/ is run here, and must do what the page says.

A block starts with three backquotes and ``console``. A line that starts with ``$ `` is a command, the lines below it are its output on
stdout and stderr, where ``…`` alone on a line matches any lines and within a line any text; a command without such lines may print
anything. Commands exit with 0. Words after ``console`` change the assumptions: ``exit=2`` is the exit code of the block's last command,
``files=talk.mp4,interviews/anna.wav`` creates recordings first. The blocks of a page share a folder, with ``samples/`` in it, and a
configuration.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLLOWED = [*ROOT.glob("docs/plugins/*.md")]
"""The pages that tests/plugins follows: they also contain files."""
PAGES = [path for path in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]) if path not in FOLLOWED]

PROVEN_ELSEWHERE = {
    "git clone ": ".ci/run clones",
    "cd voicebridge": ".ci/run works in its clone",
    "make demo": "continuous integration runs it on Linux and macOS",
    "make test": ".ci/run runs it",
    "make check": ".ci/run runs it",
    "make bench": "the benchmarks are no tests; their tables are in the pages that quote them",
    "make docs": "it sets up Sphinx; continuous integration builds the site",
    "make dist": ".ci/run runs it",
    "make lock": "it asks the index for new versions; tests/test_workspace.py holds its result against the manifests",
    "python3 -m venv .venv": "the Makefile does the same",
    ". .venv/bin/activate": "it only puts commands on the path",
    "pip install ": ".ci/run installs every wheel with its extras",
    "pipx install ": "it changes the user's own tools; core/tests/test_installing.py proves what VoiceBridge does in such an environment",
    "uv tool install ": "as pipx install",
    "voicebridge plugins install os-linux ": "it asks the index; core/tests/cli/test_plugins_install.py installs",
    "export LD_LIBRARY_PATH=": "it needs the libraries of NVIDIA",
    "uv sync": "it needs uv; the manifests that it reads are those that make uses",
    "uv pip install ": "as pip install",
    "voicebridge dictate": "it waits for keys until it is stopped; tests/dictation/test_dictation.py presses them, on a desktop of its own",
    "voicebridge watch ~": "it waits for files until it is stopped; tests/test_watch_command.py drops them",
    "voicebridge setup": "it asks, and waits for speech and keys; tests/test_setup_command.py answers, on a desktop of its own",
    "voicebridge read": "it plays in the background; tests/test_read_command.py hears it, on a sound server of its own",
    "voicebridge daemon restart": "tests/daemon/test_daemon.py does it; here it would leave a daemon behind",
    "voicebridge uninstall": "it would end the autostart of whoever runs the tests; core/tests/cli/test_uninstall.py runs it",
    "pip uninstall ": "it is pip's, and would end the tests",
    "voicebridge models download ": "it needs the network; plugins/whisper/tests download from a stand-in for the hub",
}
"""Commands that are not run here, by the start of the line, and where they are tested instead."""


@dataclass
class Command:
    line: int
    text: str
    output: list[str] = field(default_factory=list)
    exit_code: int = 0
    files: list[str] = field(default_factory=list)
    """Recordings that must exist before."""

    @property
    def proven_elsewhere(self) -> bool:
        return self.text.startswith(tuple(PROVEN_ELSEWHERE))


def read_commands(page: str) -> list[Command]:
    """All commands of a page; a block that can't be run is an error."""
    commands: list[Command] = []
    for block in re.finditer(r"^( *)```([^\n`]*)\n(.*?)^ *```$", page, re.MULTILINE | re.DOTALL):
        language, *settings = block[2].split() or [""]
        at = page.count("\n", 0, block.start()) + 1
        if language in {"sh", "bash", "shell", "zsh", "shell-session"}:
            raise ValueError(f"line {at}: a {language} block can't be run; write ```console and put '$ ' before each command")
        if language == "console":
            lines = [line.removeprefix(block[1]) for line in block[3].splitlines()]
            commands += _read_block(lines, at + 1, dict(setting.split("=", 1) for setting in settings))
    return commands


def _read_block(lines: list[str], start: int, settings: dict[str, str]) -> list[Command]:
    if unknown := settings.keys() - {"exit", "files"}:
        raise ValueError(f"line {start - 1}: console blocks have no setting {', '.join(unknown)}")
    commands: list[Command] = []
    for number, line in enumerate(lines, start):
        if commands and commands[-1].text.endswith("\\"):
            commands[-1].text = f"{commands[-1].text[:-1].rstrip()} {line.strip()}"
        elif line.startswith("$ "):
            commands.append(Command(number, line[2:].strip()))
        elif commands:
            commands[-1].output.append(line.rstrip())
        elif line.strip():
            raise ValueError(f"line {number}: a console block starts with a command, '$ …'")
    if not commands:
        raise ValueError(f"line {start - 1}: a console block without a command")
    commands[-1].exit_code = int(settings.get("exit", 0))
    commands[0].files = [name for name in settings.get("files", "").split(",") if name]
    return commands


def run_commands(commands: list[Command], folder: Path, home: Path) -> None:
    """Run the commands in ``folder``; an AssertionError names the line of the page that is wrong."""
    shutil.copytree(ROOT / "samples", folder / "samples")
    environment = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "VOICEBRIDGE_HOME": str(home),
        "COLUMNS": "200",  # tables as for a pipe, whatever terminal the tests were started from
        "EDITOR": "true",
        "HF_HUB_OFFLINE": "1",
    }
    try:
        for command in commands:
            _run_command(command, folder, environment)
    finally:
        if any("daemon start" in command.text for command in commands):  # so that a wrong page does not leave it running
            subprocess.run(["voicebridge", "daemon", "stop"], env=environment, capture_output=True, timeout=60)


def _run_command(command: Command, folder: Path, environment: dict[str, str]) -> None:
    for name in command.files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "samples" / "welcome.flac", folder / name)  # the format is detected from the content, not the name
    if command.proven_elsewhere:
        return
    done = subprocess.run(
        ["bash", "-c", command.text], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120
    )
    printed = done.stdout.decode()
    told = f"line {command.line}: $ {command.text}\n{printed}"
    assert done.returncode == command.exit_code, f"{told}(exit code {done.returncode}, not {command.exit_code})"
    shown = command.output
    if re.match(r"voicebridge (--\w+ )*stt ", command.text) and shown:
        # A voice is not deterministic, and processors round differently: punctuation, capitals and line breaks may differ, words may not.
        shown, printed = [words_of("\n".join(shown))], words_of(printed)
    assert matches(shown, printed), f"{told}is not what the page shows:\n" + "\n".join(command.output)


def words_of(text: str) -> str:
    """The words alone, and placeholders."""
    return " ".join(re.findall(r"…|[\w']+", text.lower()))


def matches(shown: list[str], printed: str) -> bool:
    """Whether the output matches a page; blank lines at the end and trailing spaces are ignored."""
    while shown and not shown[-1].strip():
        shown = shown[:-1]
    if not shown:
        return True
    pattern = "".join(r"(?:.*\n)*" if line.strip() == "…" else r".*".join(map(re.escape, line.split("…"))) + r"[ \t]*\n" for line in shown)
    return re.fullmatch(pattern + r"\s*", printed.rstrip() + "\n") is not None


@pytest.mark.skipif(sys.platform == "win32", reason="the pages are written for a Unix shell")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_command_of_a_page_does_what_the_page_says(page: Path, tmp_path: Path, home: Path) -> None:
    folder = tmp_path / "voicebridge"
    run_commands(read_commands(page.read_text(encoding="utf-8")), folder, home)


class TestTheRunner:
    """A runner that runs nothing would accept any page."""

    @pytest.fixture(autouse=True)
    def _on_unix(self) -> None:
        if sys.platform == "win32":
            pytest.skip("the pages are written for a Unix shell")

    def run(self, page: str, tmp_path: Path) -> Path:
        folder = tmp_path / "page"
        run_commands(read_commands(page), folder, tmp_path / "home")
        return folder

    def test_it_types_each_command_in_the_page_s_folder(self, tmp_path: Path) -> None:
        page = "Text\n\n```console\n$ echo one > one\n$ cat one\none\n```\n\n- item\n  ```console\n  $ cp one two\n  ```\n"
        assert (self.run(page, tmp_path) / "two").read_text() == "one\n"

    def test_it_finds_the_installed_voicebridge_and_the_samples(self, tmp_path: Path) -> None:
        self.run("```console\n$ voicebridge --version\nvoicebridge …\n$ ls samples\n…\nwelcome.flac\n```\n", tmp_path)

    def test_other_output_than_the_page_shows_is_an_error_with_its_line(self, tmp_path: Path) -> None:
        with pytest.raises(AssertionError, match="line 3: "):
            self.run("\n```console\n$ echo two\none\n```\n", tmp_path)

    def test_another_exit_code_than_the_page_says_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(AssertionError, match="exit code 1, not 0"):
            self.run("```console\n$ false\n```\n", tmp_path)
        self.run("```console exit=3\n$ true\n$ echo no >&2; exit 3\nno\n```\n", tmp_path / "again")

    def test_recordings_that_a_block_names_are_there(self, tmp_path: Path) -> None:
        folder = self.run("```console files=a.wav,b/c.mp4\n$ ls a.wav b\na.wav\n\nb:\nc.mp4\n```\n", tmp_path)
        assert (folder / "b" / "c.mp4").stat().st_size > 1000

    def test_a_command_may_go_on_on_the_next_line(self) -> None:
        assert [each.text for each in read_commands("```console\n$ one \\\n    two\n```\n")] == ["one two"]

    @pytest.mark.parametrize(
        "page",
        ["```sh\nls\n```\n", "```console\nls\n```\n", "```console\n```\n", "```console user=me\n$ ls\n```\n"],
        ids=["shell block", "no dollar", "no command", "unknown setting"],
    )
    def test_a_block_that_can_not_be_run_is_an_error(self, page: str) -> None:
        with pytest.raises(ValueError, match="line "):
            read_commands(page)

    def test_other_code_is_left_alone(self) -> None:
        assert read_commands('```python\nprint("$ ls")\n```\n\n```toml\n[stt]\n```\n') == []

    def test_what_is_proven_elsewhere_is_not_typed(self, tmp_path: Path) -> None:
        self.run("```console\n$ make demo\nsaid\n$ pip install nothing-of-this-name-exists\n```\n", tmp_path)

    @pytest.mark.parametrize(
        ("shown", "printed", "same"),
        [
            (["a"], "a\n", True),
            (["a"], "a  \n\n", True),
            (["a"], "b\na\n", False),
            (["a", "…"], "a\nb\nc\n", True),
            (["…", "c"], "a\nb\nc\n", True),
            (["a … c"], "a b c\n", True),
            (["a … c"], "a b\nc\n", False),
            (["took 1.0 s (x)"], "took 1x0 s (x)\n", False),
            ([], "anything\n", True),
        ],
    )
    def test_dots_stand_for_whatever_is_printed(self, shown: list[str], printed: str, same: bool) -> None:
        assert matches(shown, printed) is same

    def test_every_command_of_make_is_known(self) -> None:
        targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        shown = {shlex.split(prefix)[1] for prefix in PROVEN_ELSEWHERE if prefix.startswith("make ")}
        assert shown <= set(targets)
