"""Which source of weights has precedence, remarks about the others, which folders are recognised as models, and offline mode."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from voicebridge import WeightsNotFoundError, WeightsPlace, WeightsStore
from voicebridge.runtime.plugins import load_plugins
from voicebridge_vibevoice.catalog import MODELS
from voicebridge_vibevoice.weights.store import ListeningWeights, SpeechWeights

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def _machine_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("VOICEBRIDGE_OFFLINE", "HF_HUB_OFFLINE", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))


def make_model(folder: Path, kind: str = "vibevoice", **config: Any) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": kind, "text_config": {}, **config}))
    for name in ("processor_config.json", "tokenizer.json", "model.safetensors"):
        (folder / name).write_bytes(b"{}" * 50)
    return folder


def in_hub_cache(tmp_path: Path, repo: str, commit: str = COMMIT, *, current: bool = True) -> Path:
    root = tmp_path / "hub" / f"models--{repo.replace('/', '--')}"
    if current:
        (root / "refs").mkdir(parents=True)
        (root / "refs" / "main").write_text(commit)
    return make_model(root / "snapshots" / commit)


def place(model: str, kind: str) -> WeightsPlace:
    return next(each for each in SpeechWeights().places(model) if each.kind == kind)


def note(folder: Path) -> str:
    found = place(str(folder), "folder")
    assert not found.found
    return found.note


def test_the_stores_have_the_shape_that_the_host_expects() -> None:
    assert isinstance(SpeechWeights(), WeightsStore)
    assert isinstance(ListeningWeights(), WeightsStore)


def test_the_places_come_in_their_order(tmp_path: Path) -> None:
    assert [each.kind for each in SpeechWeights().places("1.5b")] == ["cache", "hub cache", "hub"]
    assert [each.kind for each in SpeechWeights().places(str(tmp_path))] == ["folder"]


def test_our_cache_goes_before_the_hub_s_and_the_name_is_as_good_as_the_hub_id(tmp_path: Path) -> None:
    theirs = in_hub_cache(tmp_path, "vibevoice/VibeVoice-1.5B-hf")
    assert SpeechWeights().resolve("1.5b") == theirs
    ours = make_model(tmp_path / "home" / "cache" / "vibevoice" / "1.5b")
    assert SpeechWeights().resolve("1.5b") == SpeechWeights().resolve("vibevoice/VibeVoice-1.5B-hf") == ours


def test_the_hub_s_cache_serves_any_hub_id_and_prefers_the_current_revision(tmp_path: Path) -> None:
    in_hub_cache(tmp_path, "owner/name", "f" * 40, current=False)
    assert SpeechWeights().resolve("owner/name").name == "f" * 40
    in_hub_cache(tmp_path, "owner/name")
    assert SpeechWeights().resolve("owner/name").name == COMMIT


def test_a_folder_named_like_a_hub_id_goes_before_the_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    folder = make_model(tmp_path / "owner" / "name")
    assert SpeechWeights().resolve("owner/name") == folder


def test_a_folder_is_offered_only_as_the_kind_of_model_that_it_holds(tmp_path: Path) -> None:
    speech, listening = make_model(tmp_path / "speech"), make_model(tmp_path / "listening", "vibevoice_asr")
    assert SpeechWeights().resolve(str(speech)) == speech
    assert ListeningWeights().resolve(str(listening)) == listening
    with pytest.raises(WeightsNotFoundError, match=r"listens: use it with voicebridge stt"):
        SpeechWeights().resolve(str(listening))
    with pytest.raises(WeightsNotFoundError, match=r"speaks: use it with voicebridge tts"):
        ListeningWeights().resolve(str(speech))


@pytest.mark.parametrize(
    ("config", "right"),
    [
        ({"decoder_config": {"hidden_size": 1536}}, "vibevoice/VibeVoice-1.5B-hf"),
        ({"decoder_config": {"hidden_size": 3584}}, "vibevoice/VibeVoice-7B-hf"),
        ({"architectures": ["VibeVoiceForASRTraining"], "decoder_config": {"hidden_size": 3584}}, "microsoft/VibeVoice-ASR-HF"),
        ({"decoder_config": None}, "vibevoice/VibeVoice-1.5B-hf"),
    ],
)
def test_the_older_layout_is_refused_with_the_name_of_the_right_one(tmp_path: Path, config: dict[str, Any], right: str) -> None:
    folder = make_model(tmp_path / "old")
    (folder / "config.json").write_text(json.dumps({"model_type": "vibevoice", **config}))
    assert note(folder) == f"has the older layout, which transformers misreads: use {right}"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{", "its config.json is damaged"),
        (b"[]", "its config.json is damaged"),
        (b"\xff\xfe", "its config.json is damaged"),
        (b'{"model_type": "whisper"}', "is not a VibeVoice model (its config.json says model_type='whisper')"),
        (
            b'{"model_type": "vibevoice_streaming"}',
            "is a VibeVoice model of a kind that transformers can't load (model_type='vibevoice_streaming')",
        ),
    ],
)
def test_what_is_no_such_model_says_so(tmp_path: Path, content: bytes, expected: str) -> None:
    folder = make_model(tmp_path / "mine")
    (folder / "config.json").write_bytes(content)
    assert note(folder) == expected


def test_what_is_missing_or_not_copied_whole_is_named(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "mine")
    (folder / "tokenizer.json").unlink()
    assert note(folder) == "lacks tokenizer.json"
    shutil.rmtree(folder)
    folder = make_model(tmp_path / "mine")
    (folder / "model.safetensors").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    assert "git lfs pull" in note(folder)
    (folder / "model.safetensors").write_bytes(b"")
    assert note(folder) == "its model.safetensors is empty"
    assert note(tmp_path / "nowhere") == "no such folder"
    assert "this is a file" in note(folder / "config.json")
    assert note(tmp_path) == "lacks config.json"


def test_every_shard_of_the_weights_has_to_be_there(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "mine")
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert note(folder) == "lacks model-00002-of-00002.safetensors"
    (folder / "model.safetensors.index.json").write_text("{}")
    assert note(folder) == "its model.safetensors.index.json is damaged"


def test_weights_that_are_pickles_are_refused(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "mine")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    assert "pickle" in note(folder)


def test_offline_and_absent_is_one_line_with_every_place_and_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBRIDGE_OFFLINE", "1")
    with pytest.raises(WeightsNotFoundError) as caught:
        SpeechWeights().resolve("7b")
    message = str(caught.value)
    assert "\n" not in message
    for part in (
        *(each.where for each in SpeechWeights().places("7b")),
        "voicebridge models download vibevoice/7b",
        "VoiceBridge is offline",
    ):
        assert part in message


def test_the_hub_s_own_switch_for_offline_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert place("7b", "hub").found
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert not place("7b", "hub").found


@pytest.mark.parametrize("name", ["~nobody-at-all/x", "\0", "C:\\x", "", "a" * 5000])
def test_strange_names_are_no_crash(name: str) -> None:
    with pytest.raises(WeightsNotFoundError):
        SpeechWeights().resolve(name)


def test_every_listed_model_is_of_the_kind_of_its_store() -> None:
    record = load_plugins(only=["vibevoice"]).get("vibevoice")
    assert [(spec.name, spec.weights and spec.weights.rpartition(":")[2]) for spec in record.specs if hasattr(spec, "weights")] == [
        (model.name, "ListeningWeights" if model.kind == "vibevoice_asr" else "SpeechWeights")
        for model in sorted(MODELS, key=lambda model: model.kind != "vibevoice_asr")
    ]


def test_offline_opens_no_socket(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "def refuse(event, args):\n"
        "    if event.startswith('socket.'):\n"
        "        raise SystemExit(f'{event} {args}')\n"
        "sys.addaudithook(refuse)\n"
        "from pathlib import Path\n"
        "from voicebridge.errors import VoiceBridgeError\n"
        "from voicebridge_vibevoice.weights import hub\n"
        "from voicebridge_vibevoice.weights.store import SpeechWeights\n"
        "weights = SpeechWeights()\n"
        "weights.places('1.5b')\n"
        "for attempt in (weights.resolve, weights.download, lambda name: hub.fetch(name, Path(sys.argv[1]))):\n"
        "    for name in ('1.5b', 'owner/name'):\n"
        "        try:\n"
        "            attempt(name)\n"
        "        except VoiceBridgeError as error:\n"
        "            assert 'VoiceBridge is offline' in str(error), error\n"
        "        else:\n"
        "            raise SystemExit('fetched')\n"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules\n"
    )
    environment = os.environ | {"VOICEBRIDGE_OFFLINE": "1"}
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "model")], env=environment, check=True)
