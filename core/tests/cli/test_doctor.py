from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from voicebridge.cli.doctor.imports import import_problems
from voicebridge.cli.doctor.lines import split_remedy
from voicebridge.installing import remedy

CHOSEN = "chosen automatically for the language 'en'; other plugins don't change it"
Site = Any  # the folder of planted packages in conftest.py
Run = Callable[..., Any]


@pytest.fixture
def diagnose(run: Run, monkeypatch: pytest.MonkeyPatch, site: Site) -> Callable[..., tuple[int, dict[str, tuple[str, str, str]]]]:
    """Run the doctor; returns the exit code and the verdict, detail and remedy of each check."""
    monkeypatch.setenv("PYTHONPATH", str(site.path))  # the engine is tried in another process

    def call(*before: str) -> tuple[int, dict[str, tuple[str, str, str]]]:
        ran = run(*before, "doctor", "--json")
        findings = {each["what"]: (each["verdict"], each["detail"], each["remedy"]) for each in json.loads(ran.out)}
        return ran.code, findings

    return call


Diagnose = Callable[..., Any]


def fetched(home: Path, name: str = "big") -> None:
    (home / "cache" / "echo" / name).mkdir(parents=True)


def test_where_all_is_well_it_says_so_and_ends_with_zero(home: Path, echo: Site, diagnose: Diagnose) -> None:
    fetched(home)
    code, findings = diagnose()
    assert code == 0
    assert {verdict for verdict, _, _ in findings.values()} == {"ok"}
    assert findings["default model"][1] == f"echo/big, from cache {home / 'cache' / 'echo' / 'big'}, {CHOSEN}"
    assert "PyAV" in findings["audio decoding"][1]
    assert list(findings) == [
        "voicebridge-core",
        "configuration",
        "plugin echo",
        "speech to text",
        "default model",
        "text to speech",
        "default voice model",
        "engine of echo/big",
        "engine of echo/clara",
        "audio decoding",
        "network",
        "telemetry",
        "cache folder",
    ]


def test_the_report_is_a_table_too(run: Run, echo: Site, home: Path) -> None:
    fetched(home)
    ran = run("doctor")
    assert ran.out.splitlines()[0].split() == ["State", "What", "Found", "Remedy"]
    assert any(line.startswith("ok") and "cache folder" in line for line in ran.out.splitlines())


def test_every_wrong_key_is_told_and_the_rest_is_still_looked_at(run: Run, home: Path, echo: Site) -> None:
    fetched(home)
    (home / "config.toml").write_text(
        "offlin = true\n[stt]\nword_timestamps = 3\n[plugins.echo]\nbeam_sise = 1\n[plugins.gone]\nx = 1\n", encoding="utf-8"
    )
    ran = run("doctor", "--json")
    found = [each for each in json.loads(ran.out) if each["what"] == "configuration"]
    assert ran.code == 1
    assert [(each["verdict"], each["remedy"]) for each in found] == [("broken", "voicebridge config edit")] * 3 + [("warning", "")]
    assert "offlin" in found[0]["detail"]
    assert "beam_sise" in found[2]["detail"]
    assert "gone" in found[3]["detail"]


def test_a_file_that_is_no_toml_is_broken_but_no_end(home: Path, echo: Site, diagnose: Diagnose) -> None:
    fetched(home)
    (home / "config.toml").write_text("x = [", encoding="utf-8")
    code, findings = diagnose()
    assert code == 1
    assert findings["configuration"][0] == "broken"
    assert findings["plugin echo"][0] == "ok"


def test_no_file_is_imported_that_may_not_be_enabled(home: Path, echo: Site, diagnose: Diagnose, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "config.toml").write_text("x = [", encoding="utf-8")
    (home / "plugins").mkdir()
    (home / "plugins" / "tidy.py").write_text(f"open({str(home / 'imported')!r}, 'x').close()", encoding="utf-8")
    monkeypatch.setenv("VOICEBRIDGE_PLUGINS", "echo,tidy")
    assert "plugin echo" in diagnose()[1]
    assert not (home / "imported").exists()
    assert not [what for what in diagnose("--no-plugins")[1] if what.startswith("echo ")]


def test_a_plugin_that_failed_is_broken_until_it_is_disabled(run: Run, home: Path, echo: Site, diagnose: Diagnose) -> None:
    fetched(home)
    echo.install("bad", "import nowhere_to_be_found")
    code, findings = diagnose()
    assert code == 1
    assert findings["plugin bad"][0] == "broken"
    assert findings["plugin bad"][2] == "voicebridge plugins disable bad"
    run("plugins", "disable", "bad")
    code, findings = diagnose()
    assert code == 0
    assert findings["plugin bad"][0] == "ok"


def test_without_any_model_the_package_that_brings_one_is_named(diagnose: Diagnose) -> None:
    code, findings = diagnose()
    assert code == 1
    assert findings["speech to text"] == ("broken", "no active plugin has a model", remedy("voicebridge-whisper"))


def test_without_weights_the_download_is_named_and_only_offline_is_that_broken(echo: Site, diagnose: Diagnose) -> None:
    code, findings = diagnose()
    assert code == 0
    assert findings["speech to text"][0] == "warning"
    assert findings["default model"] == ("warning", "echo/big: weights not on this machine", "voicebridge models download echo/big")
    code, findings = diagnose("--offline")
    assert code == 1
    assert findings["speech to text"][0] == "broken"
    assert findings["network"][1].startswith("off")


def test_a_default_model_that_does_not_exist_is_broken(home: Path, echo: Site, diagnose: Diagnose) -> None:
    (home / "config.toml").write_text('stt.model = "echo/bg"\n', encoding="utf-8")
    code, findings = diagnose()
    assert code == 1
    assert findings["default model"][0] == "broken"
    assert findings["default model"][2] == "voicebridge config unset stt.model"


@pytest.mark.parametrize(
    "body", ["import nowhere_to_be_found", "raise OSError('libcudnn.so.9: cannot open shared object file')", "import os\nos._exit(9)"]
)
def test_an_engine_that_cannot_be_imported_is_broken_and_does_not_end_the_doctor(site: Site, diagnose: Diagnose, body: str) -> None:
    site.install(
        "acme",
        """
        from voicebridge import SttSpec, hookimpl

        @hookimpl
        def voicebridge_stt_models():
            yield SttSpec(name="tiny", factory="PACKAGE.engine:Engine")
        """,
        engine=body,
    )
    code, findings = diagnose()
    assert code == 1
    verdict, detail, told = findings["engine of acme/tiny"]
    assert verdict == "broken"
    assert "planted_acme_plugin.engine:Engine" in detail
    assert told == remedy("acme-plugin", reinstall=True)
    assert "cache folder" in findings


def test_what_can_be_imported_is_no_problem_and_what_cannot_is_told_for_each() -> None:
    good, bad = "voicebridge.specs:SttSpec", "voicebridge.specs:Nothing"
    assert import_problems([]) == []
    assert import_problems([good, good]) == ["", ""]
    first, second, third = import_problems([good, bad, good])
    assert (first, third) == ("", "")
    assert f"{bad} can't be imported" in second
    assert good not in second


def test_what_can_be_imported_is_imported_in_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noted = tmp_path / "noted"
    for name in ("planted_one", "planted_two"):
        Path(tmp_path, f"{name}.py").write_text(f"import os\nopen({str(noted)!r}, 'a').write(f'{{os.getpid()}} ')\nEngine = 1\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert import_problems(["planted_one:Engine", "planted_two:Engine"]) == ["", ""]
    one, two = noted.read_text().split()
    assert one == two != str(os.getpid())


def test_an_import_that_ends_the_process_as_though_all_were_well_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(tmp_path, "planted_leaver.py").write_text("import os\nos._exit(0)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert import_problems(["planted_leaver:Engine", "voicebridge.specs:SttSpec"]) == [
        "importing planted_leaver:Engine ended the process with code 0",
        "",
    ]


DESK = """
    from voicebridge import ServiceSpec, UnavailableError, hookimpl

    @hookimpl
    def voicebridge_services():
        yield ServiceSpec(kind="clipboard", name="x11", factory="PACKAGE.plugin:usable", probe="PACKAGE.plugin:usable")
        yield ServiceSpec(kind="clipboard", name="wl", factory="PACKAGE.plugin:usable", probe="PACKAGE.plugin:missing")
        yield ServiceSpec(kind="inserter", name="wl-type", factory="PACKAGE.plugin:usable", probe="PACKAGE.plugin:missing")

    def usable():
        return 5

    def missing():
        raise UnavailableError("wl-copy not found: apt install wl-clipboard")
"""


def test_services_are_probed_and_one_is_missed_only_where_no_other_does_the_same(site: Site, diagnose: Diagnose) -> None:
    site.install("desk", DESK)
    _, findings = diagnose()
    assert findings["clipboard desk/x11"] == ("ok", "usable, priority 5", "")
    assert findings["clipboard desk/wl"][:2] == ("ok", "not used: wl-copy not found: apt install wl-clipboard")
    assert findings["inserter desk/wl-type"][:2] == ("warning", "wl-copy not found: apt install wl-clipboard")


def test_the_service_that_the_configuration_chooses_is_named_as_such(home: Path, site: Site, diagnose: Diagnose) -> None:
    site.install("desk", DESK)
    (home / "config.toml").write_text("[services]\nclipboard = 'x11'\ninserter = 'wl-type'\nspeaker = 'x'\n", encoding="utf-8")
    _, findings = diagnose()
    assert findings["clipboard desk/x11"] == ("ok", "chosen by services.clipboard: usable, priority 5", "")
    assert findings["clipboard desk/wl"] == ("ok", "not used: services.clipboard chooses desk/x11", "")
    assert findings["inserter desk/wl-type"][:2] == (
        "warning",
        "chosen by services.inserter: wl-copy not found: apt install wl-clipboard",
    )
    verdict, detail, remedy_ = findings["services.speaker"]
    assert (verdict, remedy_) == ("broken", "voicebridge config unset services.speaker")
    assert detail == f"{home / 'config.toml'}: services.speaker: No speaker is named 'x'. No active plugin provides one."


def test_a_plugin_that_does_not_exist_among_the_allowed_is_broken(echo: Site, diagnose: Diagnose, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBRIDGE_PLUGINS", "ecko")
    code, findings = diagnose()
    assert code == 1
    assert "Did you mean 'echo'?" in findings["plugins"][1]


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        (
            "pyperclip is not installed. Install it: /env/bin/python -m pip install a",
            ("pyperclip is not installed.", "/env/bin/python -m pip install a"),
        ),
        (
            "Neither xclip nor xsel is installed. Install one: apt install xclip",
            ("Neither xclip nor xsel is installed.", "apt install xclip"),
        ),
        ("No keys. Have the desktop listen for a key: voicebridge hotkeys bind --help", ("No keys.", "voicebridge hotkeys bind --help")),
        ("This session has no desktop: DISPLAY is not set. Run it from a terminal on the desktop.", None),
        ("No sound. Plug something in: a headset.", None),
    ],
)
def test_a_command_at_the_end_of_a_message_is_its_remedy(message: str, parts: tuple[str, str] | None) -> None:
    assert split_remedy(message) == (parts or (message, ""))


def test_what_speaks_has_rows_as_what_listens_has(echo: Site, diagnose: Diagnose) -> None:
    _, findings = diagnose()
    assert findings["text to speech"][:2] == ("ok", "1 models, downloaded: echo/clara")
    assert findings["default voice model"][:2] == ("ok", f"echo/clara, {CHOSEN}")
    assert findings["engine of echo/clara"][0] == "ok"


MUTE = """
    from voicebridge import SttSpec, hookimpl

    @hookimpl
    def voicebridge_stt_models():
        yield SttSpec(name="m", factory="PACKAGE.plugin:voicebridge_stt_models")
"""


def test_without_a_voice_the_package_that_brings_one_is_named(site: Site, diagnose: Diagnose) -> None:
    site.install("mute", MUTE)
    _, findings = diagnose()
    assert findings["text to speech"] == ("warning", "no active plugin has a model", remedy("voicebridge-piper"))
