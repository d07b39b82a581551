"""All Python code in README.md and the user documentation runs as it is."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOUNDS = {".wav", ".mp3"}
ROOT = Path(__file__).resolve().parents[2]
PIECES = [
    pytest.param(block, id=f"{page} {index}")
    for page in ("README.md", "docs/python.md", "docs/recipes.md")
    for index, block in enumerate(re.findall(r"^```python\n(.*?)^```$", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL))
]


@pytest.mark.parametrize("piece", PIECES)
def test_a_piece_of_python_runs_and_what_listens_hears_the_sample(
    piece: str, tmp_path: Path, request: pytest.FixtureRequest, environment: dict[str, str]
) -> None:
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    labels = "diarize=True" in piece
    if labels:
        request.getfixturevalue("pitch")
    environment = {**environment, "VOICEBRIDGE_HOME": str(tmp_path / "home"), "VOICEBRIDGE_OFFLINE": "1"}
    done = subprocess.run([sys.executable, "-c", piece], cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=True)

    assert not labels or re.search(r"^Speaker 1 spoke for \d+\.\d s\.$", done.stdout, re.MULTILINE)
    assert "samples/welcome.flac" not in piece or "this is a short recording" in done.stdout.lower()
    for written in re.findall(r'(?:save_speech\(.*?|write\()"([^"]+)"\)', piece):
        assert (tmp_path / written).stat().st_size > (1000 if Path(written).suffix in SOUNDS else 10)


def test_there_is_python_to_run() -> None:
    assert len(PIECES) >= 2
