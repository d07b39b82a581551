"""Texts in legacy encodings."""

from __future__ import annotations

import pytest
from voicebridge.documents.read import read_bytes

FRENCH = "Quand Hélène revint à la maison, la neige avait déjà recouvert les marches ; l’odeur de l’oignon… « Tu as été bien longue »"


def read(data: bytes, language: str | None = None, name: str = "a.txt") -> str:
    return "\n".join(block.text for block in read_bytes(data, name, language).blocks)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", FRENCH),
        ("cp1252", "It’s fine."),
        ("cp1252", "It cost £5."),
        ("cp1252", "“It’s late,” she said – and it was… €5"),
        ("cp1252", "Nå så"),
        ("cp1252", "La città era già sveglia. «È così», perché più tardi"),
        ("cp1252", "Não há razão para a decisão à tarde"),
        ("cp1252", "¿Cómo está, señor? ¡Qué día!"),
        ("cp1252", "schöne Grüße, 5 m², 20 °C ± 2, ½"),
        ("cp1252", "naïve café, Ångström, señor"),
        ("cp1252", "ÉTÉ À PARIS, GARÇON"),
        ("cp1252", "Þetta er gott á Íslandi"),
        ("mac_roman", "Le café était fermé"),
        ("cp850", "Das Mädchen müßte größer sein"),
        ("cp1250", "Zażółć gęślą jaźń"),
        ("iso8859_2", "Zażółć gęślą jaźń"),
        ("cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódy"),
        ("cp1250", "Árvíztűrő tükörfúrógép"),
        ("cp1254", "Çok güzel bir gün, şimdi gidiyoruz, ığdır"),
        ("cp1257", "Ąžuolas šiandien žydi, ėjo į mišką"),
        ("cp1251", "Привет, как дела?"),
        ("koi8_r", "Привет"),
        ("koi8_r", "мама мыла раму"),
        ("cp866", "Это было давно. Он пришёл домой."),
        ("cp1251", "Що це? Її ім'я"),
        ("cp1253", "Καλημέρα κόσμε, τι κάνεις;"),
        ("cp932", "こんにちは。今日はいい天気ですね。"),
        ("euc_jp", "日本語の文章です。東京は大きい。"),
        ("gb18030", "今天天气很好，我们去公园。"),
        ("big5", "今天天氣很好，我們去公園。"),
        ("cp949", "안녕하세요. 오늘은 날씨가 좋습니다."),
        ("utf-16-le", "No mark here, sixteen bits."),
        ("utf-16-be", "No mark here, sixteen bits."),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.html"])
def test_the_encoding_of_a_line_is_told_by_its_letters(encoding: str, text: str, name: str) -> None:
    assert read(text.encode(encoding), name=name) == text


@pytest.mark.parametrize(
    ("encoding", "language", "text"),
    [("cp1252", "fr", "été"), ("cp1250", "hu", "Ő"), ("cp932", "ja", "東京"), ("gb18030", "zh", "公园"), ("cp1255", "he", "שלום עולם")],
)
def test_the_language_tells_where_letters_can_t(encoding: str, language: str, text: str) -> None:
    assert read(text.encode(encoding), language) == text


@pytest.mark.parametrize("language", [None, "en", "de", "ru", "pl"])
def test_a_wrong_language_spoils_nothing(language: str | None) -> None:
    assert read(FRENCH.encode("cp1252"), language) == FRENCH
    assert read("Привет, как дела?".encode("koi8_r"), language) == "Привет, как дела?"


def test_a_page_that_claims_latin_1_is_in_windows_1252() -> None:
    page = '<meta charset="iso-8859-1"><p>It’s “fine”'
    assert read(page.encode("cp1252"), name="a.html") == "It’s “fine”"


def test_half_a_letter_at_the_end_is_no_matter() -> None:
    assert read("こんにちは。今日はいい天気".encode("cp932")[:-1]).startswith("こんにちは")
