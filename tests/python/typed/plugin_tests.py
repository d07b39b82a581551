"""The tests of a plugin: the conformance tests, with every attribute and method that an author overrides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from pydantic import ConfigDict
from voicebridge import EngineOptions, Segment, TextContext
from voicebridge.host import Listed
from voicebridge.installing import remedy
from voicebridge.paths import cache_dir, data_dir
from voicebridge.stt.formats.text import clock, named_line, one_line
from voicebridge.testing import (
    FOX,
    AutostartContract,
    CheckContract,
    CommandContract,
    DaemonPartContract,
    DiarizerContract,
    DocumentReaderContract,
    ExecutorContract,
    InserterContract,
    ListenerContract,
    Loaded,
    NotifierContract,
    Sample,
    SettingsContract,
    SttContract,
    TextFilterContract,
    TranscriptFormatContract,
    TtsContract,
    in_chunks,
    joined,
    segment_faults,
)
from voicebridge.weights import candidates
from voicebridge.weights.candidates import Candidate
from voicebridge.weights.store import CandidateStore


def played(*notes: float) -> npt.NDArray[np.float32]:
    times = np.arange(16_000) / 16_000
    return np.concatenate([np.sin(2 * np.pi * note * times) for note in notes]).astype(np.float32)


class TestEar(SttContract):
    model = "acme/ear"
    options = {"beam_size": 1}
    samples = (Sample("rise", "A4 C5", "it", played(440, 523)), Sample("fall", "C5 A4", "it", played(523, 440)))
    understands_english = False
    patience = 10.0

    @pytest.mark.xfail(reason="the library holds its lock for a whole utterance")
    def test_an_utterance_may_begin_and_end_within_another(self, loaded: Loaded, alone: dict[str, list[Segment]]) -> None:
        super().test_an_utterance_may_begin_and_end_within_another(loaded, alone)


class TestClara(TtsContract):
    model = "acme/clara"
    sentences = ("Der Hund schläft.", "Bitte ruf Stella an.")
    language = "de"
    pace = (5.0, 30.0)


class TestBell(NotifierContract):
    service = "acme/bell"


class TestLogin(AutostartContract):
    service = "acme/login"


class TestInserter(InserterContract):
    service = "acme/file"

    @pytest.fixture(autouse=True)
    def inbox(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)

    def inserted(self) -> str:
        return Path("inbox.txt").read_text(encoding="utf-8")


class TestSettings(SettingsContract):
    plugin = "acme"
    imports = ["numpy"]


class TestLong(TextFilterContract):
    text_filter = "acme/long"


class TestWriter(TranscriptFormatContract):
    format = "acme/sbv"


class TestReader(DocumentReaderContract):
    reader = "acme/odt"


class TestServer(DaemonPartContract):
    name = "acme/web"


class TestTurns(DiarizerContract):
    name = "acme/turns"


class TestLicence(CheckContract):
    name = "acme/licence"


class TestMail(ListenerContract):
    name = "acme/mail"


class TestGrid(ExecutorContract):
    name = "acme/grid"


class TestMinutes(CommandContract):
    command = "minutes"
    arguments = ["meeting"]
    prompt = "Listening"


class Options(EngineOptions):
    model_config = ConfigDict(protected_namespaces=())
    model_name: str = ""


class Notes(CandidateStore[str, Path]):
    holds = "table of notes"

    def understand(self, given: str) -> str:
        return given

    def candidates(self, name: str) -> Iterator[Candidate[Path]]:
        folder = self.cached(name)
        yield candidates.on_disk("cache", folder, "" if (folder / "notes.json").exists() else "notes.json is missing", folder)

    def cached(self, name: str) -> Path:
        return cache_dir() / "acme" / name

    def folder(self, found: Path) -> Path:
        return found


def test_the_rules_as_functions() -> None:
    segments = [Segment(0.0, 1.0, one_line(FOX.text))]
    assert segment_faults(segments, len(joined(in_chunks(played(440), 16_000))) / 16_000) == []
    assert named_line("Anna", clock(1.0)) == "Anna: 0:01"
    assert remedy("acme"), data_dir()
    assert TextContext(stage="speech").segments == ()
    assert Listed("acme/ear", Options()).spec.model_name == ""
