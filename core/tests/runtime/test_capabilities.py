"""Requests that a model doesn't support are rejected, with a model that does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from voicebridge.errors import (
    NotSupportedError,
    UnknownNameError,
)
from voicebridge.runtime.capabilities import CAPABILITIES, TTS_CAPABILITIES, require, require_speakers
from voicebridge.runtime.registry import Registry
from voicebridge.specs import SttSpec, TtsSpec

Site = Any  # the folder of planted packages in conftest.py


def test_what_a_model_cannot_do_is_refused_with_one_that_can(home: Path, echo: Site, registry: Callable[..., Registry]) -> None:
    found = registry(home)
    with pytest.raises(NotSupportedError, match="echo/small can't translate. Use one that can: -m echo/big"):
        require(found.stt("small"), ["translate"], None, found.stt_models())
    with pytest.raises(NotSupportedError, match="echo/big can't tell speakers apart. No active model can."):
        require(found.stt("big"), ["diarization"], None, found.stt_models())
    require(found.stt("big"), ["translate", "words"], "de", found.stt_models())


def test_every_capability_of_the_descriptor_has_its_words() -> None:
    for spec, phrases in ((SttSpec, CAPABILITIES), (TtsSpec, TTS_CAPABILITIES)):
        assert {name for name, default in vars(spec).items() if default is False} == set(phrases)


def test_a_model_that_can_and_is_here_is_recommended_before_one_that_is_not(
    home: Path, echo: Site, registry: Callable[..., Registry], rival: Callable[..., None]
) -> None:
    rival(echo, extra="translate=True")
    found = registry(home)
    with pytest.raises(NotSupportedError, match="-m rival/small"):
        require(found.stt("echo/small"), ["translate"], None, found.stt_models())


def test_a_language_that_a_model_does_not_speak_is_refused_with_one_that_does(
    home: Path, echo: Site, registry: Callable[..., Registry]
) -> None:
    found = registry(home)
    with pytest.raises(NotSupportedError, match="echo/small doesn't support the language 'de'. Use one that can: -m echo/big"):
        require(found.stt("small"), [], "de", found.stt_models())


def test_a_language_that_nobody_speaks_is_most_likely_a_slip(home: Path, echo: Site, registry: Callable[..., Registry]) -> None:
    found = registry(home)
    with pytest.raises(UnknownNameError, match="No model supports the language 'dee'. Did you mean 'de'"):
        require(found.stt("small"), [], "dee", found.stt_models())


TROUPES = """
    from voicebridge import TtsSpec, hookimpl

    @hookimpl
    def voicebridge_tts_models():
        yield TtsSpec(name="solo", factory="PACKAGE.no_such_module:Engine", languages={"en"})
        yield TtsSpec(name="noh", factory="PACKAGE.no_such_module:Engine", languages={"ja"}, speakers=5)
        yield TtsSpec(name="globe", factory="PACKAGE.no_such_module:Engine", languages={"de", "en"}, speakers=4)
"""


@pytest.mark.parametrize(("speakers", "best"), [(4, "globe"), (5, "noh")])
def test_for_a_script_a_model_of_the_same_language_is_suggested_if_there_is_one(
    home: Path, site: Site, registry: Callable[..., Registry], speakers: int, best: str
) -> None:
    site.install("troupe", TROUPES)
    models = registry(home).tts_models()
    with pytest.raises(NotSupportedError, match=f"supports only 1 speaker, not {speakers}. Use one that can: -m troupe/{best}"):
        require_speakers(models[0], speakers, models)
