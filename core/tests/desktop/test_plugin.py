"""The core's own plugin: it has the lowest priority, and no other plugin can take its name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from voicebridge.errors import UnknownNameError
from voicebridge.installing import remedy
from voicebridge.runtime.plugins import load_plugins
from voicebridge.runtime.registry import Registry
from voicebridge.specs import ServiceSpec
from voicebridge.testing import foreign_imports

Site = Any  # the folder of planted packages in conftest.py
Run = Callable[..., Any]

SERVICE = """
    from voicebridge import ServiceSpec, UnavailableError, hookimpl

    @hookimpl
    def voicebridge_services():
        yield ServiceSpec(kind="speaker", name="one", factory="PACKAGE.plugin:probe", probe="PACKAGE.plugin:probe")

    def probe():
        raise UnavailableError("nothing plays here. Install something.")
"""


@pytest.fixture
def own(site: Site) -> Site:
    """The core alone, with its own plugin."""
    site.install("desktop", SERVICE, dist="voicebridge-core")
    return site


def test_the_real_one_offers_sound_and_a_clipboard_and_imports_nothing_for_it() -> None:
    record = load_plugins(only=["desktop"]).get("desktop")
    assert record.active, record.reason
    assert record.own
    assert [(spec.kind, spec.name) for spec in record.of(ServiceSpec)] == [
        ("microphone", "miniaudio"),
        ("speaker", "miniaudio"),
        ("clipboard", "pyperclip"),
        ("hotkeys", "pynput"),
        ("presses", "pynput"),
    ]
    assert foreign_imports("voicebridge.desktop.plugin") == []


def test_it_is_listed_and_the_first_to_install_is_still_named(run: Run, own: Site) -> None:
    ran = run("plugins")
    assert ran.out.splitlines()[1].split() == ["desktop", "voicebridge-core", "1.0", "active", "1", "service"]
    assert remedy("voicebridge-whisper") in ran.err
    own.install("acme", "")
    assert run("plugins").err == ""


def test_it_is_not_blamed_for_a_model_that_is_missing(own: Site, run: Run) -> None:
    run("plugins", "disable", "desktop")
    with pytest.raises(UnknownNameError, match=re.escape(f"Install one: {remedy('voicebridge-whisper')}")):
        Registry(load_plugins(lambda *_: False), config()).stt()


def test_the_doctor_names_the_package_with_a_model_and_shows_the_service_with_its_reason(own: Site, run: Run) -> None:
    findings = {each["what"]: each for each in json.loads(run("doctor", "--json").out)}
    assert findings["speech to text"]["remedy"] == remedy("voicebridge-whisper")
    assert findings["speaker desktop/one"]["detail"] == "nothing plays here. Install something."
    assert findings["speaker desktop/one"]["verdict"] == "warning"


def test_it_can_be_disabled_like_any_other(own: Site, run: Run) -> None:
    assert run("plugins", "disable", "desktop").code == 0
    assert "disabled" in run("plugins").out


@pytest.mark.parametrize("rival", ["voicebridge-desktop", "acme"])
def test_its_name_belongs_to_the_core(own: Site, rival: str) -> None:
    own.install("desktop", SERVICE, dist=rival)
    outcomes = {record.distribution: (record.active, record.reason) for record in load_plugins().records}
    assert outcomes["voicebridge-core"] == (True, "")
    assert not outcomes[rival][0]
    assert "belongs to voicebridge-core" in outcomes[rival][1]


def config() -> Any:
    from voicebridge.runtime.config import Config

    return Config.load()
