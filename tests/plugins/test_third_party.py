"""Plugins as third parties write them, for version 1 of the plugin API: they install, are listed and work, without a change.

The folder ``third_party`` has a streaming recogniser that is older than ``SttSpec.partials``, one that uses another plugin's model through
the Python API, and one with a fault to choose. Their code must never have to be adapted to a change of VoiceBridge; the conformance tests
may find more faults in it over time.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugins.conftest import Environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the environment is made for a Unix shell")
ROOT = Path(__file__).resolve().parents[2]
SAMPLES = Path(__file__).parent / "third_party"
FAULTS = {
    "": "",
    "chdir": "the engine changed the working directory to / while loading: use absolute paths",
    "print": "the engine printed 'loading the decoder ...' to stdout during a job: write to a log",
    "bare": "transcribe() raised ValueError: bad rate, engine.py, line",
    "space": "its text has space around it: strip it",
}


@pytest.fixture
def installed(environment: Environment) -> Environment:
    for folder in SAMPLES.iterdir():
        environment.install_editable(folder)
    return environment


def test_they_are_listed_and_work(installed: Environment, tmp_path: Path) -> None:
    listed = installed.run("voicebridge", "plugins").stdout.splitlines()
    rows = [" ".join(line.split()[:5]) for line in listed if line.split()[1].startswith("sample-")]
    assert rows == [f"{name} sample-{name} 1.0.0 active 1" for name in ("counting", "faulty", "rewriting")]
    recording = str(ROOT / "samples/welcome.flac")
    counted = installed.run("voicebridge", "stt", recording, "-m", "counting/fake", cwd=tmp_path)
    assert counted.returncode == 0, counted.stderr
    assert counted.stdout.startswith("one two three four five six\n")
    rewritten = installed.run("voicebridge", "stt", recording, "-m", "rewriting/rewritten", cwd=tmp_path)
    assert rewritten.returncode == 0, rewritten.stderr
    assert rewritten.stdout.split(".")[0] == "ONE TWO THREE FOUR FIVE SIX"


@pytest.mark.timeout(300)
def test_the_kit_names_what_is_wrong_with_them_and_passes_the_one_without_a_fault(installed: Environment, tmp_path: Path) -> None:
    classes = [f"class Test_{fault}(SttContract):\n    model, options = 'faulty/ear', {{'fault': '{fault}'}}\n" for fault in FAULTS]
    source = "from voicebridge.testing import SttContract\n\n" + "\n\n".join(f"{each}    understands_english = False\n" for each in classes)
    (tmp_path / "test_faulty.py").write_text(source, encoding="utf-8")

    def failures(tests: str) -> tuple[set[str], str]:
        command = ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=line", "-k", "not memory and not libraries")
        done = installed.run(*command, tests, cwd=tmp_path, merge=True)
        return set(re.findall(r"^(?:FAILED|ERROR) \S*::(\w+::\w+)", done.stdout, re.MULTILINE)), done.stdout

    failed, shown = failures("test_faulty.py")
    assert [message for message in FAULTS.values() if message not in shown] == [], shown
    assert {name.partition("::")[0].removeprefix("Test_") for name in failed} == {fault for fault in FAULTS if fault}

    failed, shown = failures(str(shutil.copy(SAMPLES / "sample-counting/tests/test_counting.py", tmp_path)))
    assert failed == {
        f"TestFake::test_{name}" for name in ("drafts_are_replaced_by_the_final_text", "segments_are_well_formed_and_in_order_of_time")
    }
    assert "it is a draft (final=False): set partials=True in the descriptor, or yield only final text" in shown

    failed, shown = failures(str(shutil.copy(SAMPLES / "sample-rewriting/tests/test_rewriting.py", tmp_path)))
    assert failed == {f"TestRewritten::test_{name}" for name in ("text_comes_while_audio_still_arrives", "a_wrong_sample_rate_is_handled")}
    assert "yield it at the pause, or set streaming=False in the descriptor" in shown
