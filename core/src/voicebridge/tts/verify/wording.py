"""Normalise the words of a text and of a transcript to a common spelling for comparison.

Transcripts vary in how they write numbers, abbreviations and symbols. If one side has ``1984`` and the other has words, the reading of the
number that is closest to the other side is used.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz

from voicebridge.tts.text.normalize.numbers import Numbers


@dataclass(frozen=True, slots=True)
class Spelled:
    """A normalised word, and the word of the text that it came from."""

    letters: str
    """Lower-case letters without diacritics or punctuation."""
    said: str
    """As written in the text; the words that a number was expanded to share it."""
    origin: int
    """Index of the word in the text that it came from."""


_TOKEN = re.compile(
    r"""
    (?P<time>\d{1,2}:\d{2})
  | (?P<number>\d+(?:[.,\u00a0\u202f]\d+)*)(?P<ending>st|nd|rd|th|s)?(?![^\W\d_])
  | (?P<letters>(?:[^\W\d_]\.){2,})
  | (?P<word>(?:[^\W\d_]|[\u0300-\u036f\u0900-\u0dff])+(?:['\u2019\u02bc](?:[^\W\d_])+)*['\u2019]?)
  | (?P<digits>\d+)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SPACELESS = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")

_CONTRACTIONS = {"n't": " not", "'re": " are", "'ve": " have", "'ll": " will", "'m": " am"}
_UNCLEAR = (("'s", " is"), ("'s", " has"), ("'d", " would"), ("'d", " had"))
_IRREGULAR = {
    "can't": "can not", "won't": "will not", "shan't": "shall not", "ain't": "is not", "cannot": "can not", "let's": "let us",
    "gonna": "going to", "wanna": "want to", "gotta": "got to", "ok": "okay", "'em": "them", "'cause": "because", "'til": "until",
}  # fmt: skip
_ABBREVIATIONS = {
    "en": {
        "mr": ["mister"], "mrs": ["missus"], "ms": ["miz"], "dr": ["doctor", "drive"], "st": ["street", "saint"], "vs": ["versus"],
        "etc": ["et cetera"], "eg": ["for example"], "ie": ["that is"], "no": ["number"], "jr": ["junior"], "sr": ["senior"],
        "prof": ["professor"], "gen": ["general"], "capt": ["captain"], "col": ["colonel"], "sgt": ["sergeant"], "rev": ["reverend"],
        "ave": ["avenue"], "rd": ["road"], "mt": ["mount"], "ft": ["feet", "foot", "fort"], "km": ["kilometers", "kilometer"],
        "kg": ["kilograms", "kilogram"], "cm": ["centimeters", "centimeter"], "mm": ["millimeters", "millimeter"], "lb": ["pounds"],
        "lbs": ["pounds"], "oz": ["ounces", "ounce"], "mph": ["miles per hour"], "kmh": ["kilometers per hour"],
        "am": ["a m"], "pm": ["p m"], "dept": ["department"], "approx": ["approximately"], "inc": ["incorporated"], "ltd": ["limited"],
        "min": ["minutes", "minute"],
        "hr": ["hours", "hour"], "hrs": ["hours"], "sec": ["seconds", "second"], "vol": ["volume"], "fig": ["figure"], "pp": ["pages"],
        "jan": ["january"], "feb": ["february"], "mar": ["march"], "apr": ["april"], "jun": ["june"], "jul": ["july"], "aug": ["august"],
        "sept": ["september"], "sep": ["september"], "oct": ["october"], "nov": ["november"], "dec": ["december"],
    },
    "de": {
        "dr": ["doktor"], "prof": ["professor"], "bzw": ["beziehungsweise"], "usw": ["und so weiter"], "zb": ["zum beispiel"],
        "dh": ["das heißt"], "ca": ["circa", "zirka"], "nr": ["nummer"], "str": ["straße"], "st": ["sankt"], "km": ["kilometer"],
        "kg": ["kilogramm"], "hr": ["herr"], "fr": ["frau"], "evtl": ["eventuell"], "ggf": ["gegebenenfalls"], "vgl": ["vergleiche"],
    },
    "fr": {"m": ["monsieur"], "mme": ["madame"], "mlle": ["mademoiselle"], "dr": ["docteur"], "km": ["kilomètres"], "kg": ["kilogrammes"]},
    "es": {"sr": ["señor"], "sra": ["señora"], "dr": ["doctor"], "dra": ["doctora"], "km": ["kilómetros"], "kg": ["kilogramos"]},
    "it": {"sig": ["signor"], "dott": ["dottor"], "km": ["chilometri"], "kg": ["chilogrammi"]},
}  # fmt: skip
_SYMBOLS = {
    "$": "and dollar dollars cent cents dólares dólar dollari dollaro us u s",
    "€": "and euro euros cent cents centimes céntimos centesimi",
    "£": "and pound pounds pence penny pfund livres libras sterling",
    "¥": "yen yuan",
    "%": "percent per cent prozent pour cien ciento por cento",
    "&": "and und et y e",
    "+": "plus più más",
    "=": "equals equal gleich égale igual uguale ist est es",
    "@": "at arroba",
    "#": "hash number sharp hashtag",
    "°": "degree degrees grad degrés grados gradi celsius fahrenheit c f",
    "/": "slash per or",
    "*": "times star asterisk",
    "\u00d7": "times by mal",
    "_": "underscore",
    "-": "dash minus hyphen to",
    "\u2013": "dash minus to bis",
    ".": "point dot punkt",
    ":": "colon oclock o clock uhr heures horas hundred",
}
_SYMBOL = re.compile(r"[$\u20ac\u00a3\u00a5%&+=@#\u00b0*\u00d7_]|(?<=\d)[-\u2013.:/](?=\d)")
"""Symbols that are spoken; the last group only between digits."""
_SAME = {"oh": "zero", "o": "zero", "nought": "zero", "naught": "zero", "nil": "zero", "until": "til", "till": "til"}
"""English words that are used interchangeably; applied after numbers are spelled out."""


def words_of(text: str, other: str, language: str | None) -> list[Spelled]:
    """The words of ``text``, normalised for comparison with those of ``other``.

    Args:
        text: the text to normalise.
        other: the text to compare with; determines how numbers and abbreviations are read.
        language: ISO 639-1 code, if known.
    """
    others = _plain(other)
    known = {_key(match) for match in _TOKEN.finditer(others)}
    rest = _letters(others)
    found: list[Spelled] = []
    for origin, match in enumerate(_TOKEN.finditer(_plain(text))):
        readings = list(_readings(match, language))
        # What both sides write identically is read identically, so any reading will do.
        read = readings[0] if _key(match) in known else max(readings, key=lambda each: _nearness(_letters(each), rest))
        found += [Spelled(letters, match.group(), origin) for each in read.split() for letters in _parts(each, language)]
    return _join_letters(found)


def _key(match: re.Match[str]) -> str:
    return match.group().lower().strip("'")


def _nearness(reading: str, rest: str) -> tuple[float, int]:
    """How well a reading matches some part of the rest; among equal matches, the longer one explains more of it."""
    compare = fuzz.partial_ratio if len(reading) <= len(rest) else fuzz.ratio
    return compare(reading, rest), len(reading)


def forgivable(*texts: str) -> frozenset[str]:
    """Words for symbols in one of the texts, which the other side may contain or omit."""
    symbols = {symbol for text in texts for symbol in _SYMBOL.findall(text)}
    return frozenset(_letters(name) for symbol in symbols for name in _SYMBOLS[symbol].split())


def has_words(language: str | None) -> bool:
    """Whether words can be compared: not if neither spaces nor single characters delimit words."""
    return language not in {"ja", "th", "lo", "km", "my"}


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"[\u2018\u2019\u02bc\u0060\u00b4]", "'", text)
    return re.sub(r"\[[^\]]*\]|\((?:music|laughs|laughter|applause|silence|noise)\)|[♪♫]", " ", text, flags=re.IGNORECASE)


def _readings(match: re.Match[str], language: str | None) -> Iterator[str]:
    if match["time"]:
        hours, minutes = match["time"].split(":")
        yield from _clock_readings(int(hours), minutes, language)
    elif match["number"]:
        yield from _number_readings(match["number"], match["ending"] or "", language)
    elif match["digits"]:
        yield from _number_readings(match["digits"], "", language)
    elif match["word"] or match["letters"]:
        word = (match["word"] or match["letters"]).lower().replace(".", "")
        yield word
        if language in (None, "en"):
            yield from (word.replace(ending, whole) for ending, whole in _UNCLEAR if word.endswith(ending))
        yield from _ABBREVIATIONS.get(language or "en", {}).get(word, ())
        if language in (None, "en") and (number := _roman(match.group())):
            yield from ("the " + _say(number, "en", "ordinal"), _say(number, "en", "cardinal"))


def _clock_readings(hours: int, minutes: str, language: str | None) -> Iterator[str]:
    hour = _say(hours, language, "cardinal")
    if minutes == "00":
        yield hour
    minute = _say(int(minutes), language, "cardinal")
    yield f"{hour} {minute}"
    if minutes.startswith("0"):
        yield f"{hour} zero {minute}"
    if language == "de":
        yield f"{hour} uhr {minute}"


def _number_readings(number: str, ending: str, language: str | None) -> Iterator[str]:
    whole, fraction = _split_number(number, language)
    if len(whole) + len(fraction) > _LONGEST_NUMBER:
        yield " ".join(_say(int(digit), language, "cardinal") for digit in whole + fraction)
        return
    if ending in ("st", "nd", "rd", "th"):
        yield _say(int(whole), language, "ordinal")
        return
    if fraction:
        digits = " ".join(_say(int(digit), language, "cardinal") for digit in fraction)
        said, pair = _say(int(whole), language, "cardinal"), _say(int(fraction), language, "cardinal")
        yield f"{said} {_POINT.get(language or 'en', 'point')} {digits}"
        yield f"{said} {pair}"
        yield f"{said} {_POINT.get(language or 'en', 'point')} {pair}"
        return
    value = int(whole)
    readings = [_say(value, language, "cardinal")]
    if len(whole) == 4 and whole[0] != "0":
        first, last = (_say(half, language, "cardinal") for half in divmod(value, 100))
        readings += [f"{first} {last}", f"{first} hundred", f"{first} hundred {last}", f"{first} zero {last}", f"{first}hundert{last}"]
    if len(whole) < 3:
        readings.append(_say(value, language, "ordinal"))
        if language in (None, "en"):
            readings += [f"the {readings[-1]}", f"the {readings[-1]} of"]
    if len(whole) > 1:
        readings.append(" ".join(_say(int(digit), language, "cardinal") for digit in whole))
    if language in (None, "en"):
        readings += [
            re.sub(r"\b(hundred|thousand) (?!thousand|million|billion)", r"\1 and ", each)
            for each in readings
            if re.search("(hundred|thousand) ", each)
        ]
        readings += [
            "a " + reading.removeprefix("one ") for reading in readings if re.match(r"one (hundred|thousand|million|billion)", reading)
        ]
    yield from (reading + ending for reading in readings)


_LONGEST_NUMBER = 15
"""Maximum digits of a number that is read as one; longer ones are read digit by digit."""
_POINT = {"de": "komma", "fr": "virgule", "es": "coma", "it": "virgola", "pt": "vírgula", "nl": "komma"}


def _split_number(number: str, language: str | None) -> tuple[str, str]:
    number = re.sub("[\u00a0\u202f]", "", number)
    parts = re.split(r"[.,]", number)
    if len(parts) == 1:
        return number, ""
    groups = all(len(part) == 3 for part in parts[1:])
    decimal = "." if language in (None, "en", "zh", "ja", "ko", "he", "th") else ","
    if groups and (len(parts) > 2 or decimal not in number):
        return "".join(parts), ""
    last = re.split(r"[.,]", number)[-1]
    return "".join(parts[:-1]), last


def _say(number: int, language: str | None, kind: str) -> str:
    numbers = _numbers(language or "en")
    if numbers is None:
        return " ".join(str(number))
    words = numbers.ordinal(number) if kind == "ordinal" else numbers.cardinal(number)
    return words.replace("-", " ").replace(",", "")


@cache
def _numbers(language: str) -> Numbers | None:
    try:
        return Numbers(language)
    except ValueError:
        return None


def _roman(text: str) -> int:
    if not re.fullmatch(r"(?=..)M{0,3}(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})", text):
        return 0
    values = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}[letter] for letter in text]
    return sum(-value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True))


def _parts(word: str, language: str | None) -> Iterator[str]:
    word = word.lower()
    if language in (None, "en"):
        word = _IRREGULAR.get(word, word)
        for ending, whole in _CONTRACTIONS.items():
            if word.endswith(ending):
                word = word.removesuffix(ending) + whole
    for part in word.split():
        letters = _letters(part)
        if _SPACELESS.search(letters):
            yield from letters
        elif letters:
            yield _SAME.get(letters, letters) if language in (None, "en") else letters


def _letters(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss"))
    return "".join(each for each in decomposed if each.isalnum() or unicodedata.category(each) == "Mc")


def _join_letters(words: Sequence[Spelled]) -> list[Spelled]:
    """Join single letters into one word: ``F B I``, which a transcript writes as ``FBI``."""
    joined: list[Spelled] = []
    run: list[Spelled] = []
    for word in [*words, Spelled("", "", -1)]:
        if len(word.letters) == 1 and word.letters.isascii():
            run.append(word)
            continue
        if len(run) > 1:
            said = " ".join(dict.fromkeys(each.said for each in run))
            joined.append(Spelled("".join(each.letters for each in run), said, run[0].origin))
        else:
            joined += run
        run = []
        joined.append(word)
    return joined[:-1]


def told(words: Iterable[Spelled]) -> str:
    """The words of the text that these came from, without duplicates."""
    return " ".join({word.origin: word.said for word in words}.values())
