"""The table ``[plugins.NAME]``: settings of plugins, and what they share it with."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from voicebridge.errors import OptionError, PluginError, UnavailableError, UnknownNameError, VoiceBridgeError
from voicebridge.options import parse_settings
from voicebridge.runtime.config import Config
from voicebridge.runtime.plugin_settings import check_given
from voicebridge.runtime.plugins import load_plugins
from voicebridge.runtime.registry import Registry

PLUGIN = """
    from voicebridge import ServiceSpec, SettingsSpec, SttSpec, hookimpl

    @hookimpl
    def voicebridge_settings():
        yield SettingsSpec(settings="PACKAGE.settings:Settings")

    @hookimpl
    def voicebridge_stt_models():
        yield SttSpec(name="tiny", factory="PACKAGE.parts:Engine", options="PACKAGE.parts:Options")

    @hookimpl
    def voicebridge_services():
        yield ServiceSpec(kind="clipboard", name="board", factory="PACKAGE.parts:Board", probe="PACKAGE.parts:probe",
            options="PACKAGE.parts:BoardOptions")
        yield ServiceSpec(kind="notifier", name="plain", factory="PACKAGE.parts:plain", probe="PACKAGE.parts:probe")
"""
SETTINGS = """
    from pydantic import Field
    from voicebridge import EngineOptions

    class Settings(EngineOptions):
        greeting: str = Field("Hello", description="The word to greet with.")
        times: int = Field(1, ge=1, description="How often.")
"""
PARTS = """
    from pydantic import Field
    from voicebridge import EngineOptions

    class Options(EngineOptions):
        beam_size: int = Field(5, ge=1, description="How wide to look.")

    class BoardOptions(EngineOptions):
        rows: int = Field(3, description="How many texts it keeps.")

    class Board:
        def __init__(self, options):
            self.options = options

    def plain():
        return "plain"

    def Engine(name, options):
        return name, options

    def probe():
        return 50
"""

Load = Callable[..., Registry]


@pytest.fixture
def acme(site: Any) -> str:
    """The package of a plugin with settings, a model and services."""
    package: str = site.install("acme", PLUGIN, settings=SETTINGS, parts=PARTS)
    return package


def given(*words: str) -> Registry:
    """The registry of a run with ``-O WORDS``."""
    host, layers = load_plugins(), parse_settings(words)
    check_given(host, layers)
    return Registry(host, Config.load(environment={}), layers)


def settings_of(registry: Registry, plugin: str = "acme") -> dict[str, object]:
    return registry.settings(plugin).model_dump()


def test_the_file_the_profile_a_variable_and_the_run_set_it_in_this_order(acme: str, home: Path) -> None:
    (home / "config.toml").write_text(
        "[plugins.acme]\nenabled = true\ngreeting = 'file'\ntimes = 2\nbeam_size = 1\n[profiles.work.plugins.acme]\ngreeting = 'profile'\n"
    )
    assert settings_of(Registry(load_plugins(), Config.load(environment={}))) == {"greeting": "file", "times": 2}
    assert settings_of(Registry(load_plugins(), Config.load("work", environment={}))) == {"greeting": "profile", "times": 2}
    variables = {"VOICEBRIDGE_ACME_GREETING": "variable", "VOICEBRIDGE_ACME_ROWS": "1"}
    config = Config.load("work", environment=variables)
    assert settings_of(Registry(load_plugins(), config)) == {"greeting": "variable", "times": 2}
    run = Registry(load_plugins(), config, parse_settings(["acme.greeting=run", "acme.times=3"]))
    assert settings_of(run) == {"greeting": "run", "times": 3}


def test_nothing_imports_the_class_until_a_value_is_needed(acme: str, registry: Load, home: Path) -> None:
    found = registry(home, "[plugins.acme]\nbeam_size = 1\n")
    found.options(found.stt("acme/tiny"))
    assert f"{acme}.settings" not in sys.modules
    found.settings("acme")
    assert f"{acme}.settings" in sys.modules


def test_a_model_and_a_service_get_their_own_options_of_the_shared_table(acme: str, registry: Load, home: Path) -> None:
    found = registry(home, "[plugins.acme]\ngreeting = 'Hi'\nbeam_size = 1\nrows = 9\n")
    assert found.options(found.stt("acme/tiny")).model_dump() == {"beam_size": 1}  # type: ignore[union-attr]
    assert found.load_service("clipboard").options.model_dump() == {"rows": 9}
    assert found.load_service("notifier") == "plain"


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (
            "greting = 'Hi'",
            "config.toml [plugins.acme]: acme has no setting 'greting'. Did you mean 'greeting'? Known: beam_size, greeting, ",
        ),
        ("times = 0", "config.toml [plugins.acme]: times: expected a whole number of at least 1, got 0."),
    ],
)
def test_a_wrong_value_is_named_with_its_origin(file: str, message: str, acme: str, registry: Load, home: Path) -> None:
    with pytest.raises(OptionError) as caught:
        registry(home, f"[plugins.acme]\n{file}\n").settings("acme")
    assert message in str(caught.value)


def test_a_service_with_a_wrong_option_says_so(acme: str, registry: Load, home: Path) -> None:
    with pytest.raises(UnavailableError, match=r"\[plugins.acme\]: rows: expected a whole number, got 'many'"):
        registry(home, "[plugins.acme]\nrows = 'many'\n").load_service("clipboard")


@pytest.mark.parametrize(
    ("word", "error", "message"),
    [
        ("acm.times=1", UnknownNameError, "No plugin is named 'acm'. Did you mean 'acme'? "),
        ("acme.time=1", OptionError, "-O acme.time: acme has no setting 'time'. Did you mean 'times'? Known: greeting, rows, times."),
        ("acme.beam_size=1", OptionError, "-O acme.beam_size: beam_size is an option of the plugin's models. Set it with: -O beam_size=…"),
        ("acme.times=no", OptionError, "-O acme: times: expected a whole number of at least 1, got 'no'."),
        ("acme.times", OptionError, "-O acme.times: a plugin's setting is written as NAME.key=value."),
    ],
)
def test_what_a_run_sets_is_checked_even_if_nothing_reads_it(word: str, error: type, message: str, acme: str, home: Path) -> None:
    with pytest.raises(error) as caught:
        given(word)
    assert str(caught.value).startswith(message)


def test_a_hyphen_in_a_key_is_accepted_and_a_service_gets_what_a_run_sets(site: Any, home: Path) -> None:
    site.install("acme-pro", PLUGIN, settings=SETTINGS.replace("times", "how_often"), parts=PARTS)
    found = given("acme-pro.how-often=2", "acme-pro.rows = 7", "acme-pro.greeting=a=b.c")
    assert settings_of(found, "acme-pro") == {"greeting": "a=b.c", "how_often": 2}
    assert found.load_service("clipboard").options.rows == 7


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("    class Nothing: pass", "Plugin acme: planted_acme_plugin.settings:Settings can't be imported: AttributeError: "),
        ("    import sys; sys.exit('bye')", "The plugin acme failed: SystemExit: bye. Report it to the maintainers of acme-plugin."),
        ("    Settings = 5", "Plugin acme: planted_acme_plugin.settings:Settings is not a subclass of EngineOptions. "),
        (
            SETTINGS.replace("times", "beam_size"),
            "The plugin acme has 'beam_size' both as a setting and as an option of the speech-to-text ",
        ),
        (
            SETTINGS.replace("times", "rows"),
            "The plugin acme has 'rows' both as a setting and as an option of the clipboard acme/board. Rep",
        ),
        (SETTINGS.replace("times", "enabled"), "The plugin acme has a setting 'enabled', which is the key that disables it. Report it "),
        (
            SETTINGS + "        def model_post_init(self, _):\n            raise KeyError('x')\n",
            "The plugin acme failed: KeyError: 'x'. Report it to the maintainers of acme-plugin.",
        ),
    ],
)
def test_a_faulty_class_harms_only_its_plugin_and_is_named(settings: str, message: str, site: Any, registry: Load, home: Path) -> None:
    site.install("acme", PLUGIN, settings=settings, parts=PARTS)
    site.install("fine", PLUGIN, settings=SETTINGS, parts=PARTS)
    found = registry(home)
    with pytest.raises(PluginError) as caught:
        found.settings("acme")
    assert str(caught.value).startswith(message)
    assert settings_of(found, "fine") == {"greeting": "Hello", "times": 1}
    assert found.options(found.stt("acme/tiny")) is not None


def test_validators_of_the_class_name_what_set_the_values(site: Any, registry: Load, home: Path) -> None:
    rule = """
        @model_validator(mode="after")
        def check(self):
            if self.times > 3:
                raise ValueError("too often")
            return self
"""
    site.install("acme", PLUGIN, settings=SETTINGS.replace("import Field", "import Field, model_validator") + rule, parts=PARTS)
    with pytest.raises(OptionError, match=r"config.toml \[plugins.acme\]: too often"):
        registry(home, "[plugins.acme]\ntimes = 4\n").settings("acme")


def test_a_plugin_without_settings_or_that_is_not_there_is_told(site: Any, registry: Load, home: Path) -> None:
    site.install("plain", "from voicebridge import hookimpl\n")
    with pytest.raises(PluginError, match=r"The plugin plain has no settings\. It declares them with the hook voicebridge_settings\."):
        registry(home).settings("plain")
    with pytest.raises(UnknownNameError, match="No plugin is named 'plane'. Did you mean 'plain'"):
        registry(home).settings("plane")
    with pytest.raises(VoiceBridgeError, match="The plugin plain is not active: disabled in the configuration"):
        registry(home, disabled=("plain",)).settings("plain")
