"""The conformance tests on models that know no English: with sentences of their own, they are tested completely."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from core.tests.testing.conftest import Kit

pytest_plugins = ["pytester"]

PLUGIN = """
from voicebridge import SttSpec, TtsSpec, Voice, hookimpl

@hookimpl
def voicebridge_stt_models():
    yield SttSpec(name="ohr", factory="fake.engine:Ohr", description="Hört Töne.", languages={"de"}, streaming=True)

@hookimpl
def voicebridge_tts_models():
    yield TtsSpec(name="mund", factory="fake.engine:Mund", description="Summt.", languages={"de"}, voices=[Voice("tief", "de")],
                  streaming=True)
"""
ENGINE = """
import numpy as np
from voicebridge import AudioChunk, InputError, NotSupportedError, Segment, UnknownNameError

RATE, STEP = 16_000, 1_600

def check(language):
    if language not in (None, "de"):
        raise NotSupportedError(f"fake knows no {language}. Use de.")

class Ohr:
    def __init__(self, name, options):
        pass

    def transcribe(self, audio, request):
        check(request.language)
        held, at, run = np.zeros(0, np.float32), 0, []
        for chunk in audio:
            if chunk.sample_rate != RATE:
                raise InputError(f"fake takes {RATE} Hz. Resample it.")
            held = np.concatenate([held, chunk.samples])
            while len(held) >= STEP:
                step, held, at = held[:STEP], held[STEP:], at + 1
                if np.sqrt((step**2).mean()) > 0.02:
                    run.append(step)
                elif run:
                    yield self.heard(run, at - 1)
                    run = []
        if run:
            yield self.heard(run, at)

    def heard(self, run, end):
        sound = np.concatenate(run)
        hertz = np.abs(np.fft.rfft(sound)).argmax() * RATE / len(sound)
        return Segment((end - len(run)) * STEP / RATE, end * STEP / RATE, "hoch" if hertz > 600 else "größer" if hertz > 300 else "tief")

    def close(self):
        pass

class Mund:
    def __init__(self, name, options):
        pass

    def synthesize(self, text, request):
        check(request.language)
        if request.voice not in (None, "tief"):
            raise UnknownNameError(f"fake has no voice {request.voice!r}. It has tief.")
        times, given = np.arange(STEP) / RATE, 0
        for passage in text:
            for letter in passage:
                if letter.isalnum():
                    sound = (0.3 * np.sin(2 * np.pi * 10 * (20 + ord(letter) % 32) * times)).astype(np.float32)
                    yield AudioChunk(sound, RATE, given / RATE)
                    given += STEP

    def close(self):
        pass
"""
SPOKEN = """import numpy as np
    from voicebridge.testing import Sample
    times, pause = np.arange(16_000) / 16_000, np.zeros(3_200)
    low, middle, high = 0.5 * np.sin(2 * np.pi * np.array([[200], [440], [800]]) * times)
    samples = (
        Sample("eins", "Tief größer hoch", "de", np.concatenate([low, pause, middle, pause, high]).astype(np.float32)),
        Sample("zwei", "Hoch tief", "de", np.concatenate([high, pause, low]).astype(np.float32)),
    )
"""
SENTENCES = "sentences, language = ('Der Hund schläft.', 'Bitte ruf Stella an und sag ihr, dass sie kommen soll.'), 'de'"
MODULES = {"plugin": PLUGIN, "engine": ENGINE}
QUICK = "not (libraries or memory or nothing_is_left)"


@pytest.mark.parametrize(("contract", "model", "own"), [("SttContract", "ohr", SPOKEN), ("TtsContract", "mund", SENTENCES)])
def test_a_german_model_passes_with_german_sentences(contract: str, model: str, own: str, kit: Kit) -> None:
    passed, _, failed = kit.run(contract, model, own, MODULES, only=QUICK)
    assert failed == set()
    assert len(passed) > 20
    assert contract == "TtsContract" or "test_speech_becomes_its_words" in passed


def test_a_model_that_hears_other_words_fails(kit: Kit) -> None:
    wrong = SPOKEN.replace("Tief größer hoch", "Guten Morgen allerseits")
    _, _, failed = kit.run("SttContract", "ohr", wrong, MODULES, only="speech_becomes")
    assert failed == {"test_speech_becomes_its_words"}
