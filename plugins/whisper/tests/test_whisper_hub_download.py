"""Fetching from a hub: a stand-in on this machine answers in the hub's words, well and badly."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import huggingface_hub.constants
import pytest
from voicebridge.errors import DownloadError
from voicebridge_whisper.weights import folders
from voicebridge_whisper.weights.store import WhisperWeights

REPO = "acme/whisper-nano"
MODEL = bytes(range(256)) * 1200  # 300 KB: several chunks
FILES = {
    "README.md": b"not wanted",
    "config.json": b'{"alignment_heads": []}',
    "model.bin": MODEL,
    "tokenizer.json": b'{"version": "1.0"}',
    "vocabulary.json": b'["a", "b"]',
}
PAGE = b"<!DOCTYPE html><html><body>Sign in to the guest network</body></html>"


class StandIn(ThreadingHTTPServer):
    """A hub with one model; its attributes say what goes wrong."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.commit = "0123456789abcdef0123456789abcdef01234567"
        self.files = dict(FILES)
        self.listed_size = len(MODEL)
        self.served = MODEL
        self.cuts: list[int] = []
        """After how many bytes each coming answer with model.bin breaks off."""
        self.ignores_ranges = False
        self.status = 200
        self.pages_for: tuple[str, ...] = ()
        self.ranges: list[str | None] = []
        """The Range of every request for model.bin."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def listing(self) -> bytes:
        siblings = []
        for name, content in self.files.items():
            entry = {"rfilename": name, "size": len(content), "blobId": hashlib.sha1(b"blob %d\0%b" % (len(content), content)).hexdigest()}
            if name == "model.bin":
                entry["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": self.listed_size, "pointerSize": 134}
            siblings.append(entry)
        return json.dumps({"id": REPO, "sha": self.commit, "siblings": siblings}).encode()


class Handler(BaseHTTPRequestHandler):
    server: StandIn

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if self.server.status != 200:
            self.answer(self.server.status, b"{}")
        elif path.endswith(self.server.pages_for):
            self.answer(200, PAGE, "text/html; charset=utf-8")
        elif path == f"/api/models/{REPO}/revision/main":
            self.answer(200, self.server.listing())
        elif path == f"/{REPO}/resolve/{self.server.commit}/model.bin":  # as the hub does: large files are elsewhere
            self.answer(302, b"", headers={"Location": "/storage/model.bin", "X-Linked-Size": str(self.server.listed_size)})
        elif path == "/storage/model.bin":
            self.answer_with_model()
        elif path.startswith(f"/{REPO}/resolve/{self.server.commit}/") and (name := path.rpartition("/")[2]) in self.server.files:
            self.answer(200, self.server.files[name])
        else:
            self.answer(404, b"Entry not found", "text/plain", headers={"X-Error-Code": "EntryNotFound"})

    def answer_with_model(self) -> None:
        wanted = self.headers.get("Range")
        self.server.ranges.append(wanted)
        content = self.server.served
        cut = self.server.cuts.pop(0) if self.server.cuts else None
        if wanted and not self.server.ignores_ranges:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(content):
                self.answer(416, b"")
                return
            span = f"bytes {start}-{len(content) - 1}/{len(content)}"
            self.answer(206, content[start:], cut=cut, headers={"Content-Range": span})
        else:
            self.answer(200, content, cut=cut)

    def answer(
        self, status: int, body: bytes, kind: str = "application/json", cut: int | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Repo-Commit", self.server.commit)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:cut])


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandIn]:
    server = StandIn()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    for name in ("VOICEBRIDGE_OFFLINE", "HF_HUB_OFFLINE", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub cache"))
    monkeypatch.setenv("HF_ENDPOINT", server.address)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cache(hub: StandIn, tmp_path: Path) -> Path:
    return tmp_path / "home" / "cache" / "whisper"


def whole(folder: Path) -> bool:
    return {file.name: file.read_bytes() for file in folder.iterdir()} == {name: FILES[name] for name in FILES if name != "README.md"}


def models_in(cache: Path) -> list[str]:
    return [each.name for each in cache.iterdir() if not each.name.startswith(".")] if cache.is_dir() else []


def test_a_model_is_fetched_whole_with_its_progress_and_found_afterwards(hub: StandIn, cache: Path) -> None:
    told: list[tuple[int, int | None]] = []
    folder = WhisperWeights().resolve(REPO, progress=lambda done, total: told.append((done, total)))
    assert folder == cache / "acme--whisper-nano"
    assert whole(folder)
    size = sum(len(content) for name, content in FILES.items() if name != "README.md")
    assert told == sorted(told)
    assert told[-1] == (size, size)
    assert folders.leftovers(folder) == []
    asked = len(hub.ranges)
    assert WhisperWeights().resolve(REPO) == WhisperWeights().download(REPO) == folder
    assert len(hub.ranges) == asked
    assert next(place for place in WhisperWeights().places(REPO) if place.found).kind == "cache"


def test_a_connection_that_breaks_is_taken_up_where_it_stopped(hub: StandIn) -> None:
    hub.cuts = [100_000]
    assert whole(WhisperWeights().download(REPO))
    assert hub.ranges[0] is None
    assert len(hub.ranges) == 2
    assert hub.ranges[1]
    assert 0 < int(hub.ranges[1].removeprefix("bytes=").removesuffix("-")) <= 100_000


def test_a_download_that_was_cut_for_good_goes_on_with_the_next_command(hub: StandIn, cache: Path) -> None:
    hub.cuts = [200_000, 0]
    with pytest.raises(DownloadError, match=r"broke off after 0\.\d of 0\.3 MB of model\.bin .*same command again"):
        WhisperWeights().download(REPO)
    assert models_in(cache) == []
    asked = len(hub.ranges)
    told: list[int] = []
    assert whole(WhisperWeights().download(REPO, progress=lambda done, total: told.append(done)))
    assert hub.ranges[asked:] == [hub.ranges[asked]]
    assert hub.ranges[asked] not in (None, "bytes=0-")


def test_a_server_that_ignores_ranges_is_read_from_the_start(hub: StandIn) -> None:
    hub.cuts, hub.ignores_ranges = [100_000], True
    assert whole(WhisperWeights().download(REPO))


def test_a_new_revision_does_not_go_on_with_the_old_one_s_bytes(hub: StandIn, cache: Path) -> None:
    hub.cuts = [200_000, 0]
    with pytest.raises(DownloadError):
        WhisperWeights().download(REPO)
    hub.commit, hub.ranges = "fedcba9876543210fedcba9876543210fedcba98", []
    folder = WhisperWeights().download(REPO)
    assert hub.ranges == [None]
    assert folders.leftovers(folder) == []


def test_wrong_bytes_are_thrown_away_and_the_next_try_starts_afresh(hub: StandIn, cache: Path) -> None:
    hub.served = MODEL[:-1] + b"?"
    with pytest.raises(DownloadError, match=r"model\.bin of acme/whisper-nano arrived damaged: its hash"):
        WhisperWeights().download(REPO)
    assert models_in(cache) == []
    hub.served, hub.ranges = MODEL, []
    assert whole(WhisperWeights().download(REPO))
    assert hub.ranges == [None]


def test_a_small_file_that_differs_is_noticed_too(hub: StandIn, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = hub.listing()
    monkeypatch.setattr(hub, "listing", lambda: listing)
    hub.files["tokenizer.json"] = b'{"version": "6.6"}'
    with pytest.raises(DownloadError, match=r"tokenizer\.json .* arrived damaged"):
        WhisperWeights().download(REPO)
    assert models_in(cache) == []


@pytest.mark.parametrize("served", [MODEL[:-1000], MODEL + b"more"])
def test_a_file_of_the_wrong_size_is_refused(hub: StandIn, cache: Path, served: bytes) -> None:
    hub.served = served
    with pytest.raises(DownloadError, match=r"size|bytes where"):
        WhisperWeights().download(REPO)
    assert models_in(cache) == []


def test_a_model_that_is_not_the_pinned_one_is_refused_before_it_is_fetched(hub: StandIn, cache: Path) -> None:
    from voicebridge_whisper.weights import hub as fetching

    with pytest.raises(DownloadError, match="pip install --upgrade voicebridge-whisper"):
        fetching.fetch(REPO, cache / "pinned", sha256="0" * 64)
    assert hub.ranges == []


@pytest.mark.parametrize("where", ["/revision/main", "config.json", "/storage/model.bin"])
def test_a_proxy_s_web_page_is_called_by_its_name(hub: StandIn, cache: Path, where: str) -> None:
    hub.pages_for = (where,)
    with pytest.raises(DownloadError, match=r"answered with a web page instead of .*proxy"):
        WhisperWeights().download(REPO)
    assert models_in(cache) == []


@pytest.mark.parametrize(
    ("status", "says"), [(401, "hf auth login"), (404, "Check the name"), (407, "HTTPS_PROXY"), (503, "Try again later")]
)
def test_a_refusal_says_what_it_means(hub: StandIn, status: int, says: str) -> None:
    hub.status = status
    with pytest.raises(DownloadError, match=f"{status}.*{says}"):
        WhisperWeights().download(REPO)


def test_a_model_in_another_format_is_refused_by_its_list_of_files(hub: StandIn) -> None:
    del hub.files["vocabulary.json"]
    with pytest.raises(DownloadError, match=r"lacks vocabulary\.json .*CTranslate2"):
        WhisperWeights().download(REPO)


def test_a_list_of_files_that_is_none_is_refused(hub: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "listing", lambda: b"[]")
    with pytest.raises(DownloadError, match="no list of files"):
        WhisperWeights().download(REPO)


def test_a_disk_that_is_too_small_is_noticed_before_anything_is_fetched(hub: StandIn) -> None:
    hub.listed_size = 10**18
    with pytest.raises(DownloadError, match=r"MB free.*Make room"):
        WhisperWeights().download(REPO)
    assert hub.ranges == []


def test_a_cache_that_cannot_be_written_is_named(hub: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(tmp_path / "file"))
    with pytest.raises(DownloadError, match=r"can't be kept at .*file"):
        WhisperWeights().download(REPO)


@pytest.mark.parametrize("way", ["resolve", "download"])
def test_no_server_at_all_is_one_clear_line_that_also_says_where_was_looked(
    hub: StandIn, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(DownloadError, match=r"127\.0\.0\.1:9 can't be reached.*Looked in: cache .*hub cache") as caught:
        getattr(WhisperWeights(), way)(REPO)
    assert "\n" not in str(caught.value)


def test_removing_takes_the_model_and_what_a_cut_download_left(hub: StandIn, cache: Path) -> None:
    weights = WhisperWeights()
    hub.cuts = [200_000, 0]
    with pytest.raises(DownloadError):
        weights.download(REPO)
    (partial,) = weights.remove(REPO)
    assert partial.name.endswith(".partial")
    folder = weights.download(REPO)
    assert weights.remove(REPO) == [folder]
    assert weights.remove(REPO) == []
    assert not folder.exists()


def test_removing_leaves_other_people_s_folders_alone(hub: StandIn, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    assert WhisperWeights().remove(str(theirs)) == []
    assert theirs.is_dir()
