"""Conformance tests for the settings of a plugin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import pytest
from pydantic import ValidationError

from voicebridge.errors import VoiceBridgeError
from voicebridge.extensions import SettingsSpec
from voicebridge.options import EngineOptions
from voicebridge.runtime.plugin_settings import settings_type, table_fields
from voicebridge.runtime.plugins import PluginRecord, load_plugins
from voicebridge.testing.faults import option_faults
from voicebridge.testing.imports import foreign_imports

_UNKNOWN = "no_such_setting"


def _expect_none(faults: Sequence[str]) -> None:
    __tracebackhide__ = True
    if faults:
        pytest.fail("\n".join(faults))


class SettingsContract:
    """The rules for a plugin's settings; a plugin derives a test class from it, and names itself."""

    plugin: ClassVar[str]
    """The plugin's name."""
    imports: ClassVar[Sequence[str]] = ()
    """Packages that the module of the class may import, besides the standard library, pydantic and ``voicebridge``."""

    @pytest.fixture(scope="class")
    @classmethod
    def record(cls) -> PluginRecord:
        """The installed plugin."""
        record = load_plugins().get(cls.plugin)
        if not record.active:
            pytest.fail(f"{record.name} is {record.outcome}: {record.reason}")
        return record

    @pytest.fixture(scope="class")
    @classmethod
    def settings(cls, record: PluginRecord) -> type[EngineOptions]:
        """The class of the settings."""
        try:
            found = settings_type(record)
        except VoiceBridgeError as error:
            pytest.fail(str(error))
        if found is None:
            pytest.fail(f"{record.name} has no settings: voicebridge_settings yields nothing")
        return found

    @pytest.mark.usefixtures("settings")
    def test_it_can_be_imported_without_heavy_libraries(self, record: PluginRecord) -> None:
        """Importing the module of the class imports only what ``imports`` lists.

        Troubleshooting: the class is imported to complete a name or to check the configuration. Move it to a module of its own.
        """
        module = record.of(SettingsSpec)[0].settings.partition(":")[0]
        chains = foreign_imports(module, self.imports, base="voicebridge.options")
        _expect_none([f"imported with the settings: {chain}" for chain in chains])

    def test_every_setting_has_a_description_and_a_default(self, settings: type[EngineOptions]) -> None:
        """A setting has a description and a valid default; if it has no default, the description says that it is required.

        Troubleshooting: write ``name: type = Field(default, description="…")``.
        """
        _expect_none(option_faults(settings, required=True))

    def test_values_are_immutable(self, settings: type[EngineOptions]) -> None:
        """A value can't be assigned after the settings are read: several parts of the plugin share them.

        Troubleshooting: keep ``frozen=True`` of ``EngineOptions``, and use tuples instead of lists.
        """
        if not settings.model_config.get("frozen"):
            pytest.fail(f"{settings.__name__} is not frozen: its values can be assigned")

    def test_unknown_keys_are_refused(self, settings: type[EngineOptions]) -> None:
        """A key that no field has is an error: it is probably a typing mistake.

        Troubleshooting: keep ``extra="forbid"`` of ``EngineOptions``.
        """
        try:
            settings.model_validate({_UNKNOWN: 1})
        except ValidationError as error:
            if any(each["type"] == "extra_forbidden" for each in error.errors()):
                return
        pytest.fail(f"{settings.__name__} accepts the unknown key {_UNKNOWN!r}")

    @pytest.mark.usefixtures("settings")
    def test_no_setting_has_the_name_of_an_option(self, record: PluginRecord) -> None:
        """Settings share the plugin's table with the options of its models and services, so their names differ.

        Troubleshooting: rename the setting.
        """
        try:
            table_fields(record)
        except VoiceBridgeError as error:
            pytest.fail(str(error))
