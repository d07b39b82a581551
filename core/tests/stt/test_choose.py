"""The request to a speech-to-text model, which is the same for files, watched folders, dictation and Python."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import voicebridge
from voicebridge.dictation import choose as dictation
from voicebridge.engines.source import ClientEngines
from voicebridge.runtime.config import Config
from voicebridge.runtime.plugins import load_plugins
from voicebridge.runtime.registry import Registry
from voicebridge.runtime.settings import WatchSettings
from voicebridge.stt.choose import SttChooser
from voicebridge.watch.choose import Listening, resolve

Site = Any  # the folder of planted packages in conftest.py
Run = Callable[..., Any]

PLUGIN = """
    from voicebridge import CommandSpec, SttSpec, hookimpl

    @hookimpl
    def voicebridge_commands():
        yield CommandSpec(name="which", command="PACKAGE.verb:which", help="Print the model that Python loads.")

    @hookimpl
    def voicebridge_stt_models():
        yield SttSpec(name="takes", factory="PACKAGE.engine:Engine", hotwords=True)
        yield SttSpec(name="refuses", factory="PACKAGE.engine:Engine")
"""
ENGINE = """
    from voicebridge import Segment

    class Engine:
        def __init__(self, name, options):
            pass

        def transcribe(self, audio, request):
            for _ in audio:
                pass
            yield Segment(0.0, 1.0, ", ".join(request.hotwords) or "nothing")

        def close(self):
            pass
"""
VERB = """
    import voicebridge

    def which():
        with voicebridge.load_model() as model:
            print(model.name)
"""
WORDS = '[dictation.vocabulary]\nAda = []\nGrace = ["grays"]\n'


@pytest.fixture
def planted(site: Site, home: Path) -> Path:
    site.install("echo", PLUGIN, engine=ENGINE, verb=VERB)
    (home / "config.toml").write_text(WORDS)
    return home


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "talk.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(32_000))
    return path


@pytest.mark.parametrize(
    ("model", "more", "configured", "asked"),
    [
        pytest.param("takes", [], "", "Ada, Grace", id="a model that takes hotwords gets the vocabulary"),
        pytest.param("takes", ["--hotwords", "Grace, Alan"], "", "Grace, Alan, Ada", id="behind those that were given"),
        pytest.param("takes", [], "[stt]\nvocabulary = false\n", "nothing", id="unless that is turned off"),
        pytest.param("refuses", [], "", "nothing", id="a model that takes none gets none"),
    ],
)
def test_the_vocabulary_reaches_a_file(
    planted: Path, run: Run, recording: Path, model: str, more: list[str], configured: str, asked: str
) -> None:
    (planted / "config.toml").write_text(configured + WORDS)
    ran = run("stt", str(recording), "-m", model, "-q", *more)
    assert (ran.code, ran.out.strip()) == (0, asked), ran.err


def test_the_vocabulary_reaches_watched_folders_dictation_and_python(planted: Path, tmp_path: Path) -> None:
    registry = Registry(load_plugins(), Config.load(environment={}))
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    folder = resolve(WatchSettings(folder=str(inbox), model="takes"), registry)
    assert isinstance(folder.work, Listening)
    assert folder.work.task.request.hotwords == ("Ada", "Grace")
    ears = dictation.choose(registry, model="takes", asked={}, engines=ClientEngines(daemon=False))
    assert ears.open().request.hotwords == ("Ada", "Grace")
    assert voicebridge.transcribe(np.zeros(16_000, np.float32), model="takes").text == "Ada, Grace"


def test_the_verb_of_a_plugin_loads_the_model_of_the_profile_that_was_chosen(
    planted: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEBRIDGE_PROFILE", "")  # put back afterwards
    (planted / "config.toml").write_text('stt.model = "takes"\nprofiles.meeting.stt.model = "refuses"\n')
    assert run("which").out == "echo/takes\n"
    assert run("--profile", "meeting", "which").out == "echo/refuses\n"


LABELLING = """
    from voicebridge import DiarizerSpec, SttSpec, hookimpl

    @hookimpl
    def voicebridge_stt_models():
        yield SttSpec(name="labels", factory="PACKAGE.engine:Engine", diarization=True)
        yield SttSpec(name="plain", factory="PACKAGE.engine:Engine", words=True)

    @hookimpl
    def voicebridge_diarizers():
        yield DiarizerSpec(name="turns", factory="PACKAGE.engine:Turns", max_speakers=2)
"""


def test_a_model_that_labels_speakers_does_it_itself(site: Site, home: Path) -> None:
    site.install("acme", LABELLING, engine=ENGINE)
    (home / "config.toml").write_text("[stt]\ndiarize = true\n")
    registry = Registry(load_plugins(lambda name, _: name == "acme"), Config.load(environment={}))

    def finder(model: str, speakers: int | None = None) -> str | None:
        chooser = SttChooser(model, {}, lambda: registry, ask=None)
        choice = chooser.choose({})
        assert choice.diarize
        found = chooser.diarizer(choice, speakers)
        return found.name if found else None

    assert finder("labels") is None
    assert finder("plain", 2) == "acme/turns"
    with pytest.raises(voicebridge.NotSupportedError, match="acme/labels labels speakers itself, and can't be told how many there are"):
        finder("labels", 2)
    with pytest.raises(voicebridge.NotSupportedError, match="acme/turns tells apart up to 2 speakers, not 3"):
        finder("plain", 3)


def test_a_watched_folder_follows_the_configuration_or_its_own_table(site: Site, home: Path) -> None:
    site.install("acme", LABELLING, engine=ENGINE)
    found = []
    for configured in ("true", "false"):
        (home / "config.toml").write_text(f"[stt]\ndiarize = {configured}\n")
        registry = Registry(load_plugins(lambda name, _: name == "acme"), Config.load(environment={}))
        for own in (None, True, False):
            work = resolve(WatchSettings(folder=str(home), model="plain", diarize=own), registry).work
            assert isinstance(work, Listening)
            task = work.task
            assert task.request.words is (task.diarization is not None)
            found.append(task.diarization and task.diarization.finder.name)
    assert found == ["acme/turns", "acme/turns", None, None, "acme/turns", None]
