"""German: its words, and the rules that are its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from voicebridge.text.spoken.general import General
from voicebridge.text.spoken.words import Money, Rule, Words, one_of


def _ein(one: str, many: str | None = None) -> tuple[str, str]:
    return f"ein {one}", many or one


def _eine(one: str, many: str) -> tuple[str, str]:
    return f"eine {one}", many


_EURO, _DOLLAR = Money("ein Euro", "Euro", "ein Cent", "Cent"), Money("ein Dollar", "Dollar", "ein Cent", "Cent")
_POUND, _YEN = Money("ein Pfund", "Pfund", "ein Penny", "Pence"), Money("ein Yen", "Yen")
_FRANC = Money("ein Franken", "Franken", "ein Rappen", "Rappen")
_THOUSAND, _MILLION, _BILLION = ("eintausend", "tausend"), ("eine Million", "Millionen"), ("eine Milliarde", "Milliarden")
_MONTHS = ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember")

WORDS = Words(
    minus="minus", mark=",", point="Komma", to="bis", and_="und", slash="Schrägstrich", number="Nummer", hashtag="Hashtag",
    web={
        ".": "Punkt", "/": "Schrägstrich", "-": "Minus", "_": "Unterstrich", "@": "at", ":": "Doppelpunkt", "~": "Tilde", "=": "gleich",
        "&": "und", "+": "plus", "%": "Prozent", "?": "Fragezeichen", "#": "Raute", ",": "Komma", ";": "Semikolon",
    },
    signs={
        "===": "gleich", "==": "gleich", "!==": "ungleich", "!=": "ungleich", "≠": "ungleich", "=": "gleich", "<=": "kleiner gleich",
        "≤": "kleiner gleich", ">=": "größer gleich", "≥": "größer gleich", "<": "kleiner als", ">": "größer als", "->": "Pfeil",
        "→": "Pfeil", "=>": "Pfeil", "⇒": "Pfeil", "<-": "Pfeil", "←": "Pfeil", "&&": "und", "&": "und", "||": "oder", "++": "plus plus",
        "+": "plus", "−": "minus", "×": "mal", "*": "mal", "÷": "geteilt durch", "±": "plus minus", "≈": "ungefähr", "^": "hoch",
        "%": "Prozent", "‰": "Promille", "°": "Grad", "§§": "Paragrafen", "§": "Paragraf", "©": "Copyright", "®": "registriert",
        "™": "Trademark", "@": "at", "$": "Dollar", "€": "Euro", "£": "Pfund", "¥": "Yen", "∞": "unendlich", "√": "Wurzel aus",
        "²": "Quadrat", "³": "hoch drei", "µ": "Mikro",
    },
    units={
        "km": _ein("Kilometer"), "m": _ein("Meter"), "cm": _ein("Zentimeter"), "mm": _ein("Millimeter"), "µm": _ein("Mikrometer"),
        "μm": _ein("Mikrometer"), "nm": _ein("Nanometer"), "kg": _ein("Kilogramm"), "g": _ein("Gramm"), "mg": _ein("Milligramm"),
        "µg": _ein("Mikrogramm"), "t": _eine("Tonne", "Tonnen"), "l": _ein("Liter"), "L": _ein("Liter"), "ml": _ein("Milliliter"),
        "km/h": _ein("Kilometer pro Stunde"), "m/s": _ein("Meter pro Sekunde"), "km²": _ein("Quadratkilometer"),
        "m²": _ein("Quadratmeter"), "cm²": _ein("Quadratzentimeter"), "m³": _ein("Kubikmeter"), "cm³": _ein("Kubikzentimeter"),
        "°C": _ein("Grad Celsius"), "°F": _ein("Grad Fahrenheit"), "°": _ein("Grad"), "kWh": _eine("Kilowattstunde", "Kilowattstunden"),
        "Wh": _eine("Wattstunde", "Wattstunden"), "kW": _ein("Kilowatt"), "MW": _ein("Megawatt"), "GW": _ein("Gigawatt"), "W": _ein("Watt"),
        "V": _ein("Volt"), "mA": _ein("Milliampere"), "mAh": _eine("Milliamperestunde", "Milliamperestunden"), "Hz": _ein("Hertz"),
        "kHz": _ein("Kilohertz"), "MHz": _ein("Megahertz"), "GHz": _ein("Gigahertz"), "kB": _ein("Kilobyte"), "KB": _ein("Kilobyte"),
        "MB": _ein("Megabyte"), "GB": _ein("Gigabyte"), "TB": _ein("Terabyte"), "PB": _ein("Petabyte"), "KiB": _ein("Kibibyte"),
        "MiB": _ein("Mebibyte"), "GiB": _ein("Gibibyte"), "Mbit/s": _ein("Megabit pro Sekunde"), "Gbit/s": _ein("Gigabit pro Sekunde"),
        "MB/s": _ein("Megabyte pro Sekunde"), "ms": _eine("Millisekunde", "Millisekunden"), "s": _eine("Sekunde", "Sekunden"),
        "Sek.": _eine("Sekunde", "Sekunden"), "min": _eine("Minute", "Minuten"), "Min.": _eine("Minute", "Minuten"),
        "h": _eine("Stunde", "Stunden"), "Std.": _eine("Stunde", "Stunden"), "px": _ein("Pixel"), "dB": _ein("Dezibel"),
        "kPa": _ein("Kilopascal"), "hPa": _ein("Hektopascal"), "kcal": _eine("Kilokalorie", "Kilokalorien"), "kJ": _ein("Kilojoule"),
        "PS": _ein("PS"), "%": _ein("Prozent"), "‰": _ein("Promille"),
    },
    money={
        "€": _EURO, "EUR": _EURO, "$": _DOLLAR, "US$": _DOLLAR, "USD": _DOLLAR, "£": _POUND, "GBP": _POUND, "¥": _YEN, "JPY": _YEN,
        "CHF": _FRANC, "Fr.": _FRANC, "Euro": _EURO, "Dollar": _DOLLAR,
    },
    scales={
        "Tsd.": _THOUSAND, "Tausend": _THOUSAND, "tausend": _THOUSAND, "Mio.": _MILLION, "Mio": _MILLION, "Million": _MILLION,
        "Millionen": _MILLION, "Mrd.": _BILLION, "Mrd": _BILLION, "Milliarde": _BILLION, "Milliarden": _BILLION,
        "Bio.": ("eine Billion", "Billionen"), "Billionen": ("eine Billion", "Billionen"),
    },
    abbreviations={
        "z. B.": "zum Beispiel", "z.B.": "zum Beispiel", "Z. B.": "Zum Beispiel", "Z.B.": "Zum Beispiel", "d. h.": "das heißt",
        "d.h.": "das heißt", "u. a.": "unter anderem", "u.a.": "unter anderem", "i. d. R.": "in der Regel", "i.d.R.": "in der Regel",
        "u. U.": "unter Umständen", "u.U.": "unter Umständen", "z. T.": "zum Teil", "z.T.": "zum Teil", "s. o.": "siehe oben",
        "s. u.": "siehe unten", "o. Ä.": "oder Ähnliches", "o.Ä.": "oder Ähnliches", "v. a.": "vor allem", "v.a.": "vor allem",
        "usw.": "und so weiter", "etc.": "et cetera", "bzw.": "beziehungsweise", "ca.": "circa", "evtl.": "eventuell",
        "ggf.": "gegebenenfalls", "inkl.": "inklusive", "exkl.": "exklusive", "vgl.": "vergleiche", "Vgl.": "Vergleiche",
        "sog.": "sogenannte", "max.": "maximal", "v. Chr.": "vor Christus", "n. Chr.": "nach Christus", "Tel.": "Telefon", "Str.": "Straße",
        "str.": "straße", "und/oder": "und oder", "Mio.": "Millionen", "Mrd.": "Milliarden", "Jh.": "Jahrhundert", "Std.": "Stunden",
    },
    titles={"Dr.": "Doktor", "Prof.": "Professor", "Hr.": "Herr", "Hrn.": "Herrn", "Fr.": "Frau", "St.": "Sankt", "Ing.": "Ingenieur"},
    before_numbers={
        "Nr.": "Nummer", "Nrn.": "Nummern", "S.": "Seite", "Abb.": "Abbildung", "Kap.": "Kapitel", "Bd.": "Band", "Abs.": "Absatz",
        "Art.": "Artikel", "Tab.": "Tabelle", "Ziff.": "Ziffer",
    },
    months=_MONTHS,
    month_names={
        **{name.lower(): number for number, name in enumerate(_MONTHS, start=1)},
        "jan": 1, "jänner": 1, "feb": 2, "mär": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8,
        "sep": 9, "sept": 9, "okt": 10, "nov": 11, "dez": 12,
    },
    numbered=("Kapitel", "Teil", "Buch", "Band", "Akt", "Szene", "Abschnitt", "Anhang", "Weltkrieg"),
)  # fmt: skip

_FRACTIONS = {"½": "ein halb", "⅓": "ein Drittel", "⅔": "zwei Drittel", "¼": "ein Viertel", "¾": "drei Viertel", "⅕": "ein Fünftel",
              "⅖": "zwei Fünftel", "⅗": "drei Fünftel", "⅘": "vier Fünftel", "⅙": "ein Sechstel", "⅚": "fünf Sechstel", "⅛": "ein Achtel",
              "⅜": "drei Achtel", "⅝": "fünf Achtel", "⅞": "sieben Achtel"}  # fmt: skip
_BY_PARTS = {(1, 2): "½", (1, 3): "⅓", (2, 3): "⅔", (1, 4): "¼", (3, 4): "¾", (1, 8): "⅛", (3, 8): "⅜", (5, 8): "⅝", (7, 8): "⅞"}
_INFLECTED = {"am", "dem", "den", "des", "vom", "zum", "bis", "im", "beim", "zur", "ab"}
_WITH_ARTICLE = {"der", "die", "das"}
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:1\d|20)\d\d"


class German:
    """The rules that are German alone."""

    def __init__(self, general: General) -> None:
        self._general, self._numbers = general, general.numbers

    def rules(self) -> Iterator[Rule]:
        """In the order in which they are tried, before those for other numbers."""
        month = one_of([spelled for name in WORDS.month_names for spelled in (name.capitalize(), name.upper())])
        before = r"(?:\b(\w{2,3})\s+)?(?<![\w.,-])"
        yield self._rule(
            rf"{before}({_DAY})\.\s?({_MONTH})\.(?:\s?({_YEAR})(?!\w))?(?![\w.])",
            lambda m: self._date(m[1], m[2], WORDS.months[int(m[3]) - 1], m[4]),
        )
        yield self._rule(
            rf"{before}({_DAY})\.\s?({month})\b\.?(?:\s+({_YEAR})(?!\w))?",
            lambda m: self._date(m[1], m[2], WORDS.months[WORDS.month_names[m[3].lower()] - 1], m[4]),
        )
        yield self._rule(
            rf"(?<![\w-])({_YEAR})-({_MONTH})-({_DAY})(?![\w-])", lambda m: self._date(None, m[3], WORDS.months[int(m[2]) - 1], m[1])
        )
        yield self._rule(r"(?<![\w.,:])([01]?\d|2[0-3]):([0-5]\d)(?!:)(?:\s?Uhr\b)?", self._time)
        yield self._rule(r"(?<![\w.,:])([01]?\d|2[0-3])\.([0-5]\d)\s?Uhr\b", self._time)
        yield self._rule(r"(?<![\w.,:])1(?=\s?Uhr\b)", lambda _: "ein")
        yield self._rule(r"(?<![\w.,:])(\d{1,4}):(\d{1,4})(?![\w:])", lambda m: f"{self._number(m[1])} zu {self._number(m[2])}")
        yield self._rule(r"\b(\w{2,3})(\s+)(\d{1,3})\.(?=\s+[^\W\d_])", self._ordinal)
        yield self._rule(r"(?<![\w.,])(\d{1,2})/(\d{1,2})(?![\w/]|[.,]\d)", self._fraction)
        yield Rule(re.compile(rf"(\d+)?\s?([{''.join(_FRACTIONS)}])"), self._fraction_sign, "".join(_FRACTIONS))
        yield self._rule(r"(?<![\w.,])(1[1-9]|20)(\d)0er\b", lambda m: f"{self.year(m[1] + m[2] + '0')}er")
        yield self._rule(r"(?<![\w.,])([2-9]0)er\b", lambda m: f"{self._number(m[1])}er")

    def years(self) -> Iterator[Rule]:
        """Years, which what is measured has been taken out of."""
        yield self._rule(r"(?<![\w.,$€-])1[1-9]\d\d(?![\w-]|[.,]\d)", lambda m: self.year(m[0]))

    def year(self, digits: str) -> str:
        """``neunzehnhundertneunundneunzig``."""
        century, rest = divmod(int(digits), 100)
        if not 11 <= century < 20:
            return self._numbers.cardinal(int(digits))
        return f"{self._numbers.cardinal(century)}hundert{self._numbers.cardinal(rest) if rest else ''}"

    def _rule(self, pattern: str, say: Callable[[re.Match[str]], str]) -> Rule:
        return Rule(re.compile(pattern), say, "0")

    def _number(self, digits: str) -> str:
        return self._general.integer(digits)

    def _date(self, before: str | None, day: str, month: str, year: str | None) -> str:
        words = f"{self._inflected(before, int(day))} {month}"
        date = f"{words} {self.year(year)}" if year else words
        return f"{before} {date}" if before else date

    def _inflected(self, before: str | None, number: int) -> str:
        word = (before or "").lower()
        return self._numbers.ordinal(number) + ("n" if word in _INFLECTED else "" if word in _WITH_ARTICLE else "r")

    def _time(self, match: re.Match[str]) -> str:
        hour = "ein" if int(match[1]) == 1 else self._numbers.cardinal(int(match[1]))
        return f"{hour} Uhr" + ("" if match[2] == "00" else f" {self._numbers.cardinal(int(match[2]))}")

    def _ordinal(self, match: re.Match[str]) -> str:
        if match[1].lower() not in _INFLECTED | _WITH_ARTICLE:
            return match[0]
        return match[1] + match[2] + self._inflected(match[1], int(match[3]))

    def _fraction(self, match: re.Match[str]) -> str:
        sign = _BY_PARTS.get((int(match[1]), int(match[2])))
        return _FRACTIONS[sign] if sign else f"{self._number(match[1])} Schrägstrich {self._number(match[2])}"

    def _fraction_sign(self, match: re.Match[str]) -> str:
        part = _FRACTIONS[match[2]]
        if not match[1]:
            return f" {part} "
        return f" {self._number(match[1])}{'einhalb' if match[2] == '½' else f' und {part}'} "
