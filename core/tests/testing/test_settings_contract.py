"""The conformance tests for settings pass for a plugin that follows the rules, and each fault fails the right one."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
from voicebridge.testing import SettingsContract

PLUGIN = """
    from voicebridge import SettingsSpec, SttSpec, hookimpl

    @hookimpl
    def voicebridge_settings():
        yield SettingsSpec(settings="PACKAGE.settings:Settings")

    @hookimpl
    def voicebridge_stt_models():
        yield SttSpec(name="tiny", factory="PACKAGE.engine:Engine", options="PACKAGE.engine:Options")
"""
SETTINGS = """
    from pydantic import Field
    from voicebridge import EngineOptions

    class Settings(EngineOptions):
        key: str = Field(description="The key of the account. Required.")
        times: int = Field(1, ge=1, description="How often.")
"""
ENGINE = """
    from pydantic import Field
    from voicebridge import EngineOptions

    class Options(EngineOptions):
        beam_size: int = Field(5, description="How wide to look.")
"""


class _Acme(SettingsContract):
    plugin = "acme"


TESTS = [name for name, _ in inspect.getmembers(SettingsContract, inspect.isfunction) if name.startswith("test_")]


def failures() -> dict[str, str]:
    """The tests that fail for the installed plugin, with their messages."""
    contract = _Acme()
    record = SettingsContract.record.__wrapped__.__func__(_Acme)  # type: ignore[attr-defined]
    settings = SettingsContract.settings.__wrapped__.__func__(_Acme, record)  # type: ignore[attr-defined]
    found = {}
    for name in TESTS:
        test = getattr(contract, name)
        wanted = inspect.signature(test).parameters
        try:
            test(**{key: value for key, value in {"record": record, "settings": settings}.items() if key in wanted})
        except pytest.fail.Exception as failure:
            found[name] = str(failure)
    return found


@pytest.fixture(autouse=True)
def _importable(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(site.path))  # for the new interpreter that imports the class


def test_a_plugin_that_follows_the_rules_passes(site: Any, home: Path) -> None:
    site.install("acme", PLUGIN, settings=SETTINGS, engine=ENGINE)
    assert failures() == {}


FAULTS = {
    "no description": (', description="How often."', "", "test_every_setting_has_a_description_and_a_default", "times has no description"),
    "no default": (" Required.", "", "test_every_setting_has_a_description_and_a_default", "key has no default: give it one, or say in "),
    "wrong default": ("Field(1, ge=1", "Field(0, ge=1", "test_every_setting_has_a_description_and_a_default", "the default of times: "),
    "mutable": ("(EngineOptions):", "(EngineOptions, frozen=False):", "test_values_are_immutable", "Settings is not frozen"),
    "lenient": ("(EngineOptions):", "(EngineOptions, extra='allow'):", "test_unknown_keys_are_refused", "Settings accepts the unknown key"),
    "heavy": (
        "from voicebridge", "import numpy\n    from voicebridge", "test_it_can_be_imported_without_heavy_libraries",
        "imported with the settings: planted_acme_plugin.settings → numpy",
    ),
    "clash": ("times:", "beam_size:", "test_no_setting_has_the_name_of_an_option", "The plugin acme has 'beam_size' both as a setting and"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_fails_the_test_that_is_for_it(fault: str, site: Any, home: Path) -> None:
    right, wrong, test, message = FAULTS[fault]
    site.install("acme", PLUGIN, settings=SETTINGS.replace(right, wrong), engine=ENGINE)
    found = failures()
    assert list(found) == [test]
    assert found[test].startswith(message)


def test_a_class_that_can_not_be_imported_is_named(site: Any, home: Path) -> None:
    site.install("acme", PLUGIN, settings="Settings = 1", engine=ENGINE)
    with pytest.raises(pytest.fail.Exception, match="Plugin acme: planted_acme_plugin.settings:Settings is not a subclass"):
        failures()
