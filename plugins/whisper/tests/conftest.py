"""Fixtures shared by the tests of this plugin."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pytest
from voicebridge import AudioChunk, Segment, SttRequest
from voicebridge_whisper.engine import WhisperEngine
from voicebridge_whisper.options import WhisperOptions

RATE = 16_000
Samples = npt.NDArray[np.float32]


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Temporary folders for assembled weights and stored hashes; the user's cache is unchanged."""
    folder = tmp_path_factory.mktemp("voicebridge-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOICEBRIDGE_HOME", str(folder))
        yield
    shutil.rmtree(folder, ignore_errors=True)  # the weights of base are large, and pytest would keep them for three runs


@pytest.fixture
def words_of() -> Callable[..., list[str]]:
    """The words without the capitals and full stops that a model this small doesn't always output."""

    def words_of(text: str) -> list[str]:
        return text.lower().replace(".", "").replace(",", "").split()

    return words_of


@pytest.fixture(scope="module")
def engine() -> Iterator[WhisperEngine]:
    """The real weights of tiny.en."""
    engine = WhisperEngine("tiny.en", WhisperOptions())
    yield engine
    engine.close()


@pytest.fixture
def chunks() -> Callable[..., Iterator[AudioChunk]]:
    """Concatenated 16 kHz sounds in chunks of half a second, as from a reader."""

    def chunks(*parts: Samples) -> Iterator[AudioChunk]:
        samples = np.concatenate(parts)
        for at in range(0, len(samples), RATE // 2):
            yield AudioChunk(samples[at : at + RATE // 2], RATE, at / RATE)

    return chunks


@pytest.fixture
def transcribe(chunks: Callable[..., Iterator[AudioChunk]]) -> Callable[..., list[Segment]]:
    """The transcript of concatenated 16 kHz sounds."""

    def transcribe(engine: WhisperEngine, *parts: Samples, **request: object) -> list[Segment]:
        return list(engine.transcribe(chunks(*parts), SttRequest(**request)))  # type: ignore[arg-type]

    return transcribe
