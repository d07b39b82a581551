"""English: its words, and the rules that are its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from voicebridge.text.spoken.general import General
from voicebridge.text.spoken.words import Money, Rule, Words, one_of


def _unit(one: str, many: str | None = None) -> tuple[str, str]:
    return f"one {one}", many or f"{one}s"


def _per(one: str, of: str, many: str | None = None) -> tuple[str, str]:
    return f"one {one} per {of}", f"{many or f'{one}s'} per {of}"


def _money(one: str, many: str | None = None, part: str = "cent", parts: str | None = None) -> Money:
    return Money(f"one {one}", many or f"{one}s", f"one {part}" if part else "", (parts or f"{part}s") if part else "")


_DOLLAR, _EURO, _POUND, _YEN = _money("dollar"), _money("euro"), _money("pound", part="penny", parts="pence"), _money("yen", "yen", "")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")

WORDS = Words(
    minus="minus", mark=".", point="point", to="to", and_="and", slash="slash", number="number", hashtag="hashtag",
    web={
        ".": "dot", "/": "slash", "-": "dash", "_": "underscore", "@": "at", ":": "colon", "~": "tilde", "=": "equals", "&": "and",
        "+": "plus", "%": "percent", "?": "question mark", "#": "hash", ",": "comma", ";": "semicolon",
    },
    signs={
        "===": "equals", "==": "equals", "!==": "is not equal to", "!=": "is not equal to", "≠": "is not equal to", "=": "equals",
        "<=": "is less than or equal to", "≤": "is less than or equal to", ">=": "is greater than or equal to",
        "≥": "is greater than or equal to", "<": "is less than", ">": "is greater than", "->": "arrow", "→": "arrow", "=>": "arrow",
        "⇒": "arrow", "<-": "arrow", "←": "arrow", "&&": "and", "&": "and", "||": "or", "++": "plus plus", "+": "plus", "−": "minus",
        "×": "times", "*": "times", "÷": "divided by", "±": "plus or minus", "≈": "about", "^": "to the power of", "%": "percent",
        "‰": "per mille", "°": "degrees", "§": "section", "©": "copyright", "®": "registered", "™": "trademark", "@": "at", "$": "dollar",
        "€": "euro", "£": "pound", "¥": "yen", "∞": "infinity", "√": "square root of", "²": "squared", "³": "cubed", "µ": "micro",
    },
    units={
        "km": _unit("kilometer"), "m": _unit("meter"), "cm": _unit("centimeter"), "mm": _unit("millimeter"), "µm": _unit("micrometer"),
        "μm": _unit("micrometer"), "nm": _unit("nanometer"), "mi": _unit("mile"), "ft": _unit("foot", "feet"), "yd": _unit("yard"),
        "kg": _unit("kilogram"), "g": _unit("gram"), "mg": _unit("milligram"), "µg": _unit("microgram"), "lb": _unit("pound"),
        "lbs": _unit("pound"), "oz": _unit("ounce"), "l": _unit("liter"), "L": _unit("liter"), "ml": _unit("milliliter"),
        "mL": _unit("milliliter"), "km/h": _per("kilometer", "hour"), "kph": _per("kilometer", "hour"),
        "mph": _per("mile", "hour"), "m/s": _per("meter", "second"), "km²": _unit("square kilometer"),
        "m²": _unit("square meter"), "cm²": _unit("square centimeter"), "m³": _unit("cubic meter"), "cm³": _unit("cubic centimeter"),
        "°C": _unit("degree Celsius", "degrees Celsius"), "°F": _unit("degree Fahrenheit", "degrees Fahrenheit"), "°": _unit("degree"),
        "kWh": _unit("kilowatt hour"), "Wh": _unit("watt hour"), "kW": _unit("kilowatt"), "MW": _unit("megawatt"), "GW": _unit("gigawatt"),
        "W": _unit("watt"), "V": _unit("volt"), "mA": _unit("milliamp"), "mAh": _unit("milliamp hour"), "Hz": _unit("hertz", "hertz"),
        "kHz": _unit("kilohertz", "kilohertz"), "MHz": _unit("megahertz", "megahertz"), "GHz": _unit("gigahertz", "gigahertz"),
        "kB": _unit("kilobyte"), "KB": _unit("kilobyte"), "MB": _unit("megabyte"), "GB": _unit("gigabyte"), "TB": _unit("terabyte"),
        "PB": _unit("petabyte"), "KiB": _unit("kibibyte"), "MiB": _unit("mebibyte"), "GiB": _unit("gibibyte"), "TiB": _unit("tebibyte"),
        "kbps": _per("kilobit", "second"), "Mbps": _per("megabit", "second"),
        "Mbit/s": _per("megabit", "second"), "Gbps": _per("gigabit", "second"),
        "Gbit/s": _per("gigabit", "second"), "MB/s": _per("megabyte", "second"),
        "GB/s": _per("gigabyte", "second"), "ns": _unit("nanosecond"), "µs": _unit("microsecond"),
        "ms": _unit("millisecond"), "s": _unit("second"), "sec": _unit("second"), "min": _unit("minute"), "h": _unit("hour"),
        "hr": _unit("hour"), "hrs": _unit("hour"), "px": _unit("pixel"), "dpi": _per("dot", "inch"),
        "dB": _unit("decibel"), "fps": _per("frame", "second"), "rpm": _per("revolution", "minute"),
        "kPa": _unit("kilopascal"), "hPa": _unit("hectopascal"), "psi": _per("pound", "square inch"),
        "kcal": _unit("kilocalorie"), "kJ": _unit("kilojoule"), "%": _unit("percent", "percent"), "‰": _unit("per mille", "per mille"),
        "ppm": _per("part", "million"),
    },
    money={
        "dollars": _DOLLAR, "euros": _EURO,
        "$": _DOLLAR, "US$": _DOLLAR, "USD": _DOLLAR, "€": _EURO, "EUR": _EURO, "£": _POUND, "GBP": _POUND, "¥": _YEN, "JPY": _YEN,
        "₹": _money("rupee", part="paisa", parts="paise"), "₩": _money("won", "won", ""), "₽": _money("ruble", part="kopek"),
        "CHF": _money("Swiss franc", part="centime"), "CAD": _money("Canadian dollar"), "AUD": _money("Australian dollar"),
        "₿": _money("bitcoin", part=""), "¢": Money("one cent", "cents"),
    },
    scales={
        "thousand": ("one thousand", "thousand"), "million": ("one million", "million"), "billion": ("one billion", "billion"),
        "trillion": ("one trillion", "trillion"), "k": ("one thousand", "thousand"), "K": ("one thousand", "thousand"),
        "M": ("one million", "million"), "mn": ("one million", "million"), "B": ("one billion", "billion"),
        "bn": ("one billion", "billion"), "tn": ("one trillion", "trillion"),
    },
    abbreviations={
        "e.g.": "for example", "e. g.": "for example", "i.e.": "that is", "i. e.": "that is", "etc.": "et cetera", "vs.": "versus",
        "approx.": "approximately", "cf.": "compare", "et al.": "et al", "Jr.": "Junior", "Sr.": "Senior", "Inc.": "Incorporated",
        "Ltd.": "Limited", "Corp.": "Corporation", "dept.": "department", "Dept.": "Department", "Ave.": "Avenue", "Blvd.": "Boulevard",
        "Rd.": "Road", "Dr.": "Drive", "St.": "Street", "a.m.": "AM", "p.m.": "PM", "A.M.": "AM", "P.M.": "PM", "Ph.D.": "PhD",
        "max.": "maximum", "incl.": "including", "excl.": "excluding", "w/o": "without", "and/or": "and or",
    },
    titles={
        "Mr.": "Mister", "Mrs.": "Missus", "Ms.": "Ms", "Dr.": "Doctor", "Prof.": "Professor", "St.": "Saint", "Rev.": "Reverend",
        "Gen.": "General", "Sgt.": "Sergeant", "Capt.": "Captain", "Lt.": "Lieutenant", "Col.": "Colonel", "Gov.": "Governor",
        "Sen.": "Senator", "Rep.": "Representative", "Hon.": "Honorable", "Mt.": "Mount", "Ft.": "Fort",
    },
    before_numbers={
        "No.": "number", "no.": "number", "Nos.": "numbers", "nos.": "numbers", "Fig.": "figure", "fig.": "figure", "Figs.": "figures",
        "figs.": "figures", "Vol.": "volume", "vol.": "volume", "Ch.": "chapter", "ch.": "chapter", "Sec.": "section", "sec.": "section",
        "Eq.": "equation", "eq.": "equation", "p.": "page", "pp.": "pages", "ca.": "circa", "c.": "circa",
    },
    months=_MONTHS,
    month_names={
        **{name.lower(): number for number, name in enumerate(_MONTHS, start=1)},
        **{name[:3].lower(): number for number, name in enumerate(_MONTHS, start=1)}, "sept": 9,
    },
    numbered=(
        "Chapter", "CHAPTER", "Part", "PART", "Book", "BOOK", "Volume", "Act", "ACT", "Scene", "SCENE", "Section", "Appendix", "War",
    ),
)  # fmt: skip

_FRACTIONS = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5), "⅘": (4, 5),
              "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8)}  # fmt: skip
_PARTS = (2, 3, 4, 5, 6, 8, 10)
_DAY, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:1[0-9]|20)\d\d"
_MONTH = r"(?:0?[1-9]|1[0-2])"


class English:
    """The rules that are English alone."""

    def __init__(self, general: General) -> None:
        self._general, self._numbers = general, general.numbers

    def rules(self) -> Iterator[Rule]:
        """In the order in which they are tried, before those for other numbers."""
        month = one_of([spelled for name in WORDS.month_names for spelled in (name.capitalize(), name.upper())])  # "it may 5 times"
        day, year = _DAY, _YEAR
        yield self._rule(rf"(?<![\w-])({year})-({_MONTH})-({day})(?![\w-])", lambda m: self._date(m[2], m[3], m[1]))
        yield self._rule(
            rf"\b({month})\.?\s+({day})(?:st|nd|rd|th)?(?:,?\s+({year}))?(?![\w:%]|[.,]\d|/)",
            lambda m: self._date(self._month(m[1]), m[2], m[3]),
        )
        yield self._rule(
            rf"(?<![\w.,/-])({day})(?:st|nd|rd|th)?\s+(?:of\s+)?({month})\b\.?(?:,?\s+({year})(?!\w))?", lambda m: self._day_first(m)
        )
        yield self._rule(rf"\b({month})\.(?=\s+\d)", lambda m: WORDS.months[WORDS.month_names[m[1].lower()] - 1])
        yield self._rule(rf"(?<![\w./-])({_MONTH})/(1[3-9]|2\d|3[01])/({year})(?![\w/])", lambda m: self._date(m[1], m[2], m[3]))
        yield self._rule(rf"(?<![\w./-])(1[3-9]|2\d|3[01])/({_MONTH})/({year})(?![\w/])", lambda m: self._date(m[2], m[1], m[3]))
        yield self._rule(rf"(?<![\w./-])({_DAY})/({_DAY})/({year})(?![\w/])", lambda m: f"{int(m[1])} slash {int(m[2])} slash {m[3]}")
        yield self._rule(r"(?<![\w.,])(\d)['’′]\s?(\d{1,2})[\"”″]", lambda m: f"{self._number(m[1])} foot {self._number(m[2])}")
        yield self._rule(r"(?<![\w.,:])([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?(?![\w:])", self._time)
        yield self._rule(r"(?<![\w.,:])(\d{1,4}):(\d{1,4})(?![\w:])", lambda m: f"{self._number(m[1])} to {self._number(m[2])}")
        yield self._rule(r"(?<![\w.,])(\d{1,3}(?:,\d{3})+|\d{1,9})(?:st|nd|rd|th|ST|ND|RD|TH)(?!\w)", self._ordinal)
        yield self._rule(r"(?<![\w.,])(1\d|20)(\d)0[’']?s\b", lambda m: self._decade_of(m[1], m[2]))
        yield self._rule(r"(?<!\w)[’']([2-9])0s\b|(?<=\bthe )([2-9])0s\b", lambda m: self._decade(m[1] or m[2]))
        yield self._rule(r"\b24/7\b", lambda _: "twenty-four seven")
        yield self._rule(r"(?<![\w.,/])(?:(\d{1,3})[\s-])?(\d{1,2})/(\d{1,2})(?![\w/]|[.,]\d)", self._fraction)
        yield Rule(re.compile(rf"(\d+)?\s?([{''.join(_FRACTIONS)}])"), self._fraction_sign, "".join(_FRACTIONS))
        yield self._rule(r"(?<![\w.,])(\d+(?:\.\d+)?)[eE]([-+]?\d{1,3})(?!\w)", self._power)

    def years(self) -> Iterator[Rule]:
        """Years, which what is measured has been taken out of."""
        year = r"(?:1[1-9]|20)\d\d"
        yield self._rule(
            rf"(?<![\w.,$€£-])({year})\s?[-–—]\s?({year})(?![\w-]|[.,]\d)", lambda m: f"{self.year(m[1])} to {self.year(m[2])}"
        )
        yield self._rule(
            rf"(?<![\w.,$€£-])({year})\s?[-–]\s?(\d\d)(?![\w-]|[.,]\d)", lambda m: f"{self.year(m[1])} to {self._number(m[2])}"
        )
        yield self._rule(rf"(?<![\w.,$€£-]){year}(?![\w-]|[.,]\d)", lambda m: self.year(m[0]))

    def year(self, digits: str) -> str:
        """``nineteen ninety-nine``."""
        century, rest = divmod(int(digits), 100)
        if century == 20 and rest < 10:
            return self._numbers.cardinal(int(digits))
        if rest == 0:
            return f"{self._numbers.cardinal(century)} hundred"
        return f"{self._numbers.cardinal(century)} {'oh ' if rest < 10 else ''}{self._numbers.cardinal(rest)}"

    def _rule(self, pattern: str, say: Callable[[re.Match[str]], str]) -> Rule:
        return Rule(re.compile(pattern), say, "0")

    def _number(self, digits: str) -> str:
        return self._general.integer(digits)

    def _month(self, name: str) -> str:
        return str(WORDS.month_names[name.lower()])

    def _date(self, month: str, day: str, year: str | None) -> str:
        date = f"{WORDS.months[int(month) - 1]} {self._numbers.ordinal(int(day))}"
        return f"{date}, {self.year(year)}" if year else date

    def _day_first(self, match: re.Match[str]) -> str:
        month = WORDS.months[WORDS.month_names[match[2].lower()] - 1]
        article = "" if match.string[: match.start()].lower().endswith("the ") else "the "
        date = f"{article}{self._numbers.ordinal(int(match[1]))} of {month}"
        return f"{date}, {self.year(match[3])}" if match[3] else date

    def _time(self, match: re.Match[str]) -> str:
        hour, minute, second = match[1], match[2], match[3]
        words = self._numbers.cardinal(int(hour))
        has_half = re.match(r"\s?(?:[ap]\.?m\b|[AP]\.?M\b|o’clock|o'clock|hours)", match.string[match.end() :])
        if minute == "00" and not second:
            return words if has_half else f"{words} o'clock" if 0 < int(hour) <= 12 else f"{words} hundred"
        words += f" {'oh ' if minute[0] == '0' else ''}{self._numbers.cardinal(int(minute))}"
        return f"{words} and {self._numbers.cardinal(int(second))} seconds" if second else words

    def _ordinal(self, match: re.Match[str]) -> str:
        return self._numbers.ordinal(int(match[1].replace(",", "")))

    def _decade_of(self, century: str, digit: str) -> str:
        return "two thousands" if century + digit == "200" else f"{self._numbers.cardinal(int(century))} {self._decade(digit)}"

    def _decade(self, digit: str) -> str:
        name = self._numbers.cardinal(int(digit) * 10) if int(digit) > 1 else "ten" if digit == "1" else "hundred"
        return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"

    def _fraction(self, match: re.Match[str]) -> str:
        whole, upper, lower = match[1], int(match[2]), int(match[3])
        if lower not in _PARTS or not 0 < upper < lower:
            joint = f"{self._number(match[2])} slash {self._number(match[3])}"
            return f"{self._number(whole)} {joint}" if whole else joint
        return self._parts(whole, upper, lower)

    def _fraction_sign(self, match: re.Match[str]) -> str:
        return f" {self._parts(match[1], *_FRACTIONS[match[2]])} "

    def _parts(self, whole: str | None, upper: int, lower: int) -> str:
        part = {2: "half", 4: "quarter"}.get(lower) or self._numbers.ordinal(lower)
        if whole:
            start = f"{self._number(whole)} and "
            return start + (f"a {part}" if upper == 1 else f"{self._numbers.cardinal(upper)} {part}s")
        return f"{self._numbers.cardinal(upper)} {part}" + ("" if upper == 1 else "s")

    def _power(self, match: re.Match[str]) -> str:
        minus = "minus " if match[2].startswith("-") else ""
        return f"{self._general.amount(match[1])} times ten to the power of {minus}{self._numbers.cardinal(int(match[2].lstrip('+-')))}"
