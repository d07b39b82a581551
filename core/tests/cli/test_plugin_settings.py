"""Settings of plugins on the command line: shown, set, completed, checked, and given for one run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

PLUGIN = """
    from voicebridge import CommandSpec, ServiceSpec, SettingsSpec, hookimpl

    @hookimpl
    def voicebridge_settings():
        yield SettingsSpec(settings="PACKAGE.settings:Settings", description="How to greet.")

    @hookimpl
    def voicebridge_commands():
        yield CommandSpec(name="greet", command="PACKAGE.command:greet", help="Greet.")

    @hookimpl
    def voicebridge_services():
        yield ServiceSpec(kind="notifier", name="bell", factory="PACKAGE.command:bell", probe="PACKAGE.command:probe",
            options="PACKAGE.settings:BellOptions")
"""
SETTINGS = """
    from pydantic import Field, model_validator
    from voicebridge import EngineOptions

    class Settings(EngineOptions):
        greeting: str = Field("Hello", description="The word to greet with.")
        times: int = Field(1, ge=1, description="How often.")

        @model_validator(mode="after")
        def check(self):
            if self.greeting == "Bye" and self.times > 1:
                raise ValueError("you say Bye only once")
            return self

    class BellOptions(EngineOptions):
        pitch: float = Field(440.0, description="In hertz.")
"""
COMMAND = """
    from typing import Annotated
    import typer
    from voicebridge import Host

    def greet(name: str):
        settings = Host.current().settings("acme")
        print(*[settings.greeting] * settings.times, name)

    def bell(options):
        return options

    def probe():
        return 50
"""


@pytest.fixture
def acme(site: Any) -> Any:
    site.install("acme", PLUGIN, settings=SETTINGS, command=COMMAND)
    return site


def test_they_are_shown_with_type_default_value_and_origin(acme: Any, run: Run, home: Path) -> None:
    (home / "config.toml").write_text("[plugins.acme]\ntimes = 2\n", encoding="utf-8")
    ran = run("plugins", "show", "acme")
    origin = f"{home / 'config.toml'} [plugins.acme]"
    assert [re.split("  +", line) for line in ran.out.splitlines()[-4:]] == [
        ["Setting", "Type", "Default", "Now", "Origin", "What it does"],
        ["greeting", "text", '"Hello"', '"Hello"', "default", "The word to greet with."],
        ["times", "integer, at least 1", "1", "2", origin, "How often."],
        ["pitch", "number", "440.0", "440.0", "default", "In hertz."],
    ]
    (shown,) = json.loads(run("plugins", "show", "acme", "--json").out)
    assert shown["settings"][1] == {
        "name": "times",
        "type": "integer, at least 1",
        "default": "1",
        "value": "2",
        "origin": origin,
        "description": "How often.",
    }
    assert "1 service, 1 command, settings" in run("plugins").out
    assert json.loads(run("plugins", "--json").out)[0]["has_settings"] is True


def test_a_setting_with_the_name_of_an_option_is_a_warning_where_they_are_shown(site: Any, run: Run, home: Path) -> None:
    site.install("acme", PLUGIN, settings=SETTINGS.replace("pitch", "times"), command=COMMAND)
    ran = run("plugins", "show", "acme")
    clash = "The plugin acme has 'times' both as a setting and as an option of the notifier acme/bell."
    assert (ran.code, ran.err) == (0, f"Warning: {clash} Report it to the maintainers of acme-plugin.\n")
    assert re.search("^Settings: +How to greet\\.$", ran.out, re.MULTILINE)


def test_a_wrong_value_is_a_warning_where_they_are_shown(acme: Any, run: Run, home: Path) -> None:
    (home / "config.toml").write_text("[plugins.acme]\ntimes = 'x'\n", encoding="utf-8")
    ran = run("plugins", "show", "acme")
    assert ran.code == 0
    assert ran.err == f"Warning: {home / 'config.toml'} [plugins.acme]: times: expected a whole number of at least 1, got 'x'.\n"
    assert "The word to greet with." in ran.out


def test_a_command_gets_what_the_file_and_a_variable_set(acme: Any, run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("greet", "Ada").out == "Hello Ada\n"
    assert run("config", "set", "plugins.acme.greeting", "Salve").code == 0
    assert run("config", "get", "plugins.acme.times").out == "1\n"
    monkeypatch.setenv("VOICEBRIDGE_ACME_TIMES", "2")
    assert run("greet", "Ada").out == "Salve Salve Ada\n"
    shown = run("config", "show", "--origin").out
    assert f"file {home / 'config.toml'}" in next(line for line in shown.splitlines() if line.startswith("plugins.acme.greeting"))
    assert "variable VOICEBRIDGE_ACME_TIMES" in next(line for line in shown.splitlines() if line.startswith("plugins.acme.times"))
    assert run("config", "unset", "plugins.acme.greeting").code == 0
    ran = run("config", "set", "profiles.work.plugins.acme.greting", "x")
    assert (ran.code, ran.err) == (2, "Error: acme has no setting 'greting'. Did you mean 'greeting'? Known: greeting, pitch, times.\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["acm.times=2"], "No plugin is named 'acm'. Did you mean 'acme'? Installed: acme."),
        (["acme.time=2"], "-O acme.time: acme has no setting 'time'. Did you mean 'times'? Known: greeting, pitch, times."),
        (["acme.times=x"], "-O acme: times: expected a whole number of at least 1, got 'x'."),
    ],
)
@pytest.mark.parametrize("command", ["stt a.wav", "tts Hello", "dictate", "watch ."])
def test_every_command_with_options_checks_those_of_plugins(
    command: str, words: list[str], message: str, acme: Any, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.wav").touch()
    monkeypatch.chdir(tmp_path)
    ran = run(*command.split(), *(part for word in words for part in ("-O", word)))
    assert (ran.code, ran.err) == (2, f"Error: {message}\n")


def test_what_a_run_sets_applies_to_it_and_other_options_to_the_model(site: Any, run: Run, home: Path, record: Callable[..., Path]) -> None:
    model = """
    from voicebridge import SttSpec

    @hookimpl
    def voicebridge_stt_models():
        yield SttSpec(name="tiny", factory="PACKAGE.engine:Engine", options="PACKAGE.engine:Options")
"""
    engine = """
    from voicebridge import EngineOptions, Host, Segment

    class Options(EngineOptions):
        word: str = "nobody"

    class Engine:
        def __init__(self, name, options):
            self.options = options

        def transcribe(self, audio, request):
            settings = Host.current().settings("acme")
            yield Segment(0, 1, f"{settings.greeting} {settings.times} {self.options.word}")

        def close(self):
            pass
"""
    site.install("acme", PLUGIN + model, settings=SETTINGS, command=COMMAND, engine=engine)
    words = ["-O", "acme.greeting=Salve", "-O", "word=Ada", "-O", "acme.times = 3", "--no-daemon"]
    ran = run("stt", str(record("a.wav")), "-m", "acme/tiny", *words)
    assert ran.out == "Salve 3 Ada\n", ran.err


def test_a_setting_for_one_run_is_refused_where_the_daemon_does_the_work(acme: Any, run: Run, home: Path) -> None:
    ran = run("watch", "add", str(home), "-O", "acme.times=2")
    told = "Error: -O acme applies to one run, but the daemon watches. Set it there: voicebridge config set plugins.acme.times …\n"
    assert (ran.code, ran.err) == (2, told)


def test_the_doctor_says_what_is_set_and_what_is_wrong(acme: Any, run: Run, home: Path) -> None:
    def found(what: str) -> list[tuple[str, str, str]]:
        findings = json.loads(run("doctor", "--json").out)
        return [(each["verdict"], each["detail"], each["remedy"]) for each in findings if each["what"] == what]

    assert found("settings of acme") == [("ok", "all defaults", "")]
    (home / "config.toml").write_text("[plugins.acme]\ngreeting = 'Bye'\ntimes = 2\n", encoding="utf-8")
    assert found("settings of acme") == [("ok", "set: greeting, times", "")]
    assert found("configuration") == [
        ("broken", f"{home / 'config.toml'} [plugins.acme]: you say Bye only once.", "voicebridge config edit")
    ]
    (home / "config.toml").write_text("[plugins.acme]\ngreting = 'Bye'\n", encoding="utf-8")
    ((verdict, detail, _),) = found("configuration")
    assert (verdict, detail) == (
        "broken",
        f"{home / 'config.toml'}: acme has no setting 'greting'. Did you mean 'greeting'? Known: greeting, pitch, times.",
    )


def test_a_class_that_can_not_be_imported_harms_no_other_plugin(acme: Any, run: Run, home: Path) -> None:
    acme.install("broken", PLUGIN.replace("greet", "hail"), settings="import nowhere", command=COMMAND)
    findings = {each["what"]: (each["verdict"], each["detail"], each["remedy"]) for each in json.loads(run("doctor", "--json").out)}
    reason = "planted_broken_plugin.settings:Settings can't be imported: ModuleNotFoundError: No module named 'nowhere'."
    told = f"Plugin broken: {reason} Reinstall the package that it belongs to."
    assert findings["settings of broken"] == ("broken", told, "voicebridge plugins disable broken")
    assert findings["settings of acme"][0] == "ok"
    ran = run("plugins", "show", "broken")
    assert (ran.code, ran.err) == (0, f"Warning: {told}\n")
    assert run("greet", "Ada").out == "Hello Ada\n"


@pytest.mark.parametrize(
    ("words", "completions"),
    [
        ("config set plugins.acme.", ["plugins.acme.greeting", "plugins.acme.pitch", "plugins.acme.times"]),
        ("config get services.mic", ["services.microphone"]),
        ("stt -O acme.t", ["acme.times="]),
    ],
)
def test_their_names_are_completed(words: str, completions: list[str], acme: Any, home: Path) -> None:
    code = f"""
import sys
from voicebridge.runtime import installed
import importlib.metadata as m
found = m.distributions(path=[{str(acme.path)!r}])
points = tuple(point for each in found for point in each.entry_points if point.group == "voicebridge")
installed._of_packages = lambda: points
sys.argv[0] = "voicebridge"
from voicebridge.cli.app import main
main()
"""
    environment = {
        **os.environ, "PYTHONPATH": str(acme.path), "_VOICEBRIDGE_COMPLETE": "complete_bash",
        "COMP_WORDS": f"voicebridge {words}", "COMP_CWORD": str(len(words.split())),
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert sorted(done.stdout.split()) == completions, done.stderr
