from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from voicebridge.errors import NotSupportedError, UnknownNameError, UsageError
from voicebridge.runtime.config import Config
from voicebridge.runtime.plugins import load_plugins
from voicebridge.runtime.registry import Registry
from voicebridge.speech import AudioChunk
from voicebridge.testing import STELLA
from voicebridge.tts.choose import check_free, choose, find_voice
from voicebridge.tts.voices.store import VoiceStore, user_voices

Site = Any  # the folder of planted packages in conftest.py


def registry(home: Path, file: str = "") -> Registry:
    (home / "config.toml").write_text(file, encoding="utf-8")
    return Registry(load_plugins(), Config.load(environment={}))


@pytest.fixture
def store(home: Path) -> VoiceStore:
    store = user_voices()
    store.add("anna", AudioChunk(STELLA.at(16_000), 16_000), date(2026, 3, 14))
    return store


def chosen(registry: Registry, store: VoiceStore, model: str | None, voice: str | None) -> tuple[str, str | None, str | None]:
    found, own, sample = find_voice(registry, store, model, voice)
    return found.full_name, own, sample.name if sample else None


@pytest.mark.parametrize(
    ("model", "voice", "expected"),
    [
        (None, None, ("acme/plain", None, None)),
        ("clone", None, ("acme/clone", None, None)),
        (None, "lotte", ("acme/plain", "lotte", None)),
        ("plain", "joe", ("acme/plain", "joe", None)),
        (None, "anna", ("acme/clone", None, "anna")),
        ("far", "anna", ("acme/far", None, "anna")),
    ],
    ids=["nothing", "a model", "a model's voice", "both", "a sample brings a local model that clones", "a sample and a model"],
)
def test_the_voice_and_its_model_are_found(
    home: Path, acme: Site, store: VoiceStore, model: str | None, voice: str | None, expected: tuple[str, str | None, str | None]
) -> None:
    assert chosen(registry(home), store, model, voice) == expected


def test_what_is_not_named_comes_from_the_configuration(home: Path, acme: Site, store: VoiceStore) -> None:
    assert chosen(registry(home, '[tts]\nvoice = "anna"'), store, None, None) == ("acme/clone", None, "anna")
    assert chosen(registry(home, '[tts]\nvoice = "lotte"\nmodel = "clone"'), store, None, None) == ("acme/plain", "lotte", None)


def test_a_configured_voice_goes_with_a_named_model_only_where_it_can(home: Path, acme: Site, store: VoiceStore) -> None:
    assert chosen(registry(home, '[tts]\nvoice = "joe"'), store, "clone", None) == ("acme/clone", None, None)
    assert chosen(registry(home, '[tts]\nvoice = "anna"'), store, "far", None) == ("acme/far", None, "anna")
    assert chosen(registry(home, '[tts]\nvoice = "anna"'), store, "plain", None) == ("acme/plain", None, None)


def test_an_unknown_voice_is_refused_with_the_nearest_of_all(home: Path, acme: Site, store: VoiceStore) -> None:
    for typed, meant in (("ana", "anna"), ("lote", "lotte")):
        with pytest.raises(
            UnknownNameError, match=f"^No voice is named '{typed}'. Did you mean '{meant}'. List them with: voicebridge voices$"
        ):
            find_voice(registry(home), store, None, typed)


def test_a_voice_of_another_model_is_refused_by_a_named_one(home: Path, acme: Site, store: VoiceStore) -> None:
    with pytest.raises(UnknownNameError, match="^acme/clone has no voice named 'joe'; acme/plain does: -m acme/plain$"):
        find_voice(registry(home), store, "clone", "joe")


def test_a_model_that_can_not_clone_is_refused_with_one_that_can(home: Path, acme: Site, store: VoiceStore) -> None:
    with pytest.raises(NotSupportedError, match="^acme/plain can't speak in the voice of a sample such as 'anna'. .*-m acme/clone$"):
        find_voice(registry(home), store, "plain", "anna")


def test_a_name_for_a_new_voice_must_be_free(home: Path, acme: Site, store: VoiceStore) -> None:
    for name, why in (("joe", "is already a voice of acme/plain"), ("anna", "You already have a voice named"), ("An na", "is not a name")):
        with pytest.raises(UsageError, match=why):
            check_free(registry(home), store, name)
    check_free(registry(home), store, "bert")


DRAWL = """
    from voicebridge import TtsSpec, hookimpl

    @hookimpl
    def voicebridge_tts_models():
        yield TtsSpec(name="drawl", factory="PACKAGE.no_such_module:Engine", speed=True, speed_range=(0.25, 1.1))
"""


def test_a_speed_that_the_model_does_not_support_is_rejected_before_it_is_loaded(home: Path, site: Site) -> None:
    site.install("slow", DRAWL)
    assert choose(registry(home), model="drawl", voice=None, asked={"speed": 0.5}).request.speed == 0.5
    with pytest.raises(NotSupportedError, match=r"^slow/drawl can't speak at speed 3\. Use a speed from 0\.25 to 1\.1\.$"):
        choose(registry(home), model="drawl", voice=None, asked={"speed": 3.0})


CHOIR = """
    from voicebridge import TtsSpec, Voice, hookimpl

    @hookimpl
    def voicebridge_tts_models():
        yield TtsSpec(name="choir", factory="PACKAGE.no_such_module:Engine", voices=[Voice("alto"), Voice("bass")], open_voices="a blend")
        yield TtsSpec(name="solo", factory="PACKAGE.no_such_module:Engine", voices=[Voice("tenor")])
"""


@pytest.mark.parametrize(("file", "model"), [("", "choir"), ('[tts]\nmodel = "choir"', None)], ids=["named", "configured"])
def test_a_voice_that_is_not_listed_is_left_to_a_model_that_accepts_such_voices(
    home: Path, site: Site, file: str, model: str | None
) -> None:
    site.install("chorus", CHOIR)
    assert chosen(registry(home, file), user_voices(), model, "alto+bass") == ("chorus/choir", "alto+bass", None)


def test_a_listed_voice_of_another_model_is_not_left_to_it(home: Path, site: Site) -> None:
    site.install("chorus", CHOIR)
    with pytest.raises(UnknownNameError, match="^chorus/choir has no voice named 'tenor'; chorus/solo does"):
        find_voice(registry(home), user_voices(), "choir", "tenor")


@pytest.mark.parametrize("model", [None, "solo"])
def test_a_voice_that_is_not_listed_is_refused_where_no_model_was_named_that_accepts_it(home: Path, site: Site, model: str | None) -> None:
    site.install("chorus", CHOIR)
    with pytest.raises(UnknownNameError, match=r"voice (is )?named 'alto\+bass'"):
        find_voice(registry(home), user_voices(), model, "alto+bass")
