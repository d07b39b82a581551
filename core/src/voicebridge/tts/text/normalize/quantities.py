"""Rules for amounts: money, measurements, ranges, powers and all other numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from voicebridge.patterns import pattern
from voicebridge.tts.text.normalize.numbers import Numbers
from voicebridge.tts.text.normalize.scan import Rule, after, before, rule
from voicebridge.tts.text.normalize.words import Words, one_of

_LONGEST_INTEGER = 6
"""Maximum digits of a number without group separators: longer ones are read digit by digit, like telephone and account numbers."""
_LONGEST_WHOLE = 18
"""Maximum digits of a number that is read as one."""
_B = r"[ \u00a0\u202f\u2009]"
"""A space within a line."""
_OPERAND = pattern(r"(?:[\d)\]%°]|(?<![^\W\d_])[^\W\d_]|[A-Z_]{2,9}|\w+_\w+)[ \u00a0]?$")
"""The left operand of a comparison: a number or a variable."""
_DASH = rf"{_B}?[-–—]{_B}?"


def season_rule(year: Callable[[str], str], number: Callable[[str], str], joint: str) -> Rule:
    """Create a rule for ``1998/99`` and ``1999/2000``: a year and the following one, joined by ``joint``."""

    def season(match: re.Match[str]) -> str | None:
        first, second, following = match[1], match[2], int(match[1]) + 1
        if int(second) not in (following, following % 100):
            return None
        is_whole = len(second) == 4 or second == "00"
        return f"{year(first)}{joint}{year(str(following)) if is_whole else number(second)}"

    return rule("0", r"(?<![\w.,/])(1[5-9]\d\d|20\d\d)/(\d\d(?:\d\d)?)(?![\w/]|[.,]\d)", season)


class Quantities:
    """Numbers in the words of a language."""

    def __init__(self, words: Words, numbers: Numbers) -> None:
        self.words, self.numbers = words, numbers
        group, point = (",", r"\.") if words.mark == "." else (r"\.", ",")
        self.grouped = rf"\d{{1,3}}(?:[{group}\u00a0\u202f\u2009'’]\d{{3}}){{1,9}}(?!\d)"
        self.number = rf"(?:{self.grouped}|\d+)(?:{point}\d+)?"
        """A pattern for an amount, with any thousands separator."""
        self._units = {_plain(unit): names for unit, names in words.units.items()}

    # Reading numbers.

    def amount(self, text: str) -> str:
        """Read an amount that was matched by :attr:`number`."""
        whole, point, part = text.partition(self.words.mark)
        digits = re.sub(r"\D", "", whole)
        if not point:
            return self.integer(digits, is_grouped=digits != whole)
        if not digits:
            return f"{self.words.point} {self.numbers.digits(part)}"
        whole = self.numbers.cardinal(int(digits)) if len(digits) < _LONGEST_WHOLE else self.numbers.digits(digits)
        return f"{whole} {self.words.point} {self.numbers.digits(part)}"

    def integer(self, digits: str, *, is_grouped: bool = False) -> str:
        """Read an integer; digit by digit if it has leading zeros or many digits."""
        is_code = (len(digits) > 1 and digits[0] == "0") or (
            len(digits) > _LONGEST_INTEGER and not is_grouped and not digits.endswith("000")
        )
        return self.numbers.digits(digits) if is_code or len(digits) > _LONGEST_WHOLE else self.numbers.cardinal(int(digits))

    def counted(self, amount: str, one: str, many: str) -> str:
        """Read an amount with its unit."""
        return one if amount == "1" else f"{self.amount(amount)} {many}"

    # Rules, in order of precedence.

    def rules(self) -> Iterator[Rule]:
        """Yield rules for money, measurements and arithmetic."""
        words = self.words
        n = rf"(?:{self.number}|{re.escape(words.mark)}\d+)"
        yield self._angle_rule()
        any_scale, sign = one_of(words.scales), one_of(words.money)
        long_scale = one_of([each for each in words.scales if len(each) > 1])
        scale = rf"(?:{_B}?(?P<{{0}}>{any_scale})(?!\w)|-(?P<{{0}}_>{long_scale})(?!\w))?"
        high = rf"(?:{_DASH}(?:(?:{sign}){_B}?)?(?P<high>{n}){scale.format('high_scale')})?"
        yield rule(
            "a*", rf"(?<![\w$])(?P<sign>{sign}){_B}?(?P<minus>[-−])?(?P<low>{n}){scale.format('low_scale')}{high}(?![\d^])", self._money
        )
        yield rule("0", rf"(?<![\w.,])(?P<low>{n}){scale.format('low_scale')}{high}{_B}?(?P<sign>{sign})(?![\w$])", self._money)
        yield rule("0", rf"(?<![\w.,])(?P<low>{self.number})(?:{_B}?[-−]{_B}?{self.number}){{1,9}}(?={_B}?=)", self._difference)
        unit, dotted = one_of(self._units), one_of([each for each in self._units if each.isalpha()])
        yield rule(
            "0",
            rf"(?<![\w.,])(?P<low>{self.number})(?:(?:{_B}?(?P<low_unit>%|°[CF]?"
            rf"|{unit}))?{_DASH}(?P<high>{self.number}))?(?P<joint>-|{_B}?)"
            rf"(?:(?P<short>{dotted})\.(?=,|{_B}+[a-zà-ÿ\d(])|(?P<unit>{unit})(?![\w^]))",
            self._measure,
        )
        yield rule("0", rf"(?<![\w.,])(?P<low>{self.number})(?:{_B}|(?=[^\W\d_]{{2}}))(?P<scale>{long_scale})(?!\w)", self._scaled)

    def plain(self) -> Iterator[Rule]:
        """Yield rules for ranges, signs before numbers, and any remaining digits."""
        words, n = self.words, self.number
        yield rule("0", rf"(?<![\w.,])({n}){_DASH}({n})(?![\w-])", lambda m: f"{self.amount(m[1])} {words.to} {self.amount(m[2])}")
        yield rule("0", n, lambda m: self.amount(m[0]))
        yield rule(words.mark, rf"(?<![\w.])\{words.mark}(\d+)", lambda m: self.amount(m[0]))
        yield rule("-−–", r"[-−–](?=\d)", self._minus_after_letter)
        yield rule("-−", r"(?<![\w.)\]%°-])[-−](?=[\d.,$€£¥])", lambda _: f"{words.minus} ")
        yield rule("-", rf"(?<=[\d)][ \u00a0])-(?={_B}[-−]\d)", lambda _: words.minus)
        yield rule("~", r"(?<!\w)~[ \u00a0]?(?=\d)", lambda _: f"{words.signs['≈']} ")
        yield rule("−", "−", lambda _: f" {words.minus} ")
        yield rule("^", r"\^(\()?([-−+]?)(\d+)(?(1)\))", self._power)
        yield rule("<>≤≥", r"[<>]=?|[≤≥]", self._compared)

    def _angle_rule(self) -> Rule:
        """Degrees with minutes, seconds or a direction: geographic coordinates. Elsewhere ``30'`` is a length."""
        wind = rf"{_B}?(?P<wind>{one_of(self.words.winds)})(?!\w)"
        seconds = rf"(?:{_B}?(?P<seconds>{self.number}){_B}?(?:[\"”″]|''|′′))?"
        minutes = rf"{_B}?(?P<minutes>{self.number}){_B}?['’′](?!['′]){seconds}(?:{wind})?"
        return rule("0", rf"(?<![\w.,])(?P<degrees>{self.number}){_B}?°(?:{minutes}|{wind.replace('<wind>', '<only>')})", self._angle)

    # What the rules produce.

    def _angle(self, match: re.Match[str]) -> str:
        units = self.words.units
        parts = [self.counted(match["degrees"], *units["°"])]
        parts += [self.counted(match[name], *units[unit]) for name, unit in (("minutes", "min"), ("seconds", "s")) if match[name]]
        wind = match["wind"] or match["only"]
        return " ".join([*parts, self.words.winds[wind]] if wind else parts)

    def _money(self, match: re.Match[str]) -> str | None:
        found = match.groupdict()
        money, low, high = self.words.money[match["sign"]], match["low"], match["high"]
        low_scale = found["low_scale"] or found["low_scale_"]
        scale = (found["high_scale"] or found["high_scale_"]) if high else low_scale
        minus = f"{self.words.minus} " if found.get("minus") else ""
        low_words = ""
        if high:
            low_words = f"{self._with_scale(low, low_scale)} {self.words.to} "
        amount = high or low
        many = money.many
        is_adjective = self._is_adjective(match)
        if is_adjective:
            many = money.one.partition(" ")[2]
        if scale:
            return f"{minus}{low_words}{self._with_scale(amount, scale)} {many}"
        whole, _, part = amount.partition(self.words.mark)
        if is_adjective and not part:
            return f"{minus}{low_words}{self.amount(amount)} {many}"
        if len(part) != 2 or not money.many_parts:
            return f"{minus}{low_words}{self.counted(amount, money.one, money.many)}"
        parts = money.one_part if part == "01" else f"{self.numbers.cardinal(int(part))} {money.many_parts}"
        if not int(re.sub(r"\D", "", whole) or "0") and not low_words:
            return minus + parts
        wholes = self.counted(whole, money.one, money.many)
        return f"{minus}{low_words}{wholes}" + ("" if part == "00" else f" {self.words.and_} {parts}")

    def _with_scale(self, amount: str, scale: str | None) -> str:
        return self.counted(amount, *self.words.scales[scale]) if scale else self.amount(amount)

    def _is_adjective(self, match: re.Match[str]) -> bool:
        adjectives = self.words.adjectives
        return adjectives is not None and re.match(r"[ \u00a0][a-z]{2}", after(match)) is not None and adjectives.search(
            before(match) + "\0" + after(match)) is not None  # fmt: skip

    def _difference(self, match: re.Match[str]) -> str:
        parts = re.findall(rf"{self.number}", match[0])
        return f" {self.words.minus} ".join(map(self.amount, parts))

    def _measure(self, match: re.Match[str]) -> str | None:
        unit, high = match["unit"] or match["short"], match["high"]
        if match["low_unit"] and match["low_unit"] != unit:
            return None
        one, many = self._units[unit]
        low = f"{self.amount(match['low'])} {self.words.to} " if high else ""
        amount = high or match["low"]
        if match["joint"] == "-" and " " in one:  # a five-kilometer run
            return f"{low}{self.amount(amount)} {one.partition(' ')[2]}"
        return low + self.counted(amount, one, many)

    def _scaled(self, match: re.Match[str]) -> str:
        return self.counted(match["low"], *self.words.scales[match["scale"]])

    def _minus_after_letter(self, match: re.Match[str]) -> str | None:
        written = before(match)
        if re.search(r"(?:(?<!\w)[a-zT]|\b(?:UTC|GMT))$", written):
            return f"{self.words.minus} "
        return " " if written[-1:].isalpha() else None

    def _power(self, match: re.Match[str]) -> str:
        signs, number = self.words.signs, match[3]
        if not match[2] and number in ("2", "3"):
            return f" {signs['²' if number == '2' else '³']} "
        sign = f"{self.words.minus} " if match[2] in "-−" and match[2] else ""
        return f" {signs['^']} {sign}{self.integer(number)} "

    def _compared(self, match: re.Match[str]) -> str | None:
        written, following = before(match), after(match)
        is_spaced_before, is_spaced_after = written[-1:] in " \u00a0", following[:1] in " \u00a0"
        has_left = _OPERAND.search(written) is not None
        if not re.match(rf"{_B}?[\w.$€£¥(-]", following):
            return None
        if has_left and is_spaced_before == is_spaced_after:
            return f" {self.words.signs[match[0]]} "
        if re.match(rf"{_B}?[-−]?[\d.$€£¥]", following):
            return f"{self.words.compared[match[0]]} "
        return None


def _plain(unit: str) -> str:
    return unit.replace("²", "^2").replace("³", "^3").replace("μ", "µ")
