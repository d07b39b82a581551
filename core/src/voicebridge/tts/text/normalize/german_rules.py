"""Rules specific to German: ordinals, dates, times, fractions, years."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voicebridge.patterns import pattern
from voicebridge.tts.text.normalize.german import WORDS
from voicebridge.tts.text.normalize.quantities import Quantities, season_rule
from voicebridge.tts.text.normalize.roman import NumeralKind, Roman
from voicebridge.tts.text.normalize.roman import rules as roman_rules
from voicebridge.tts.text.normalize.scan import Rule, after, before, rule
from voicebridge.tts.text.normalize.words import one_of, word_set

_FRACTIONS = {"½": "ein halb", "⅓": "ein Drittel", "⅔": "zwei Drittel", "¼": "ein Viertel", "¾": "drei Viertel", "⅕": "ein Fünftel",
              "⅖": "zwei Fünftel", "⅗": "drei Fünftel", "⅘": "vier Fünftel", "⅙": "ein Sechstel", "⅚": "fünf Sechstel", "⅛": "ein Achtel",
              "⅜": "drei Achtel", "⅝": "fünf Achtel", "⅞": "sieben Achtel"}  # fmt: skip
_BY_PARTS = {(1, 2): "½", (1, 3): "⅓", (2, 3): "⅔", (1, 4): "¼", (3, 4): "¾", (1, 8): "⅛", (3, 8): "⅜", (5, 8): "⅝", (7, 8): "⅞"}
_OWNERS = r"(?:[mds]ein|ihr|unser|eu(?:e)?r|kein|ein|jed|dies|jen|welch|manch|solch|all|viel)"
_EN = pattern(rf"(?:am|im|vom|zum|zur|beim|dem|den|des|bis|ab|seit|ins|{_OWNERS}(?:em|en|es)|{_OWNERS}er)$", re.IGNORECASE)
"""Text before an ordinal that ends in ``-en``: words in a case other than the nominative, and feminine words in ``-er``."""
_E = pattern(rf"(?:der|die|das|{_OWNERS}e|dieser|jener|jeder|dieses|jenes|jedes|welcher)$", re.IGNORECASE)
_STRONG = pattern(r"(?:[mds]ein|ihr|unser|euer|kein|ein|irgendein)$", re.IGNORECASE)
_DATIVE_DER = pattern(
    r"\b(?:in|an|auf|mit|von|bei|nach|aus|zu|seit|vor|unter|über|hinter|neben|zwischen|während|wegen|trotz|ab|außer"
    r"|laut|gegenüber|Ende|Anfang|Mitte) +(?:\w+er )?$",
    re.IGNORECASE,
)
_NEUTER = pattern(
    r"(?:chen|lein|um|ment|jahr|haus|kind|buch|tor|spiel|mal|stück|bild|lied|album|kapitel|semester|quartal|zimmer"
    r"|gebot|leben|programm|treffen|team|tier|auto|regiment|bataillon|geschoss|fach|bein|gleis|jahrhundert|jahrzehnt"
    r"|og|rennen|turnier)$",
    re.IGNORECASE,
)
_FEMININE = pattern(
    r"(?:ung|heit|keit|schaft|ion|tät|ik|liga|runde|etage|auflage|reihe|klasse|stunde|minute|woche|seite|hälfte|frau"
    r"|halbzeit|sinfonie|symphonie|staffel|folge|welle|stufe|phase|person|stelle|wahl|nacht|ehe|tochter|generation"
    r"|chance|spur|fassung|zeile|strophe|bundesliga|mannschaft|lesung|impfung|mahnung)$",
    re.IGNORECASE,
)
_COUNTED = pattern(
    r"\b(?:ist|bin|bist|sind|war|waren|wird|wurde|werden|hat|habe|hatte|sein|Nummer|Nr\.|Kapitel|Seite|Zimmer|Band"
    r"|Absatz|Artikel|Platz|Punkt|Aufgabe|Ergebnis|gleich|nur|über|fast|circa|ca\.|etwa|rund|Jahr)[ \u00a0]$",
    re.IGNORECASE,
)
_DATIVE = pattern(
    r"\b(?:mit|von|unter|bei|zu|nach|aus|seit|gegenüber|dem|vor)(?:[ \u00a0](?:König|Kaiser|Papst|Herzog|Zar|Sultan"
    r"|Fürst|Kurfürst|Königin|Kaiserin|Zarin))?[ \u00a0]$",
    re.IGNORECASE,
)
_ACCUSATIVE = pattern(
    r"\b(?:für|gegen|durch|ohne|um|den)(?:[ \u00a0](?:König|Kaiser|Papst|Herzog|Zar|Sultan|Fürst|Kurfürst))?[ \u00a0]$", re.IGNORECASE
)
_WOMEN = word_set(
    "Elisabeth Elizabeth Katharina Maria Margarethe Margrethe Beatrix Anna Christina Wilhelmina Juliana Isabella Victoria "
    "Viktoria Mary Catherine"
)
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:1\d|20)\d\d"
_DASH = r"[ \u00a0]?[-–—][ \u00a0]?"
_HOUR, _MINUTE = r"(?:[01]?\d|2[0-4])", r"[0-5]\d"


class German:
    """The rules in order of precedence."""

    def __init__(self, quantities: Quantities) -> None:
        self._quantities, self._numbers = quantities, quantities.numbers

    def dates(self) -> Iterator[Rule]:
        """Yield rules for dates and ordinals."""
        month = one_of([spelled for name in WORDS.month_names for spelled in (name.capitalize(), name.upper())])
        yield rule(
            "0", rf"(?<![\w.,-])({_DAY})\.\s?({_MONTH})\.(?:\s?({_YEAR})(?!\w))?(?![\w.])",
            lambda m: self._date(m, m[1], WORDS.months[int(m[2]) - 1], m[3]),
        )  # fmt: skip
        yield rule(
            "0", rf"(?<![\w.,-])({_DAY})\.\s?({month})\b\.?(?:\s+({_YEAR})(?!\w))?",
            lambda m: self._date(m, m[1], WORDS.months[WORDS.month_names[m[2].lower()] - 1], m[3]),
        )  # fmt: skip
        yield rule(
            "0", rf"(?<![\w-])({_YEAR})-({_MONTH})-({_DAY})(?![\w-])", lambda m: self._date(m, m[3], WORDS.months[int(m[2]) - 1], m[1])
        )
        ordinal = r"\d{1,3}\."
        yield rule(
            "0",
            rf"(?<![\w.,:-]){ordinal}(?:(?:\s+(?:und|oder|bis|sowie)\s+|,\s?|{_DASH}|/){ordinal}){{0,4}}(?=\s+[^\W\d_])",
            self._ordinals,
        )

        yield rule("0", rf"(?<![\w.,:-]){_DAY}\.(?=\s*$)", self._last_ordinal)

    def times(self) -> Iterator[Rule]:
        """Yield rules for times of day and scores."""
        clock = rf"({_HOUR})(?:[:.]({_MINUTE}))?"
        yield rule("0", rf"(?<![\w.,:-]){clock}(?:[ \u00a0]Uhr)?{_DASH}{clock}[ \u00a0]?Uhr\b", self._time_range)
        yield rule(
            "0", rf"(?<![\w.,:]){clock}[ \u00a0]?Uhr\b(?:[ \u00a0]({_MINUTE})(?![\w.,:]))?", lambda m: self._time(m[1], m[2] or m[3])
        )
        yield rule("0", rf"(?<![\w.,:])({_HOUR}):({_MINUTE}){_DASH}({_HOUR}):({_MINUTE})(?![\w:])",
                   lambda m: f"{self._time(m[1], m[2])} bis {self._time(m[3], m[4])}")  # fmt: skip
        yield rule("0", rf"(?<![\w.,:])({_HOUR}):({_MINUTE})(?![\w:])", lambda m: self._time(m[1], m[2]))
        yield rule("0", r"(?<![\w.,:])(\d{1,4}):(\d{1,4})(?![\w:])", lambda m: f"{self._number(m[1])} zu {self._number(m[2])}")
        days = one_of(WORDS.days)
        yield rule("a", rf"(?<!\w)({days}){_DASH}({days})(?!\w)", lambda m: f"{WORDS.days[m[1]]} bis {WORDS.days[m[2]]}")
        bare = one_of([day.rstrip(".") for day in WORDS.days])
        yield rule("a", rf"(?<!\w)({bare}){_DASH}({bare})(?![\w.])", lambda m: f"{WORDS.days[m[1] + '.']} bis {WORDS.days[m[2] + '.']}")
        yield rule("a", r"(?<!\w)Fr\.(?=,|[ \u00a0](?:und|oder|bis|den|\d))", lambda _: "Freitag")
        yield rule("a", r"([^\W\d_]{2,30})str\.(?!\w)", self._street)

    def numbers(self) -> Iterator[Rule]:
        """Yield rules for fractions, seasons and decades."""
        yield season_rule(self.year, self._number, " ")
        yield rule("0", r"(?<![\w.,])(\d{1,2})/(\d{1,2})(?![\w/]|[.,]\d)", self._fraction)
        signs = "".join(_FRACTIONS)
        yield rule(signs + "0", rf"(\d{{1,9}})?[ \u00a0]?([{signs}])", self._fraction_sign)
        yield rule("0", r"(?<![\w.,])(1[1-9]|20)(\d)0er\b", lambda m: f"{self.year(m[1] + m[2] + '0')}er")
        yield rule("0", r"(?<![\w.,])([2-9]0)er\b", lambda m: f"{self._number(m[1])}er")
        yield rule("0", r"(?<=\b[Kk]apitel )0+(?=\d{1,3}\b)", lambda _: "")
        yield rule("§", r"(§§?)[ \u00a0]?(?=\d)", lambda m: f"{WORDS.signs[m[1]]} ")

    def years(self) -> Iterator[Rule]:
        """Yield rules for years, which apply after those for measurements."""
        year = r"(?<![\w.,$€-])(1[1-9]\d\d)"
        yield rule("0", rf"{year}{_DASH}(1[1-9]\d\d|20\d\d)(?![\w-]|[.,]\d)", lambda m: f"{self.year(m[1])} bis {self.year(m[2])}")
        yield rule("0", rf"{year}(?![\w-]|[.,]\d)", lambda m: self.year(m[1]))
        yield from roman_rules(WORDS, self._roman, pointed=True)

    def year(self, digits: str) -> str:
        """Read a year: ``neunzehnhundertneunundneunzig``."""
        century, rest = divmod(int(digits), 100)
        if not 11 <= century < 20:
            return self._numbers.cardinal(int(digits))
        return f"{self._numbers.cardinal(century)}hundert{self._numbers.cardinal(rest) if rest else ''}"

    def _number(self, digits: str) -> str:
        return self._quantities.integer(digits)

    def _date(self, match: re.Match[str], day: str, month: str, year: str | None) -> str:
        words = f"{self._numbers.ordinal(int(day))}{_ending(before(match), '') if before(match).strip() else 'r'} {month}"
        return f"{words} {self.year(year)}" if year else words

    def _ordinals(self, match: re.Match[str]) -> str | None:
        written, following = before(match), after(match)
        noun = re.match(r"\s+([^\W\d_]+)", following)
        if noun is None:
            return None
        is_listed = not match.string[: match.start()].strip() if match.start() < 3 else False
        opens = noun[1].lower() in WORDS.openers
        determiner = re.search(r"([^\W\d_]+)[ \u00a0]$", written)
        is_determined = determiner is not None and any(each.fullmatch(determiner[1]) for each in (_EN, _E, _STRONG))
        if (opens and not is_determined) or _COUNTED.search(written) or (noun[1].islower() and not is_determined):
            return None
        if (
            is_listed
            and not _FEMININE.search(noun[1])
            and not re.match(r"\s+(?:Platz|Rang|Preis|Tag|Teil|Akt|Stock|Kapitel|Sieger)\b", following)
        ):
            return None
        ending = _ending(written, noun[1])
        words = re.sub(r"(\d+)\.", lambda each: self._numbers.ordinal(int(each[1])) + ending, match[0])
        words = re.sub(rf"(?<=[^\W\d_]){_DASH}(?=[^\W\d_])", " bis ", words)
        return words + "." if opens else words

    def _last_ordinal(self, match: re.Match[str]) -> str | None:
        if not re.search(r"\b(?:am|vom|zum|beim|im|dem|den|des|der|die)[ \u00a0]$", before(match), re.IGNORECASE):
            return None
        return f"{self._numbers.ordinal(int(match[0][:-1]))}{_ending(before(match), '')}."

    def _time(self, hour: str, minute: str | None, *, clock: bool = True) -> str:
        words = "ein" if int(hour) == 1 and clock else self._numbers.cardinal(int(hour))
        if not clock and not minute:
            return words
        return f"{words} Uhr" + ("" if minute in (None, "00") else f" {self._numbers.cardinal(int(minute or 0))}")

    def _time_range(self, match: re.Match[str]) -> str:
        return f"{self._time(match[1], match[2], clock=False)} bis {self._time(match[3], match[4])}"

    @staticmethod
    def _street(match: re.Match[str]) -> str:
        following = after(match)
        ends = not following.strip() or (re.match(r"\s+([^\W\d_]+)", following) or [""])[0].strip().lower() in WORDS.openers
        return f"{match[1]}straße" + ("." if ends else "")

    def _fraction(self, match: re.Match[str]) -> str:
        sign = _BY_PARTS.get((int(match[1]), int(match[2])))
        return _FRACTIONS[sign] if sign else f"{self._number(match[1])} Schrägstrich {self._number(match[2])}"

    def _fraction_sign(self, match: re.Match[str]) -> str:
        part = _FRACTIONS[match[2]]
        if not match[1]:
            return f" {part} "
        return f" {self._number(match[1])}{'einhalb' if match[2] == '½' else f' und {part}'} "

    def _roman(self, match: re.Match[str], found: Roman) -> str:
        if found.kind is NumeralKind.PLAIN:
            return self._numbers.cardinal(found.value)
        if found.kind is NumeralKind.CENTURY:
            return self._numbers.ordinal(found.value) + _ending(before(match), "Jahrhundert")
        number = self._numbers.ordinal(found.value).capitalize()
        name = found.name[0]
        written = before(match)
        for word in found.name:
            if word[:1].isupper():
                written = written.rstrip()[: -len(word)] if written.rstrip().endswith(word) else written
        is_woman = name in _WOMEN
        if name.endswith("s") and name.removesuffix("s") != name and not name.endswith(("us", "is", "as", "es")):
            return f"{'der' if is_woman else 'des'} {number}n"
        if _DATIVE.search(written):
            return f"{'der' if is_woman else 'dem'} {number}n"
        if _ACCUSATIVE.search(written):
            return f"{'die' if is_woman else 'den'} {number}{'' if is_woman else 'n'}"
        return f"{'die' if is_woman else 'der'} {number}"


def counts_by_itself(written: str) -> bool:
    """Whether a number with a full stop at the end of a text is a cardinal, as in "Er ist 19.", rather than an ordinal before a noun."""
    number = re.search(r"\d{1,3}\.$", written)
    return number is not None and _COUNTED.search(written[: number.start()]) is not None


def _ending(written: str, noun: str) -> str:
    """The ending of an ordinal after its ``-e``, given the text before it and the noun after it."""
    determiner = re.search(r"([^\W\d_]+)[ \u00a0]$", written)
    word = determiner[1] if determiner else ""
    if word.lower() == "der":
        is_dative = _DATIVE_DER.search(written[: -len("der ")]) is not None
        return "n" if is_dative else ""
    if _STRONG.fullmatch(word) or not word or not (_EN.fullmatch(word) or _E.fullmatch(word)):
        return "s" if _NEUTER.search(noun) else "" if _FEMININE.search(noun) else "r"
    if _E.fullmatch(word):
        return ""
    return "n"
