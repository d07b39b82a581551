from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import voicebridge
from voicebridge.cli.verbs import VERBS
from voicebridge.runtime import plugins
from voicebridge.spec_fields import load_ref

Site = Any  # the folder of planted packages in conftest.py
Run = Callable[..., Any]

HEAVY = {"numpy", "av", "faster_whisper", "ctranslate2", "onnxruntime", "huggingface_hub", "torch", "transformers", "tokenizers"}
MODULES_AT_MOST = 450
"""Mostly Python itself, Typer and rich; about ten are VoiceBridge's."""

HELLO = """
    from voicebridge import CommandSpec, hookimpl

    @hookimpl
    def voicebridge_commands():
        yield CommandSpec(name="hello", command="PACKAGE.cli:hello", help="Greet somebody.")
        yield CommandSpec(name="models", command="PACKAGE.cli:hello", help="Take over a built-in verb.")
        yield CommandSpec(name="nothing", command="PACKAGE.cli:NOTHING", help="Be no command at all.")
        yield CommandSpec(name="gone", command="PACKAGE.nowhere:x", help="Be missing.")
"""
HELLO_CLI = """
    import typer

    NOTHING = 3

    def hello(name: str, fail: str = ""):
        if fail == "interrupt":
            raise KeyboardInterrupt
        if fail == "pipe":
            raise BrokenPipeError(32, "Broken pipe")
        if fail == "exit":
            raise typer.Exit(7)
        print(f"Hello {name}")
"""


def fresh(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VOICEBRIDGE_")}
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        encoding="utf-8",
        env={**clean, "VOICEBRIDGE_HOME": str(home), "PYTHONUTF8": "1", **environment},
        timeout=120,
        check=False,
    )


def modules_after(*arguments: str, home: Path) -> set[str]:
    code = (
        "import json, sys\nfrom voicebridge.cli.app import main\nsys.argv[0] = 'voicebridge'\n"
        "try:\n    main()\nexcept SystemExit as ending:\n    assert not ending.code, ending.code\n"
        "print('\\n' + json.dumps(list(sys.modules)))"
    )
    done = fresh("-c", code, *arguments, home=home)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_help_imports_nothing_that_it_does_not_use(home: Path) -> None:
    modules = modules_after("--help", home=home)
    assert not modules & {*HEAVY, "pydantic", "pydantic_core"}
    verbs = {ref.partition(":")[0] for ref, _ in VERBS.values()}
    assert not modules & verbs
    assert len(modules) < MODULES_AT_MOST


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_a_verb_imports_no_engine(home: Path, verb: str) -> None:
    modules = modules_after(verb, "--help", home=home)
    assert not modules & HEAVY
    assert len(modules) < MODULES_AT_MOST + 150  # pydantic, if a command's module needs it


@pytest.mark.parametrize("verb", [[], ["stt"], ["tts"], ["daemon", "start"], ["history", "search"]])
def test_the_help_shows_no_types_of_flags_and_arguments(run: Run, echo: Site, verb: list[str]) -> None:
    del echo
    ran = run(*verb, "--help")
    assert ran.code == 0, ran.err
    assert "<bool>" not in ran.out
    assert "<list[" not in ran.out


def test_every_verb_exists_and_has_one_line_of_help() -> None:
    for ref, line in VERBS.values():
        assert callable(load_ref(ref))
        assert line.endswith(".")
        assert len(line) < 70


def test_the_help_lists_the_verbs_of_plugins_without_importing_them(run: Run, site: Site) -> None:
    package = site.install("greeter", HELLO)
    ran = run("--help")
    assert ran.code == 0
    assert "Greet somebody." in ran.out
    assert "Take over" not in ran.out
    assert f"{package}.cli" not in sys.modules


def test_a_command_of_a_plugin_with_a_built_in_name_is_left_out_with_a_remark(run: Any, site: Any) -> None:
    site.install("hello", HELLO, cli=HELLO_CLI)
    [row] = [line for line in run("plugins", "--json").out.splitlines() if "left out" in line]
    assert "its command 'models' is left out, because VoiceBridge has a command of that name." in row


def test_a_command_of_two_plugins_is_left_out_of_both_and_says_why(run: Any, site: Any) -> None:
    site.install("hello", HELLO, cli=HELLO_CLI)
    site.install("bonjour", HELLO, cli=HELLO_CLI)
    why = "he command 'hello' is left out, because bonjour and hello have it. Keep one of them: voicebridge plugins disable NAME"
    assert run("plugins", "--json").out.count(f"t{why}") == 2
    for arguments in (["hello", "Ada"], ["hello", "--help"]):
        ran = run(*arguments)
        assert (ran.code, ran.err) == (2, f"Error: T{why}\n")
    assert "hello" not in run("--help").out
    run("plugins", "disable", "bonjour")
    assert run("hello", "Ada").out == "Hello Ada\n"


def test_a_plugins_verb_runs(run: Run, site: Site) -> None:
    site.install("greeter", HELLO, cli=HELLO_CLI)
    assert run("hello", "Ada").out == "Hello Ada\n"
    assert run("hello", "--help").code == 0


@pytest.mark.parametrize(("end", "code"), [("interrupt", 130), ("pipe", 0), ("exit", 7), ("", 0)])
def test_a_run_ends_with_the_code_that_its_end_deserves_and_says_no_more(run: Run, site: Site, end: str, code: int) -> None:
    site.install("greeter", HELLO, cli=HELLO_CLI)
    ran = run("hello", "Ada", "--fail", end)
    assert ran.code == code
    assert ran.err == ""


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["modles"], "Error: No such command 'modles'. Did you mean 'models'? Try: voicebridge --help\n"),
        (["helo"], "Error: No such command 'helo'. Did you mean 'hello'? Try: voicebridge --help\n"),
        (["--profil"], "Error: No such option: --profil. Did you mean --profile? Try: voicebridge --help\n"),
        (["models", "shw"], "Error: No such command 'shw'. Did you mean 'show'? Try: voicebridge models --help\n"),
        (["models", "show"], "Error: Missing argument 'NAME'. Try: voicebridge models show --help\n"),
        (["hello", "Ada", "--nope"], "Error: No such option: --nope. Try: voicebridge hello --help\n"),
    ],
)
def test_a_slip_of_the_pen_is_one_line_with_what_was_meant(run: Run, site: Site, arguments: list[str], error: str) -> None:
    site.install("greeter", HELLO, cli=HELLO_CLI)
    ran = run(*arguments)
    assert (ran.code, ran.out, ran.err) == (2, "", error)


@pytest.mark.parametrize(("verb", "complaint"), [("gone", "can't be imported"), ("nothing", "neither a Typer nor a function")])
def test_a_plugins_verb_that_is_none_is_one_line(run: Run, site: Site, verb: str, complaint: str) -> None:
    site.install("greeter", HELLO, cli=HELLO_CLI)
    ran = run(verb)
    assert ran.code == 1
    assert complaint in ran.err
    assert len(ran.err.splitlines()) == 1


def test_without_arguments_the_help_is_shown_and_the_code_says_wrong_usage(run: Run, site: Site) -> None:
    ran = run()
    assert ran.code == 2
    assert "Usage: voicebridge" in ran.out + ran.err


def test_the_version_is_one_line(run: Run) -> None:
    assert run("--version").out == f"voicebridge {voicebridge.__version__}\n"


@pytest.mark.parametrize("content", ["x = [", "nonsense = 1", "[plugins]\ngreeter = 3"])
def test_a_broken_configuration_leaves_the_help(run: Run, site: Site, home: Path, content: str) -> None:
    site.install("greeter", HELLO)
    (home / "config.toml").write_text(content, encoding="utf-8")
    ran = run("--help")
    assert ran.code == 0
    assert "doctor" in ran.out
    assert ran.err == ""


def test_flags_before_the_verb_count_before_plugins_load(run: Run, site: Site) -> None:
    package = site.install("greeter", HELLO, cli=HELLO_CLI)
    assert run("--no-plugins", "hello", "Ada").code == 2
    assert "Greet" not in run("--no-plugins", "--help").out
    assert f"{package}.plugin" not in sys.modules


def test_a_profile_may_keep_a_plugin_out_and_a_flag_or_a_variable_chooses_it(
    run: Run, site: Site, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.install("greeter", HELLO, cli=HELLO_CLI)
    (home / "config.toml").write_text("[profiles.quiet.plugins.greeter]\nenabled = false\n", encoding="utf-8")
    assert run("hello", "Ada").code == 0
    assert run("--profile", "quiet", "hello", "Ada").code == 2
    monkeypatch.setenv("VOICEBRIDGE_PROFILE", "quiet")
    assert run("hello", "Ada").code == 2


def test_a_slow_plugin_is_named_on_stderr(run: Run, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "SLOW_SECONDS", 0.0)
    site.install("greeter", HELLO, cli=HELLO_CLI)
    ran = run("hello", "Ada")
    assert ran.out == "Hello Ada\n"
    assert ran.err.startswith("Warning: plugin greeter: took 0.0 s to load")


def complete(words: str, home: Path) -> list[str]:
    words_before = words.split(" ")
    done = fresh(
        "-c",
        "import sys\nsys.argv[0] = 'voicebridge'\nfrom voicebridge.cli.app import main\nmain()",
        home=home,
        _VOICEBRIDGE_COMPLETE="complete_bash",
        COMP_WORDS=words,
        COMP_CWORD=str(len(words_before) - 1),
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_the_shell_completes_verbs_their_commands_their_options_and_keys(home: Path) -> None:
    assert complete("voicebridge mod", home) == ["models"]
    assert complete("voicebridge config un", home) == ["unset"]
    assert "--origin" in complete("voicebridge config show --", home)
    assert complete("voicebridge config get stt.la", home) == ["stt.language"]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("stt a.wav -m whisper/large-v3-t", ["whisper/large-v3-turbo"]),
        ("stt a.wav -l d", ["de"]),
        ("stt a.wav -f sr", ["srt"]),
        ("tts Hello --voice thorst", ["thorsten"]),
        ("tts Hello -f f", ["flac"]),
        ("watch inbox --format op", ["opus"]),
        ("stt a.wav --profile mee", ["meeting"]),
        ("--profile mee", ["meeting"]),
    ],
)
def test_the_shell_completes_the_values_of_options(home: Path, words: str, offered: list[str]) -> None:
    (home / "config.toml").write_text("[profiles.meeting.stt]\nword_timestamps = true\n")
    pytest.importorskip("voicebridge_whisper", reason="needs the plugins of this workspace")
    pytest.importorskip("voicebridge_piper", reason="needs the plugins of this workspace")
    assert set(offered) <= set(complete(f"voicebridge {words}", home))


@pytest.mark.parametrize("words", [("stt", "-talk.wav"), ("stt", "a.wav", "-f.wav"), ("tts", "-notes.txt")])
def test_a_file_whose_name_begins_like_an_option_is_told_from_one(
    run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(words[-1]).touch()
    ran = run(*words)
    assert ran.code == 2
    assert f"{words[-1]} begins with '-' and was read as an option. If you mean the file, write ./{words[-1]}" in ran.err


def test_the_command_is_a_module_too(home: Path) -> None:
    assert fresh("-m", "voicebridge", "--version", home=home).stdout == fresh("-m", "voicebridge.cli.app", "--version", home=home).stdout


def test_a_reader_that_has_had_enough_ends_the_run_in_peace(home: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    code = "import sys\nsys.argv[0] = 'voicebridge'\nfrom voicebridge.cli.app import main\nmain()"
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, "config", "show"],
            stdout=writer,
            stderr=subprocess.PIPE,
            env={**os.environ, "VOICEBRIDGE_HOME": str(home)},
            timeout=120,
            check=False,
        )
    finally:
        os.close(writer)
    assert done.returncode == 0
    assert done.stderr == b""


def test_what_sends_a_text_to_the_daemon_imports_nothing_heavy(home: Path) -> None:
    imports = "import json, sys, voicebridge.reading.requests, voicebridge.cli.tts.source; print(json.dumps(sorted(sys.modules)))"
    modules = set(json.loads(fresh("-c", imports, home=home).stdout))
    ours = {"voicebridge.runtime.registry", "voicebridge.speech", "voicebridge.tts.text.pieces", "voicebridge.tts.text.script"}
    assert not modules & {*HEAVY, *ours, "pydantic", "pluggy", "urllib.request"}


def test_finding_out_what_would_be_spoken_imports_no_engine_and_nothing_for_scripts(home: Path) -> None:
    pytest.importorskip("voicebridge_piper", reason="needs the plugins of this workspace")
    modules = modules_after("tts", "The train leaves soon.", "--dry-run", home=home)
    assert not modules & (HEAVY - {"numpy"} | {"piper", "rich", "urllib.request", "voicebridge.tts.text.script"})


def test_what_names_the_commands_that_install_imports_nothing_of_the_network(home: Path) -> None:
    imports = "import json, sys, voicebridge.installing; print(json.dumps(sorted(sys.modules)))"
    modules = set(json.loads(fresh("-c", imports, home=home).stdout))
    assert not modules & {"urllib.request", "http.client", "ssl"}
