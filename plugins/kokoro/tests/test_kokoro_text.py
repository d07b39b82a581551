"""Text and phonemes, without weights."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge.text_parts import stretches
from voicebridge_kokoro import catalog, japanese
from voicebridge_kokoro.blends import parts_of
from voicebridge_kokoro.plugin import voicebridge_tts_models
from voicebridge_kokoro.splitting import CLAUSE_PAUSE, LONGEST_BREATH, SENTENCE_PAUSE, breaths, cleaned, pause_after

chunker = pytest.importorskip("kokoro_onnx.chunker", reason="kokoro-onnx doesn't support this Python")


def test_the_54_voices_of_kokoro_are_listed_with_their_languages_and_the_default_first() -> None:
    spec = next(iter(voicebridge_tts_models()))
    languages = {voice.name: voice.language for voice in spec.voices}
    assert len(languages) == 54
    assert spec.default_voice == "af_heart"
    assert {name: languages[name] for name in ("af_sky", "bm_fable", "ef_dora", "zm_yunxi")} == {
        "af_sky": "en", "bm_fable": "en", "ef_dora": "es", "zm_yunxi": "zh"
    }  # fmt: skip


def test_no_model_is_light_so_that_piper_stays_the_default_beside_it() -> None:
    assert not any(spec.light for spec in voicebridge_tts_models())


@pytest.mark.parametrize(
    ("language", "voice", "accent"),
    [
        (None, "bf_emma", "en-gb"),
        ("en", "bf_emma", "en-gb"),
        ("en", "jf_alpha", "en-us"),
        ("fr", "af_heart", "fr-fr"),
        (None, "mine", "en-us"),
    ],
)
def test_a_voice_has_its_own_accent_in_its_own_language(language: str | None, voice: str, accent: str) -> None:
    assert catalog.accent_in(language, voice).espeak == accent


@pytest.mark.parametrize(
    ("voice", "parts"),
    [
        ("a", {"a": 1.0}),
        ("a+b", {"a": 0.5, "b": 0.5}),
        ("a:0.7+b:0.3", {"a": 0.7, "b": 0.3}),
        ("a:3 + b", {"a": 0.75, "b": 0.25}),
        ("a+b+a", {"a": 2 / 3, "b": 1 / 3}),
    ],
)
def test_the_weights_of_a_blend_sum_up_to_one(voice: str, parts: dict[str, float]) -> None:
    assert parts_of(voice, ["a", "b"]) == pytest.approx(parts)


@given(st.text(alphabet="ab .,\u3002", max_size=3000))
def test_stretches_leave_nothing_out_that_can_be_spoken(text: str) -> None:
    given = list(stretches(text, 100))
    assert all(len(each) <= 100 for each in given)
    assert [letter for each in given for letter in each if letter.isalnum()] == [letter for letter in text if letter.isalnum()]


def test_a_sentence_with_commas_is_split_at_one_and_a_sentence_without_any_as_rarely_as_possible() -> None:
    clauses = breaths(", ".join(["ɐ lˈoʊf ʌv bɹˈɛd"] * 12), chunker.split_phonemes)
    assert [run[-1] for run in clauses[:-1]] == [","]
    assert len(breaths(" ".join(["lˈoʊf"] * 30), chunker.split_phonemes)) == 1
    assert all(len(run) <= LONGEST_BREATH for run in breaths("a" * 1000, chunker.split_phonemes))
    assert breaths("… !", chunker.split_phonemes) == []


def test_between_runs_there_is_the_pause_that_their_mark_asks_for() -> None:
    assert [pause_after(run) for run in ("a.", "a,", "a")] == [SENTENCE_PAUSE, CLAUSE_PAUSE, 0.0]


def test_what_a_c_library_can_not_take_is_removed() -> None:
    assert cleaned("a\0b\n c\ud800") == "a b c?"


@pytest.mark.parametrize(
    ("text", "phonemes"),
    [
        ("今日は良い天気ですね。", "kʲoː βa joi teŋkʲidesɨ ne."),
        ("「学校」へ行った。", "“ɡaʔkoː” e iʔta."),
        ("三本、パーティー！", "samboɴ, paːtʲiː!"),
        ("東京のお茶・ファン", "toːkʲoː no oʨa ɸaɴ"),
        ("🙂", ""),
    ],
)
def test_japanese_is_read_word_by_word_and_spelled_as_kokoro_learnt_it(text: str, phonemes: str) -> None:
    pytest.importorskip("pyopenjtalk", reason="pip install voicebridge-kokoro[ja]")
    assert japanese.phonemes(text) == phonemes


def test_every_sound_of_japanese_is_in_kokoro_s_vocabulary() -> None:
    from kokoro_onnx.config import DEFAULT_VOCAB

    kana = "".join(map(chr, range(0x30A1, 0x30F5))) + "ー"
    words = [*kana, *(f"{letter}{small}" for letter in kana for small in "ァィゥェォャュョ"), *(f"ン{letter}" for letter in kana)]
    spelled = japanese.spelled(
        [{"string": word, "pos": "", "pos_group1": "", "pos_group2": "", "pron": word, "mora_size": 1} for word in words]
    )
    assert set(spelled) - set(DEFAULT_VOCAB) == set()
