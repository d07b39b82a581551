"""Language codes, and the meaning of other notations for a language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicebridge.languages import MEANT, is_code, meant, problem


@pytest.mark.parametrize(
    ("written", "code"),
    [
        *[("jp", "ja"), ("cn", "zh"), ("cz", "cs"), ("dk", "da"), ("ua", "uk"), ("gr", "el")],
        *[("ger", "de"), ("deu", "de"), ("fre", "fr"), ("fra", "fr"), ("chi", "zh"), ("eng", "en")],
        *[("English", "en"), ("GERMAN", "de"), ("Deutsch", "de"), ("mandarin", "zh"), ("Cantonese", "yue")],
        *[("en-US", "en"), ("pt_BR", "pt"), ("zh-Hans-CN", "zh"), ("EN", "en"), (" de ", "de")],
    ],
)
def test_a_name_a_country_or_a_locale_is_refused_with_the_code_that_is_meant(written: str, code: str) -> None:
    assert meant(written) == code
    assert problem(written) == f"{written!r} is not a language code. Did you mean {code!r}?"


@pytest.mark.parametrize("code", ["en", "de", "ja", "yue", "haw", "br", "sv"])
def test_a_code_is_taken(code: str) -> None:
    assert problem(code) is None


@pytest.mark.parametrize("written", ["xx", "", "klingon", "e", "12", "e n"])
def test_what_nobody_can_mean_gets_an_example(written: str) -> None:
    assert "Write it as an ISO 639-1 code such as en, de or fr." in str(problem(written))


def test_finding_the_language_out_is_what_happens_when_none_is_given() -> None:
    assert problem("auto") == "'auto' is not a language code. Leave out the language to detect it."


def test_of_a_code_that_no_model_has_the_one_that_is_confused_with_it_is_offered() -> None:
    assert problem("kr", {"ko", "en"}) == "No model supports the language 'kr'. Did you mean 'ko'?"
    assert problem("kr", {"kr", "ko"}) is None
    assert problem("kr") is None


def test_whatever_is_meant_is_a_code_itself() -> None:
    assert [word for word, code in MEANT.items() if not is_code(code)] == []


@given(st.text())
def test_any_text_is_a_code_or_has_something_said_against_it(text: str) -> None:
    assert (problem(text) is None) == is_code(text)
