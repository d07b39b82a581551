"""mypy and pyright, in their strict modes, accept what users and authors of plugins write, and find the mistakes in it.

The folder ``typed`` has a script, a plugin and the tests of a plugin. They are only checked, never run.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

TYPED = Path(__file__).parent / "typed"
CACHE = Path(__file__).resolve().parents[2] / ".mypy_cache/strict"
"""What mypy has read of the libraries; without it, it takes many seconds each time."""
MISTAKES = """
import voicebridge
from voicebridge import Host, Segment, SttSpec, errors, hookimpl

@hookimpl
def voicebridge_stt_models() -> SttSpec:
    return SttSpec(name=1, factory="acme:Ear")  # a mistake

def mistakes(segment: Segment, host: Host) -> None:
    voicebridge.transcribe("talk.wav", langauge="en")  # a mistake
    print(segment.txt)  # a mistake
    print(host.find_stt("base").spec.voices)  # a mistake
    print(voicebridge_stt_models().factory + 1)  # a mistake
    print(voicebridge.Transcripts)  # a mistake
    print(errors.InptError)  # a mistake
"""
PYRIGHT = pytest.param(
    ["basedpyright", "--pythonpath", sys.executable],
    id="pyright",
    marks=pytest.mark.skipif(not find_spec("basedpyright"), reason="the dependency group pyright is not installed: make check-pyright"),
)
MYPY = pytest.param(["mypy", "--strict", "--config-file=", f"--cache-dir={CACHE}", "."], id="mypy")


@pytest.mark.parametrize("checker", [MYPY, PYRIGHT])
def test_a_type_checker_in_strict_mode_finds_mistakes_and_nothing_else(checker: list[str], tmp_path: Path) -> None:
    shutil.copytree(TYPED, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "mistakes.py").write_text(MISTAKES, encoding="utf-8")
    (tmp_path / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "strict"}), encoding="utf-8")

    command = [sys.executable, "-m", *checker]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)

    found = {(name, int(line)) for name, line in re.findall(r"(\w+\.py):(\d+)(?::\d+ -|:) error: ", done.stdout)}
    wrong = {("mistakes.py", number) for number, line in enumerate(MISTAKES.splitlines(), 1) if line.endswith("# a mistake")}
    assert found == wrong, done.stdout + done.stderr
