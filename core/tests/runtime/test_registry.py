"""Models and services by name, their weights and their options."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from voicebridge import paths
from voicebridge.engines.loader import load
from voicebridge.errors import (
    AmbiguousNameError,
    ConfigError,
    ModelError,
    OptionError,
    PluginError,
    UnavailableError,
    UnknownNameError,
)
from voicebridge.installing import remedy
from voicebridge.options import Layer, parse_assignments
from voicebridge.runtime.registry import Registry
from voicebridge.speech import SttRequest

Site = Any  # the folder of planted packages in conftest.py


def fetch(name: str) -> None:
    (paths.cache_dir() / "echo" / name).mkdir(parents=True)


@pytest.mark.parametrize("name", ["echo/big", "big", "large", "echo/large"])
def test_a_model_answers_to_its_full_name_its_short_name_and_its_aliases(
    home: Path, echo: Site, name: str, registry: Callable[..., Registry]
) -> None:
    assert registry(home).stt(name).full_name == "echo/big"


def test_a_short_name_that_two_models_have_fails_with_the_candidates(
    home: Path, echo: Site, registry: Callable[..., Registry], rival: Callable[..., None]
) -> None:
    rival(echo)
    both = registry(home)
    with pytest.raises(AmbiguousNameError, match="'small' is ambiguous: echo/small, rival/small"):
        both.stt("small")
    assert both.stt("rival/small").full_name == "rival/small"


@pytest.mark.parametrize(("typed", "meant"), [("bigg", "big"), ("echo/bg", "echo/big"), ("Large", "large")])
def test_an_unknown_name_comes_with_the_nearest(home: Path, echo: Site, typed: str, meant: str, registry: Callable[..., Registry]) -> None:
    with pytest.raises(UnknownNameError, match=f"No model is named '{typed}'. Did you mean '{meant}'"):
        registry(home).stt(typed)


@pytest.mark.parametrize(
    ("typed", "name"), [("./folder", "./folder"), ("echo/./folder", "./folder"), ("echo/owner/name", "owner/name"), (r"C:\x", r"C:\x")]
)
def test_an_open_spec_serves_a_folder_or_a_hub_id(home: Path, echo: Site, typed: str, name: str, registry: Callable[..., Registry]) -> None:
    model = registry(home).stt(typed)
    assert model.name == name
    assert model.spec.name == "small"


OPEN_ENGINE = """
    from pathlib import Path
    from voicebridge import WeightsPlace

    class Store:
        def places(self, model):
            kind = (Path(model) / "kind").read_text() if (Path(model) / "kind").exists() else "nothing"
            yield WeightsPlace("folder", model, kind == "PACKAGE" + self.wanted, note=f"holds {kind}")
            if not model.startswith("."):
                yield WeightsPlace("hub", model, True, local=False)

    class Listens(Store):
        wanted = "-stt"

    class Speaks(Store):
        wanted = "-tts"
"""
OPEN_PLUGIN = """
    from voicebridge import SttSpec, TtsSpec, hookimpl

    @hookimpl
    def voicebridge_stt_models():
        yield SttSpec(name="hears", factory="PACKAGE.engine:Engine", weights="PACKAGE.engine:Listens", open_names="a folder")

    @hookimpl
    def voicebridge_tts_models():
        yield TtsSpec(name="says", factory="PACKAGE.engine:Engine", weights="PACKAGE.engine:Speaks", open_names="a folder")
"""


def test_of_several_open_specs_the_one_answers_that_has_the_weights(
    home: Path, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, registry: Callable[..., Registry]
) -> None:
    for name in ("first", "second"):
        site.install(name, OPEN_PLUGIN, engine=OPEN_ENGINE)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "kind").write_text("planted_second_plugin-tts")
    found = registry(home)
    for typed in ("./mine", "second/./mine"):
        assert (found.any_model(typed).plugin.name, found.any_model(typed).spec.name) == ("second", "says")
    assert found.tts("./mine").plugin.name == "second"
    with pytest.raises(UnknownNameError, match="'./mine'. first: holds planted_second_plugin-tts; second: holds planted_sec"):
        found.stt("./mine")
    with pytest.raises(UnknownNameError, match="No model can be loaded from './none'. first: holds nothing; second: holds nothing"):
        found.any_model("./none")
    assert found.any_model("second/owner/name").plugin.name == "second"  # whichever it is, its plugin can fetch it
    with pytest.raises(UnknownNameError, match="no plugin 'owner' is installed. .* first/owner/name or second/owner/name"):
        found.stt("owner/name")


def test_a_name_that_may_be_a_plugin_s_or_a_hub_s_goes_to_no_other_plugin_unless_it_is_here(
    home: Path, echo: Site, registry: Callable[..., Registry]
) -> None:
    with pytest.raises(UnknownNameError) as caught:
        registry(home).stt("sphinx/en-us")
    assert str(caught.value) == (
        "No model is named 'sphinx/en-us', and no plugin 'sphinx' is installed. If it is a model of a hub, put the plugin first: "
        "echo/sphinx/en-us"
    )
    (paths.cache_dir() / "echo" / "sphinx").mkdir(parents=True)
    fetch("sphinx/en-us")
    assert registry(home).stt("sphinx/en-us").full_name == "echo/sphinx/en-us"


def test_an_open_spec_without_a_weights_store_takes_no_name_of_another_prefix(
    home: Path, site: Site, registry: Callable[..., Registry]
) -> None:
    site.install("wrap", OPEN_PLUGIN.replace('weights="PACKAGE.engine:Listens", ', ""), engine=OPEN_ENGINE)
    with pytest.raises(UnknownNameError, match="no plugin 'sphinx' is installed"):
        registry(home).stt("sphinx/en-us")
    assert registry(home).stt("wrap/sphinx/en-us").name == "sphinx/en-us"


def test_a_bare_word_is_served_only_when_its_weights_are_here(home: Path, echo: Site, registry: Callable[..., Registry]) -> None:
    with pytest.raises(UnknownNameError):
        registry(home).stt("echo/mine")
    fetch("mine")
    assert registry(home).stt("echo/mine").full_name == "echo/mine"
    with pytest.raises(UnknownNameError):
        registry(home).stt("mine")


def test_a_bare_word_that_the_plugin_s_hub_may_have_is_served_when_the_plugin_is_named(
    home: Path, echo: Site, registry: Callable[..., Registry]
) -> None:
    assert registry(home).stt("echo/en_US-odd").full_name == "echo/en_US-odd"
    with pytest.raises(UnknownNameError):
        registry(home).stt("en_US-odd")


def test_of_a_model_that_nobody_listed_nobody_knows_the_languages(home: Path, echo: Site, registry: Callable[..., Registry]) -> None:
    models = registry(home)
    assert models.stt("small").spec.languages == {"en"}
    assert models.stt("echo/./folder").spec.languages is None


def test_a_model_of_a_plugin_that_is_not_active_says_why(home: Path, echo: Site, registry: Callable[..., Registry]) -> None:
    echo.install("acme", "import nowhere_to_be_found")
    with pytest.raises(UnknownNameError, match="belongs to the plugin acme, which is not active: ModuleNotFoundError"):
        registry(home).stt("acme/base")
    with pytest.raises(UnknownNameError, match="voicebridge plugins enable echo"):
        registry(home, disabled=("echo",)).stt("echo/big")


def test_without_any_model_the_way_to_one_is_named(
    home: Path, site: Site, registry: Callable[..., Registry], rival: Callable[..., None]
) -> None:
    with pytest.raises(UnknownNameError, match=re.escape(remedy("voicebridge-whisper"))):
        registry(home).stt()
    with pytest.raises(UnknownNameError, match="No model is named 'base'. No active plugin has a model"):
        registry(home).stt("base")
    rival(site)
    with pytest.raises(UnknownNameError, match="Inactive: rival: disabled in the configuration"):
        registry(home, disabled=("rival",)).stt()


def test_models_that_speak_are_found_too_but_not_to_listen_with(home: Path, echo: Site, registry: Callable[..., Registry]) -> None:
    assert registry(home).any_model("voice").full_name == "echo/clara"
    assert registry(home).any_model("echo/big").full_name == "echo/big"
    with pytest.raises(UnknownNameError, match="echo/clara is a text-to-speech model"):
        registry(home).stt("clara")
    with pytest.raises(UnknownNameError, match="echo/big is a speech-to-text model"):
        registry(home).tts("echo/big")


def test_the_default_is_the_first_whose_weights_are_here(home: Path, echo: Site, registry: Callable[..., Registry]) -> None:
    assert registry(home).stt().full_name == "echo/big"
    fetch("small")
    assert registry(home).stt().full_name == "echo/small"


def test_a_light_model_goes_before_a_heavy_one_whichever_plugin_comes_first(
    home: Path, echo: Site, registry: Callable[..., Registry]
) -> None:
    plugin = """
    from voicebridge import SttSpec, hookimpl

    @hookimpl
    def voicebridge_stt_models():
        yield SttSpec(name="quick", factory="PACKAGE.engine:Engine", light=True)
    """
    echo.install("zeta", plugin)
    fetch("big")
    assert registry(home).stt().full_name == "zeta/quick"


def test_a_configured_default_wins_over_weights(home: Path, echo: Site, registry: Callable[..., Registry]) -> None:
    fetch("small")
    assert registry(home, 'stt.model = "large"').stt().full_name == "echo/big"


def test_a_model_whose_plugin_says_nothing_of_weights_counts_as_here(
    home: Path, echo: Site, registry: Callable[..., Registry], rival: Callable[..., None]
) -> None:
    rival(echo)
    assert registry(home).stt().full_name == "rival/small"


def test_a_broken_store_keeps_nobody_else_from_being_the_default(
    home: Path, echo: Site, registry: Callable[..., Registry], rival: Callable[..., None]
) -> None:
    rival(echo, "a-first", 'weights="PACKAGE.engine:nothing"')
    fetch("small")
    found = registry(home)
    assert found.stt().full_name == "echo/small"
    with pytest.raises(PluginError, match="can't be imported"):
        found.stt("a-first/small").found_at()


def test_whatever_a_plugin_raises_becomes_one_line_that_names_the_model(home: Path, echo: Site, registry: Callable[..., Registry]) -> None:
    found = registry(home)
    fetch("broken")
    with pytest.raises(ModelError, match="echo/broken failed: RuntimeError: no such thing. Report it to the maintainers of echo-plugin"):
        load(found.stt("echo/broken"), None)


def test_a_model_is_loaded_with_its_name_and_its_options(home: Path, echo: Site, registry: Callable[..., Registry]) -> None:
    found = registry(home, '[plugins.echo]\nbeam_size = 3\n[models."echo/big"]\ntemperature = [1]')
    model = found.stt("large")
    engine = load(model, found.options(model, [parse_assignments(["beam-size=2"])]))
    [segment] = engine.transcribe((), SttRequest())
    assert segment.text == "big with beam_size=2 temperature=(1.0,)"


def test_options_come_from_every_layer_the_nearer_one_winning(home: Path, echo: Site, registry: Callable[..., Registry]) -> None:
    file = """
        [plugins.echo]
        beam_size = 2
        [models."echo/big"]
        beam_size = 3
    """
    found = registry(home, file)
    assert found.options(found.stt("small")).beam_size == 2  # type: ignore[union-attr]
    assert found.options(found.stt("big")).beam_size == 3  # type: ignore[union-attr]
    found = registry(home, file, environment={"VOICEBRIDGE_ECHO_BEAM_SIZE": "4"})
    assert found.options(found.stt("big")).beam_size == 4  # type: ignore[union-attr]
    assert found.options(found.stt("big"), [Layer("-O", {"beam_size": "5"}, text=True)]).beam_size == 5  # type: ignore[union-attr]


def test_a_table_may_name_a_model_by_its_alias(home: Path, echo: Site, registry: Callable[..., Registry]) -> None:
    found = registry(home, '[models."echo/large"]\nbeam_size = 3')
    assert found.options(found.stt("big")).beam_size == 3  # type: ignore[union-attr]


def test_an_option_of_a_plugins_other_models_is_left_to_them(home: Path, echo: Site, registry: Callable[..., Registry]) -> None:
    found = registry(home, "[plugins.echo]\nnoise = 0.1\nbeam_size = 2")
    assert found.options(found.stt("big")).model_dump() == {"beam_size": 2, "temperature": (0.0, 0.5)}  # type: ignore[union-attr]
    assert found.options(found.any_model("clara")).model_dump() == {"noise": 0.1}  # type: ignore[union-attr]


def test_an_option_that_none_of_a_plugins_models_has_is_an_error(home: Path, echo: Site, registry: Callable[..., Registry]) -> None:
    found = registry(home, "[plugins.echo]\nbeam_sise = 2")
    with pytest.raises(OptionError, match=r"config.toml \[plugins.echo\]: there is no option 'beam_sise'. Did you mean 'beam_size'"):
        found.options(found.stt("big"))


def test_a_table_for_a_model_that_does_not_exist_is_an_error(home: Path, echo: Site, registry: Callable[..., Registry]) -> None:
    found = registry(home, '[models."echo/bg"]\nbeam_size = 2')
    with pytest.raises(ConfigError, match=r'config.toml: \[models."echo/bg"\]: No model is named .*Did you mean .echo/big'):
        found.options(found.stt("big"))


def test_options_for_a_model_that_has_none_are_refused(
    home: Path, echo: Site, registry: Callable[..., Registry], rival: Callable[..., None]
) -> None:
    rival(echo)
    found = registry(home)
    assert found.options(found.stt("rival/small")) is None
    with pytest.raises(UnknownNameError, match="-O: rival/small has no options"):
        found.options(found.stt("rival/small"), [parse_assignments(["x=1"])])


def test_options_that_are_no_class_of_options_are_the_plugins_fault(
    home: Path, echo: Site, registry: Callable[..., Registry], rival: Callable[..., None]
) -> None:
    rival(echo, extra='options="PACKAGE.engine:Engine"')
    found = registry(home)
    with pytest.raises(PluginError, match="is not a subclass of EngineOptions"):
        found.options(found.stt("rival/small"))


SERVICES = """
    from voicebridge import ServiceSpec, hookimpl

    @hookimpl
    def voicebridge_services():
        for name in ("low", "high", "missing", "odd"):
            yield ServiceSpec(kind="clipboard", name=name, factory="PACKAGE.desk:Clipboard", probe=f"PACKAGE.desk:{name}")
        yield ServiceSpec(kind="notifier", name="none", factory="PACKAGE.desk:Notifier", probe="PACKAGE.desk:missing")
"""
PROBES = """
    from voicebridge import UnavailableError

    def low():
        return 1

    def high():
        return 10

    def missing():
        raise UnavailableError("wl-copy not found: apt install wl-clipboard")

    def odd():
        return 1 / 0
"""


def test_the_usable_service_with_the_highest_priority_is_chosen(home: Path, site: Site, registry: Callable[..., Registry]) -> None:
    site.install("desk", SERVICES, desk=PROBES)
    record, spec = registry(home).service("clipboard")
    assert (record.name, spec.name) == ("desk", "high")


@pytest.mark.parametrize("name", ["desk/low", "low"])
def test_the_service_that_the_configuration_chooses_is_the_only_one(
    name: str, home: Path, site: Site, registry: Callable[..., Registry]
) -> None:
    site.install("desk", SERVICES, desk=PROBES)
    found = registry(home, f"[services]\nclipboard = {name!r}\n")
    assert [spec.name for _, spec in found.usable_services("clipboard")[0]] == ["low"]
    assert found.service("clipboard")[1].name == "low"


def test_where_the_chosen_service_can_not_be_used_no_other_is_used_instead(
    home: Path, site: Site, registry: Callable[..., Registry]
) -> None:
    site.install("desk", SERVICES, desk=PROBES)
    with pytest.raises(UnavailableError) as caught:
        registry(home, "[services]\nclipboard = 'odd'\n").service("clipboard")
    told = (
        "No clipboard can be used here. desk/odd, which services.clipboard chooses: its probe failed: ZeroDivisionError: division by zero."
    )
    assert str(caught.value) == told


def test_the_chosen_inserter_is_the_first_one(home: Path, site: Site, registry: Callable[..., Registry]) -> None:
    site.install("desk", SERVICES.replace('kind="clipboard"', 'kind="inserter"'), desk=PROBES)
    usable, _ = registry(home, "[services]\ninserter = 'low'\n").usable_services("inserter")
    assert [spec.name for _, spec in usable] == ["low", "high"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("hihg", "services.clipboard: No clipboard is named 'hihg'. Did you mean 'high'? There are: "),
        ("desk/none", "services.clipboard: No clipboard is named 'desk/none'. "),
        ("high", "services.clipboard: 'high' is ambiguous: desk/high, other/high. Use a full name."),
    ],
)
def test_a_chosen_service_that_does_not_exist_is_told(
    name: str, message: str, home: Path, site: Site, registry: Callable[..., Registry]
) -> None:
    site.install("desk", SERVICES, desk=PROBES)
    site.install("other", SERVICES, desk=PROBES)
    with pytest.raises(ConfigError) as caught:
        registry(home, f"[services]\nclipboard = {name!r}\n").service("clipboard")
    assert str(caught.value).startswith(f"{home / 'config.toml'}: {message}")


def test_where_no_service_can_be_used_every_reason_is_given(home: Path, site: Site, registry: Callable[..., Registry]) -> None:
    site.install("desk", SERVICES, desk=PROBES)
    with pytest.raises(UnavailableError, match="No notifier can be used here. desk/none: wl-copy not found: apt install wl-clipboard"):
        registry(home).service("notifier")
    with pytest.raises(UnavailableError, match="No active plugin provides one"):
        registry(home).service("speaker")


TWO_SIZES = """
    from voicebridge import TtsSpec, Voice, WeightsPlace, hookimpl

    class Store:
        def places(self, model):
            return [WeightsPlace("folder" if model == "small" else "hub", model, found=True, local=model == "small")]

    @hookimpl
    def voicebridge_tts_models():
        for name in ("big", "small"):
            yield TtsSpec(name=name, factory="PACKAGE.no_such_module:Engine", weights="PACKAGE.plugin:Store", voices=[Voice("clara")],
                          default_voice="clara", open_names="any folder" if name == "big" else None)
"""


def test_of_two_models_with_a_voice_the_one_that_is_here_has_it(home: Path, site: Site, registry: Callable[..., Registry]) -> None:
    site.install("sizes", TWO_SIZES)
    assert registry(home).tts(voice="clara").full_name == "sizes/small"


def test_a_model_that_nobody_listed_has_no_default_voice(home: Path, site: Site, registry: Callable[..., Registry]) -> None:
    site.install("sizes", TWO_SIZES)
    assert registry(home).tts("sizes/./folder").spec.default_voice == ""
