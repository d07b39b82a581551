"""Expanding numbers, dates, amounts, addresses, abbreviations and symbols into words."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voicebridge.tts.text.normalize import speakable

ENGLISH = {
    "numbers": [
        ("I have 21 of 1,234.", "I have twenty-one of one thousand two hundred thirty-four."),
        ("3.14 or .5 or 0.05", "three point one four or point five or zero point zero five"),
        ("-5 and −12.5", "minus five and minus twelve point five"),
        ("007, 12345678, 1000000", "zero zero seven, one two three four five six seven eight, one million"),
        ("5–10 and 3-4", "five to ten and three to four"),
        ("the 1st, 2nd and 23rd", "the first, second and twenty-third"),
        ("1/2, 3/4, 1 1/2, 2½, 9/11", "one half, three quarters, one and a half, two and a half, nine eleven"),
        ("5%, 2.5 %, 5-10%", "five percent, two point five percent, five to ten percent"),
        ("v1.2.3 at 10.0.0.1", "version one point two point three at ten point zero point zero point one"),
        ("6.02e23", "six point zero two times ten to the power of twenty-three"),
        ("No. 5, pp. 3-5, Fig. 2", "number five, pages three to five, figure two"),
        ("COVID-19, mp3, H2O, 4K", "COVID nineteen, mp three, H two O, four K"),
        ("٣ and ① and 5️⃣", "three and one and five"),
        ("a score of 2:1", "a score of two to one"),
        ("+1 555-123-4567", "plus one, five five five, one two three, four five six seven"),
    ],
    "years and dates": [
        ("in 1999, 2024, 2005, 1905 and 1900",
         "in nineteen ninety-nine, twenty twenty-four, two thousand five, nineteen oh five and nineteen hundred"),
        ("1990–1995, the 1990s and the '80s", "nineteen ninety to nineteen ninety-five, the nineteen nineties and the eighties"),
        ("March 15, 2024", "March fifteenth, twenty twenty-four"),
        ("on 15 March 2024", "on the fifteenth of March, twenty twenty-four"),
        ("2024-03-15", "March fifteenth, twenty twenty-four"),
        ("3/15/2024 but 3/4/2024", "March fifteenth, twenty twenty-four but three slash four slash twenty twenty-four"),
        ("It may 5 times", "It may five times"),
    ],
    "times": [
        ("at 12:30, 9:05, 9:00 and 15:00", "at twelve thirty, nine oh five, nine o'clock and fifteen hundred"),
        ("3:00 pm, 10:30 a.m.", "three P M, ten thirty A M."),
    ],
    "money": [
        ("$1,234.56", "one thousand two hundred thirty-four dollars and fifty-six cents"),
        ("$1, $0.99, $5.00, -$5", "one dollar, ninety-nine cents, five dollars, minus five dollars"),
        ("$3 million, $5M, €5, £20.50", "three million dollars, five million dollars, five euros, twenty pounds and fifty pence"),
        ("$5-10 or 20 CHF", "five to ten dollars or twenty Swiss francs"),
    ],
    "units": [
        ("5 km, 1 km, a 5-km run", "five kilometers, one kilometer, a five kilometer run"),
        ("20 °C, 3 GB, 100 km/h, 5 m²", "twenty degrees Celsius, three gigabytes, one hundred kilometers per hour, five square meters"),
    ],
    "addresses": [
        ("See https://www.example.com/docs/a-b?x=1.", "See example dot com slash docs slash a dash b."),
        ("Go to example.com, please.", "Go to example dot com, please."),
        ("Mail john.doe@example.org!", "Mail john dot doe at example dot org!"),
        ("#VoiceBridge is #5", "hashtag VoiceBridge is number five"),
        ("/usr/bin and main.py and os.path", "slash usr slash bin and main dot py and os dot path"),
    ],
    "abbreviations": [
        ("Dr. Smith vs. Mr. Jones, e.g. here, etc.", "Doctor Smith versus Mister Jones, for example here, et cetera."),
        ("St. Mary on Elm St.", "Saint Mary on Elm Street."),
        ("NASA and the U.S. and I.", "NASA and the U.S. and I."),
        ("Chapter IV of World War II", "Chapter four of World War two"),
    ],
    "signs and code": [
        ("R&D + AT&T = a/b", "R and D plus AT and T equals a slash b"),
        ("if snake_case == 5 && x != y", "if snake case equals five and x is not equal to y"),
        ("f(x) -> 2 * 3", "f(x) arrow two times three"),
        ("**bold** `code` [link] <b>", "bold code link"),
        ("x², m³, 10⁵", "x squared, m cubed, ten to the power of five"),
        ("i++ with --help", "i plus plus with dash dash help"),
        ("Good 🎉 work 😀!", "Good work!"),
        ("~5 °", "about five degrees"),
    ],
}  # fmt: skip


READINGS = [
    (path.stem, *line.split("\t"))
    for path in sorted((Path(__file__).parent / "readings").glob("*.tsv"))
    for line in path.read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("# ")
]


@pytest.mark.parametrize(("language", "written", "spoken"), READINGS)
def test_each_text_has_its_right_reading(language: str, written: str, spoken: str) -> None:
    assert speakable(written, language) == spoken


@pytest.mark.parametrize(("written", "spoken"), [pair for pairs in ENGLISH.values() for pair in pairs])
def test_english(written: str, spoken: str) -> None:
    assert speakable(written, "en") == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("1.234,56 €, 5 €, 1 €, 3 Mio. €",
         "eintausendzweihundertvierunddreißig Euro und sechsundfünfzig Cent, fünf Euro, ein Euro, drei Millionen Euro"),
        ("am 15.03.2024", "am fünfzehnten März zweitausendvierundzwanzig"),
        ("der 3. Mai 1999", "der dritte Mai neunzehnhundertneunundneunzig"),
        ("um 12:30 Uhr, 9:05, 1 Uhr", "um zwölf Uhr dreißig, neun Uhr fünf, ein Uhr"),
        ("der 1. Platz, im 2. Weltkrieg", "der erste Platz, im zweiten Weltkrieg"),
        ("z. B. 5 km, ca. 20 °C, d. h. usw.", "zum Beispiel fünf Kilometer, circa zwanzig Grad Celsius, das heißt und so weiter."),
        ("Nr. 5, S. 12, Dr. Müller", "Nummer fünf, Seite zwölf, Doktor Müller"),
        ("3,14 und 1.000.000 und -5", "drei Komma eins vier und eine Million und minus fünf"),
        ("die 1990er, die 80er", "die neunzehnhundertneunziger, die achtziger"),
        ("1/2, ¾, 2½, 16:9", "ein halb, drei Viertel, zweieinhalb, sechzehn zu neun"),
        ("1 h, 2 h, 5 %", "eine Stunde, zwei Stunden, fünf Prozent"),
        ("a@b.de, A & B", "a at b Punkt de, A und B"),
        ("Kapitel IV", "Kapitel vier"),
        ("Version 1.2.3", "Version eins Punkt zwei Punkt drei"),
    ],
)  # fmt: skip
def test_german(written: str, spoken: str) -> None:
    assert speakable(written, "de") == spoken


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        ("fr", "Il y a 21 personnes et 3,5 km 🎉.", "Il y a vingt-et-un personnes et 3,5 km."),
        ("ru", "5 книг, 12:30", "пять книг, 12:30"),
        ("xx", "5 things", "5 things"),
    ],
)
def test_other_languages_have_their_numbers_alone(language: str, written: str, spoken: str) -> None:
    assert speakable(written, language) == spoken


def test_roman_numbers_count_at_the_head_of_a_heading() -> None:
    assert speakable("IV. The Return", "en", heading=True) == "four. The Return"
    assert speakable("XII", "en", heading=True) == "twelve"
    assert speakable("I am here", "en", heading=True) == "I am here"
    assert speakable("MCM", "en", heading=True) == "one thousand nine hundred"
    assert speakable("01", "en", heading=True) == "one"


PROSE = [
    "It was the best of times, it was the worst of times; it was the age of wisdom – and of foolishness.",
    "“Well,” she said, ‘so it is!’ (Nobody answered.) Why? Because...",
    "The well-known author's mother-in-law didn't go; I may come on Sunday.",
    "Das ist ein ganz gewöhnlicher Satz: ohne Zahlen, aber mit „Anführung“.",
]


@pytest.mark.parametrize("text", PROSE)
@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_plain_prose_stays_as_it_is(text: str, language: str) -> None:
    assert speakable(text, language) == text
    assert speakable(text, language, heading=True) == text


LATIN = st.text(alphabet=st.characters(categories=["Lu", "Ll"], max_codepoint=0x24F), min_size=2, max_size=9)


@given(st.lists(LATIN.filter(lambda word: not re.fullmatch("[IVXLCDMivxlcdm]+|[ap]m", word)), min_size=1, max_size=9))
@settings(deadline=None)
def test_plain_letters_are_untouched(words: list[str]) -> None:
    text = unicodedata.normalize("NFC", " ".join(words))
    assert speakable(text, "en") == text


FRAGMENTS = (
    "$ € 1,234.56 3 15 2024 1.2.3 / - – : . , km °C % Dr. e.g. z. No. IV Chapter am PM st th March Mai a@b.c http://x.y/z www. # @ * _"
    " -> == ½ ² ① ٣ 😀 \u200d ' \" ( ) v x A 0 00 1e5 + ~ Mio. Uhr & s s. = < > | … i.e C II. 10:30 '90s ^ 5️⃣ \\ €5-10 1/2 -5"
)
MIXED = st.lists(st.sampled_from([*FRAGMENTS.split(" "), " "]), max_size=12).map("".join)


@given(st.one_of(MIXED, st.text(max_size=60)), st.sampled_from(["en", "de"]), st.booleans())
@settings(deadline=None, max_examples=300)
def test_whatever_is_written_no_digit_is_left(text: str, language: str, heading: bool) -> None:
    spoken = speakable(text, language, heading=heading)
    assert not any(map(str.isdigit, spoken))
    assert len(spoken) <= 60 * len(text) + 100


@given(st.text(max_size=60), st.sampled_from(["fr", "ar", "zh", "ru", "xx", "", "en-US"]))
@settings(deadline=None)
def test_no_text_in_any_language_is_too_much(text: str, language: str) -> None:
    assert isinstance(speakable(text, language), str)


REPEATED = [
    ".", "a.", "12:30:45:", "$1,000.50-", "\u0301", "\u0301\u0323", "a\u0301", "a", "9", "1/", "1,", "1:",
    "a-", '"', "(", "a\u00a0", "MCMXCIV ",
    "I.V.X.", "http://a.b/", "www.", "a@", "Dr. Mr. e.g. ", "a ", "2^", "*", "* ", "[1]", "a[1]", "&amp;",
    "<", '<a x="1" ', "1 ", "345 ", "1. ",
    "1. und ", "½", "XIV. ", "Ⅳ", "a\u200d", "п", "п ", "…", "1st-", '5"', "5'", "no. 5 ", "#", "$", "-", "_", "1e5",
    "+1 ", "A.", "5 km-", "Chapter I ",
    "~", "0777 ", "9am-", "Mo.–", "der 3. ", "Henry VIII ", "end.12 A", "x¹", "5%-", "10 000 ", "'", "1h30m",
]  # fmt: skip


@pytest.mark.parametrize("part", REPEATED)
@pytest.mark.parametrize("language", ["en", "de"])
def test_four_times_the_text_takes_about_four_times_as_long(part: str, language: str) -> None:
    def seconds(size: int) -> float:
        text = part * (size // len(part))
        start = time.process_time()
        speakable(text, language)
        return time.process_time() - start

    seconds(100)
    for _ in range(3):  # load on the machine only makes times longer
        base, more = seconds(3_000), seconds(12_000)
        if more < 9 * base + 0.02:
            return
    pytest.fail(f"{base:.3f} s for 3,000 letters, {more:.3f} s for 12,000")


def test_prose_pays_for_no_numbers() -> None:
    code = "from voicebridge.tts.text.normalize import speakable; speakable('Hello there.', 'en')"
    code += "; import sys; print('unicode_rbnf' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
