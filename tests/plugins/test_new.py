"""``voicebridge plugins new``: what it writes installs and passes its tests unchanged."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from voicebridge.cli.plugins.new import PluginKind

if TYPE_CHECKING:
    from tests.plugins.conftest import Environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the environment is made for a Unix shell")


@pytest.mark.timeout(600)
def test_a_new_plugin_of_each_kind_installs_and_passes_its_tests(environment: Environment, tmp_path: Path) -> None:
    for kind in PluginKind:
        done = environment.run("voicebridge", "plugins", "new", f"my-{kind}", "--kind", kind, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"voicebridge-my-{kind}\n"
        assert f"pip install --editable 'voicebridge-my-{kind}[test]'" in done.stderr
        environment.install_editable(tmp_path / f"voicebridge-my-{kind}")
    listed = environment.run("voicebridge", "plugins").stdout
    assert [line.split()[3] for line in listed.splitlines() if line.startswith("my-")] == ["active"] * len(PluginKind)
    tested = environment.run(
        "python", "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", *map(str, tmp_path.glob("*/tests")), merge=True
    )
    assert tested.returncode == 0, tested.stdout
    for kind in PluginKind:
        assert f"test_voicebridge_my_{kind}" in environment.run("ls", f"voicebridge-my-{kind}/tests", cwd=tmp_path).stdout


def test_a_name_that_is_taken_or_wrong_is_refused_and_nothing_is_written(environment: Environment, tmp_path: Path) -> None:
    def refused(*words: str) -> str:
        done = environment.run("voicebridge", "plugins", "new", *words, cwd=tmp_path)
        assert done.returncode > 0
        assert not done.stdout
        assert len(done.stderr.splitlines()) == 1
        return done.stderr

    assert "'My' is not a name" in refused("My", "--kind", "stt")
    assert "A plugin named 'desktop' is installed already" in refused("desktop", "--kind", "stt")
    (tmp_path / "voicebridge-mine").mkdir()
    assert "voicebridge-mine exists already" in refused("mine", "--kind", "tts")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("voicebridge")] == ["voicebridge-mine"]


def test_a_plugin_is_checked_without_a_test_file(environment: Environment, tmp_path: Path) -> None:
    environment.run("voicebridge", "plugins", "new", "mine", "--kind", "format", cwd=tmp_path)
    environment.install_editable(tmp_path / "voicebridge-mine")
    checked = environment.run("voicebridge", "plugins", "check", "mine")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert " passed" in checked.stdout

    writer = tmp_path / "voicebridge-mine/src/voicebridge_mine/writer.py"
    writer.write_text(writer.read_text().replace("{text}", "{text[:4]}"))
    assert environment.run("voicebridge", "plugins", "check", "mine", "--quick").returncode == 0
    checked = environment.run("voicebridge", "plugins", "check", "mine")
    assert checked.returncode == 1
    assert "not written: " in checked.stdout


def test_what_cannot_be_checked_is_said(environment: Environment) -> None:
    checked = environment.run("voicebridge", "plugins", "check", "documents")
    assert checked.returncode == 0, checked.stdout
    assert "Not tested, because it needs a test file, or is not downloaded: transcript format documents/docx" in checked.stderr
    checked = environment.run("voicebridge", "plugins", "check", "desktop", "--quick")
    assert checked.returncode == 0, checked.stdout
    assert "Only created, because the other tests would type, or change the clipboard or the autostart: clipb" in checked.stderr
