"""The model that is used if the user names none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from voicebridge import paths
from voicebridge.errors import UnknownNameError
from voicebridge.languages import of_locale
from voicebridge.runtime.registry import Registry

Site = Any  # the folder of planted packages in conftest.py


def plugin(*specs: str, kind: str = "Stt") -> str:
    """The source of a plugin with these models, whose weights need no download."""
    yields = "\n".join(f"        yield {kind}Spec(factory='PACKAGE.engine:Engine', {spec})" for spec in specs)
    return f"""
    from voicebridge import {kind}Spec, hookimpl

    @hookimpl
    def voicebridge_{kind.lower()}_models():
{yields}
"""


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    set_locale(monkeypatch, "en_US.UTF-8")


def set_locale(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv("LC_CTYPE", raising=False)
    monkeypatch.setenv("LC_ALL", name)


def test_a_plugin_that_is_installed_later_changes_no_default(home: Path, site: Site, registry: Callable[..., Registry]) -> None:
    site.install("mine", plugin("name='good'"))
    site.install("voices", plugin("name='kind'", kind="Tts"))
    assert registry(home).stt().full_name == "mine/good"
    assert registry(home).tts().full_name == "voices/kind"
    site.install("a-first", plugin("name='quick', light=True"))
    site.install("a-robot", plugin("name='tin', light=True", kind="Tts"))
    assert registry(home).stt().full_name == "mine/good"
    assert registry(home).tts().full_name == "voices/kind"


def test_a_recogniser_of_another_language_is_no_default(
    home: Path, site: Site, registry: Callable[..., Registry], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.install("a-korean", plugin("name='ko', languages={'ko'}, light=True"))
    site.install("many", plugin("name='all', languages={'en', 'de', 'ko'}"))
    assert registry(home).stt().full_name == "many/all"
    assert registry(home).stt(language="ko").full_name == "a-korean/ko"
    assert registry(home, 'stt.language = "ko"').stt().full_name == "a-korean/ko"
    set_locale(monkeypatch, "ko_KR.UTF-8")
    assert registry(home).stt().full_name == "a-korean/ko"
    set_locale(monkeypatch, "de_DE.UTF-8")
    assert registry(home).stt().full_name == "many/all"


def test_a_model_of_another_language_is_the_default_while_there_is_no_other_and_is_not_kept(
    home: Path, site: Site, registry: Callable[..., Registry]
) -> None:
    site.install("a-korean", plugin("name='ko', languages={'ko'}"))
    assert registry(home).stt().full_name == "a-korean/ko"
    site.install("many", plugin("name='all'"))
    assert registry(home).stt().full_name == "many/all"


def test_a_model_that_is_not_automatic_is_used_only_by_its_name(home: Path, site: Site, registry: Callable[..., Registry]) -> None:
    site.install("a-test", plugin("name='tones', automatic=False", "name='more', automatic=False"))
    with pytest.raises(UnknownNameError) as caught:
        registry(home).stt()
    assert str(caught.value) == (
        "No speech-to-text model is chosen automatically. Give one: -m a-test/tones, or: voicebridge config set stt.model a-test/tones"
    )
    site.install("many", plugin("name='all'"))
    assert registry(home).stt().full_name == "many/all"
    assert registry(home).stt("tones").full_name == "a-test/tones"


def test_the_kept_default_gives_way_when_it_is_gone(home: Path, site: Site, registry: Callable[..., Registry]) -> None:
    for name in ("first", "second"):
        site.install(name, plugin("name='model'"))
    assert registry(home).stt().full_name == "first/model"
    assert registry(home, disabled=("first",)).stt().full_name == "second/model"
    assert registry(home).stt().full_name == "second/model"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"stt": 3}', b'{"stt": {"en": null}}', b"\xff"])
def test_a_damaged_record_of_defaults_is_replaced(home: Path, site: Site, registry: Callable[..., Registry], content: bytes) -> None:
    site.install("mine", plugin("name='good'"))
    paths.data_dir().mkdir(parents=True)
    (paths.data_dir() / "defaults.json").write_bytes(content)
    assert registry(home).stt().full_name == "mine/good"
    assert '"en": "mine/good"' in (paths.data_dir() / "defaults.json").read_text()


def test_a_data_folder_that_can_t_be_written_to_is_no_error(home: Path, site: Site, registry: Callable[..., Registry]) -> None:
    site.install("mine", plugin("name='good'"))
    paths.data_dir().parent.mkdir(parents=True, exist_ok=True)
    paths.data_dir().write_text("a file")
    assert registry(home).stt().full_name == "mine/good"


@pytest.mark.parametrize(
    ("name", "language"), [("de_DE.UTF-8", "de"), ("pt_BR", "pt"), ("C.UTF-8", "en"), ("POSIX", "en"), ("", "en"), ("zh_TW.Big5", "zh")]
)
def test_the_language_of_a_locale(monkeypatch: pytest.MonkeyPatch, name: str, language: str) -> None:
    set_locale(monkeypatch, name)
    monkeypatch.setenv("LANG", "")
    assert of_locale() == language
