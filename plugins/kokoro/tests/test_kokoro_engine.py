"""The engine with the real int8 weights. Only Japanese voices come in packages, so they speak English and French with an accent."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from voicebridge import Line, ModelError, NotSupportedError, TtsRequest, UnknownNameError
from voicebridge.testing import joined
from voicebridge_kokoro import japanese
from voicebridge_kokoro.engine import KokoroEngine
from voicebridge_kokoro.options import KokoroOptions
from voicebridge_kokoro.weights.files import KokoroFiles

HELLO = "Hello."
RATE = 24_000
Sound = npt.NDArray[np.float32]


def speak(engine: KokoroEngine, *text: str, **asked: object) -> Sound:
    return joined(engine.synthesize(text, TtsRequest(**{"language": "en", **asked})))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def hello(engine: KokoroEngine) -> Sound:
    return speak(engine, HELLO)


def test_the_sound_is_kokoro_onnx_s_own(engine: KokoroEngine, files: KokoroFiles, hello: Sound) -> None:
    from kokoro_onnx import Kokoro

    theirs, rate = Kokoro(str(files.onnx), str(files.voices)).create(HELLO, "jf_alpha", lang="en-us")
    assert rate == RATE
    assert np.allclose(theirs, hello, atol=0.02)


def test_a_text_always_sounds_the_same_in_other_processes_too(engine: KokoroEngine, files: KokoroFiles, hello: Sound) -> None:
    script = (
        "from voicebridge import TtsRequest; from voicebridge.testing import joined\n"
        "from voicebridge_kokoro.engine import KokoroEngine; from voicebridge_kokoro.options import KokoroOptions\n"
        f"print(len(joined(KokoroEngine('ja', KokoroOptions()).synthesize([{HELLO!r}], TtsRequest(language='en')))))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (int(done.stdout), done.stderr) == (len(hello), "")


def test_the_first_sound_comes_after_the_first_sentence(engine: KokoroEngine) -> None:
    read = []

    def text() -> Iterator[str]:
        for sentence in ("One.", "Two.", "Three."):
            read.append(sentence)
            yield sentence

    chunks = engine.synthesize(text(), TtsRequest(language="en"))
    first = next(chunks)
    assert read == ["One."]
    assert first.start == 0
    assert len(first.samples) < 2 * RATE
    chunks.close()  # type: ignore[attr-defined]
    assert read == ["One."]


def test_a_long_sentence_comes_in_several_parts_so_that_it_can_be_stopped_in_between(engine: KokoroEngine) -> None:
    sentence = f"{', '.join(['we bought a loaf of bread'] * 8)}."
    chunks = engine.synthesize([sentence], TtsRequest(language="en"))
    first = next(chunks)
    chunks.close()  # type: ignore[attr-defined]
    assert len(first.samples) / RATE < 9, "of 14 seconds"


def test_a_blend_lies_between_its_voices(engine: KokoroEngine, hello: Sound) -> None:
    other = speak(engine, HELLO, voice="jm_kumo")
    mixed = speak(engine, HELLO, voice="jf_alpha:3 + jm_kumo")
    assert not any(len(mixed) == len(each) and np.allclose(mixed, each, atol=0.02) for each in (hello, other))
    assert np.array_equal(speak(engine, HELLO, voice="jf_alpha+jf_alpha"), hello)


@pytest.mark.parametrize(
    ("voice", "says"),
    [
        ("jf_alpa", "no voice 'jf_alpa'. Did you mean 'jf_alpha'"),
        ("jf_alpha+", "no voice ''"),
        ("jf_alpha:much+jm_kumo", "'much' in the voice"),
        ("jf_alpha:0", "'0' in the voice"),
        ("jf_alpha:nan", "'nan' in the voice"),
        ("af_heart", "no voice 'af_heart'"),
    ],
)
def test_a_voice_or_blend_that_does_not_exist_is_refused(engine: KokoroEngine, voice: str, says: str) -> None:
    with pytest.raises(UnknownNameError, match=says.replace("?", r"\?")):
        speak(engine, HELLO, voice=voice)


def test_a_voice_speaks_its_own_language_unless_another_is_asked_for(engine: KokoroEngine) -> None:
    own, asked, foreign = (speak(engine, "はい。", language=language) for language in (None, "ja", "fr"))
    assert np.array_equal(own, asked)
    assert not np.array_equal(own, foreign)


def test_a_language_without_pronunciation_is_refused_with_those_that_have_one(engine: KokoroEngine) -> None:
    with pytest.raises(NotSupportedError, match="can't pronounce zh. It speaks en, es, fr, hi, it, ja, pt"):
        speak(engine, "你好", language="zh")


def test_speakers_without_a_voice_get_different_ones(engine: KokoroEngine, hello: Sound) -> None:
    first, second = (speak(engine, Line(HELLO, number)) for number in (0, 1))
    assert np.array_equal(first, hello)
    assert not np.array_equal(first, second)
    assert np.array_equal(second, speak(engine, Line(HELLO, 0, "jf_gongitsune")))


@pytest.mark.parametrize("text", ["", "…", "?!", "🙂🙂", "-- *** --", "\x00", "。。。"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_nobody_can_say_gives_no_sound(engine: KokoroEngine, text: str, language: str) -> None:
    assert len(speak(engine, text, language=language)) == 0


def test_without_the_package_of_readings_japanese_says_how_to_get_it(engine: KokoroEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyopenjtalk", None)
    with pytest.raises(ModelError, match=r"needs a package for Japanese: .*kokoro.*\[ja\]"):
        japanese.phonemes("はい。")


def test_the_volume_is_an_option_and_nothing_is_above_full_scale(files: KokoroFiles, hello: Sound) -> None:
    loud = KokoroEngine("ja", KokoroOptions(volume=10))
    sound = speak(loud, HELLO)
    assert np.allclose(sound, np.clip(hello * 10, -1, 1), atol=0.2)
    loud.close()
    with pytest.raises(ModelError, match="closed"):
        speak(loud, HELLO)


def test_kokoro_onnx_prints_no_text_whatever_log_level_the_environment_asks_for(engine: KokoroEngine) -> None:
    theirs = logging.getLogger("kokoro_onnx")
    assert (theirs.handlers, theirs.level) == ([], logging.WARNING)


class TestFilesThatAreNoModel:
    def test_a_network_that_is_none_is_refused(self, files: KokoroFiles, tmp_path: Path) -> None:
        (tmp_path / "mine.onnx").write_bytes(b"\x08\x07" + bytes(2000))
        (tmp_path / "voices.npz").write_bytes(files.voices.read_bytes())
        with pytest.raises(ModelError, match=r"mine\.onnx is damaged or not an ONNX model"):
            KokoroEngine(str(tmp_path), KokoroOptions())

    def test_voices_that_are_none_are_refused(self, files: KokoroFiles, tmp_path: Path) -> None:
        (tmp_path / "mine.onnx").symlink_to(files.onnx)
        (tmp_path / "voices.npz").write_bytes(b"PK" + bytes(100))
        with pytest.raises(ModelError, match=r"voices\.npz is damaged or not a file of Kokoro voices"):
            KokoroEngine(str(tmp_path), KokoroOptions())

    def test_a_damaged_voice_is_refused(self, files: KokoroFiles, tmp_path: Path) -> None:
        (tmp_path / "mine.onnx").symlink_to(files.onnx)
        content = bytearray(files.voices.read_bytes())
        content[2000:2100] = bytes(100)  # within the first voice
        (tmp_path / "voices.npz").write_bytes(content)
        engine = KokoroEngine(str(tmp_path), KokoroOptions())
        with pytest.raises(ModelError, match=r"The voice 'jf_alpha' of .* is damaged"):
            speak(engine, HELLO)
        engine.close()
