from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Site = Any  # the folder of planted packages in conftest.py
Run = Callable[..., Any]


def fetched(home: Path, name: str) -> Path:
    folder = home / "cache" / "echo" / name
    folder.mkdir(parents=True)
    return folder


def test_every_model_is_listed_and_the_default_is_marked(run: Run, home: Path, echo: Site) -> None:
    fetched(home, "small")
    ran = run("models")
    assert ran.code == 0
    assert ran.err == ""
    head, *rows = [re.split(" {2,}", line) for line in ran.out.splitlines()]
    assert head == ["Model", "Kind", "Lang", "Size", "Speed", "Quality", "Local"]
    assert rows == [
        ["echo/big", "stt", "de, en", "1.5 GB", "2/5", "5/5", "no"],
        ["echo/small *", "stt", "en", "yes"],
        ["echo/clara *", "tts", "any", "yes"],
    ]
    assert run("models", "list").out == ran.out


@pytest.mark.parametrize("plugin", ["voicebridge_whisper", "voicebridge_piper", "voicebridge_vibevoice"])
def test_every_row_of_the_plugins_of_this_workspace_fits_into_80_columns(run: Run, plugin: str) -> None:
    pytest.importorskip(plugin, reason="needs the plugins of this workspace")
    assert [line for line in run("models").out.splitlines() if len(line) > 80] == []


def test_only_those_that_are_here_are_listed_where_asked_for(run: Run, home: Path, echo: Site) -> None:
    fetched(home, "small")
    assert [line.split()[0] for line in run("models", "--local").out.splitlines()[1:]] == ["echo/small", "echo/clara"]


def test_json_holds_all_of_it(run: Run, home: Path, echo: Site) -> None:
    folder = fetched(home, "small")
    big, small, clara = json.loads(run("models", "list", "--json").out)
    assert (big["local"], big["default"], big["weights"]["kind"]) == (False, False, "hub")
    assert small["weights"] == {"kind": "cache", "where": str(folder)}
    assert small["default"]
    assert big["aliases"] == ["large"]
    assert (clara["kind"], clara["languages"]) == ("tts", None)


def test_a_plugin_whose_weights_cannot_be_found_out_costs_one_line(run: Run, echo: Site) -> None:
    echo.install(
        "odd",
        """
        from voicebridge import SttSpec, hookimpl

        @hookimpl
        def voicebridge_stt_models():
            yield SttSpec(name="odd", factory="PACKAGE.plugin:voicebridge_stt_models", weights="PACKAGE.plugin:voicebridge_stt_models")
        """,
    )
    ran = run("models")
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 5
    assert ran.err.startswith("Warning: odd/odd failed: AttributeError")


def test_a_configured_default_that_does_not_exist_is_pointed_out(run: Run, home: Path, echo: Site) -> None:
    (home / "config.toml").write_text('stt.model = "echo/bg"\n', encoding="utf-8")
    ran = run("models")
    assert ran.code == 0
    assert "Did you mean 'echo/big'?" in ran.err


def test_one_is_shown_with_its_places_in_order_and_the_one_that_won(run: Run, home: Path, echo: Site) -> None:
    folder = fetched(home, "small")
    (home / "config.toml").write_text("[plugins.echo]\nbeam_size = 2\n", encoding="utf-8")
    out = run("models", "show", "small").out
    assert "Small and quick." in out
    places = [line.split("  ") for line in out.splitlines() if str(folder) in line or "hub.invalid" in line]
    assert [place[0] for place in places] == ["used", "can be downloaded"]
    beam = next(line for line in out.splitlines() if line.startswith("beam_size"))
    assert beam.split("  ")[0] == "beam_size"
    assert "integer, at least 1" in beam
    assert f"{home / 'config.toml'} [plugins.echo]" in beam
    assert beam.endswith("How wide to look.")
    assert "default" in next(line for line in out.splitlines() if line.startswith("temperature"))


def test_the_json_of_one_holds_places_and_options(run: Run, echo: Site) -> None:
    told = json.loads(run("models", "show", "large", "--json").out)
    assert told["name"] == "echo/big"
    assert [(place["kind"], place["found"], place["local"]) for place in told["places"]] == [("cache", False, True), ("hub", True, False)]
    assert told["options"][0] == {
        "name": "beam_size",
        "type": "integer, at least 1",
        "default": "5",
        "value": "5",
        "origin": "default",
        "description": "How wide to look.",
    }


def test_a_model_without_weights_of_its_own_says_so(run: Run, echo: Site) -> None:
    assert "unknown: the plugin doesn't say" in run("models", "show", "clara").out
    for verb in ("path", "download", "remove"):
        ran = run("models", verb, "clara")
        assert ran.code == 1
        assert "echo/clara: its plugin doesn't say where the weights are" in ran.err


def test_downloading_prints_the_folder_alone_and_the_second_time_fetches_nothing(run: Run, home: Path, echo: Site) -> None:
    folder = home / "cache" / "echo" / "big"
    ran = run("models", "download", "large")
    assert (ran.code, ran.out, ran.err) == (0, f"{folder}\n", "Downloading echo/big …\n")
    ran = run("models", "download", "big")
    assert (ran.code, ran.out, ran.err) == (0, f"{folder}\n", "echo/big is already downloaded (cache).\n")


def test_downloading_is_refused_while_the_network_is_off(run: Run, home: Path, echo: Site) -> None:
    ran = run("--offline", "models", "download", "big")
    assert ran.code == 1
    assert ran.err.startswith("Error: echo/big can't be downloaded: VoiceBridge is offline")
    assert "VOICEBRIDGE_OFFLINE=0 voicebridge models download big" in ran.err
    (home / "config.toml").write_text("offline = true\n", encoding="utf-8")
    assert run("models", "download", "big").code == 1


def test_what_is_here_needs_no_network(run: Run, home: Path, echo: Site) -> None:
    folder = fetched(home, "big")
    ran = run("--offline", "models", "download", "big")
    assert (ran.code, ran.out) == (0, f"{folder}\n")


def test_the_path_is_printed_alone_or_the_way_to_it_is_named(run: Run, home: Path, echo: Site) -> None:
    ran = run("models", "path", "big")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "Error: echo/big is not downloaded. Download it: voicebridge models download big\n"
    folder = fetched(home, "big")
    ran = run("models", "path", "big")
    assert (ran.code, ran.out, ran.err) == (0, f"{folder}\n", "")


def test_removing_prints_what_is_gone_and_the_second_time_says_there_was_nothing(run: Run, home: Path, echo: Site) -> None:
    folder = fetched(home, "big")
    ran = run("models", "remove", "big")
    assert (ran.code, ran.out, ran.err) == (0, f"{folder}\n", "")
    ran = run("models", "remove", "big")
    assert (ran.code, ran.out, ran.err) == (0, "", "VoiceBridge has downloaded no weights of echo/big.\n")


@pytest.mark.parametrize("verb", ["show", "download", "remove", "path"])
def test_an_unknown_name_comes_with_the_nearest(run: Run, echo: Site, verb: str) -> None:
    ran = run("models", verb, "bigg")
    assert ran.code == 2
    assert ran.err == "Error: No model is named 'bigg'. Did you mean 'big'? List them with: voicebridge models\n"


def test_without_plugins_there_is_nothing_to_list(run: Run, echo: Site) -> None:
    ran = run("--no-plugins", "models")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "No active plugin has a model.\n"


NEEDY = """
    from voicebridge import TtsSpec, Voice, hookimpl

    @hookimpl
    def voicebridge_tts_models():
        yield TtsSpec(name="hum", factory="PACKAGE.engine:Engine", voices=[Voice("clara", "en")], default_voice="clara", longest_text=200,
                      speed=True, speed_range=(0.5, 2.0), repeatable=False)
"""


def test_what_a_voice_model_is_asked_for_is_shown(run: Run, site: Site) -> None:
    site.install("acme", NEEDY)
    rows = dict(line.split(":", 1) for line in run("models", "show", "hum").out.splitlines() if ":" in line)
    assert {name: rows[name].strip() for name in ("Default voice", "Speeds", "Input", "Repeatable")} == {
        "Default voice": "clara", "Speeds": "0.5 to 2", "Input": "up to 200 characters", "Repeatable": "no",
    }  # fmt: skip
    said = json.loads(run("models", "show", "hum", "--json").out)
    assert [said[name] for name in ("longest_text", "speed_range", "default_voice", "repeatable")] == [200, [0.5, 2.0], "clara", False]
