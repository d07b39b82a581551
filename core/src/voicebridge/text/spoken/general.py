"""Rules that all languages share: addresses, amounts, units, numbers of every kind, and signs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

from voicebridge.text.spoken.numbers import Numbers
from voicebridge.text.spoken.words import Rule, Say, Words, one_of

_LONGEST_INTEGER = 6
"""Digits without marks between them: more are read one by one, as those of a telephone number or an account are."""
_DOMAINS = (
    "com|org|net|edu|gov|io|dev|app|ai|info|eu|de|at|ch|uk|fr|us|co|me|tv|nl|it|es|pl|ru|jp|cn|in|au|ca|br|se|no|fi|dk|be|ie|museum|xyz"
)
_ENDINGS = (
    "py|pyi|js|ts|tsx|jsx|md|txt|pdf|docx?|xlsx?|pptx?|html?|css|json|toml|ya?ml|csv|tsv|xml|wav|flac|ogg|opus|png|jpe?g|gif|svg|webp|exe|dll"
    "|zip|tar|gz|sh|bat|cpp|hpp|rs|go|java|rb|php|log|cfg|ini|conf|epub|sql|db|lock|env|tex|bib|app|apk|deb|rpm|iso|bin|dat|bak|tmp"
)
ROMAN = r"(?=[IVXLC])(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))


class General:
    """The rules, in the words of one language."""

    def __init__(self, words: Words, numbers: Numbers) -> None:
        self.words, self.numbers = words, numbers
        group, point = (",", r"\.") if words.mark == "." else (r"\.", ",")
        self._grouped = rf"\d{{1,3}}(?:[{group}\u00a0\u202f\u2009'’]\d{{3}})+(?!\d)"
        self.number = rf"(?:{self._grouped}|\d+)(?:{point}\d+)?"
        """A pattern for an amount, with whatever marks its thousands."""

    # Saying numbers.

    def amount(self, text: str) -> str:
        """An amount as the pattern :attr:`number` finds it."""
        whole, point, part = text.partition(self.words.mark)
        digits = re.sub(r"\D", "", whole)
        if not point:
            return self.integer(digits, is_grouped=digits != whole)
        return f"{self.numbers.cardinal(int(digits or '0'))} {self.words.point} {self.numbers.digits(part)}"

    def integer(self, digits: str, *, is_grouped: bool = False) -> str:
        """A whole number; one with zeros before it, or of many digits, digit by digit."""
        is_code = (len(digits) > 1 and digits[0] == "0") or (
            len(digits) > _LONGEST_INTEGER and not is_grouped and not digits.endswith("000")
        )
        return self.numbers.digits(digits) if is_code else self.numbers.cardinal(int(digits))

    def counted(self, amount: str, one: str, many: str) -> str:
        """So many of something."""
        return one if amount == "1" else f"{self.amount(amount)} {many}"

    @staticmethod
    def roman(text: str) -> int:
        """The value of a Roman number below 400."""
        values = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}[letter] for letter in text]
        return sum(value if value >= after else -value for value, after in zip(values, [*values[1:], 0], strict=True))

    # Rules, in the order in which they are tried.

    def addresses(self) -> Iterator[Rule]:
        """Web and e-mail addresses, names of files, tags."""
        yield self._rule(r"(?:https?|ftp)://[^\s<>\"'“”«»]+|\bwww\.[^\s<>\"'“”«»]+", self._say_url, "/.")
        yield self._rule(
            r"(?:mailto:)?\b[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+", lambda m: self._spelled(m[0].removeprefix("mailto:")), "@"
        )
        yield self._rule(rf"\b(?:[a-z\d-]{{1,63}}\.){{1,5}}(?:{_DOMAINS})\b(?:/[^\s<>\"'“”«»]*)?(?![\w@])", self._say_url, ".")
        yield self._rule(r"(?<![\w&])\#(?=[^\W\d_])", lambda _: f"{self.words.hashtag} ", "#")
        yield self._rule(r"(?<![\w&])\#(?=\d)", lambda _: f"{self.words.number} ", "#")
        yield self._rule(rf"(?<=[\w)])\.(?=(?:{_ENDINGS}|mp[34]|m4[abv])\b)", lambda _: f" {self.words.web['.']} ", ".")
        yield self._rule(r"(?<=\b[a-z]\w)(\w*)\.(?=[a-z_]\w)", lambda m: f"{m[1]} {self.words.web['.']} ", ".")
        yield self._rule(r"(?<![\S])(\.{1,2})(?=[/A-Za-z_])", lambda m: " ".join([self.words.web["."]] * len(m[1])) + " ", ".")

    def amounts(self) -> Iterator[Rule]:
        """Money and things that are measured."""
        number, words = self.number, self.words
        yield self._rule(r"(?<!\w)[~≈]\s?(?=\d)", lambda _: f"{self.words.signs['≈']} ", "~≈")
        scale = rf"(?:[\u00a0\s]?(?P<scale>{one_of(words.scales)})(?!\w))?"
        signs = one_of(words.money)
        yield self._rule(
            rf"(?P<minus>(?<![\w.])[-−])?(?<!\w)(?P<sign>{signs})\s?(?P<low>{number})(?:\s?[-–—]\s?(?:{signs})?\s?(?P<high>{number}))?{scale}",
            self._say_money,
            "0",
        )
        yield self._rule(
            rf"(?P<minus>(?<![\w.])[-−])?(?<![\w.,])(?P<low>{number})(?:\s?[-–—]\s?(?P<high>{number}))?{scale}\s?(?P<sign>{signs})(?!\w)",
            self._say_money,
            "0",
        )
        yield self._rule(
            rf"(?P<minus>(?<![\w.])[-−])?(?<![\w.,])(?P<low>{number})(?:\s?[-–—]\s?(?P<high>{number}))?(?P<joint>[-\s]?)"
            rf"(?P<unit>{one_of(words.units)})(?![\w²³])",
            self._say_measure,
            "0",
        )
        long_scales = one_of([each for each in words.scales if len(each) > 1 or each == "k"])
        yield self._rule(
            rf"(?<![\w.,])(?P<low>{number})[\u00a0\s]?(?P<scale>{long_scales})(?!\w)",
            lambda m: self.counted(m["low"], *words.scales[m["scale"]]),
            "0",
        )

    def codes(self) -> Iterator[Rule]:
        """Numbers that are read in parts: of telephones, versions, books; and words with digits in them."""
        yield self._rule(r"(?<![\w.])\+\d[\d\s()/.-]{5,20}\d(?![\w-])", self._say_groups, "0")
        yield self._rule(r"(?<![\w.])\(\d{2,5}\)\s?\d{2,5}(?:[\s-]\d{2,5}){0,3}(?![\w-])", self._say_groups, "0")
        yield self._rule(r"(?<![\w.-])\d{1,5}(?:-\d{1,7}){2,5}(?![\w-])", self._say_groups, "0")
        yield self._rule(rf"(?<![\w.,])(?!{self._grouped}(?!\.\d))[vV]?\d+(?:\.\d+){{2,8}}(?!\w)", self._say_version, "0")
        yield self._rule(r"(?<![Vv]ersion )\b[vV](?=\d+(?:\.\d+)?\b)", lambda _: "version ", "0")
        yield self._rule(r"(?<![\w])0x(?=[\da-fA-F]+\b)", lambda _: f"{self.numbers.cardinal(0)} x ", "0")

    def plain_numbers(self) -> Iterator[Rule]:
        """Ranges, negative numbers, and whatever digits are left."""
        number = self.number
        yield self._rule(
            rf"(?<![\w.,])({number})\s?[-–—]\s?({number})(?![\w-])",
            lambda m: f"{self.amount(m[1])} {self.words.to} {self.amount(m[2])}",
            "0",
        )
        yield self._rule(rf"(?<![\w.)\]])[-−]\s?({number})", lambda m: f"{self.words.minus} {self.amount(m[1])}", "0")
        yield self._rule(
            rf"(?<![\w.])\{self.words.mark}(\d+)", lambda m: f"{self.words.point} {self.numbers.digits(m[1])}", self.words.mark
        )
        yield self._rule(rf"((?<=[^\W\d_])-?)?({number})(?=([^\W\d_]?))", self._say_amid_letters, "0")

    def signs(self) -> Iterator[Rule]:
        """Signs that have a name; those that only arrange text are left out."""
        words = self.words
        yield self._rule(r"(?<!\S)--?(?=[A-Za-z])", lambda m: f"{words.web['-']} " * len(m[0]), "-")
        yield self._rule(r"(?<=[\w)])\s*\*+\s*(?=[\w(])", self._say_star, "*")
        yield self._rule(r"(?<=[\w)])\s?\^\s?(?=[\w(-])", lambda _: f" {words.signs['^']} ", "^")
        yield self._rule(r"(?<=[\s\w)])([<>])(?=\s)", lambda m: f" {words.signs[m[1]]} ", "<>")
        named = {sign: text for sign, text in words.signs.items() if sign not in "^<>*"}
        yield self._rule(one_of(named), lambda m: f" {named[m[0]]} ", "".join({sign[0] for sign in named}))
        yield self._rule(r"(?<=\w)/(?=\w)|(?<=\s)/(?=\s)|/(?=\w)", lambda _: f" {words.slash} ", "/")
        yield self._rule(r"[_`|{}\[\]<>*~^\\/\#=]+", lambda _: " ", "_`|{}[]<>*~^\\/#=")

    def abbreviations(self) -> Iterator[Rule]:
        """Words that are written short, and Roman numbers after words such as "Chapter"."""
        words = self.words
        yield self._rule(
            rf"\b({one_of(words.numbered)})\s+({ROMAN})(?!\w)", lambda m: f"{m[1]} {self.numbers.cardinal(self.roman(m[2]))}", "IVXLC"
        )
        yield self._rule(rf"(?<![\w.])({one_of(words.before_numbers)})\s?(?=\d)", lambda m: f"{words.before_numbers[m[1]]} ", ".")
        yield self._rule(rf"(?<![\w.])({one_of(words.titles)})(?=\s+\w)", lambda m: words.titles[m[1]], ".")
        yield self._rule(rf"(?<![\w.])({one_of(words.abbreviations)})(?!\w)", self._say_abbreviation)

    # What is said.

    def _rule(self, pattern: str, say: Say, needs: str = "") -> Rule:
        return Rule(re.compile(pattern), say, needs)

    def _say_url(self, match: re.Match[str]) -> str:
        found = match[0]
        address = found.rstrip(".,;:!?)]}…")
        text = re.sub(r"^(?:https?|ftp)://", "", address).removeprefix("www.").removesuffix("/")
        text = re.split(r"[?#]", text, maxsplit=1)[0]  # what follows is for machines
        return self._spelled(unquote(text)) + found[len(address) :]

    def _spelled(self, address: str) -> str:
        return " ".join(self.words.web.get(part, part) for part in re.findall(r"[^\W_]+|[^\w\s]|_", address))

    def _say_money(self, match: re.Match[str]) -> str:
        money, scale, low, high = self.words.money[match["sign"]], match["scale"], match["low"], match["high"]
        minus = f"{self.words.minus} " if match["minus"] else ""
        low_words = f"{self.amount(low)} {self.words.to} " if high else ""
        amount = high or low
        if scale:
            return f"{minus}{low_words}{self.counted(amount, *self.words.scales[scale])} {money.many}"
        whole, _, part = amount.partition(self.words.mark)
        if len(part) != 2 or not money.many_parts:
            return f"{minus}{low_words}{self.counted(amount, money.one, money.many)}"
        parts = money.one_part if part == "01" else f"{self.numbers.cardinal(int(part))} {money.many_parts}"
        is_nothing = not int(re.sub(r"\D", "", whole) or "0")
        if is_nothing and not low_words:
            return minus + parts
        wholes = self.counted(whole, money.one, money.many)
        return f"{minus}{low_words}{wholes}" + ("" if part == "00" else f" {self.words.and_} {parts}")

    def _say_measure(self, match: re.Match[str]) -> str:
        one, many = self.words.units[match["unit"]]
        minus = f"{self.words.minus} " if match["minus"] else ""
        low = f"{self.amount(match['low'])} {self.words.to} " if match["high"] else ""
        amount = match["high"] or match["low"]
        if match["joint"] == "-" and not low and " " in one:  # a five-kilometer run
            return f"{minus}{self.amount(amount)} {one.partition(' ')[2]}"
        return minus + low + self.counted(amount, one, many)

    def _say_groups(self, match: re.Match[str]) -> str:
        plus = f"{self.words.signs['+']} " if match[0].startswith("+") else ""
        return plus + ", ".join(self.numbers.digits(group) for group in re.findall(r"\d+", match[0]))

    def _say_version(self, match: re.Match[str]) -> str:
        version = "version " if match[0][0] in "vV" and not match.string[: match.start()].lower().endswith("version ") else ""
        point = self.words.point if self.words.mark == "." else self.words.web["."]
        return version + f" {point} ".join(self.integer(part) for part in match[0].lstrip("vV").split("."))

    def _say_amid_letters(self, match: re.Match[str]) -> str:
        return f"{'' if match[1] is None else ' '}{self.amount(match[2])}{' ' if match[3] else ''}"

    def _say_star(self, match: re.Match[str]) -> str:
        before = match.string[match.start() - 1]
        after = match.string[match.end()]
        is_product = match[0].count("*") == 1 and (before.isdigit() or before == ")" or match[0].count(" ") == 2) and after != " "
        return f" {self.words.signs['*']} " if is_product else " "

    def _say_abbreviation(self, match: re.Match[str]) -> str:
        words = self.words.abbreviations[match[1]]
        ends_text = not any(map(str.isalnum, match.string[match.end() :]))
        return words + ("." if match[1].endswith(".") and ends_text else "")


def in_ascii_digits(text: str) -> str:
    """The text with the digits of every script as 0 to 9, raised ones after a ``^``, and numbers in circles and the like as such."""
    if text.isascii():
        return text
    text = re.sub("[⁰¹⁴-⁹]+", lambda m: "^" + "".join(_RAISED[letter] for letter in m[0]), text)
    return "".join(letter if letter.isascii() else _digit(letter) for letter in text)


def _digit(letter: str) -> str:
    if letter in "²³":
        return letter
    if (value := unicodedata.decimal(letter, None)) is not None:
        return str(value)
    if (value := unicodedata.digit(letter, None)) is not None:
        return f" {value} "
    return letter
