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
from voicebridge import DownloadError
from voicebridge.weights.places import leftovers
from voicebridge_vibevoice.weights.store import SpeechWeights

REPO = "acme/nano-voice"
MODEL = bytes(range(256)) * 1200  # 300 KB
FILES = {
    ".gitattributes": b"not wanted",
    "README.md": b"not wanted",
    "pytorch_model.bin": b"not wanted",
    "config.json": b'{"model_type": "vibevoice", "text_config": {}}',
    "chat_template.jinja": b"{{ messages }}",
    "model.safetensors": MODEL,
    "processor_config.json": b'{"processor_class": "VibeVoiceProcessor"}',
    "tokenizer.json": b'{"version": "1.0"}',
    "sub/config.json": b"not wanted",
}
WANTED = {"config.json", "chat_template.jinja", "model.safetensors", "processor_config.json", "tokenizer.json"}
PAGE = b"<!DOCTYPE html><html><body>Sign in to the guest network</body></html>"


class StandIn(ThreadingHTTPServer):
    """A hub with one model; its attributes say what goes wrong."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.commit = "0123456789abcdef0123456789abcdef01234567"
        self.files = dict(FILES)
        self.served = MODEL
        self.listed_size = len(MODEL)
        self.cuts: list[int] = []
        """After how many bytes each coming answer with the weights breaks off."""
        self.status = 200
        self.page = False
        self.asked: list[str] = []
        self.ranges: list[str | None] = []
        """The Range of every request for the weights."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def listing(self) -> bytes:
        siblings = []
        for name, content in self.files.items():
            entry = {"rfilename": name, "size": len(content), "blobId": git_sha1(content)}
            if name == "model.safetensors":
                entry |= {"size": self.listed_size}
                entry["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": self.listed_size, "pointerSize": 134}
            siblings.append(entry)
        return json.dumps({"id": REPO, "modelId": REPO, "sha": self.commit, "siblings": siblings, "tags": [], "private": False}).encode()


def git_sha1(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content)).hexdigest()


class Handler(BaseHTTPRequestHandler):
    server: StandIn
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET(head=True)

    def do_GET(self, head: bool = False) -> None:
        path, server = urlsplit(self.path).path, self.server
        server.asked.append(path)
        name = path.partition(f"/resolve/{server.commit}/")[2]
        if server.status != 200:
            self.answer(server.status, b"{}", head)
        elif server.page:
            self.answer(200, PAGE, head, {"Content-Type": "text/html; charset=utf-8"})
        elif path.startswith(f"/api/models/{REPO}"):
            self.answer(200, server.listing(), head, {"Content-Type": "application/json"})
        elif name in server.files:
            self.answer_file(name, head)
        else:
            self.answer(404, b"Entry not found", head, {"X-Error-Code": "EntryNotFound"})

    def answer_file(self, name: str, head: bool) -> None:
        large = name == "model.safetensors"
        content = self.server.served if large else self.server.files[name]
        etag = hashlib.sha256(self.server.files[name]).hexdigest() if large else git_sha1(self.server.files[name])
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": self.server.commit, "Accept-Ranges": "bytes"}
        wanted = self.headers.get("Range")
        cut = self.server.cuts.pop(0) if large and not head and self.server.cuts else None
        if large and not head:
            self.server.ranges.append(wanted)
        if wanted and not head:
            start = int(wanted.removeprefix("bytes=").partition("-")[0])
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            self.answer(206, content[start:], head, headers, cut=cut)
        else:
            self.answer(200, content, head, headers, cut=cut)

    def answer(self, status: int, body: bytes, head: bool, headers: Mapping[str, str] | None = None, cut: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if not head:
            self.wfile.write(body[:cut])
            if cut is not None:
                self.close_connection = True


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
def cache(tmp_path: Path) -> Path:
    return tmp_path / "home" / "cache" / "vibevoice"


def models_in(cache: Path) -> list[str]:
    return [each.name for each in cache.iterdir() if not each.name.startswith(".")] if cache.exists() else []


def test_a_model_arrives_whole_without_pickles_and_with_progress(hub: StandIn, cache: Path) -> None:
    told: list[tuple[int, int | None]] = []
    folder = SpeechWeights().download(REPO, progress=lambda done, total: told.append((done, total)))

    assert folder == cache / "acme--nano-voice"
    assert {each.name for each in folder.iterdir()} == WANTED
    assert (folder / "model.safetensors").read_bytes() == MODEL
    total = sum(len(FILES[name]) for name in WANTED)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (total, total)
    assert not leftovers(folder)


def test_what_is_here_is_not_fetched_again(hub: StandIn) -> None:
    folder = SpeechWeights().download(REPO)
    hub.asked.clear()
    assert SpeechWeights().download(REPO) == SpeechWeights().resolve(REPO) == folder
    assert hub.asked == []


def test_a_cut_download_leaves_no_model_and_the_next_try_goes_on_where_it_stopped(hub: StandIn, cache: Path) -> None:
    hub.cuts = [100_000, 0]
    with pytest.raises(DownloadError, match="same command again") as caught:
        SpeechWeights().download(REPO)
    assert "\n" not in str(caught.value)
    assert models_in(cache) == []
    hub.ranges = []
    folder = SpeechWeights().download(REPO)
    assert (folder / "model.safetensors").read_bytes() == MODEL
    assert hub.ranges[0] not in (None, "bytes=0-")


def test_a_connection_that_breaks_is_taken_up_again(hub: StandIn) -> None:
    hub.cuts = [100_000, 50_000]
    assert (SpeechWeights().download(REPO) / "model.safetensors").read_bytes() == MODEL
    assert hub.ranges == [None, "bytes=100000-", "bytes=150000-"]


def test_wrong_bytes_are_thrown_away_and_the_next_try_starts_afresh(hub: StandIn, cache: Path) -> None:
    hub.served = MODEL[:-1] + b"?"
    with pytest.raises(DownloadError, match=r"model\.safetensors of acme/nano-voice arrived damaged"):
        SpeechWeights().download(REPO)
    assert models_in(cache) == []
    hub.served, hub.ranges = MODEL, []
    assert (SpeechWeights().download(REPO) / "model.safetensors").read_bytes() == MODEL
    assert hub.ranges == [None]


def test_a_small_file_that_differs_is_noticed_too(hub: StandIn, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = hub.listing()
    monkeypatch.setattr(hub, "listing", lambda: listing)
    hub.files["tokenizer.json"] = b'{"version": "6.6"}'
    with pytest.raises(DownloadError, match=r"tokenizer\.json .* arrived damaged"):
        SpeechWeights().download(REPO)
    assert models_in(cache) == []


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (b'{"model_type": "vibevoice", "decoder_config": {"hidden_size": 3584}}', "use vibevoice/VibeVoice-7B-hf"),
        (b'{"model_type": "llama"}', "is no VibeVoice model"),
    ],
)
def test_what_could_not_be_loaded_is_refused_before_the_gigabytes(hub: StandIn, cache: Path, config: bytes, says: str) -> None:
    hub.files["config.json"] = config
    with pytest.raises(DownloadError, match=says):
        SpeechWeights().download(REPO)
    assert hub.ranges == []
    assert models_in(cache) == []


def test_pickles_alone_are_no_model(hub: StandIn) -> None:
    del hub.files["model.safetensors"]
    with pytest.raises(DownloadError, match="no weights in safetensors, and pickles are not loaded"):
        SpeechWeights().download(REPO)


def test_a_model_that_lacks_something_is_refused(hub: StandIn, cache: Path) -> None:
    del hub.files["tokenizer.json"]
    with pytest.raises(DownloadError, match=r"lacks tokenizer\.json"):
        SpeechWeights().download(REPO)
    assert models_in(cache) == []


@pytest.mark.parametrize(("status", "says"), [(401, "hf auth login"), (404, "Check the name"), (407, "HTTPS_PROXY"), (403, "licence")])
def test_a_refusal_says_what_it_means(hub: StandIn, status: int, says: str) -> None:
    hub.status = status
    with pytest.raises(DownloadError, match=f"{status}.*{says}|{says}.*{status}") as caught:
        SpeechWeights().download(REPO)
    assert "\n" not in str(caught.value)


def test_a_proxy_s_web_page_is_called_by_its_name(hub: StandIn) -> None:
    hub.page = True
    with pytest.raises(DownloadError, match="web page instead of .*proxy"):
        SpeechWeights().download(REPO)


def test_a_disk_that_is_too_small_is_noticed_before_anything_is_fetched(hub: StandIn) -> None:
    hub.listed_size = 10**18
    with pytest.raises(DownloadError, match=r"MB free.*Make room"):
        SpeechWeights().download(REPO)
    assert hub.ranges == []


def test_a_cache_that_cannot_be_written_is_named(hub: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(tmp_path / "file"))
    with pytest.raises(DownloadError, match=r"can't be kept at .*file"):
        SpeechWeights().download(REPO)


def test_no_server_at_all_is_one_clear_line_that_also_says_where_was_looked(hub: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(DownloadError, match=r"127\.0\.0\.1:9.*Looked in: cache .*hub cache") as caught:
        SpeechWeights().download(REPO)
    assert "\n" not in str(caught.value)


def test_a_new_revision_does_not_go_on_with_the_old_one_s_bytes(hub: StandIn) -> None:
    hub.cuts = [200_000, 0]
    with pytest.raises(DownloadError):
        SpeechWeights().download(REPO)
    hub.commit, hub.ranges = "fedcba9876543210fedcba9876543210fedcba98", []
    folder = SpeechWeights().download(REPO)
    assert hub.ranges == [None]
    assert leftovers(folder) == []


def test_removing_takes_the_model_and_what_a_cut_download_left(hub: StandIn, tmp_path: Path) -> None:
    weights = SpeechWeights()
    hub.cuts = [200_000, 0]
    with pytest.raises(DownloadError):
        weights.download(REPO)
    (partial,) = weights.remove(REPO)
    assert partial.name.endswith(".partial")
    folder = weights.download(REPO)
    assert weights.remove(REPO) == [folder]
    assert weights.remove(REPO) == []
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    assert weights.remove(str(theirs)) == []
    assert theirs.is_dir()
