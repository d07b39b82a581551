"""Where voices are searched: the user's files and folders, packages; damaged files and other files are rejected."""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from voicebridge import DownloadError, ModelError, WeightsNotFoundError, WeightsPlace
from voicebridge.weights import checks
from voicebridge_piper.loading import load
from voicebridge_piper.weights import files
from voicebridge_piper.weights.files import VoiceFiles
from voicebridge_piper.weights.packages import JOE
from voicebridge_piper.weights.store import PiperWeights

NETWORK = b"\x08\x07\x12\x07pytorch" + bytes(range(256)) * 8  # starts like an ONNX file
SHA256 = hashlib.sha256(NETWORK).hexdigest()
Install = Callable[..., None]


def lay(folder: Path, name: str = "acme", network: bytes = NETWORK, config: bytes = b"{}") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.onnx.json").write_bytes(config)
    (folder / f"{name}.onnx").write_bytes(network)
    return folder / f"{name}.onnx"


def packaged(install: Install, *, content: bytes = NETWORK, version: str = "1.0", voice: str = "acme-medical") -> None:
    entry = (
        f"VOICE = VoicePackage(voice={voice!r}, distribution='acme-voice', version='1.0', sha256={SHA256!r}, onnx='acme_voice:acme.onnx')"
    )
    install("acme-voice", {"acme.onnx": content, "acme.onnx.json": b"{}"}, version, entry)


def package_place(name: str) -> WeightsPlace:
    return next(place for place in PiperWeights().places(name) if place.kind == "package")


class TestPaths:
    @pytest.mark.parametrize("written", ["voices", "voices/acme.onnx", "voices/acme.onnx.json"])
    def test_a_voice_is_named_by_its_folder_or_either_file(self, tmp_path: Path, written: str) -> None:
        onnx = lay(tmp_path / "voices")
        assert PiperWeights().resolve(str(tmp_path / written)) == VoiceFiles.of(onnx)

    def test_a_bare_word_may_be_a_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        lay(tmp_path / "mine")
        monkeypatch.chdir(tmp_path)
        assert PiperWeights().resolve("mine").onnx == tmp_path / "mine" / "acme.onnx"

    def test_a_published_voice_s_name_is_not_taken_for_a_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        lay(tmp_path / "lessac")
        monkeypatch.chdir(tmp_path)
        with pytest.raises(WeightsNotFoundError):
            PiperWeights().resolve("lessac")
        assert PiperWeights().resolve("./lessac").onnx.is_file()

    def test_a_folder_of_several_voices_wants_one_named(self, tmp_path: Path) -> None:
        lay(tmp_path)
        lay(tmp_path, "best")
        with pytest.raises(WeightsNotFoundError, match=r"contains several voices \(acme\.onnx, best\.onnx\): give the file"):
            PiperWeights().resolve(str(tmp_path))

    @pytest.mark.parametrize(
        ("network", "verdict"),
        [
            (b"", "empty or cut short"),
            (NETWORK[:500], "empty or cut short"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS pointer.*git lfs pull"),
            (b"<!DOCTYPE html><html>" + bytes(2000), "a web page"),
            (pickle.dumps(list(range(1000))), "a pickle, which is never loaded"),
            (b"PK\x03\x04" + bytes(2000), "an archive or a checkpoint, which is never loaded"),
        ],
    )
    def test_what_is_no_voice_is_called_by_its_name(self, tmp_path: Path, network: bytes, verdict: str) -> None:
        with pytest.raises(WeightsNotFoundError, match=rf"acme\.onnx .*{verdict}"):
            PiperWeights().resolve(str(lay(tmp_path, network=network)))

    def test_a_voice_without_its_description_is_refused(self, tmp_path: Path) -> None:
        lay(tmp_path).with_name("acme.onnx.json").unlink()
        with pytest.raises(WeightsNotFoundError, match=r"acme\.onnx\.json is missing: put it beside acme\.onnx"):
            PiperWeights().resolve(str(tmp_path))

    def test_a_description_that_is_cut_short_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(WeightsNotFoundError, match=r"acme\.onnx\.json is empty or cut short"):
            PiperWeights().resolve(str(lay(tmp_path, config=b'{"audio": {')))

    @pytest.mark.parametrize(
        ("written", "verdict"),
        [
            ("no/such.onnx", "no such folder"),
            ("other.onnx", r"there is no other\.onnx"),
            ("notes.txt", r"not an \.onnx file"),
            ("empty", r"contains no \.onnx"),
        ],
    )
    def test_a_path_that_leads_to_no_voice_says_why(self, tmp_path: Path, written: str, verdict: str) -> None:
        (tmp_path / "notes.txt").write_text("not a voice")
        (tmp_path / "empty").mkdir()
        with pytest.raises(WeightsNotFoundError, match=f"{verdict}.*NAME.onnx with NAME.onnx.json beside it") as caught:
            PiperWeights().resolve(str(tmp_path / written))
        assert "\n" not in str(caught.value)


class TestLoading:
    """Errors that appear only when a voice is loaded, on the real one with one modification."""

    @pytest.fixture
    def copy(self, joe: Path, tmp_path: Path) -> VoiceFiles:
        """Joe's description next to a link to his network."""
        (tmp_path / "copy").mkdir()
        onnx = tmp_path / "copy" / "joe.onnx"
        onnx.symlink_to(joe)
        shutil.copy(joe.with_name(f"{joe.name}.json"), tmp_path / "copy" / "joe.onnx.json")
        return VoiceFiles.of(onnx)

    def test_a_network_that_is_cut_in_the_middle_is_one_clear_line(self, copy: VoiceFiles, joe: Path) -> None:
        copy.onnx.unlink()
        copy.onnx.write_bytes(joe.read_bytes()[:1_000_000])
        with pytest.raises(ModelError, match=r"joe\.onnx is damaged or not an ONNX model: .*Download the voice again") as caught:
            load(copy, 1)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("config", [b"{}", b'{"audio": {}}', b"[]", b'{"audio": {"sample_rate": 22050}, "espeak": "en"}'])
    def test_a_description_of_something_else_is_one_clear_line(self, copy: VoiceFiles, config: bytes) -> None:
        copy.config.write_bytes(config)
        with pytest.raises(ModelError, match="doesn't describe a Piper voice"):
            load(copy, 1)

    @pytest.mark.parametrize("config", [b"{not json}", b"\xff\xfe{}"])
    def test_a_damaged_description_is_one_clear_line(self, copy: VoiceFiles, config: bytes) -> None:
        copy.config.write_bytes(config)
        with pytest.raises(ModelError, match=r"joe\.onnx\.json is damaged"):
            load(copy, 1)

    def test_a_description_of_more_speakers_than_there_are_is_one_clear_line(self, copy: VoiceFiles) -> None:
        text = copy.config.read_text()
        copy.config.write_text(text.replace('"num_speakers": 1', '"num_speakers": 4'))
        with pytest.raises(ModelError, match="not a Piper voice: it has no input sid"):
            load(copy, 1)


class TestPackages:
    def test_a_stranger_s_package_adds_a_voice_that_is_loaded_where_it_lies_and_never_imported(self, install: Install, site: Path) -> None:
        packaged(install)
        assert package_place("acme-medical").found
        assert PiperWeights().resolve("acme-medical").onnx == site / "acme_voice" / "acme.onnx"
        assert PiperWeights().download("acme-medical") == site / "acme_voice"
        assert "acme_voice" not in sys.modules

    def test_another_version_is_refused_with_the_command_that_brings_the_right_one(self, install: Install) -> None:
        packaged(install, version="1.1")
        assert not package_place("acme-medical").found
        with pytest.raises(WeightsNotFoundError, match=r"acme-voice 1\.1 is installed, but only 1\.0 .*install acme-voice==1\.0"):
            PiperWeights().resolve("acme-medical")

    def test_another_voice_than_the_pinned_one_is_refused(self, install: Install) -> None:
        packaged(install, content=NETWORK[:-1] + b"?")
        with pytest.raises(ModelError, match=r"SHA-256 differs.*--force-reinstall"):
            PiperWeights().resolve("acme-medical")

    def test_a_package_that_lacks_a_file_says_which(self, install: Install, site: Path) -> None:
        packaged(install)
        (site / "acme_voice" / "acme.onnx.json").unlink()
        assert "acme.onnx.json is missing" in package_place("acme-medical").note

    def test_a_voice_is_read_for_its_hash_once_and_again_only_when_it_has_changed(
        self, install: Install, site: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        packaged(install)
        read: list[Path] = []
        original = checks.sha256_of

        def note(path: Path) -> str:
            read.append(path)
            return original(path)

        monkeypatch.setattr(checks, "sha256_of", note)
        PiperWeights().resolve("acme-medical")
        PiperWeights().resolve("acme-medical")
        assert len(read) == 1
        onnx = site / "acme_voice" / "acme.onnx"
        onnx.write_bytes(NETWORK[:-1] + b"?")
        os.utime(onnx, ns=(0, 0))
        with pytest.raises(ModelError):
            PiperWeights().resolve("acme-medical")
        assert len(read) == 2

    def test_a_cache_that_cannot_be_written_does_not_keep_a_package_from_being_loaded(
        self, install: Install, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        packaged(install)
        (tmp_path / "file").touch()
        monkeypatch.setenv("VOICEBRIDGE_HOME", str(tmp_path / "file"))
        assert PiperWeights().resolve("acme-medical").onnx.is_file()

    @pytest.mark.parametrize("entry", ["raise RuntimeError('broken')", "import sys; sys.exit(3)", "VOICE = 'no package'", "nothing = 0"])
    def test_a_package_that_fails_to_load_harms_only_itself(self, install: Install, entry: str) -> None:
        install("acme-broken", {}, entry=entry)
        packaged(install)
        assert PiperWeights().resolve("acme-medical").onnx.is_file()
        broken = next(place for place in PiperWeights().places("acme-medical") if place.where == "acme-broken")
        assert not broken.found
        assert "can't be used" in broken.note

    def test_a_package_that_is_wrong_in_a_way_of_its_own_harms_only_itself(self, install: Install) -> None:
        install("acme-odd", {}, entry="VOICE = VoicePackage(voice='acme-medical', distribution='', version='1', sha256='', onnx='acme:x')")
        packaged(install)
        assert PiperWeights().resolve("acme-medical").onnx.is_file()

    def test_the_real_joe_is_loaded_where_it_lies(self, joe: Path) -> None:
        assert PiperWeights().resolve("joe").onnx.samefile(joe)
        assert checks.sha256_of(joe) == JOE.sha256
        assert [place.kind for place in PiperWeights().places("en_US-joe-medium")] == ["cache", "package", "hub"]


class TestNowhere:
    def test_a_voice_that_is_nowhere_names_the_places_and_what_helps(self) -> None:
        with pytest.raises(WeightsNotFoundError) as caught:
            PiperWeights().resolve("lessac")
        message = str(caught.value)
        assert "Looked in: cache " in message
        assert "VoiceBridge is offline" in message
        assert "voicebridge models download piper/lessac" in message
        assert "\n" not in message

    def test_a_name_that_means_nothing_comes_with_the_nearest(self) -> None:
        with pytest.raises(WeightsNotFoundError, match="There is no Piper voice 'lesac'. Did you mean 'lessac'"):
            PiperWeights().resolve("lesac")

    def test_downloading_what_is_nowhere_is_a_failed_download(self) -> None:
        with pytest.raises(DownloadError, match="VoiceBridge is offline"):
            PiperWeights().download("lessac")

    def test_what_is_in_our_cache_is_found_and_can_be_removed(self) -> None:
        cached = files.cached("en_US-lessac-medium")
        lay(cached.onnx.parent, cached.onnx.stem)
        assert PiperWeights().resolve("lessac") == cached
        assert PiperWeights().remove("lessac") == [cached.onnx.parent]
        assert PiperWeights().remove("lessac") == []

    def test_removing_leaves_other_people_s_folders_alone(self, tmp_path: Path) -> None:
        lay(tmp_path / "theirs")
        assert PiperWeights().remove(str(tmp_path / "theirs")) == []
        assert (tmp_path / "theirs").is_dir()
