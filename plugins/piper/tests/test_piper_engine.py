"""The engine with a real voice; joe is in the package of the extra ``joe``."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from piper import PiperVoice, SynthesisConfig
from voicebridge import ModelError, NotSupportedError, OptionError, TtsRequest, UnknownNameError
from voicebridge.testing import FOX, STELLA, TtsContract, joined
from voicebridge_piper.engine import PiperEngine
from voicebridge_piper.options import PiperOptions
from voicebridge_piper.splitting import LONGEST_BREATH

pytestmark = pytest.mark.usefixtures("joe")

RATE = 22_050
Sound = npt.NDArray[np.float32]


class TestPiperKeepsTheContract(TtsContract):
    model = "piper/joe"


@pytest.fixture(scope="module")
def engine(joe: Path) -> Iterator[PiperEngine]:
    engine = PiperEngine(str(joe), PiperOptions())
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def piper(joe: Path) -> PiperVoice:
    """The same voice without VoiceBridge."""
    return PiperVoice.load(joe)


def speak(engine: PiperEngine, *text: str, **asked: object) -> Sound:
    return joined(engine.synthesize(text, TtsRequest(**{"seed": 0, **asked})))  # type: ignore[arg-type]


def test_the_sound_is_piper_s_own(engine: PiperEngine, piper: PiperVoice) -> None:
    text = f"{FOX.text} {STELLA.text}"
    theirs = [chunk.audio_float_array for chunk in piper.synthesize(text, SynthesisConfig(noise_scale=0, noise_w_scale=0))]
    ours = [chunk.samples for chunk in engine.synthesize([text], TtsRequest(seed=0))]
    assert [len(each) for each in ours] == [len(each) for each in theirs]
    assert all(np.allclose(our, their, atol=1e-4) for our, their in zip(ours, theirs, strict=True))


def test_a_chunk_comes_for_every_sentence(engine: PiperEngine) -> None:
    assert len(list(engine.synthesize(["One is here. Two is there.", "Three."], TtsRequest()))) == 3


def test_a_seed_is_the_same_reading_in_another_process(engine: PiperEngine, joe: Path) -> None:
    script = (
        "import sys, hashlib; from voicebridge import TtsRequest; from voicebridge.testing import joined\n"
        "from voicebridge_piper.engine import PiperEngine; from voicebridge_piper.options import PiperOptions\n"
        "sound = joined(PiperEngine(sys.argv[1], PiperOptions()).synthesize(['Hello there.'], TtsRequest(seed=5)))\n"
        "print(len(sound))"
    )
    done = subprocess.run([sys.executable, "-c", script, str(joe)], capture_output=True, text=True, check=True)
    assert int(done.stdout) == len(speak(engine, "Hello there.", seed=5))


def test_another_seed_is_another_reading(engine: PiperEngine) -> None:
    readings = [speak(engine, STELLA.text, seed=seed) for seed in range(4)]
    assert not any(np.array_equal(one, other) for one, other in combinations(readings, 2))
    assert max(map(len, readings)) / min(map(len, readings)) < 1.18


def test_without_a_seed_two_readings_differ_unless_they_are_to_be_repeatable(engine: PiperEngine, joe: Path) -> None:
    assert not np.array_equal(speak(engine, FOX.text, seed=None), speak(engine, FOX.text, seed=None))
    repeatable = PiperEngine(str(joe), PiperOptions(repeatable=True))
    assert np.array_equal(speak(repeatable, FOX.text, seed=None), speak(repeatable, FOX.text, seed=None))


@pytest.mark.parametrize("text", ["", "…", "?!", "🙂🙂", "-- *** --", "\x00", "。。。"])
def test_what_nobody_can_say_gives_no_sound(engine: PiperEngine, text: str) -> None:
    assert len(speak(engine, text)) == 0


def test_a_script_that_the_voice_does_not_know_says_nothing_to_the_terminal(engine: PiperEngine, caplog: pytest.LogCaptureFixture) -> None:
    speak(engine, "漢字 кириллица")
    assert caplog.records == []


def test_double_brackets_are_read_as_text(engine: PiperEngine) -> None:
    said, plain = (len(speak(engine, text)) for text in ("See [[the other page]].", "See the other page."))
    assert abs(said - plain) < 0.25 * plain


def test_phonemes_are_read_as_such_when_asked(joe: Path) -> None:
    engine = PiperEngine(str(joe), PiperOptions(phonemes=True))
    said, plain = (len(speak(engine, text)) for text in ("[[həloʊ]]", "Hello"))
    assert abs(said - plain) < 0.25 * plain


def test_a_sentence_of_five_thousand_words_is_spoken_in_parts(engine: PiperEngine) -> None:
    chunks = engine.synthesize(["and then there was another word " * 800], TtsRequest(seed=0))
    lengths = [len(next(chunks).samples) / RATE for _ in range(2)]
    assert all(5 < length < LONGEST_BREATH / 15 for length in lengths)


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux how much memory was used at most")
def test_a_book_in_one_line_takes_no_more_memory_than_a_page(joe: Path) -> None:
    script = (
        "import sys, resource; from voicebridge import TtsRequest\n"
        "from voicebridge_piper.engine import PiperEngine; from voicebridge_piper.options import PiperOptions\n"
        "engine = PiperEngine(sys.argv[1], PiperOptions())\n"
        "chunks = engine.synthesize(['a long line that goes on and on ' * int(sys.argv[2])], TtsRequest(seed=0))\n"
        "for _ in range(2): next(chunks)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    page, book = (
        int(subprocess.run([sys.executable, "-c", script, str(joe), times], capture_output=True, text=True, check=True).stdout)
        for times in ("50", "3200")
    )
    assert book < 1.1 * page


def test_quiet_and_loud_are_options(joe: Path) -> None:
    half = speak(PiperEngine(str(joe), PiperOptions(volume=0.5)), FOX.text)
    raw = speak(PiperEngine(str(joe), PiperOptions(normalize=False)), FOX.text)
    assert np.abs(half).max() == pytest.approx(0.5, abs=0.01)
    assert 0.05 < np.abs(raw).max() < 1.0


@pytest.mark.parametrize("language", ["de", "xx"])
def test_a_language_that_the_voice_does_not_speak_is_refused(engine: PiperEngine, language: str) -> None:
    with pytest.raises(NotSupportedError, match=f"speaks en, not {language}"):
        speak(engine, "Guten Tag.", language=language)
    assert len(speak(engine, "Good day.", language="en"))


def test_a_voice_knows_itself_by_its_short_and_official_name() -> None:
    engine = PiperEngine("joe", PiperOptions())
    for name in ("joe", "en_US-joe-medium", "en_us-joe-medium"):
        assert len(speak(engine, "Yes.", voice=name))
    with pytest.raises(UnknownNameError, match="piper/joe has no voice 'lessac'"):
        speak(engine, "Yes.", voice="lessac")


def test_a_speaker_that_is_not_there_is_refused_at_once() -> None:
    with pytest.raises(OptionError, match="speaker = 3 is not valid: piper/joe has one speaker, number 0"):
        PiperEngine("joe", PiperOptions(speaker=3))
    assert len(speak(PiperEngine("joe", PiperOptions(speaker=0)), "Yes."))


def test_a_closed_voice_says_so(joe: Path) -> None:
    engine = PiperEngine(str(joe), PiperOptions())
    engine.close()
    engine.close()
    with pytest.raises(ModelError, match="was closed"):
        speak(engine, "Yes.")


def test_a_description_that_belongs_to_another_voice_is_one_clear_line(joe: Path, tmp_path: Path) -> None:
    (tmp_path / "joe.onnx").symlink_to(joe)
    settings = json.loads(joe.with_name(f"{joe.name}.json").read_text())
    settings["phoneme_id_map"] = {phoneme: [number + 5_000 for number in ids] for phoneme, ids in settings["phoneme_id_map"].items()}
    (tmp_path / "joe.onnx.json").write_text(json.dumps(settings))
    with pytest.raises(ModelError, match=r"Check that the \.onnx\.json belongs to this voice") as caught:
        speak(PiperEngine(str(tmp_path / "joe.onnx"), PiperOptions()), "Yes.")
    assert "\n" not in str(caught.value)


def test_a_voice_in_a_folder_with_a_strange_name_is_loaded(joe: Path, tmp_path: Path) -> None:
    folder = tmp_path / "Stimmen für später"
    folder.mkdir()
    shutil.copy(joe, folder)
    shutil.copy(joe.with_name(f"{joe.name}.json"), folder)
    assert len(speak(PiperEngine(str(folder), PiperOptions()), "Yes."))
