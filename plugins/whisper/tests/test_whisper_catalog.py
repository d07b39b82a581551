"""The models that the plugin offers, and the meaning of their names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from faster_whisper.tokenizer import _LANGUAGE_CODES
from faster_whisper.utils import _MODELS
from hypothesis import given
from hypothesis import strategies as st
from voicebridge_whisper import catalog, plugin
from voicebridge_whisper.weights import packages
from voicebridge_whisper.weights.names import understand

SPECS = {spec.name: spec for spec in plugin.voicebridge_stt_models()}


def test_every_model_that_faster_whisper_publishes_is_offered_under_its_names() -> None:
    assert {name: model.repo for name in _MODELS if (model := catalog.find(name))} == _MODELS
    assert {model.repo for model in catalog.MODELS} == set(_MODELS.values())


def test_the_languages_are_the_tokenizer_s() -> None:
    assert SPECS["large-v3"].languages == set(_LANGUAGE_CODES)
    assert SPECS["base"].languages == set(_LANGUAGE_CODES) - {"yue"}
    assert SPECS["tiny.en"].languages == SPECS["distil-large-v3.5"].languages == {"en"}


def test_only_models_that_were_trained_to_translate_say_that_they_can() -> None:
    able = {name for name, spec in SPECS.items() if spec.translate}
    assert able == {"tiny", "base", "small", "medium", "large-v1", "large-v2", "large-v3"}


def test_exactly_one_model_takes_open_names_and_it_refuses_nothing_that_another_can_do() -> None:
    (open_spec,) = [spec for spec in SPECS.values() if spec.open_names]
    assert open_spec.translate
    assert all(set(open_spec.languages or ()) >= set(spec.languages or ()) for spec in SPECS.values())


def test_base_is_preferred_and_models_of_many_languages_go_before_english_ones_of_their_speed() -> None:
    order = list(SPECS)
    assert order[0] == "base"
    assert order.index("tiny") < order.index("base.en") < order.index("large-v3-turbo")


def test_every_model_is_described_in_one_line_with_its_size() -> None:
    for spec in SPECS.values():
        assert "parameters" in spec.description
        assert "\n" not in spec.description


def test_the_pins_of_catalogue_and_packages_agree() -> None:
    for package in (packages.TINY_EN, packages.BASE):
        model = catalog.find(package.model)
        assert model is not None
        assert model.sha256 == package.sha256


def test_importing_the_plugin_and_asking_for_places_imports_nothing_heavy() -> None:
    script = (
        "import sys, voicebridge_whisper.plugin\n"
        "def heavy(): return {'numpy', 'ctranslate2', 'faster_whisper', 'huggingface_hub', 'filelock', 'pydantic'} & set(sys.modules)\n"
        "list(voicebridge_whisper.plugin.voicebridge_stt_models())\n"
        "assert not heavy(), heavy()\n"
        "from voicebridge_whisper.weights.store import WhisperWeights\n"
        "[WhisperWeights().places(name) for name in ('base', 'small', 'owner/name', './x')]\n"
        "assert not heavy(), heavy()\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize(
    ("given", "key", "repo"),
    [
        ("base", "base", "Systran/faster-whisper-base"),
        ("turbo", "large-v3-turbo", "mobiuslabsgmbh/faster-whisper-large-v3-turbo"),
        ("Systran/faster-whisper-base", "base", "Systran/faster-whisper-base"),
        ("openai/whisper-base", "base", "Systran/faster-whisper-base"),
        ("openai/whisper-large-v3-turbo", "large-v3-turbo", "mobiuslabsgmbh/faster-whisper-large-v3-turbo"),
        ("owner/some-model.v2", "owner--some-model.v2", "owner/some-model.v2"),
        ("acme-medical", "acme-medical", None),
    ],
)
def test_names_that_have_a_place_in_our_cache(given: str, key: str | None, repo: str | None) -> None:
    name = understand(given)
    assert (name.key, name.repo, name.explicit) == (key, repo, False)


@pytest.mark.parametrize(
    "given",
    [
        "./base",
        "../models/base",
        ".",
        "/srv/models/base",
        "~/models/base",
        "~nobody-of-that-name/base",
        "C:\\Users\\me\\base",
        "C:/Users/me/base",
        "d:base",
        "\\\\server\\share\\base",
        "models\\base",
        "a/b/c",
        "owner/..",
        "owner/a--b",
        "with space",
        "",
    ],
)
def test_names_that_can_only_be_folders(given: str) -> None:
    name = understand(given)
    assert name.explicit
    assert name.key is name.repo is None


def test_a_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert understand("~/base").path == tmp_path / "base"


@given(st.text(max_size=40))
def test_no_name_ever_gives_a_folder_outside_our_cache(given: str) -> None:
    key = understand(given).key
    if key is not None:
        assert Path(key).name == key
        assert not key.startswith(".")


_WORDS = st.from_regex(r"[A-Za-z0-9_]+([.-][A-Za-z0-9_]+)?", fullmatch=True)


@given(_WORDS, _WORDS, _WORDS, _WORDS)
def test_two_hub_ids_never_share_a_folder(owner: str, name: str, other_owner: str, other_name: str) -> None:
    one, other = understand(f"{owner}/{name}"), understand(f"{other_owner}/{other_name}")
    assert (one.key == other.key) == (one.repo == other.repo)
