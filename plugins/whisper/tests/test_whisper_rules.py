"""Pure decisions: what is doubtful, what loops, where sentences end, when a GPU is used."""

from __future__ import annotations

import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

import ctranslate2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge import ModelError, Word
from voicebridge_whisper import device, guards
from voicebridge_whisper.device import load_on_best_device
from voicebridge_whisper.options import WhisperOptions
from voicebridge_whisper.parts import wordless
from voicebridge_whisper.sentences import sentences

OPTIONS = WhisperOptions()


@pytest.mark.parametrize(
    "text",
    [
        "five five five five five five five five five five",
        "I said " + "thank you very much " * 6,
        "and so on, " * 5 + "and then it ended",
    ],
)
def test_a_loop_is_seen_and_said_once(text: str) -> None:
    assert guards.repeats(text)
    assert guards.is_doubtful(text, tokens=len(text.split()), seconds=1.0, avg_logprob=-0.1, options=OPTIONS)
    assert guards.is_doubtful(text, tokens=len(text.split()), seconds=30.0, avg_logprob=-0.1, options=OPTIONS)
    assert not guards.repeats(guards.cut_loops(text))


def test_a_cut_loop_keeps_what_stands_around_it() -> None:
    assert guards.cut_loops("He said " + "go on " * 6 + "and left.") == "He said go on and left."


@pytest.mark.parametrize("text", ["no, no, no, no, no", "ha ha ha ha", "one two three four five six seven eight", "", "bye bye"])
def test_what_people_do_say_is_no_loop(text: str) -> None:
    assert guards.cut_loops(text) == text
    assert not guards.is_doubtful(text, tokens=len(text.split()), seconds=1.0, avg_logprob=-0.1, options=OPTIONS)


def test_a_sentence_that_is_said_ten_times_at_a_natural_pace_is_believed() -> None:
    text = "The quick brown fox jumps over the lazy dog. " * 10

    assert guards.compression_ratio(text) > OPTIONS.compression_ratio_threshold
    assert not guards.is_doubtful(text, tokens=110, seconds=28.0, avg_logprob=-0.1, options=OPTIONS)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("女士" * 40, "女士"),
        ("はい" * 40, "はい"),
        ("ねえ、" * 40, "ねえ、"),
        ("เจ้า" * 40, "เจ้า"),
        ("ကောင်း" * 12, "ကောင်း"),
        ("他不是一個" + "女兒" * 30 + "。", "他不是一個女兒。"),
        ("रा" + "शा" * 40, "राशा"),
        ("Sa" + "qa" * 60 + " and", "Saqa and"),
    ],
)
def test_a_loop_without_spaces_is_seen_and_said_once(text: str, kept: str) -> None:
    assert guards.repeats(text)
    assert guards.cut_loops(text) == kept
    assert guards.is_doubtful(text, tokens=len(text), seconds=5.0, avg_logprob=-0.1, options=OPTIONS, language="ja")


@pytest.mark.parametrize(
    "text",
    [
        "はいはいはい",
        "あああああ",
        "哈哈哈哈哈哈",
        "10000000000000",
        "hahahahahaha",
        "ありがとうございます",
        "มากๆๆๆๆ",
        ".....................",
    ],
)
def test_what_people_do_say_without_spaces_is_no_loop(text: str) -> None:
    assert guards.cut_loops(text) == text


@pytest.mark.parametrize("text", ["ありがとうございますありがとうございます", "そうですそうですそうです", "你好你好"])
def test_a_phrase_without_spaces_that_follows_on_itself_is_a_stutter(text: str) -> None:
    assert guards.stutters(text)


@pytest.mark.parametrize(
    "text", ["日本は東アジアにあります。首都は東京です。", "中国位于亚洲东部。首都是北京", "ประเทศไทยตั้งอยู่ในเอเชีย", "人"]
)
def test_ordinary_speech_without_spaces_is_no_stutter(text: str) -> None:
    assert not guards.stutters(text)


def test_scripts_of_three_bytes_a_character_compress_no_better_than_others() -> None:
    text = (
        "भारत दक्षिण एशिया में स्थित है। इसकी राजधानी नई दिल्ली है, जहाँ दो करोड़ से अधिक लोग रहते हैं। यहाँ की नदियाँ हिमालय से निकलती हैं और "
        "मैदानों से होकर समुद्र तक जाती हैं। किसान सुबह जल्दी उठकर अपने खेतों की ओर चल पड़ते हैं।"
    )

    assert guards.compression_ratio(text) < 1.6
    assert guards.compression_ratio(text * 4) > OPTIONS.compression_ratio_threshold


@given(st.text("はい、女士ab 1", max_size=80))
def test_cutting_loops_twice_takes_no_more_than_once_from_text_without_loops(text: str) -> None:
    remaining = iter(text)

    assert all(character in remaining for character in guards.cut_loops(text) if character != " ")


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=60))
def test_cutting_loops_only_ever_takes_words_away(words: list[str]) -> None:
    kept = guards.cut_loops(" ".join(words)).split()
    remaining = iter(words)

    assert all(word in remaining for word in kept)  # a subsequence
    assert guards.cut_loops(" ".join(kept)).split() == kept or len(kept) < len(words)


def test_text_that_the_model_is_unsure_of_is_doubtful() -> None:
    assert guards.is_doubtful("Some words.", tokens=3, seconds=1.0, avg_logprob=-1.2, options=OPTIONS)
    assert not guards.is_doubtful("Some words.", tokens=3, seconds=1.0, avg_logprob=-0.4, options=OPTIONS)


def test_text_is_made_up_only_where_the_model_doubts_both_the_speech_and_the_words() -> None:
    assert guards.is_made_up("Some words.", -1.2, 0.9, OPTIONS)
    assert not guards.is_made_up("Some words.", -0.2, 0.9, OPTIONS)
    assert not guards.is_made_up("Some words.", -1.2, 0.1, OPTIONS)


def test_thanks_are_believed_unless_the_model_doubts_them() -> None:
    assert not guards.is_made_up(" Thank you.", -0.1, 0.1, OPTIONS)
    assert guards.is_made_up(" Thank you.", -0.9, 0.9, OPTIONS)
    assert guards.is_made_up(" Thanks for watching!", -1.1, 0.1, OPTIONS)


def test_subtitle_credits_are_never_believed() -> None:
    assert guards.is_made_up(" Subtitles by the Amara.org community", -0.1, 0.0, OPTIONS)
    assert guards.is_made_up(" Untertitel der Amara.org-Community", -0.1, 0.0, OPTIONS)


@pytest.mark.parametrize(
    ("text", "has"), [("......", False), (" ... ", False), ("♪", False), ("", False), ("5", True), ("да", True), ("ค่ะ", True)]
)
def test_punctuation_alone_is_no_word(text: str, has: bool) -> None:
    assert guards.has_words(text) is has


def test_speech_of_which_punctuation_alone_was_made_has_no_words() -> None:
    words = [*(Word(at / 3, at / 3 + 0.3, "...") for at in range(9)), Word(3.0, 3.4, "so")]

    assert list(wordless(words, 3.5)) == [(0.0, 3.0)]
    assert list(wordless(words[:9], 3.5)) == []
    assert list(wordless(words[:3], 3.5)) == [(words[2].end, 3.5)]


def words_of(text: str, *, pause_after: dict[str, float] | None = None, each: float = 0.3) -> list[Word]:
    words, at = [], 0.0
    for token in text.split():
        words.append(Word(at, at + each, f" {token}"))
        at += each + (pause_after or {}).get(token, 0.0)
    return words


def texts(words: list[Word]) -> list[str]:
    return ["".join(word.text for word in sentence).strip() for sentence in sentences(words)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Hello there. How are you? Fine!", ["Hello there.", "How are you?", "Fine!"]),
        ("Mr. Dashwood met Dr. Jones.", ["Mr. Dashwood met Dr. Jones."]),
        ("J. Austen wrote it. I read it.", ["J. Austen wrote it.", "I read it."]),
        ('He said "go." She went.', ['He said "go."', "She went."]),
        ("no end in sight", ["no end in sight"]),
        ("It is I! Am I? Yes.", ["It is I!", "Am I?", "Yes."]),
        ("یہ ہے۔ وہ ہے۔", ["یہ ہے۔", "وہ ہے۔"]),  # noqa: RUF001 - these are meant
        ("ဒါပါ။ ဟုတ်။", ["ဒါပါ။", "ဟုတ်။"]),
        ("នេះ។ នោះ។", ["នេះ។", "នោះ។"]),
        ("Սա է։ Դա է։", ["Սա է։", "Դա է։"]),  # noqa: RUF001
        ("ይህ ነው። ያ ነው።", ["ይህ ነው።", "ያ ነው።"]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, parts: list[str]) -> None:
    assert texts(words_of(text)) == parts


def test_a_number_in_two_tokens_stays_together() -> None:
    assert texts([Word(0, 1, " Pi is 3."), Word(1, 2, "14 or so.")]) == ["Pi is 3.14 or so."]


def test_a_long_pause_ends_a_segment() -> None:
    assert texts(words_of("one two three", pause_after={"two": 1.5})) == ["one two", "three"]


def test_a_long_sentence_ends_at_a_comma() -> None:
    assert texts(words_of("a b c, d e f, g h i", each=2.5)) == ["a b c, d e f,", "g h i"]


@given(st.lists(st.tuples(st.text(min_size=1, max_size=8), st.floats(0, 3), st.floats(0, 3))))
def test_no_word_is_lost_between_sentences(raw: list[tuple[str, float, float]]) -> None:
    words, at = [], 0.0
    for text, length, pause in raw:
        words.append(Word(at, at + length, text))
        at += length + pause

    assert [word for sentence in sentences(words) for word in sentence] == words


class Loads:
    """Replaces loading a model: works on the CPU, and on a GPU unless configured otherwise."""

    def __init__(self, gpu_error: Exception | None = None) -> None:
        self.tried: list[tuple[str, str]] = []
        self.gpu_error = gpu_error

    def __call__(self, device: str, compute_type: str) -> Any:
        self.tried.append((device, compute_type))
        if device == "cuda" and self.gpu_error:
            raise self.gpu_error
        return device


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A GPU reported by the library. Whether a real one computes correctly is not tested here."""
    monkeypatch.setenv("VOICEBRIDGE_HOME", str(tmp_path))
    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 1)
    real = ctranslate2.get_supported_compute_types
    monkeypatch.setattr(
        ctranslate2, "get_supported_compute_types", lambda device: {"float16", "int8"} if device == "cuda" else real(device)
    )


def test_without_a_gpu_the_cpu_is_taken_in_int8() -> None:
    loads = Loads()

    assert load_on_best_device(loads, lambda model: None, OPTIONS) == "cpu"
    assert loads.tried == [("cpu", "int8")]


@pytest.mark.usefixtures("gpu")
def test_a_gpu_that_passes_its_trial_is_taken() -> None:
    assert load_on_best_device(Loads(), lambda model: None, OPTIONS) == "cuda"


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize("where", ["loading", "running"])
def test_a_gpu_that_fails_its_trial_gives_way_to_the_cpu_with_one_line_and_is_not_tried_again(
    where: str, caplog: pytest.LogCaptureFixture
) -> None:
    error = RuntimeError("Library libcublas.so.12 is not found or cannot be loaded")

    def try_out(model: Any) -> None:
        if where == "running":
            raise error

    loads = Loads(error if where == "loading" else None)
    with caplog.at_level(logging.WARNING):
        assert load_on_best_device(loads, try_out, OPTIONS) == "cpu"
    assert [record.getMessage() for record in caplog.records] == [
        "The GPU can't be used (Library libcublas.so.12 is not found or cannot be loaded), so the CPU is used. "
        "To make this permanent: -O device=cpu"
    ]

    again = Loads(error)
    load_on_best_device(again, try_out, OPTIONS)
    assert again.tried == [("cpu", "int8")]


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize("repair", ["another driver", "another library path", "a day later"])
def test_a_gpu_that_failed_its_trial_is_tried_again_after_a_repair(repair: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = tmp_path / "version"
    driver.write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  470.256.02\n")
    monkeypatch.setattr(device, "_DRIVER_VERSION", driver)
    load_on_best_device(Loads(RuntimeError("CUDA driver version is insufficient")), lambda model: None, OPTIONS)

    if repair == "another driver":
        driver.write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.86.10\n")
    elif repair == "another library path":
        monkeypatch.setenv("PATH" if sys.platform == "win32" else "LD_LIBRARY_PATH", str(tmp_path))
    else:
        [verdict] = tmp_path.rglob("gpu-does-not-work.json")
        os.utime(verdict, (yesterday := time.time() - device.VERDICT_HOLDS, yesterday))

    assert load_on_best_device(Loads(), lambda model: None, OPTIONS) == "cuda"


@pytest.mark.usefixtures("gpu")
def test_a_gpu_that_the_user_insists_on_is_no_silent_fall_back() -> None:
    with pytest.raises(ModelError, match="The GPU can't be used: no driver. Use the CPU with: -O device=cpu"):
        load_on_best_device(Loads(RuntimeError("no driver")), lambda model: None, WhisperOptions(device="cuda"))


def test_a_precision_that_the_cpu_lacks_is_named_with_those_it_has() -> None:
    def load(device: str, compute_type: str) -> Any:
        raise ValueError(f"Requested {compute_type} compute type, but the target device or backend do not support efficient it.")

    with pytest.raises(ModelError, match="This cpu can't compute in float16. It can in: .*int8.*Set -O compute_type=auto"):
        load_on_best_device(load, lambda model: None, WhisperOptions(device="cpu", compute_type="float16"))
