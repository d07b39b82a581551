"""Rules specific to English: dates, times, ordinals, fractions, years."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voicebridge.patterns import pattern
from voicebridge.tts.text.normalize.english import WORDS
from voicebridge.tts.text.normalize.quantities import Quantities, season_rule
from voicebridge.tts.text.normalize.roman import NumeralKind, Roman
from voicebridge.tts.text.normalize.roman import rules as roman_rules
from voicebridge.tts.text.normalize.scan import Rule, after, before, rule, words_before
from voicebridge.tts.text.normalize.words import one_of, word_set

_FRACTIONS = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5), "⅘": (4, 5),
              "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8)}  # fmt: skip
_PICTURE_LINES = frozenset({"480", "576", "720", "1080", "1440", "2160", "4320"})
"""The usual vertical resolutions of video: "1080p". Other numbers before a "p" are pence."""
_PARTS = (2, 3, 4, 5, 6, 8, 10)
_DAY, _YEAR, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:1[0-9]|20)\d\d", r"(?:0?[1-9]|1[0-2])"
_ANY_YEAR = r"(?:1\d|20)\d\d"
_PEOPLE = r"(?:people|men|women|children|feet|sheep|fish|deer|staff)"
_PLURAL = pattern(
    rf"[ \u00a0](?:{_PEOPLE}\b|(?!(?:is|was|has|as|its|this|us|always|perhaps|besides|towards|across|less|unless|does"
    rf"|plus|minus|versus|thus)\b)[a-z]{{2,20}}[^\Wsui\d]s\b)"
)
_IN_YEAR = pattern(
    r"\b(?:in|since|of|by|until|till|from|to|before|after|during|circa|the|year|around|about|and|early|late|mid"
    r"|spring|summer|autumn|fall|winter|AD|BC|est\.|©|\(|(?:Jan|Febr)uary|March|April|May|June|July|August|(?:Septem"
    r"|Octo|Novem|Decem)ber|copyright)[ \u00a0,]{1,2}$|\($",
    re.IGNORECASE,
)
_ONLY_YEAR = pattern(r"\b(?:in|since|by|until|till|before|after|year|during|AD)[ \u00a0]$", re.IGNORECASE)
_HALF = r"(?:(?P<{0}>[AaPp])\.?[ \u00a0]?[Mm](?:\.|\b)(?!\w))"
_BOOKS = (
    r"Gen(?:esis)?|Ex(?:od(?:us)?)?|Lev(?:iticus)?|Num(?:bers)?|Deut(?:eronomy)?|Josh(?:ua)?|Judg(?:es)?|Ruth"
    r"|Sam(?:uel)?|Kings|Chron(?:icles)?|Ezra"
    r"|Neh(?:emiah)?|Esth(?:er)?|Job|Ps(?:alms?|s)?|Prov(?:erbs)?|Eccl(?:esiastes)?|Song|Isa(?:iah)?|Jer(?:emiah)?"
    r"|Lam(?:entations)?|Ezek(?:iel)?"
    r"|Dan(?:iel)?|Hos(?:ea)?|Joel|Amos|Jonah|Mic(?:ah)?|Mal(?:achi)?|Matt(?:hew)?|Mark|Luke|John|Acts|Rom(?:ans)?"
    r"|Cor(?:inthians)?|Gal(?:atians)?"
    r"|Eph(?:esians)?|Phil(?:ippians)?|Col(?:ossians)?|Thess(?:alonians)?|Tim(?:othy)?|Titus|Heb(?:rews)?|James"
    r"|Pet(?:er)?|Jude|Rev(?:elation)?|Surah?"
)
_VERSE_BEFORE = pattern(rf"\b(?:{_BOOKS})\.?[ \u00a0]$")
_ZONE = pattern(r"\s+(?:[A-Z]{1,2}[SD]?T|GMT|UTC)\b")
_HOUR_WORDS = word_set("one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty o'clock o’clock")
_FEET = "['’′]"
_INCHES = "(?:[\"”″]|''|’’)"


class English:
    """The rules in order of precedence, before and after those for amounts."""

    def __init__(self, quantities: Quantities) -> None:
        self._quantities, self._numbers = quantities, quantities.numbers

    def dates(self) -> Iterator[Rule]:
        """Yield rules for dates."""
        month = one_of([spelled for name in WORDS.month_names for spelled in (name.capitalize(), name.upper())])  # "it may 5 times"
        day, year = _DAY, _YEAR
        yield rule("0", rf"(?<![\w-])({year})-({_MONTH})-({day})(?![\w-])", lambda m: self._date(m[2], m[3], m[1]))
        yield rule(
            "a", rf"(?<!\w)({month})\.?\s+({day})(?:st|nd|rd|th)?(?:,?\s+({year}))?(?![\w:%]|[.,]\d|/|\s?[ap]\.?m\b)",
            lambda m: self._date(self._month(m[1]), m[2], m[3]),
        )  # fmt: skip
        yield rule("0", rf"(?<![\w.,/-])({day})(?:st|nd|rd|th)?\s+(?:of\s+)?({month})\b\.?(?:,?\s+({year})(?!\w))?", self._day_first)
        yield rule("a", rf"(?<!\w)(?!May|MAY)({month})\.(?=\s+[\da-z])", lambda m: WORDS.months[WORDS.month_names[m[1].lower()] - 1])
        yield rule("0", rf"(?<![\w./-])({_MONTH})/(1[3-9]|2\d|3[01])/({year})(?![\w/])", lambda m: self._date(m[1], m[2], m[3]))
        yield rule("0", rf"(?<![\w./-])(1[3-9]|2\d|3[01])/({_MONTH})/({year})(?![\w/])", lambda m: self._date(m[2], m[1], m[3]))
        yield rule("0", rf"(?<![\w./-])({_DAY})\.({_MONTH})\.({year})(?![\w/]|[.,]\d)", lambda m: self._date(m[2], m[1], m[3]))
        yield rule(
            "0",
            rf"(?<![\w./-])({_DAY})/({_DAY})/({year})(?![\w/])",
            lambda m: f"{self._card(m[1])} slash {self._card(m[2])} slash {self.year(m[3])}",
        )

    def times(self) -> Iterator[Rule]:
        """Yield rules for times of day, durations, verses and scores."""
        first, second = _HALF.format("half"), _HALF.format("half2")
        clock = r"(?P<h{0}>[01]?\d|2[0-4])(?:[:.](?P<m{0}>[0-5]\d))?"
        start, end = clock.format("1"), clock.format("2")
        dash = r"[ \u00a0]?[-–—][ \u00a0]?"
        yield rule("0", rf"(?<![\w.,:$€£/-]){start}[ \u00a0]?(?:{first})?{dash}{end}[ \u00a0]?{second}", self._clock_range)
        yield rule("0", rf"(?<![\w.,:$€£/-]){start}[ \u00a0]?{first}", self._clock_half)
        days = one_of([day.rstrip(".") for day in WORDS.days])
        yield rule("a", rf"(?<!\w)({days})\.?{dash}({days})(?!\w)", lambda m: f"{WORDS.days[m[1] + '.']} to {WORDS.days[m[2] + '.']}")
        yield rule("a", r"(?<!\w)([ap])m\b(?!\.?\w| I\b)", self._spelled_half)
        yield rule("0", r"(?<![\w.,])([01]\d|2[0-3])([0-5]\d)(?=[ \u00a0](?:hours|hrs|h)\b)", self._military)
        yield rule("0", r"(?<![\w.,:])(\d{1,3}):(\d{1,3})(?:[-–](?:(\d{1,3}):)?(\d{1,3}))?(?![\w:])", self._verse)
        yield rule("0", rf"(?<![\w.,:])([01]?\d|2[0-4]):([0-5]\d){dash}([01]?\d|2[0-4]):([0-5]\d)(?![\w:])", self._hours)
        yield rule("0", r"(?<![\w.,:])([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?(?![\w:])", lambda m: self._time(m[1], m[2], m[3], after(m)))
        yield rule("0", r"(?<![\w.,:])(\d{1,4}):(\d{1,4})(?![\w:])", lambda m: f"{self._number(m[1])} to {self._number(m[2])}")
        yield rule(
            "0", r"(?<![\w.,:])(\d{1,2})[ \u00a0]?(?:h|hr|hrs)\.?[ \u00a0]?(\d{1,2})[ \u00a0]?(?:m"
                r"|mins?)?\b(?:[ \u00a0]?(\d{1,2})s(?:ecs?)?\b)?",
            lambda m: self._length(m[1], m[2], m[3]),
        )  # fmt: skip
        yield rule("0", r"(?<![\w.,:])(\d{1,2})m[ \u00a0]?(\d{1,2})s\b", lambda m: self._length(None, m[1], m[2]))

    def numbers(self) -> Iterator[Rule]:
        """Yield rules for feet and inches, ordinals, decades, fractions and powers of ten."""
        yield rule(
            "0", rf"(?<![\w.,])(\d){_FEET}[ \u00a0]?(\d{{1,2}}){_INCHES}", lambda m: f"{self._number(m[1])} foot {self._number(m[2])}"
        )
        yield rule("0", rf"(?<![\w.,])(\d{{1,3}})(?:(?P<feet>{_FEET})|{_INCHES})(?!\w)", self._feet)
        yield rule(
            "0", r"(?<![\w.,])(\d{1,4})(?:st|nd|rd|th)[-–](\d{1,4})(?:st|nd|rd|th)\b",
            lambda m: f"{self._numbers.ordinal(int(m[1]))} to {self._numbers.ordinal(int(m[2]))}",
        )  # fmt: skip
        yield rule("0", r"(?<![\w.,])(\d{1,3}(?:,\d{3}){1,5}|\d{1,9})(?:st|nd|rd|th|ST|ND|RD|TH)(?!\w)", self._ordinal)
        yield rule("0", r"(?<![\w.,])(1\d|20)(\d)0[’']?s\b", lambda m: self._decade_of(m[1], m[2]))
        yield rule("’'0", r"(?<!\w)[’']([2-9])0s\b|(?<=\bthe )([2-9])0s\b", lambda m: self._decade(m[1] or m[2]))
        yield rule("0", r"(?<!\w)24/7\b", lambda _: "twenty-four seven")
        yield rule("0", r"(?<![\w/])9/11(?![\w/])", lambda _: "nine eleven")
        yield season_rule(self.year, self._number, " to ")
        yield rule("0", r"(?<![\w.,/])(?:(\d{1,3})[\s-])?(\d{1,2})/(\d{1,2})(?![\w/]|[.,]\d)", self._fraction)
        signs = "".join(_FRACTIONS)
        yield rule(signs + "0", rf"(\d{{1,9}})?[ \u00a0]?([{signs}])", lambda m: f" {self._parts(m[1], *_FRACTIONS[m[2]])} ")
        yield rule("0", r"(?<![\w.,])(\d{1,9}(?:\.\d{1,9})?)[eE]([-+]?\d{1,3})(?!\w)", self._scientific)
        yield rule("0", rf"(?<![\w.,])(\d+(?:\.\d+)?)([kKmMB])(?=[ \u00a0](?:{_PEOPLE}\b|[a-z]{{3,20}}s\b))", self._crowd)
        yield rule("0", r"(?<![\w.,])(\d+(?:\.\d+)?)[kK](?=[ \u00a0](?:run|race|walk)\b)", lambda m: f"{self._quantities.amount(m[1])} k")
        yield rule("0", r"(?<![\w.,])(4|5|7|10|14|21|43)(20|40|60|76|80)([pi])\b", self._lines_of_a_picture)
        yield rule("0", r"(?<![\w.,])(\d{1,3})p\b(?!\.)", lambda m: self._quantities.counted(m[1], "one penny", "pence"))
        yield rule("-", r"(?<=[\w)])-(an?|per)-(day|night|week|month|year|hour|head|person|minute|piece)\b", lambda m: f" {m[1]} {m[2]}")
        yield rule("-", r"(?<=\b[A-F])-(?![\w-])", lambda _: f" {WORDS.minus} ")
        yield rule("0", r"(?<=\b[Cc]hapter )0+(?=\d{1,3}\b)|(?<=\bCHAPTER )0+(?=\d{1,3}\b)", lambda _: "")

    def years(self) -> Iterator[Rule]:
        """Yield rules for years, which apply after those for measurements."""
        year = rf"(?<![\w.,$€£-])({_ANY_YEAR})"
        yield rule("0", rf"{year}\s?[-–—]\s?({_ANY_YEAR})(?![\w-]|[.,]\d)", lambda m: f"{self.year(m[1])} to {self.year(m[2])}")
        yield rule("0", rf"{year}\s?[-–]\s?(\d\d)(?![\w-]|[.,]\d)", lambda m: f"{self.year(m[1])} to {self._number(m[2])}")
        yield rule("0", rf"{year}(?![\w-]|[.,]\d)", self._year)
        yield rule("0", rf"(?<=[dye]-)({_ANY_YEAR})(?![\w-])", lambda m: self.year(m[1]))
        yield from roman_rules(WORDS, self._roman)

    def year(self, digits: str) -> str:
        """Read a year: ``nineteen ninety-nine``."""
        century, rest = divmod(int(digits), 100)
        if century in (10, 20) and rest < 10:
            return self._numbers.cardinal(int(digits))
        if rest == 0:
            return f"{self._numbers.cardinal(century)} hundred"
        return f"{self._numbers.cardinal(century)} {'oh ' if rest < 10 else ''}{self._numbers.cardinal(rest)}"

    def _number(self, digits: str) -> str:
        return self._quantities.integer(digits)

    def _card(self, digits: str) -> str:
        return self._numbers.cardinal(int(digits))

    def _month(self, name: str) -> str:
        return str(WORDS.month_names[name.lower()])

    def _date(self, month: str, day: str, year: str | None) -> str:
        date = f"{WORDS.months[int(month) - 1]} {self._numbers.ordinal(int(day))}"
        return f"{date}, {self.year(year)}" if year else date

    def _day_first(self, match: re.Match[str]) -> str:
        month = WORDS.months[WORDS.month_names[match[2].lower()] - 1]
        article = "" if before(match).lower().endswith("the ") else "the "
        date = f"{article}{self._numbers.ordinal(int(match[1]))} of {month}"
        return f"{date}, {self.year(match[3])}" if match[3] else date

    def _year(self, match: re.Match[str]) -> str | None:
        written, following = before(match), after(match)
        if not _ONLY_YEAR.search(written) and _PLURAL.match(following) and not re.search(r"\bthe $", written):
            return None
        if match[1].startswith("10") and not _IN_YEAR.search(written):
            return None
        return self.year(match[1])

    def _clock(self, hour: str, minute: str | None, half: str | None) -> str:
        words = self._card(hour)
        if minute and minute != "00":
            words += f" {'oh ' if minute[0] == '0' else ''}{self._card(minute)}"
        return f"{words} {half.upper()} M" if half else words

    def _clock_half(self, match: re.Match[str]) -> str | None:
        if int(match["h1"]) > 12 and not match["m1"]:
            return None
        return self._clock(match["h1"], match["m1"], match["half"]) + self._closing(match)

    def _clock_range(self, match: re.Match[str]) -> str:
        start = self._clock(match["h1"], match["m1"], match["half"])
        return f"{start} to {self._clock(match['h2'], match['m2'], match['half2'])}{self._closing(match)}"

    @staticmethod
    def _spelled_half(match: re.Match[str]) -> str | None:
        word = words_before(match)[0].lower().rpartition("-")[2]
        return f"{match[1].upper()} M" if word in _HOUR_WORDS or match[1] == "p" else None

    def _closing(self, match: re.Match[str]) -> str:
        following = after(match)
        ends = match[0].endswith(".") and (
            not following.strip(" )”\"’'") or (re.match(r"\s+[“\"‘(]?[A-Z]", following) and not _ZONE.match(following))
        )
        return "." if ends else ""

    def _time(self, hour: str, minute: str, second: str | None, following: str) -> str:
        if minute == "00" and not second:
            if int(hour) in (0, 24) and len(hour) == 2:
                return "midnight"
            has_word = re.match(r"[ \u00a0]?(?:o’clock|o'clock|hours)", following)
            words = self._card(hour)
            return words if has_word and int(hour) <= 12 else f"{words} o'clock" if 0 < int(hour) <= 12 else f"{words} hundred"
        words = self._clock(hour, minute, None) + (" oh oh" if minute == "00" else "")
        return f"{words} and {self._quantities.counted(str(int(second)), 'one second', 'seconds')}" if second else words

    def _hours(self, match: re.Match[str]) -> str:
        return f"{self._time(match[1], match[2], None, '')} to {self._time(match[3], match[4], None, '')}"

    def _military(self, match: re.Match[str]) -> str:
        hour = (
            f"oh {self._card(match[1])}"
            if match[1][0] == "0" and match[1] != "00"
            else "zero zero"
            if match[1] == "00"
            else self._card(match[1])
        )
        minute = "hundred" if match[2] == "00" else f"oh {self._card(match[2])}" if match[2][0] == "0" else self._card(match[2])
        return f"{hour} {minute}"

    def _verse(self, match: re.Match[str]) -> str | None:
        if not _VERSE_BEFORE.search(before(match)):
            return None
        chapter, verse = self._card(match[1]), self._card(match[2])
        if match[3]:
            return f"{chapter} {verse} to {self._card(match[3])} {self._card(match[4])}"
        return f"{chapter}, {verse} to {self._card(match[4])}" if match[4] else f"{chapter} {verse}"

    def _length(self, hours: str | None, minutes: str | None, seconds: str | None) -> str:
        parts = ((hours, "hour"), (minutes, "minute"), (seconds, "second"))
        return " ".join(self._quantities.counted(str(int(n)), f"one {name}", f"{name}s") for n, name in parts if n is not None)

    def _feet(self, match: re.Match[str]) -> str | None:
        mark = match[0][-1]
        written = match.string[max(0, match.start() - 300) : match.start()]
        openings = {"”": "“", "’": "‘"}.get(mark)
        is_quoted = len(re.findall(r'(?<!\d)"', written)) % 2 == 1 if mark == '"' else (
            openings is not None and written.count(openings) > written.count(mark)) or (
            mark == "'" and re.search(r"(?<!\w)'(?=\w)[^']{0,200}$", written) is not None)  # fmt: skip
        if is_quoted:
            return None
        one, many = ("foot", "feet") if match["feet"] else ("inch", "inches")
        describes = re.search(r"\b[Aa]n? $|\bthe $", written) and re.match(r"[ \u00a0][a-z]{3}", after(match))
        return f"{self._card(match[1])} {one if match[1] == '1' or describes else many}"

    def _ordinal(self, match: re.Match[str]) -> str:
        return self._numbers.ordinal(int(match[1].replace(",", "")))

    def _decade_of(self, century: str, digit: str) -> str:
        return "two thousands" if century + digit == "200" else f"{self._card(century)} {self._decade(digit)}"

    def _decade(self, digit: str) -> str:
        name = self._numbers.cardinal(int(digit) * 10) if int(digit) > 1 else "ten" if digit == "1" else "hundred"
        return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"

    def _crowd(self, match: re.Match[str]) -> str:
        return self._quantities.counted(match[1], *WORDS.scales[match[2]])

    def _lines_of_a_picture(self, match: re.Match[str]) -> str | None:
        if match[1] + match[2] not in _PICTURE_LINES:
            return None
        return f"{self._card(match[1])} {self._card(match[2])} {match[3]}"

    def _fraction(self, match: re.Match[str]) -> str:
        whole, upper, lower = match[1], int(match[2]), int(match[3])
        if lower not in _PARTS or not 0 < upper < lower:
            joint = f"{self._number(match[2])} slash {self._number(match[3])}"
            return f"{self._number(whole)} {joint}" if whole else joint
        return self._parts(whole, upper, lower)

    def _parts(self, whole: str | None, upper: int, lower: int) -> str:
        part = {2: "half", 4: "quarter"}.get(lower) or self._numbers.ordinal(lower)
        if whole:
            start = f"{self._number(whole)} and "
            return start + (f"a {part}" if upper == 1 else f"{self._numbers.cardinal(upper)} {part}s")
        return f"{self._numbers.cardinal(upper)} {part}" + ("" if upper == 1 else "s")

    def _scientific(self, match: re.Match[str]) -> str:
        minus = "minus " if match[2].startswith("-") else ""
        return f"{self._quantities.amount(match[1])} times ten to the power of {minus}{self._numbers.cardinal(int(match[2].lstrip('+-')))}"

    def _roman(self, _: re.Match[str], found: Roman) -> str:
        if found.kind is NumeralKind.CENTURY:
            return self._numbers.ordinal(found.value)
        if found.kind is NumeralKind.RULER:
            return f"the {self._numbers.ordinal(found.value).capitalize()}"
        return self._numbers.cardinal(found.value)
