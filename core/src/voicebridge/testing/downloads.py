"""Tests for downloading a model from the hub with :mod:`voicebridge.weights`: completely or not at all, and with helpful errors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from voicebridge import paths
from voicebridge.errors import DownloadError
from voicebridge.testing.hub import StandIn, serving
from voicebridge.testing.model import expect_none
from voicebridge.weights.places import leftovers

WEIGHTS = b"\x08\x07\x12\x07pytorch" + bytes(range(256)) * 1200
"""300 KB: several chunks, and not a web page."""


class DownloadContract:
    """Derive a test class for a store whose models come from the hub, and set the hub's content; the store also needs ``resolve``."""

    store: ClassVar[type[Any]]
    """The class of the store, created without arguments."""
    model: ClassVar[str]
    """The model's name, as typed by a user."""
    folder: ClassVar[str]
    """Its folder below :func:`voicebridge.paths.cache_dir`."""
    repo: ClassVar[str]
    """The repository's name on the hub."""
    files: ClassVar[Mapping[str, bytes]]
    """The repository's files: contents by path."""
    weights: ClassVar[str]
    """The path of the weights, whose content should be :data:`WEIGHTS`."""
    small: ClassVar[str]
    """The path of a small file that is downloaded too."""
    unwanted: ClassVar[frozenset[str]] = frozenset()
    """The paths of files that are not downloaded."""

    @pytest.fixture
    def hub(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandIn]:
        """The hub, and an empty cache."""
        import huggingface_hub.constants

        for name in ("VOICEBRIDGE_OFFLINE", "HF_HUB_OFFLINE", "HF_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setenv("VOICEBRIDGE_HOME", str(tmp_path / "hub home"))
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub cache"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with serving(StandIn(self.repo, self.files, self.weights)) as hub:
            monkeypatch.setenv("HF_ENDPOINT", hub.address)
            yield hub

    @classmethod
    def download(cls, **given: Any) -> Path:
        """Download the model, and check its place and completeness."""
        folder: Path = cls.store().download(cls.model, **given)
        wanted = {name.rpartition("/")[2]: content for name, content in cls.files.items() if name not in cls.unwanted}
        there = {file.name: file.read_bytes() for file in folder.iterdir()}
        faults = [f"it is in {folder}"] if folder != cls.cached() else []
        faults += [f"{name} is fetched, and not wanted" for name in there.keys() - wanted.keys()]
        faults += [f"{name} is not as the hub has it" for name, content in wanted.items() if there.get(name) != content]
        faults += [f"{left.name} is left over" for left in leftovers(folder)]
        expect_none(faults)
        return folder

    @classmethod
    def refused(cls, pattern: str, way: str = "download") -> None:
        """Check that downloading the model fails with a message, and leaves nothing that could be mistaken for a model."""
        with pytest.raises(DownloadError, match=pattern) as caught:
            getattr(cls.store(), way)(cls.model)
        if "\n" in str(caught.value):
            pytest.fail(f"more than one line: {caught.value}")
        if cls.cached().exists():
            pytest.fail(f"{cls.cached()} was made all the same")

    @classmethod
    def cached(cls) -> Path:
        """The folder of the model after the download."""
        return paths.cache_dir() / cls.folder

    @pytest.mark.usefixtures("hub")
    def test_a_model_is_fetched_whole_with_its_progress(self) -> None:
        """Every file is there, and the progress reached the total size."""
        told: list[tuple[int, int | None]] = []
        self.download(progress=lambda done, total: told.append((done, total)))
        size = sum(len(content) for name, content in self.files.items() if name not in self.unwanted)
        if told != sorted(told) or told[-1] != (size, size):
            pytest.fail(f"the progress should grow to {size} bytes: {told}")

    def test_what_is_here_is_not_fetched_again(self, hub: StandIn) -> None:
        """The next time, it is found in the cache, without a request."""
        self.download()
        hub.asked.clear()
        self.store().resolve(self.model)
        self.download()
        expect_none([f"the hub was asked for {path}" for path in hub.asked])
        if (kind := next(place.kind for place in self.store().places(self.model) if place.found)) != "cache":
            pytest.fail(f"it is found in {kind}")

    def test_a_connection_that_breaks_is_taken_up_where_it_stopped(self, hub: StandIn) -> None:
        """The part that has arrived is kept, and the rest is requested."""
        hub.cuts = [100_000]
        self.download()
        if len(hub.ranges) != 2 or hub.ranges[0] is not None or not 0 < _start(hub.ranges[1]) <= 100_000:
            pytest.fail(f"the weights were asked for in other parts: {hub.ranges}")

    def test_a_download_that_was_cut_for_good_goes_on_with_the_next_command(self, hub: StandIn) -> None:
        """It fails, says what to do, and downloads nothing again that has arrived."""
        hub.cuts = [200_000, 0]
        self.refused(rf"lost after 0\.\d of 0\.3 MB of {re.escape(self.weights)} .*same command again")
        hub.ranges.clear()
        self.download()
        if len(hub.ranges) != 1 or not _start(hub.ranges[0]):
            pytest.fail(f"the weights were asked for in other parts: {hub.ranges}")

    def test_a_server_that_ignores_ranges_is_read_from_the_start(self, hub: StandIn) -> None:
        """The bytes are correct nevertheless."""
        hub.cuts, hub.ignores_ranges = [100_000], True
        self.download()

    def test_a_new_revision_does_not_go_on_with_the_old_one_s_bytes(self, hub: StandIn) -> None:
        """The part of the old one is discarded."""
        hub.cuts = [200_000, 0]
        self.refused("connection was lost")
        hub.commit, hub.ranges = "fedcba9876543210fedcba9876543210fedcba98", []
        self.download()
        _expect_afresh(hub)

    def test_wrong_bytes_are_thrown_away_and_the_next_try_starts_afresh(self, hub: StandIn) -> None:
        """The weights must have the hash given by the hub."""
        hub.served = WEIGHTS[:-1] + b"?"
        self.refused(rf"{re.escape(self.weights)} of {self.repo} was damaged in transfer: its hash")
        hub.served, hub.ranges = WEIGHTS, []
        self.download()
        _expect_afresh(hub)

    def test_a_small_file_that_differs_is_noticed_too(self, hub: StandIn) -> None:
        """Files without SHA-256 on the hub are compared by git's hash."""
        hub.listed = hub.listing()
        hub.files[self.small] = self.files[self.small][:-1] + b"?"
        self.refused(rf"{re.escape(self.small)} .* was damaged in transfer")

    @pytest.mark.parametrize("served", [WEIGHTS[:-1000], WEIGHTS + b"more"], ids=["short", "long"])
    def test_a_file_of_the_wrong_size_is_refused(self, hub: StandIn, served: bytes) -> None:
        """The weights must have the size given by the hub."""
        hub.served = served
        self.refused("size|bytes where")

    @pytest.mark.parametrize("where", ["/revision/main", "small", "/storage/weights"])
    def test_a_proxy_s_web_page_is_called_by_its_name(self, hub: StandIn, where: str) -> None:
        """Wherever the page appears."""
        hub.pages_for = f"/{self.small}" if where == "small" else where
        self.refused("answered with a web page instead of .*proxy")

    @pytest.mark.parametrize(
        ("status", "says"),
        [(401, "hf auth login"), (403, "licence"), (404, "Check the name"), (407, "HTTPS_PROXY"), (429, "later"), (503, "Try again later")],
    )
    def test_a_refusal_says_what_it_means(self, hub: StandIn, status: int, says: str) -> None:
        """And what to do."""
        hub.status = status
        self.refused(f"{status}.*{says}|{says}.*{status}")

    @pytest.mark.parametrize("body", [b"{}", b"[]", b'["a"]', b"nonsense"])
    def test_a_list_of_files_that_is_none_is_refused(self, hub: StandIn, body: bytes) -> None:
        """Whatever the server sends."""
        hub.listed = body
        self.refused("no valid file list")

    def test_a_disk_that_is_too_small_is_noticed_before_anything_is_fetched(self, hub: StandIn) -> None:
        """From the sizes given by the hub."""
        hub.listed_size = 10**18
        self.refused("MB free.*Free some space")
        expect_none([f"the weights were asked for: {asked}" for asked in hub.ranges])

    @pytest.mark.usefixtures("hub")
    def test_a_cache_that_cannot_be_written_is_named(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """There is a file where the folder should be created."""
        (tmp_path / "file").touch()
        monkeypatch.setenv("VOICEBRIDGE_HOME", str(tmp_path / "file"))
        self.refused("can't be saved at .*file")

    @pytest.mark.usefixtures("hub")
    @pytest.mark.parametrize("way", ["resolve", "download"])
    def test_no_server_at_all_is_one_clear_line_that_also_says_where_was_looked(self, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
        """All local places are named."""
        monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
        looked = ".*".join(f"{place.kind} " for place in self.store().places(self.model) if place.local)
        self.refused(rf"127\.0\.0\.1:9 can't be reached.*Looked in: {looked}", way)

    def test_removing_takes_the_model_and_what_a_cut_download_left(self, hub: StandIn) -> None:
        """Both are returned, and nothing the second time."""
        store = self.store()
        hub.cuts = [200_000, 0]
        self.refused("connection was lost")
        gone = [[each.suffix for each in store.remove(self.model)]]
        folder = self.download()
        gone += [store.remove(self.model), store.remove(self.model)]
        if gone != [[".partial"], [folder], []] or folder.exists():
            pytest.fail(f"what is gone: {gone}")

    @pytest.mark.usefixtures("hub")
    def test_removing_leaves_other_people_s_folders_alone(self, tmp_path: Path) -> None:
        """A folder that is used in place is kept."""
        theirs = tmp_path / "theirs"
        theirs.mkdir()
        if self.store().remove(str(theirs)) or not theirs.is_dir():
            pytest.fail(f"{theirs} is gone")


def _start(asked: str | None) -> int:
    return int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0


def _expect_afresh(hub: StandIn) -> None:
    if hub.ranges != [None]:
        pytest.fail(f"the weights should be asked for once, from the start: {hub.ranges}")
