from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from voicebridge import paths
from voicebridge.errors import ConfigError
from voicebridge.runtime.config import Config
from voicebridge.runtime.config_keys import read_key, variable_name
from voicebridge.runtime.configfile import assign
from voicebridge.runtime.settings import Settings, known_keys

Site = Any  # the folder of planted packages in conftest.py

FILE = Path("config.toml")


def config(table: dict[str, Any] | None = None, profile: str | None = None, **environment: str) -> Config:
    return Config(FILE, table or {}, profile, environment)


def nested(values: dict[str, Any]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for key, value in values.items():
        assign(table, tuple(key.split(".")), value)
    return table


LAYER = st.fixed_dictionaries(
    {},
    optional={
        "offline": st.booleans(),
        "stt.model": st.sampled_from(["whisper/base", "acme/tiny"]),
        "stt.language": st.sampled_from(["en", "de"]),
        "stt.word_timestamps": st.booleans(),
        "stt.hotwords": st.lists(st.sampled_from(["Ada", "Grace"]), min_size=1, max_size=2),
    },
)


def as_text(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first draw builds every key's values, on a busy machine for seconds
@given(file=LAYER, profile=LAYER, variables=LAYER)
def test_the_later_layer_wins_and_the_origin_says_which_it_was(
    file: dict[str, Any], profile: dict[str, Any], variables: dict[str, Any]
) -> None:
    loaded = config(
        {**nested(file), "profiles": {"m": nested(profile)}},
        "m",
        **{variable_name(key): as_text(value) for key, value in variables.items()},
    )
    for key, value in loaded.values.items():
        layers = {"variable": variables, "profile": profile, "file": file}
        winner = next((name for name, layer in layers.items() if key in layer), "default")
        assert value.layer == winner
        expected = layers[winner][key] if winner != "default" else known_keys()[key].default
        assert value.value == (tuple(expected) if isinstance(expected, list) else expected)
    origins = {value.layer: value.origin for value in loaded.values.values()}
    assert origins.get("file", "config.toml") == "config.toml"
    assert origins.get("profile", "profile m in config.toml") == "profile m in config.toml"


@given(file=LAYER)
def test_without_a_profile_the_profiles_do_nothing(file: dict[str, Any]) -> None:
    assert config({"profiles": {"m": nested(file)}}).settings == Settings()


def test_every_key_has_a_variable_of_its_own() -> None:
    names = [variable_name(key) for key in known_keys()]
    assert len(set(names)) == len(names)
    assert variable_name("stt.model") == "VOICEBRIDGE_STT_MODEL"


def test_the_file_and_a_variable_may_choose_the_profile_and_a_flag_overrules_both() -> None:
    table = {
        "profile": "a",
        "profiles": {"a": {"stt": {"language": "en"}}, "b": {"stt": {"language": "de"}}, "c": {"stt": {"language": "fr"}}},
    }
    assert config(table).settings.stt.language == "en"
    assert config(table, VOICEBRIDGE_PROFILE="b").settings.stt.language == "de"
    assert config(table, "c", VOICEBRIDGE_PROFILE="b").settings.stt.language == "fr"


def test_a_variable_is_above_the_profile_even_if_it_chose_it() -> None:
    table = {"profiles": {"b": {"stt": {"language": "de"}}}}
    loaded = config(table, VOICEBRIDGE_PROFILE="b", VOICEBRIDGE_STT_LANGUAGE="en")
    assert loaded.settings.stt.language == "en"
    assert loaded.values["stt.language"].origin == "VOICEBRIDGE_STT_LANGUAGE"


def test_an_empty_variable_is_no_variable() -> None:
    assert config({}, VOICEBRIDGE_STT_MODEL="", VOICEBRIDGE_NONSENSE="").settings == Settings()


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ({"stt": {"modle": "x"}}, r"config.toml: there is no key stt.modle. Did you mean 'stt.model'\?"),
        ({"offlin": True}, r"config.toml: there is no key offlin. Did you mean 'offline'\?"),
        ({"stt.model": "x"}, r'config.toml: there is no key "stt.model". Did you mean'),
        ({"stt": 3}, r"config.toml: stt must be a table, as in \[stt\]"),
        ({"stt": {"word_timestamps": "yes"}}, "config.toml: stt.word_timestamps: expected true or false, got 'yes'."),
        ({"stt": {"hotwords": "Ada"}}, "config.toml: stt.hotwords: expected a list of texts, got 'Ada'."),
        ({"offline": {"x": 1}}, "config.toml: there is no key offline.x"),
        ({"plugins": 3}, r"config.toml: plugins must be a table, as in \[plugins.name\]"),
        ({"plugins": {"acme": 3}}, r"config.toml: plugins.acme must be a table, as in \[plugins.acme\]"),
        ({"plugins": {"acme": {"enabled": "no"}}}, "config.toml: plugins.acme.enabled: expected true or false, got 'no'."),
        ({"models": {"base": {"beam_size": 1}}}, r"config.toml: models.base.beam_size: use the full name of the model"),
        ({"profiles": {"m": 3}}, r"config.toml: profiles.m must be a table"),
        ({"profiles": {"m": {"stt": {"modle": "x"}}}}, "profile m in config.toml: there is no key stt.modle"),
        ({"profiles": {"m": {"offline": 1}}}, "profile m in config.toml: offline: expected true or false, got 1."),
        ({"profiles": {"m": {"profiles": {}}}}, "profile m in config.toml: a profile can't contain profiles"),
        ({"profiles": {"m": {"profile": "n"}}}, "profile m in config.toml: a profile can't choose a profile"),
        (
            {"profile": "meting", "profiles": {"meeting": {}}},
            r"There is no profile 'meting'. Did you mean 'meeting'\? config.toml has: meeting.",
        ),
    ],
)
def test_a_wrong_key_is_one_error_that_names_file_and_key_and_the_nearest(table: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        config(table)


@pytest.mark.parametrize("table", [{"stt": {}}, {"plugins": {}}, {"plugins": {"acme": {}}}, {"models": {}}, {"profiles": {"m": {}}}])
def test_an_empty_table_is_right_anywhere(table: dict[str, Any]) -> None:
    assert config(table).settings == Settings()


@pytest.mark.parametrize(
    ("variable", "text", "complaint"),
    [
        (
            "VOICEBRIDGE_STT_MODLE",
            "x",
            r"The variable VOICEBRIDGE_STT_MODLE is not known to VoiceBridge.*Did you mean 'VOICEBRIDGE_STT_MODEL'\?",
        ),
        (
            "VOICEBRIDGE_STT_WORD_TIMESTAMPS",
            "perhaps",
            "VOICEBRIDGE_STT_WORD_TIMESTAMPS: stt.word_timestamps: expected true or false, got 'perhaps'.",
        ),
        ("VOICEBRIDGE_PROFILE", "x", r"There is no profile 'x'. config.toml has none. A profile is a table \[profiles.x\]"),
    ],
)
def test_a_wrong_variable_is_one_error_that_names_it(site: Site, variable: str, text: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        config({}, **{variable: text})


def test_all_that_is_wrong_can_be_told_at_once_and_what_is_right_still_counts() -> None:
    problems: list[str] = []
    table = {"offlin": True, "stt": {"word_timestamps": 3, "language": "en"}, "profiles": {"m": {"x": 1}}}
    loaded = Config(FILE, table, "m", {"VOICEBRIDGE_OFFLINE": "perhaps"}, problems)
    assert loaded.settings == Settings.model_validate({"stt": {"language": "en"}})
    assert [problem.partition(":")[0] for problem in problems] == [
        "config.toml",
        "config.toml",
        "profile m in config.toml",
        "VOICEBRIDGE_OFFLINE",
    ]


def test_a_file_that_is_no_toml_can_be_one_problem_among_others(home: Path) -> None:
    paths.config_file().write_text("x = [", encoding="utf-8")
    with pytest.raises(ConfigError, match="is not valid TOML"):
        Config.load()
    problems: list[str] = []
    assert Config.load(problems=problems).settings == Settings()
    assert len(problems) == 1


def test_options_of_engines_come_from_file_and_profile_the_model_above_its_plugin(site: Site) -> None:
    site.install("acme", "")
    table = {
        "plugins": {"acme": {"enabled": True, "a": 1}},
        "models": {"acme/tiny": {"a": 3}, "acme/big": {"a": 9}},
        "profiles": {"m": {"plugins": {"acme": {"a": 2}}, "models": {"acme/tiny": {"a": 4}}}},
    }
    layers = config(table, "m", VOICEBRIDGE_ACME_A="5").engine_layers("acme", "tiny")
    assert [(layer.origin, dict(layer.values), layer.text, layer.shared) for layer in layers] == [
        ("config.toml [plugins.acme]", {"a": 1}, False, True),
        ("profile m in config.toml [plugins.acme]", {"a": 2}, False, True),
        ('config.toml [models."acme/tiny"]', {"a": 3}, False, False),
        ('profile m in config.toml [models."acme/tiny"]', {"a": 4}, False, False),
        ("VOICEBRIDGE_ACME_A", {"a": "5"}, True, True),
    ]


def test_what_is_set_of_engines_is_listed_with_its_origin(site: Site) -> None:
    site.install("acme", "")
    table = {"plugins": {"acme": {"a": {"x": 1}}, "gone": {}}, "profiles": {"m": {"models": {"acme/tiny": {"b": 2}}}}}
    values = config(table, "m", VOICEBRIDGE_ACME_C_D="3").open_values()
    assert {parts: (value.value, value.layer) for parts, value in values.items()} == {
        ("plugins", "acme", "a"): ({"x": 1}, "file"),
        ("models", "acme/tiny", "b"): (2, "profile"),
        ("plugins", "acme", "c_d"): ("3", "variable"),
    }


def test_of_two_plugins_a_variable_belongs_to_the_one_with_the_longer_name(site: Site) -> None:
    site.install("acme", "")
    site.install("acme-pro", "")
    loaded = config({}, VOICEBRIDGE_ACME_PRO_BEAM="1", VOICEBRIDGE_ACME_BEAM="2")
    assert [layer.values for layer in loaded.engine_layers("acme", "tiny")] == [{"beam": "2"}]
    assert [layer.values for layer in loaded.engine_layers("acme-pro", "tiny")] == [{"beam": "1"}]


def test_a_key_of_the_core_is_never_taken_for_a_plugins_option(site: Site) -> None:
    site.install("stt", "")
    assert config({}, VOICEBRIDGE_STT_MODEL="base").engine_layers("stt", "tiny") == []


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("stt.model", ("stt", "model")),
        ("models.whisper/base.beam_size", ("models", "whisper/base", "beam_size")),
        ("models.whisper/tiny.en.beam_size", ("models", "whisper/tiny.en", "beam_size")),
        ('models."whisper/tiny.en".beam_size', ("models", "whisper/tiny.en", "beam_size")),
        ("profiles.meeting.models.whisper/tiny.en.beam_size", ("profiles", "meeting", "models", "whisper/tiny.en", "beam_size")),
        ('profiles."my meeting".models.whisper/base.beam_size', ("profiles", "my meeting", "models", "whisper/base", "beam_size")),
        ("models.'whisper/base'", ("models", "whisper/base")),
    ],
)
def test_a_model_in_a_key_needs_no_quotes_since_a_shell_eats_them(typed: str, parts: tuple[str, ...]) -> None:
    assert read_key(typed) == parts


def test_one_variable_moves_everything(home: Path) -> None:
    assert paths.config_file() == home / "config.toml"
    assert paths.cache_dir() == home / "cache"


def test_without_it_each_platform_has_its_own_places(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VOICEBRIDGE_HOME")
    assert paths.config_file().name == "config.toml"
    assert paths.config_file().parent.name.lower() == "voicebridge"
    assert paths.cache_dir().is_absolute()


@pytest.mark.parametrize("text", ["0", "false", "No", " off ", "n", "f", ""])
def test_what_says_no_leaves_the_network_open(home: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("VOICEBRIDGE_OFFLINE", text)
    assert not paths.is_offline()


@pytest.mark.parametrize("text", ["1", "true", "yes", "on", "perhaps"])
def test_anything_else_closes_it(home: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("VOICEBRIDGE_OFFLINE", text)
    assert paths.is_offline()


def test_going_offline_tells_the_hubs_library_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "")
    monkeypatch.setenv("VOICEBRIDGE_OFFLINE", "")
    paths.go_offline()
    assert paths.is_offline()
    assert os.environ["HF_HUB_OFFLINE"] == "1"


def test_the_allowed_plugins_are_a_list_with_commas(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert paths.allowed_plugins() is None
    monkeypatch.setenv("VOICEBRIDGE_PLUGINS", " whisper, ,acme ")
    assert paths.allowed_plugins() == ["whisper", "acme"]
    monkeypatch.setenv("VOICEBRIDGE_PLUGINS", "")
    assert paths.allowed_plugins() == []
