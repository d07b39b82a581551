"""Scripts: detecting that of a text, and what is spoken instead of words in another."""

from __future__ import annotations

import pytest
from voicebridge.scripts import foreign_runs, languages_in, script_of, unreadable


@pytest.mark.parametrize(
    ("text", "languages", "script"),
    [
        ("你好世界", {"en"}, "CJK"), ("Смерть и жизнь", {"en"}, "CYRILLIC"), ("مرحبا بالعالم", {"de"}, "ARABIC"),
        ("नमस्ते दुनिया", {"en"}, "DEVANAGARI"),
        ("你好世界", {"en", "zh"}, None), ("こんにちは世界", {"ja"}, None), ("안녕하세요", {"ko"}, None), ("Смерть", {"ru"}, None),
        ("The Russian word Привет means hello.", {"en"}, None), ("Hello there.", {"ru"}, None), ("123 …", {"en"}, None), ("", {"en"}, None),
        ("Café, naïve, Łódź, Nguyễn", {"en"}, None), ("𝐁𝐨𝐥𝐝", {"en"}, None), ("Ｆｕｌｌ", {"en"}, None),
    ],
)  # fmt: skip
def test_a_voice_reads_the_scripts_of_its_languages(text: str, languages: set[str], script: str | None) -> None:
    assert unreadable(text, frozenset(languages)) == script


def test_the_language_with_most_readers_comes_first() -> None:
    assert languages_in("CJK")[:2] == ("zh", "yue")
    assert languages_in("CYRILLIC")[0] == "ru"
    assert languages_in("RUNIC") == ()


def test_a_run_of_words_is_replaced_once_and_a_greek_sign_stays() -> None:
    assert foreign_runs("say Смерть и жизнь now, α and Δt", lambda run: f"<{script_of(run)}>") == "say <CYRILLIC> now, α and Δt"
