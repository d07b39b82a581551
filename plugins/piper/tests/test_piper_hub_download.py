"""Fetching from a hub: a stand-in on this machine answers in the hub's words, well and badly."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import huggingface_hub.constants
import pytest
from voicebridge.errors import DownloadError
from voicebridge.weights.places import leftovers
from voicebridge_piper.weights import hub
from voicebridge_piper.weights.store import PiperWeights

CODE = "pt_PT-tugão-medium"
FOLDER = "pt/pt_PT/tugão/medium"
REPO = "rhasspy/piper-voices"
NETWORK = b"\x08\x07\x12\x07pytorch" + bytes(range(256)) * 1200  # 300 KB: several chunks
FILES = {"MODEL_CARD": b"# Model card", f"{CODE}.onnx": NETWORK, f"{CODE}.onnx.json": b'{"audio": {}}'}
PAGE = b"<!DOCTYPE html><html><body>Sign in to the guest network</body></html>"


class StandIn(ThreadingHTTPServer):
    """A hub with one voice; its attributes say what goes wrong."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.commit = "0123456789abcdef0123456789abcdef01234567"
        self.files = dict(FILES)
        self.listed = NETWORK
        self.listed_size = len(NETWORK)
        self.served = NETWORK
        self.cuts: list[int] = []
        """After how many bytes each coming answer with the network breaks off."""
        self.ignores_ranges = False
        self.status = 200
        self.pages_for: tuple[str, ...] = ()
        self.ranges: list[str | None] = []
        """The Range of every request for the network."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def listing(self) -> bytes:
        siblings: list[dict[str, object]] = [{"rfilename": "README.md", "size": 1, "blobId": "0"}]
        for name, content in self.files.items():
            sha1 = hashlib.sha1(b"blob %d\0%b" % (len(content), content)).hexdigest()
            entry: dict[str, object] = {"rfilename": f"{FOLDER}/{name}", "size": len(content), "blobId": sha1}
            if name.endswith(".onnx"):
                entry["lfs"] = {"sha256": hashlib.sha256(self.listed).hexdigest(), "size": self.listed_size, "pointerSize": 133}
            siblings.append(entry)
        return json.dumps({"id": REPO, "sha": self.commit, "siblings": siblings}).encode()


class Handler(BaseHTTPRequestHandler):
    server: StandIn

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if self.server.status != 200:
            self.answer(self.server.status, b"{}")
        elif path.endswith(self.server.pages_for):
            self.answer(200, PAGE, "text/html; charset=utf-8")
        elif path == f"/api/models/{REPO}/revision/main":
            self.answer(200, self.server.listing())
        elif path == f"/{REPO}/resolve/{self.server.commit}/{FOLDER}/{CODE}.onnx":  # as the hub does: large files are elsewhere
            self.answer(302, b"", headers={"Location": "/storage/network"})
        elif path == "/storage/network":
            self.answer_with_network()
        elif path.startswith(f"/{REPO}/resolve/{self.server.commit}/{FOLDER}/") and (name := path.rpartition("/")[2]) in self.server.files:
            self.answer(200, self.server.files[name])
        else:
            self.answer(404, b"Entry not found", "text/plain", headers={"X-Error-Code": "EntryNotFound"})

    def answer_with_network(self) -> None:
        wanted = self.headers.get("Range")
        self.server.ranges.append(wanted)
        content = self.server.served
        cut = self.server.cuts.pop(0) if self.server.cuts else None
        if wanted and not self.server.ignores_ranges:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(content):
                self.answer(416, b"")
                return
            self.answer(206, content[start:], cut=cut, headers={"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"})
        else:
            self.answer(200, content, cut=cut)

    def answer(
        self, status: int, body: bytes, kind: str = "application/json", cut: int | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:cut])


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[StandIn]:
    server = StandIn()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    for name in ("VOICEBRIDGE_OFFLINE", "HF_HUB_OFFLINE", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_ENDPOINT", server.address)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cache(stand_in: StandIn, home: Path) -> Path:
    return home / "cache" / "piper"


def whole(folder: Path) -> bool:
    return {file.name: file.read_bytes() for file in folder.iterdir()} == FILES


def voices_in(cache: Path) -> list[str]:
    return [each.name for each in cache.iterdir() if not each.name.startswith(".")] if cache.is_dir() else []


def test_a_voice_is_fetched_whole_with_its_progress_and_found_afterwards(stand_in: StandIn, cache: Path) -> None:
    told: list[tuple[int, int | None]] = []
    found = PiperWeights().resolve(CODE, progress=lambda done, total: told.append((done, total)))
    assert found.onnx == cache / CODE / f"{CODE}.onnx"
    assert whole(cache / CODE)
    size = sum(map(len, FILES.values()))
    assert told == sorted(told)
    assert told[-1] == (size, size)
    assert leftovers(cache / CODE) == []
    asked = len(stand_in.ranges)
    assert PiperWeights().resolve(CODE) == found
    assert PiperWeights().download(CODE) == cache / CODE
    assert len(stand_in.ranges) == asked
    assert next(place for place in PiperWeights().places(CODE) if place.found).kind == "cache"


def test_a_connection_that_breaks_is_taken_up_where_it_stopped(stand_in: StandIn) -> None:
    stand_in.cuts = [100_000]
    assert whole(PiperWeights().download(CODE))
    assert stand_in.ranges[0] is None
    assert len(stand_in.ranges) == 2
    assert stand_in.ranges[1]
    assert 0 < int(stand_in.ranges[1].removeprefix("bytes=").removesuffix("-")) <= 100_000


def test_a_download_that_was_cut_for_good_goes_on_with_the_next_command(stand_in: StandIn, cache: Path) -> None:
    stand_in.cuts = [200_000, 0]
    with pytest.raises(DownloadError, match=r"broke off after 0\.\d of 0\.3 MB of .*same command again"):
        PiperWeights().download(CODE)
    assert voices_in(cache) == []
    asked = len(stand_in.ranges)
    assert whole(PiperWeights().download(CODE))
    assert stand_in.ranges[asked:] == [stand_in.ranges[asked]]
    assert stand_in.ranges[asked] not in (None, "bytes=0-")


def test_a_server_that_ignores_ranges_is_read_from_the_start(stand_in: StandIn) -> None:
    stand_in.cuts, stand_in.ignores_ranges = [100_000], True
    assert whole(PiperWeights().download(CODE))


def test_a_new_version_does_not_go_on_with_the_old_one_s_bytes(stand_in: StandIn, cache: Path) -> None:
    stand_in.cuts = [200_000, 0]
    with pytest.raises(DownloadError):
        PiperWeights().download(CODE)
    stand_in.commit, stand_in.ranges = "fedcba9876543210fedcba9876543210fedcba98", []
    folder = PiperWeights().download(CODE)
    assert stand_in.ranges == [None]
    assert leftovers(folder) == []


def test_wrong_bytes_are_thrown_away_and_the_next_try_starts_afresh(stand_in: StandIn, cache: Path) -> None:
    stand_in.served = NETWORK[:-1] + b"?"
    with pytest.raises(DownloadError, match=r"\.onnx of rhasspy/piper-voices arrived damaged: its hash"):
        PiperWeights().download(CODE)
    assert voices_in(cache) == []
    stand_in.served, stand_in.ranges = NETWORK, []
    assert whole(PiperWeights().download(CODE))
    assert stand_in.ranges == [None]


def test_a_small_file_that_differs_is_noticed_too(stand_in: StandIn, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = stand_in.listing()
    monkeypatch.setattr(stand_in, "listing", lambda: listing)
    stand_in.files[f"{CODE}.onnx.json"] = b'{"audio": []}'
    with pytest.raises(DownloadError, match=r"\.onnx\.json .* arrived damaged"):
        PiperWeights().download(CODE)
    assert voices_in(cache) == []


@pytest.mark.parametrize("served", [NETWORK[:-1000], NETWORK + b"more"])
def test_a_file_of_the_wrong_size_is_refused(stand_in: StandIn, cache: Path, served: bytes) -> None:
    stand_in.served = served
    with pytest.raises(DownloadError, match=r"size|bytes where"):
        PiperWeights().download(CODE)
    assert voices_in(cache) == []


def test_a_voice_that_is_not_the_pinned_one_is_refused_before_it_is_fetched(stand_in: StandIn) -> None:
    with pytest.raises(DownloadError, match="pip install --upgrade voicebridge-piper"):
        hub.fetch(CODE, FOLDER, sha256="0" * 64)
    assert stand_in.ranges == []


@pytest.mark.parametrize("where", ["/revision/main", ".onnx.json", "/storage/network"])
def test_a_proxy_s_web_page_is_called_by_its_name(stand_in: StandIn, cache: Path, where: str) -> None:
    stand_in.pages_for = (where,)
    with pytest.raises(DownloadError, match=r"answered with a web page instead of .*proxy"):
        PiperWeights().download(CODE)
    assert voices_in(cache) == []


@pytest.mark.parametrize(("status", "says"), [(404, "Check the name"), (407, "HTTPS_PROXY"), (429, "later"), (503, "Try again later")])
def test_a_refusal_says_what_it_means(stand_in: StandIn, status: int, says: str) -> None:
    stand_in.status = status
    with pytest.raises(DownloadError, match=f"{status}.*{says}"):
        PiperWeights().download(CODE)


def test_a_voice_that_was_never_published_comes_with_the_nearest(stand_in: StandIn) -> None:
    with pytest.raises(DownloadError, match="has no voice 'pt_PT-tugao-medium'. Did you mean 'pt_PT-tugão-medium'"):
        PiperWeights().download("pt_PT-tugao-medium")
    assert stand_in.ranges == []


@pytest.mark.parametrize("body", [b"{}", b'["a"]', b"nonsense"])
def test_a_list_of_files_that_is_none_is_refused(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    monkeypatch.setattr(stand_in, "listing", lambda: body)
    with pytest.raises(DownloadError, match="no list of files"):
        PiperWeights().download(CODE)


def test_a_disk_that_is_too_small_is_noticed_before_anything_is_fetched(stand_in: StandIn) -> None:
    stand_in.listed_size = 10**18
    with pytest.raises(DownloadError, match=r"MB free.*Make room"):
        PiperWeights().download(CODE)
    assert stand_in.ranges == []


def test_a_cache_that_cannot_be_written_is_named(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(tmp_path / "file"))
    with pytest.raises(DownloadError, match=r"can't be kept at .*file"):
        PiperWeights().download(CODE)


@pytest.mark.parametrize("way", ["resolve", "download"])
def test_no_server_at_all_is_one_clear_line_that_also_says_where_was_looked(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(DownloadError, match=r"127\.0\.0\.1:9 can't be reached.*Looked in: cache ") as caught:
        getattr(PiperWeights(), way)(CODE)
    assert "\n" not in str(caught.value)


def test_removing_takes_the_voice_and_what_a_cut_download_left(stand_in: StandIn) -> None:
    weights = PiperWeights()
    stand_in.cuts = [200_000, 0]
    with pytest.raises(DownloadError):
        weights.download(CODE)
    (partial,) = weights.remove(CODE)
    assert partial.name.endswith(".partial")
    folder = weights.download(CODE)
    assert weights.remove(CODE) == [folder]
    assert weights.remove(CODE) == []
