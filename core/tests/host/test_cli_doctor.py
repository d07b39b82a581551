from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from voicebridge.cli.doctor import import_problem, split_remedy
from voicebridge.installing import remedy

Site = Any  # the folder of planted packages in conftest.py
Run = Callable[..., Any]


@pytest.fixture
def diagnose(run: Run, monkeypatch: pytest.MonkeyPatch, site: Site) -> Callable[..., tuple[int, dict[str, tuple[str, str, str]]]]:
    """Runs the doctor; gives the exit code and for each thing looked at the verdict, the detail and the remedy."""
    monkeypatch.setenv("PYTHONPATH", str(site.path))  # the engine is tried in a process of its own

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
    assert findings["default model"][1] == f"echo/big, from cache {home / 'cache' / 'echo' / 'big'}"
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
        "offlin = true\n[stt]\nwords = 3\n[plugins.echo]\nbeam_sise = 1\n[plugins.gone]\nx = 1\n", encoding="utf-8"
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
    assert findings["speech to text"] == ("broken", "no active plugin offers a model", remedy("voicebridge-whisper"))


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


def test_what_can_be_imported_is_no_problem() -> None:
    assert import_problem("voicebridge.specs:SttSpec") == ""
    assert "can't be imported" in import_problem("voicebridge.specs:Nothing")


def test_services_are_probed_and_one_is_missed_only_where_no_other_does_the_same(site: Site, diagnose: Diagnose) -> None:
    site.install(
        "desk",
        """
        from voicebridge import ServiceSpec, Unavailable, hookimpl

        @hookimpl
        def voicebridge_services():
            yield ServiceSpec(kind="clipboard", name="x11", factory="PACKAGE.plugin:usable", probe="PACKAGE.plugin:usable")
            yield ServiceSpec(kind="clipboard", name="wl", factory="PACKAGE.plugin:usable", probe="PACKAGE.plugin:missing")
            yield ServiceSpec(kind="inserter", name="wl-type", factory="PACKAGE.plugin:usable", probe="PACKAGE.plugin:missing")

        def usable():
            return 5

        def missing():
            raise Unavailable("wl-copy not found: apt install wl-clipboard")
        """,
    )
    _, findings = diagnose()
    assert findings["clipboard desk/x11"] == ("ok", "usable, priority 5", "")
    assert findings["clipboard desk/wl"][:2] == ("ok", "not here, and not needed: wl-copy not found: apt install wl-clipboard")
    assert findings["inserter desk/wl-type"][:2] == ("warning", "wl-copy not found: apt install wl-clipboard")


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
        ("This session has no desktop: DISPLAY is not set. Run it from a terminal in the desktop.", None),
        ("No sound. Plug something in: a headset.", None),
    ],
)
def test_a_command_at_the_end_of_a_message_is_its_remedy(message: str, parts: tuple[str, str] | None) -> None:
    assert split_remedy(message) == (parts or (message, ""))


def test_what_speaks_has_rows_as_what_listens_has(echo: Site, diagnose: Diagnose) -> None:
    _, findings = diagnose()
    assert findings["text to speech"][:2] == ("ok", "1 models; on this machine: echo/clara")
    assert findings["default voice model"][:2] == ("ok", "echo/clara")
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
    assert findings["text to speech"] == ("warning", "no active plugin offers a model", remedy("voicebridge-piper"))
