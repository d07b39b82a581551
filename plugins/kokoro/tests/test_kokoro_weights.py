"""Where weights are searched: the user's files and folders, our cache, packages, the release; damaged files are rejected."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from voicebridge import DownloadError, ModelError, WeightsNotFoundError
from voicebridge_kokoro.weights import packages, releases
from voicebridge_kokoro.weights.files import KokoroFiles
from voicebridge_kokoro.weights.packages import JAPANESE, WeightsPackage
from voicebridge_kokoro.weights.releases import NETWORKS, STYLES, Asset
from voicebridge_kokoro.weights.store import KokoroWeights

NETWORK = b"\x08\x07\x12\x07pytorch" + bytes(range(256)) * 8  # starts like an ONNX file
STYLED = b"PK\x03\x04" + bytes(2000)


@pytest.fixture(autouse=True)
def own_home(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache for each test."""
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(tmp_path / "own home"))
    return tmp_path / "own home"


def lay(folder: Path, network: bytes = NETWORK, voices: str = "voices-v1.0.bin") -> KokoroFiles:
    folder.mkdir(parents=True, exist_ok=True)
    files = KokoroFiles(folder / "mine.onnx", folder / voices)
    files.onnx.write_bytes(network)
    files.voices.write_bytes(STYLED)
    return files


class TestPaths:
    @pytest.mark.parametrize("written", ["model", "model/mine.onnx"])
    @pytest.mark.parametrize("voices", ["voices-v1.0.bin", "voices.npz"])
    def test_a_model_is_named_by_its_folder_or_its_network(self, tmp_path: Path, written: str, voices: str) -> None:
        files = lay(tmp_path / "model", voices=voices)
        assert KokoroWeights().resolve(str(tmp_path / written)) == files

    def test_a_listed_name_is_not_taken_for_a_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        lay(tmp_path / "int8")
        monkeypatch.chdir(tmp_path)
        with pytest.raises(WeightsNotFoundError):
            KokoroWeights().resolve("int8")
        assert KokoroWeights().resolve("./int8").onnx.name == "mine.onnx"

    @pytest.mark.parametrize(
        ("name", "content", "says"),
        [
            ("mine.onnx", b"version https://git-lfs.github.com/spec/v1", "Git LFS pointer"),
            ("mine.onnx", b"<!doctype html>", "web page"),
            ("mine.onnx", pickle.dumps(list(range(2000))), "pickle, which is never loaded"),
            ("mine.onnx", b"PK" + bytes(2000), "archive or a checkpoint"),
            ("mine.onnx", NETWORK[:100], "cut short"),
            ("voices-v1.0.bin", b"<html>", "not a file of voices"),
        ],
    )
    def test_what_is_not_the_model_is_refused_unread(self, tmp_path: Path, name: str, content: bytes, says: str) -> None:
        lay(tmp_path)
        (tmp_path / name).write_bytes(content)
        with pytest.raises(WeightsNotFoundError, match=says):
            KokoroWeights().resolve(str(tmp_path))

    def test_a_folder_without_voices_or_with_two_networks_says_so(self, tmp_path: Path) -> None:
        lay(tmp_path).voices.unlink()
        with pytest.raises(WeightsNotFoundError, match=r"voices-v1\.0\.bin is missing: put it beside mine\.onnx"):
            KokoroWeights().resolve(str(tmp_path))
        (tmp_path / "other.onnx").write_bytes(NETWORK)
        with pytest.raises(WeightsNotFoundError, match=r"several models \(mine\.onnx, other\.onnx\): give the file"):
            KokoroWeights().resolve(str(tmp_path))

    def test_a_voice_of_piper_is_not_taken_for_a_model(self, tmp_path: Path) -> None:
        (tmp_path / "en_US-joe-medium.onnx").write_bytes(NETWORK)
        (tmp_path / "en_US-joe-medium.onnx.json").write_text("{}")
        assert not any(place.found for place in KokoroWeights().places(str(tmp_path)))


def test_offline_nothing_is_downloaded_and_the_ways_to_the_weights_are_named(own_home: Path) -> None:
    with pytest.raises(WeightsNotFoundError, match=r"'int8' is not downloaded\. Looked in: cache .*offline.*models download kokoro/int8"):
        KokoroWeights().resolve("int8")
    assert not own_home.exists()


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(WeightsNotFoundError, match=r"no Kokoro model 'int9'\. Did you mean 'int8'"):
        KokoroWeights().resolve("int9")


class TestPackages:
    @pytest.fixture
    def package(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., WeightsPackage]:
        """Install a package of weights, whose network is in two parts."""

        def lay(version: str = "1.0", network: bytes = NETWORK, sha256: str | None = None) -> WeightsPackage:
            folder = tmp_path / "site" / "acme_kokoro"
            folder.mkdir(parents=True)
            (folder / "__init__.py").write_text("raise RuntimeError('weights are data: nothing may import their package')")
            for name, content in {"one": network[:1000], "two": network[1000:], "voices": STYLED}.items():
                (folder / name).write_bytes(content)
            info = folder.parent / f"acme_kokoro-{version}.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: acme-kokoro\nVersion: {version}\n")
            monkeypatch.syspath_prepend(str(folder.parent))
            made = WeightsPackage(
                model="acme",
                distributions={"acme-kokoro": "1.0"},
                onnx=("acme_kokoro:one", "acme_kokoro:two"),
                onnx_sha256=sha256 or hashlib.sha256(NETWORK).hexdigest(),
                voices="acme_kokoro:voices",
                voices_sha256=hashlib.sha256(STYLED).hexdigest(),
            )
            monkeypatch.setattr(packages, "installed", lambda: (("acme-kokoro", made),))
            return made

        return lay

    def test_the_parts_of_a_network_are_joined_once(self, package: Callable[..., WeightsPackage]) -> None:
        package()
        files = KokoroWeights().resolve("acme")
        assert files.onnx.read_bytes() == NETWORK
        joined = files.onnx.stat().st_mtime_ns
        assert KokoroWeights().resolve("acme").onnx.stat().st_mtime_ns == joined
        assert [each.name for each in files.onnx.parent.iterdir() if not each.name.endswith(".lock")] == ["joined.onnx"]
        assert KokoroWeights().remove("acme") == [files.onnx.parent]

    def test_a_network_that_was_damaged_after_joining_is_joined_again(self, package: Callable[..., WeightsPackage]) -> None:
        package()
        files = KokoroWeights().resolve("acme")
        files.onnx.write_bytes(b"damaged")
        assert KokoroWeights().resolve("acme").onnx.read_bytes() == NETWORK

    def test_another_version_is_refused(self, package: Callable[..., WeightsPackage]) -> None:
        package(version="2.0")
        with pytest.raises(WeightsNotFoundError, match=r"acme-kokoro 2\.0 is installed, but only 1\.0 is verified"):
            KokoroWeights().resolve("acme")

    def test_other_content_is_refused_and_leaves_nothing(self, package: Callable[..., WeightsPackage], own_home: Path) -> None:
        package(network=NETWORK[::-1])
        with pytest.raises(ModelError, match=r"SHA-256 differs"):
            KokoroWeights().resolve("acme")
        assert [each.name for each in own_home.rglob("*") if each.is_file() and not each.name.endswith(".lock")] == []

    def test_the_packages_of_the_extra_contain_the_release_s_network(self) -> None:
        assert JAPANESE.onnx_sha256 == NETWORKS["int8"].sha256 == NETWORKS["ja"].sha256


class TestTheRelease:
    @pytest.fixture
    def server(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
        """A folder that stands for the release, with small files; real requests go to a server on this machine."""
        import huggingface_hub.constants

        folder = tmp_path / "release"
        folder.mkdir()
        assets = {}
        for asset, content in ((NETWORKS["int8"], NETWORK), (STYLES, STYLED)):
            (folder / asset.name).write_bytes(content)
            assets[asset.name] = replace(asset, size=len(content), sha256=hashlib.sha256(content).hexdigest())
        for name in ("VOICEBRIDGE_OFFLINE", "HF_HUB_OFFLINE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setattr(releases, "NETWORKS", {**NETWORKS, "int8": assets[NETWORKS["int8"].name]})
        monkeypatch.setattr(releases, "STYLES", assets[STYLES.name])
        with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
            monkeypatch.setattr(releases, "RELEASE", f"http://127.0.0.1:{server.server_port}")
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            yield folder
            server.shutdown()
            thread.join()

    def test_both_files_are_downloaded_with_one_progress(self, server: Path, own_home: Path) -> None:
        told: list[tuple[int, int | None]] = []
        folder = KokoroWeights().download("int8", lambda done, total: told.append((done, total)))
        assert folder == own_home / "cache" / "kokoro" / "int8"
        assert {each.name: each.read_bytes() for each in folder.iterdir() if not each.name.startswith(".")} == {
            STYLES.name: STYLED,
            NETWORKS["int8"].name: NETWORK,
        }
        assert told == sorted(told)
        assert told[-1] == (len(NETWORK) + len(STYLED), len(NETWORK) + len(STYLED))
        assert KokoroWeights().remove("int8") == [folder]

    def test_what_is_here_is_not_downloaded_again(self, server: Path) -> None:
        files = KokoroWeights().resolve("int8")
        for each in server.iterdir():
            each.unlink()
        assert KokoroWeights().resolve("int8") == files

    def test_other_bytes_than_the_release_s_are_refused(self, server: Path) -> None:
        (server / NETWORKS["int8"].name).write_bytes(NETWORK[::-1])
        with pytest.raises(DownloadError, match=r"kokoro-v1\.0\.int8\.onnx was damaged in transfer: its hash is wrong"):
            KokoroWeights().resolve("int8")
        assert not KokoroWeights().places("int8")[0].found

    def test_a_release_that_is_gone_says_where_was_looked(self, server: Path) -> None:
        (server / STYLES.name).unlink()
        with pytest.raises(DownloadError, match=r"404.*Looked in: cache .*Options: use a folder"):
            KokoroWeights().resolve("int8")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


def test_every_file_of_the_release_has_its_size_and_hash() -> None:
    assets: set[Asset] = {STYLES, *NETWORKS.values()}
    assert len(assets) == 4
    assert all(len(each.sha256) == 64 and each.size > 20_000_000 for each in assets)
