"""Weights from packages: fake ones for error cases, the real ones if installed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from voicebridge.errors import ModelError, PluginError, WeightsNotFoundError
from voicebridge.ports import WeightsPlace
from voicebridge.weights import checks
from voicebridge_whisper.weights import packages
from voicebridge_whisper.weights.packages import BASE, TINY_EN, WeightsPackage
from voicebridge_whisper.weights.store import WhisperWeights

MODEL = bytes(range(256)) * 100
SHA256 = hashlib.sha256(MODEL).hexdigest()
OTHERS = ("config.json", "tokenizer.json", "vocabulary.txt")


@pytest.fixture(autouse=True)
def _machine_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("VOICEBRIDGE_OFFLINE", "1")


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A folder for packages installed by ``install``."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    packages.installed.cache_clear()
    yield folder
    packages.installed.cache_clear()


def install(site: Path, distribution: str, files: Mapping[str, bytes], version: str = "1.0", weights: str | None = None) -> None:
    """Create a distribution in ``site``; ``weights`` is the code that its entry point names WEIGHTS."""
    package = site / distribution.replace("-", "_")
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('weights are data: nothing may import their package')")
    for name, content in files.items():
        (package / name).write_bytes(content)
    info = site / f"{package.name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
    if weights:
        module = f"{package.name}_entry"
        (site / f"{module}.py").write_text(f"from voicebridge_whisper.weights.packages import WeightsPackage\n{weights}")
        (info / "entry_points.txt").write_text(f"[voicebridge_whisper_weights]\n{distribution} = {module}:WEIGHTS\n")
    packages.installed.cache_clear()


def in_one_piece(site: Path, content: bytes = MODEL, version: str = "1.0", model: str = "acme-medical", sha256: str = SHA256) -> None:
    files = {name: f"acme_weights:{name}" for name in (*OTHERS, "model.bin")}
    parts = {name: (part,) for name, part in files.items()}
    weights = f"WEIGHTS = WeightsPackage(model={model!r}, distributions={{'acme-weights': '1.0'}}, sha256={sha256!r}, files={parts!r})"
    install(site, "acme-weights", dict.fromkeys(OTHERS, b"{}") | {"model.bin": content}, version, weights)


def in_two_parts(site: Path, second: bytes = MODEL[10_000:]) -> WeightsPackage:
    install(site, "acme-one", dict.fromkeys(OTHERS, b"{}") | {"model.bin.1": MODEL[:10_000]})
    install(site, "acme-two", {"model.bin.2": second})
    parts = {name: (f"acme_one:{name}",) for name in OTHERS} | {"model.bin": ("acme_one:model.bin.1", "acme_two:model.bin.2")}
    return WeightsPackage(model="acme", distributions={"acme-one": "1.0", "acme-two": "1.0"}, sha256=SHA256, files=parts)


def package_place(model: str) -> WeightsPlace:
    return next(place for place in WhisperWeights().places(model) if place.kind == "package")


def test_a_stranger_s_package_adds_a_model_that_is_loaded_where_it_lies_and_never_imported(site: Path) -> None:
    in_one_piece(site)
    assert package_place("acme-medical").where == "acme-weights"
    assert WhisperWeights().resolve("acme-medical") == WhisperWeights().download("acme-medical") == site / "acme_weights"
    assert "acme_weights" not in sys.modules


def test_another_version_is_refused_with_the_command_that_brings_the_right_one(site: Path) -> None:
    in_one_piece(site, version="1.1")
    assert not package_place("acme-medical").found
    with pytest.raises(WeightsNotFoundError, match=r"acme-weights 1\.1 is installed, but only 1\.0 .*install acme-weights==1\.0"):
        WhisperWeights().resolve("acme-medical")


def test_other_weights_than_the_pinned_ones_are_refused(site: Path) -> None:
    in_one_piece(site, content=MODEL[:-1] + b"?")
    with pytest.raises(ModelError, match=r"SHA-256 differs.*--force-reinstall"):
        WhisperWeights().resolve("acme-medical")


def test_a_package_that_lacks_a_file_says_which(site: Path) -> None:
    in_one_piece(site)
    (site / "acme_weights" / "tokenizer.json").unlink()
    assert "lacks acme_weights:tokenizer.json" in package_place("acme-medical").note


def test_weights_are_read_once_and_again_only_when_they_have_changed(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_one_piece(site)
    read: list[Path] = []
    original = checks.sha256_of

    def note(path: Path) -> str:
        read.append(path)
        return original(path)

    monkeypatch.setattr(checks, "sha256_of", note)
    WhisperWeights().resolve("acme-medical")
    WhisperWeights().resolve("acme-medical")
    assert len(read) == 1
    model = site / "acme_weights" / "model.bin"
    model.write_bytes(MODEL[:-1] + b"?")
    os.utime(model, ns=(0, 0))
    with pytest.raises(ModelError):
        WhisperWeights().resolve("acme-medical")
    assert len(read) == 2


def test_a_cache_that_cannot_be_written_does_not_keep_a_package_from_being_loaded(
    site: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    in_one_piece(site)
    (tmp_path / "file").touch()
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(tmp_path / "file"))
    assert WhisperWeights().resolve("acme-medical") == site / "acme_weights"


@pytest.mark.parametrize("weights", ["raise RuntimeError('broken')", "import sys; sys.exit(3)", "WEIGHTS = 'no package'", "nothing = 0"])
def test_a_package_that_fails_to_load_harms_only_itself(site: Path, weights: str | None) -> None:
    install(site, "acme-broken", {}, weights=weights)
    in_one_piece(site)
    assert WhisperWeights().resolve("acme-medical") == site / "acme_weights"
    broken = next(place for place in WhisperWeights().places("acme-medical") if place.where == "acme-broken")
    assert not broken.found
    assert "can't be used" in broken.note


def test_a_package_that_is_wrong_in_a_way_of_its_own_harms_only_itself(site: Path) -> None:
    parts = {name: ("acme_odd:" + name,) for name in (*OTHERS, "model.bin")}
    install(
        site, "acme-odd", {}, weights=f"WEIGHTS = WeightsPackage(model='acme-medical', distributions={{'': 1}}, sha256='', files={parts!r})"
    )
    in_one_piece(site)
    assert WhisperWeights().resolve("acme-medical") == site / "acme_weights"


def test_a_package_must_name_every_file() -> None:
    with pytest.raises(PluginError, match=r"'acme' names no tokenizer\.json, vocabulary"):
        WeightsPackage(model="acme", distributions={}, sha256="", files={"model.bin": (), "config.json": ()})


def test_parts_are_joined_once_into_our_cache(site: Path, tmp_path: Path) -> None:
    target = tmp_path / "home" / "cache" / "whisper" / "acme"
    package = in_two_parts(site)
    assert package.flaw() == ""
    assert package.fetch(target) == target
    assert (target / "model.bin").read_bytes() == MODEL
    assert {file.name for file in target.iterdir()} == {*OTHERS, "model.bin"}
    (site / "acme_two" / "model.bin.2").unlink()
    assert package.fetch(target) == target


def test_a_damaged_part_is_refused_and_leaves_nothing_behind(site: Path, tmp_path: Path) -> None:
    target = tmp_path / "home" / "cache" / "whisper" / "acme"
    package = in_two_parts(site, second=MODEL[10_000:-1] + b"?")
    with pytest.raises(ModelError, match="SHA-256 differs"):
        package.fetch(target)
    assert [each.name for each in target.parent.iterdir() if each.is_dir()] == []


def test_what_a_killed_process_left_does_not_get_in_the_way(site: Path, tmp_path: Path) -> None:
    target = tmp_path / "home" / "cache" / "whisper" / "acme"
    (target.parent / ".acme.joining").mkdir(parents=True)
    (target.parent / ".acme.joining" / "model.bin").write_bytes(b"half")
    target.mkdir()
    (target / "model.bin").write_bytes(b"half")
    assert (in_two_parts(site).fetch(target) / "model.bin").read_bytes() == MODEL


def test_parts_that_cannot_be_joined_for_want_of_a_cache_are_one_clear_line(site: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match=r"can't be joined in .*VOICEBRIDGE_HOME"):
        in_two_parts(site).fetch(tmp_path / "file" / "acme")


def load(folder: Path) -> Any:
    from faster_whisper import WhisperModel

    return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)


@pytest.mark.skipif(bool(TINY_EN.flaw()), reason="the extra tiny-en is not installed")
def test_the_real_tiny_en_is_loaded_where_it_lies() -> None:
    folder = WhisperWeights().resolve("tiny.en")
    assert folder.name == "model"
    assert not load(folder).model.is_multilingual


@pytest.mark.skipif(bool(BASE.flaw()), reason="the extra base is not installed")
def test_two_processes_that_join_the_real_base_at_once_both_finish_right(tmp_path: Path) -> None:
    script = "from voicebridge_whisper.weights.store import WhisperWeights; print(WhisperWeights().resolve('base'))"
    both = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    answers = {process.communicate()[0].strip() for process in both}
    assert [process.returncode for process in both] == [0, 0]
    folder = tmp_path / "home" / "cache" / "whisper" / "base"
    assert answers == {str(folder)}
    assert checks.sha256_of(folder / "model.bin") == BASE.sha256
    assert load(folder).model.is_multilingual
    assert WhisperWeights().places("base")[0].found
    assert WhisperWeights().remove("base") == [folder]
