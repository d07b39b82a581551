"""Plugins with every kind of fault, really installed together with a working one: how each is reported, and that it harms no other."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from voicebridge.hookspecs import HOOKS

if TYPE_CHECKING:
    from tests.plugins.conftest import Environment

pytestmark = pytest.mark.timeout(900)  # the first of these tests creates the environment

REASONS = {
    "acme": "active 1 speech-to-text model",
    "exits": "failed SystemExit: goodbye. Report it to the maintainers of planted-exits, or remove it: PIP uninstall planted-exits",
    "halfway": "failed RuntimeError: the list of models is torn. Report it to the maintainers of planted-halfway, or remove it: "
    "PIP uninstall planted-halfway",
    "idle": "disabled disabled in the configuration. Enable it with: voicebridge plugins enable idle",
    "import-error": "failed ModuleNotFoundError: No module named 'acme_engine_that_is_not_installed'. Install what it needs: "
    "PIP install planted-import-error",
    "sleeper": "active 1 speech-to-text model took 2.0 s to load, which slows every command. Disable it with: "
    "voicebridge plugins disable sleeper",
    "unknown-hook": "failed there is no hook 'voicebridge_stt_model'. Did you mean 'voicebridge_stt_models'? The hooks are: "
    f"{', '.join(HOOKS)}.",
    "wrong-version": "incompatible written for version 2 of the plugin contract; this VoiceBridge has version 1. Try: "
    "voicebridge plugins install voicebridge-core --upgrade",
}

KIT = """
from voicebridge.testing import SttContract

class TestTiny(SttContract):
    model = "acme/tiny"
    understands_english = False
"""


@pytest.fixture(scope="module")
def listing(planted: Environment, tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """The output of ``voicebridge plugins`` while plugin ``idle`` is disabled; an import of it leaves a file next to the config file."""
    home = tmp_path_factory.mktemp("home")
    (home / "config.toml").write_text("[plugins.idle]\nenabled = false\n")
    return planted.run("voicebridge", "plugins", variables={"VOICEBRIDGE_HOME": str(home), "PLANTED_TRACE": str(home / "trace")})


@pytest.fixture(scope="module")
def tune(acme_source: Path, planted: Environment, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A recording of two notes, 440 and 660 Hz."""
    folder = tmp_path_factory.mktemp("tune")
    assert planted.run("python", str(acme_source / "make_tune.py"), cwd=folder).returncode == 0
    return str(folder / "tune.wav")


@pytest.fixture
def only_acme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBRIDGE_PLUGINS", "acme")


def remarks(listing: str, name: str) -> list[str]:
    """The remarks of a listing about a plugin, without its name and package, one space between columns; one per plugin of that name."""
    found = [" ".join(row.split()[3:]) for row in listing.splitlines() if row.split()[0] == name]
    return [_without_places(remark) for remark in found]


def _without_places(remark: str) -> str:
    """A remark with PIP for the command that runs this environment's pip, and a name for the origin of its package."""
    remark = re.sub(r"(\S+ -m ensurepip && )?\S+ -m pip|uv pip(?= \w+ --python)", "PIP", remark)
    remark = re.sub(r"(?<=install) --python \S+", "", remark)
    return re.sub(r"\S+/(planted[-_]\S+?)(-\d\S*\.whl)?$", lambda match: match[1].replace("_", "-"), remark)


@pytest.mark.parametrize("name", REASONS)
def test_the_list_of_plugins_says_what_became_of_each_and_why(name: str, listing: subprocess.CompletedProcess[str]) -> None:
    [remark] = remarks(listing.stdout, name)
    assert re.sub(r"took [2-9]\.\d s", "took 2.0 s", remark) == REASONS[name]  # it takes longer on a busy machine


def test_of_two_that_claim_one_name_neither_is_let_in(listing: subprocess.CompletedProcess[str]) -> None:
    reason = "failed the name 'twin' is also claimed by planted-{}-twin. Keep one and remove the rest: PIP uninstall planted-{}-twin"
    assert remarks(listing.stdout, "twin") == [reason.format("right", "left"), reason.format("left", "right")]


def test_listing_broken_plugins_is_no_failure(listing: subprocess.CompletedProcess[str]) -> None:
    assert listing.returncode == 0


def test_the_slow_one_is_named_while_a_command_runs_and_no_other(listing: subprocess.CompletedProcess[str]) -> None:
    [warning] = [line for line in listing.stderr.splitlines() if line.startswith("Warning: ")]  # the default models follow
    assert warning.startswith("Warning: plugin sleeper: took ")


def test_a_good_plugin_is_under_thirty_lines(acme_source: Path) -> None:
    sources = [file.read_text(encoding="utf-8") for file in (acme_source / "src").rglob("*.py")]
    assert len(sources) == 3
    assert sum(len([line for line in source.splitlines() if line.strip()]) for source in sources) < 30


def test_the_good_one_works_among_all_that_are_broken(planted: Environment, tune: str) -> None:
    done = planted.run("voicebridge", "stt", tune, "-m", "acme/tiny")
    assert (done.returncode, done.stdout) == (0, "440 Hz\n660 Hz\n")
    [warning] = done.stderr.splitlines()
    assert "plugin sleeper" in warning


def test_a_model_of_a_broken_plugin_is_refused_with_the_reason(planted: Environment, tune: str) -> None:
    done = planted.run("voicebridge", "stt", tune, "-m", "import-error/tiny", variables={"VOICEBRIDGE_PLUGINS": "import-error"})
    assert (done.returncode, done.stdout) == (2, "")
    assert "which is not active: ModuleNotFoundError: No module named 'acme_engine_that_is_not_installed'" in done.stderr


def test_a_disabled_plugin_is_not_imported(planted: Environment, tmp_path: Path, home: Path) -> None:
    trace = tmp_path / "trace"
    variables = {"VOICEBRIDGE_PLUGINS": "acme,idle", "PLANTED_TRACE": str(trace)}
    assert planted.run("voicebridge", "plugins", "disable", "idle", variables=variables).returncode == 0
    assert remarks(planted.run("voicebridge", "plugins", variables=variables).stdout, "idle")[0].startswith("disabled ")
    assert not trace.exists()
    assert planted.run("voicebridge", "plugins", "enable", "idle", variables=variables).returncode == 0
    assert remarks(planted.run("voicebridge", "plugins", variables=variables).stdout, "idle") == ["active 1 speech-to-text model"]
    assert trace.exists()


def test_no_plugins_means_none(planted: Environment, tune: str) -> None:
    done = planted.run("voicebridge", "--no-plugins", "plugins")
    assert (done.returncode, done.stderr) == (0, "")
    left_out = "disabled not loaded because of VOICEBRIDGE_PLUGINS or --no-plugins."
    assert {remark for name in [*REASONS, "twin"] for remark in remarks(done.stdout, name)} == {left_out}
    done = planted.run("voicebridge", "--no-plugins", "stt", tune, "-m", "acme/tiny")
    assert done.returncode == 2
    assert "the plugin acme, which is not active" in done.stderr


@pytest.mark.usefixtures("only_acme")
def test_the_variable_lets_in_those_that_it_names(planted: Environment, tune: str) -> None:
    listing = planted.run("voicebridge", "plugins").stdout
    assert [name for name in [*REASONS, "twin"] if remarks(listing, name)[0].startswith("active")] == ["acme"]
    done = planted.run("voicebridge", "stt", tune, "-m", "tiny")
    assert (done.returncode, done.stdout, done.stderr) == (0, "440 Hz\n660 Hz\n", "")


@pytest.mark.usefixtures("only_acme")
def test_a_plugin_that_was_disabled_is_gone_until_it_is_enabled(planted: Environment, tune: str, home: Path) -> None:
    assert planted.run("voicebridge", "plugins", "disable", "acme").returncode == 0
    done = planted.run("voicebridge", "stt", tune, "-m", "acme/tiny")
    assert (done.returncode, done.stdout) == (2, "")
    assert "voicebridge plugins enable acme" in done.stderr
    assert planted.run("voicebridge", "plugins", "enable", "acme").returncode == 0
    assert planted.run("voicebridge", "stt", tune, "-m", "acme/tiny").returncode == 0


@pytest.mark.usefixtures("only_acme")
def test_the_good_one_passes_the_conformance_kit(planted: Environment, tmp_path: Path) -> None:
    (tmp_path / "test_acme.py").write_text(KIT)
    done = planted.run("python", "-m", "pytest", "-W", "error", "-p", "no:cacheprovider", "test_acme.py", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
