"""Rules for text that is read in parts: addresses, file names, telephone and card numbers, versions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from voicebridge.patterns import pattern
from voicebridge.tts.text.normalize.quantities import Quantities
from voicebridge.tts.text.normalize.scan import Rule, before, rule

_DOMAINS = (
    "com|org|net|edu|gov|io|dev|app|ai|info|eu|de|at|ch|uk|fr|us|co|me|tv|nl|it|es|pl|ru|jp|cn|in|au|ca|br|se|no|fi|dk|be|ie|museum|xyz|ly"
)
_ENDINGS = (
    "py|pyi|js|ts|tsx|jsx|md|txt|pdf|docx?|xlsx?|pptx?|html?|css|json|toml|ya?ml|csv|tsv|xml|wav|flac|ogg|opus|png|jpe?g|gif|svg|webp|exe|dll"
    "|zip|tar|gz|sh|bat|cpp|hpp|rs|go|java|rb|php|log|cfg|ini|conf|epub|sql|db|lock|env|tex|bib|app|apk|deb|rpm|iso|bin|dat|bak|tmp"
    "|mp[34]|m4[abv]"
)
_URL_END = r"[^\s<>\"'“”«»]{1,2000}"
_CALLED = pattern(
    r"(?:call|phone|tel|telefon|dial|fax|text|ring|number|mobile|cell|rufnummer|nummer|nr)\W{1,3}(?:\w{1,9}\W{1,2}){0,3}$", re.IGNORECASE
)
_ZIP = pattern(r"(?:\bZIP(?:[ -]?[Cc]ode)?:?|,? [A-Z]{2}|\bPLZ:?)[ \u00a0]$")


class Codes:
    """The rules for codes, with the words of a language."""

    def __init__(self, quantities: Quantities) -> None:
        self._quantities, self.words, self.numbers = quantities, quantities.words, quantities.numbers

    def addresses(self) -> Iterator[Rule]:
        """Yield rules for web and e-mail addresses, file names and tags."""
        dot = self.words.web["."]
        yield rule("a", rf"(?:(?:https?|ftp)://|www\.){_URL_END}", self._say_url)
        yield rule(
            "a0", r"(?<![\w.+@-])(?:mailto:)?[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,9}",
            lambda m: self._spelled(m[0].removeprefix("mailto:")),
        )  # fmt: skip
        yield rule(
            "a0", rf"(?<![\w.@-])(?:[a-z\d-]{{1,63}}\.){{1,5}}(?:{_DOMAINS})\b(?:/[^\s<>\"'“”«»]{{0,2000}})?(?![\w@])", self._say_url
        )
        yield rule("#", r"(?<![\w&])#(?=[^\W\d_])", lambda _: f"{self.words.hashtag} ")
        yield rule("#", r"(?<![\w&])#(?=\d)", lambda _: f"{self.words.number} ")
        yield rule("a", r"(?:[A-G]|[CFJ](?=#))#(?!\w)", lambda m: f"{m[0][0]} {self.words.sharp}")
        yield rule("a", r"(?<!\w)[A-Z]\+\+(?!\w)", lambda m: f"{m[0][0]} {self.words.signs['++']}")
        yield rule(".", rf"(?<=[\w)])\.(?=(?:{_ENDINGS})\b)", lambda _: f" {dot} ")
        yield rule(".", r"(?<=[a-z]\w)\.(?=[a-z_]\w)", lambda _: f" {dot} ")
        yield rule(".", r"(?<=[A-Z][A-Z])\.(?=[A-Z][A-Z])", lambda _: f" {dot} ")
        yield rule(".", r"(?<![^\s/])\.{1,2}(?=[/A-Za-z_])", lambda m: f"{dot} " * len(m[0]))

    def numbers_in_groups(self) -> Iterator[Rule]:
        """Yield rules for the numbers of telephones, cards, accounts, flights and books, and for versions."""
        grouped = self._quantities.grouped
        yield rule("+", r"(?<![\w.])\+\d[\d ()/.\u00a0-]{5,20}\d(?![\w-])", self._say_groups)
        yield rule("(", r"(?<![\w.])\(\d{2,5}\)[ \u00a0]?\d{2,5}(?:[ \u00a0-]\d{2,5}){0,3}(?![\w-])", self._say_groups)
        yield rule("a", r"(?<!\w)[A-Z]{2}\d\d(?:[ \u00a0]?[A-Z\d]{4}){3,7}(?:[ \u00a0]?[A-Z\d]{1,4})?(?!\w)", self._say_account)
        yield rule(
            "a", r"(?<![\w-])(?!AD|BC|CE|FY)([A-Z]{2})(?!19|20|\d\d00)(\d{4})(?![\w-]|[.,]\d)",
            lambda m: f"{m[1]} {self.numbers.digits(m[2])}",
        )  # fmt: skip
        yield rule("0", r"(?<![\w.-])\d{1,5}(?:-\d{1,7}){2,5}(?![\w-])", self._say_groups)
        yield rule("0", r"(?<![\w.,-])\d{4}(?:[ \u00a0]\d{4}){2,4}(?![\w]|[.,]\d)", self._say_groups)
        yield rule("0", r"(?<![\w.,-])0\d{2,5}(?:[ \u00a0/-]\d{2,8}){1,4}(?![\w]|[.,]\d)", self._say_groups)
        yield rule("0", r"(?<![\w.,-])\d{3}-\d{4}(?![\w-]|[.,]\d|%)", self._say_local)
        yield rule("0", r"(?<![\w.,-])\d{2,4}(?:[ \u00a0]\d{2,4}){2,4}(?![\w]|[.,]\d)", self._say_called)
        yield rule("0", r"(?<=[ \u00a0])\d{5}(?:-\d{4})?(?![\w-]|[.,]\d)", self._say_zip)
        yield rule("a0", rf"(?<![\w.,])(?!{grouped}(?!\.\d))[vV]?\d+(?:\.\d+){{2,8}}(?!\w)", self._say_version)
        yield rule("a", r"(?<!\w)[vV](?=\d+(?:\.\d+)?(?!\w))", self._say_v)
        yield rule("0", r"(?<!\w)0x(?=[\da-fA-F]+\b)", lambda _: f"{self.numbers.cardinal(0)} x ")

    def _say_url(self, match: re.Match[str]) -> str:
        found = match[0]
        address = found.rstrip(".,;:!?)]}…")
        text = re.sub(r"^(?:https?|ftp)://", "", address).removeprefix("www.").removesuffix("/")
        text = re.split(r"[?#]", text, maxsplit=1)[0]  # queries and fragments are not meant for reading
        return self._spelled(unquote(text)) + found[len(address) :]

    def _spelled(self, address: str) -> str:
        return " ".join(
            self._quantities.integer(part)
            if part.isdecimal() and part.isascii()
            else self.words.web.get(part, part if part.isalpha() else "")
            for part in re.findall(r"[0-9]+|[^\W\d_]+|[^\s]", address)
        )

    def _say_groups(self, match: re.Match[str]) -> str:
        plus = f"{self.words.signs['+']} " if match[0].startswith("+") else ""
        return plus + ", ".join(self.numbers.digits(group) for group in re.findall(r"\d+", match[0]))

    def _say_account(self, match: re.Match[str]) -> str:
        return ", ".join(
            " ".join(self.numbers.digits(letter) if letter.isdecimal() else letter for letter in group) for group in match[0].split()
        )

    def _say_local(self, match: re.Match[str]) -> str | None:
        is_number = match[0][4] == "0" or match[0].startswith("555") or _CALLED.search(before(match))
        return self._say_groups(match) if is_number else None

    def _say_called(self, match: re.Match[str]) -> str | None:
        return self._say_groups(match) if _CALLED.search(before(match)) else None

    def _say_zip(self, match: re.Match[str]) -> str | None:
        return self._say_groups(match) if _ZIP.search(before(match)) else None

    def _say_version(self, match: re.Match[str]) -> str:
        point = self.words.point if self.words.mark == "." else self.words.web["."]
        version = self._say_v(match) if match[0][0] in "vV" else ""
        return version + f" {point} ".join(self._quantities.integer(part) for part in match[0].lstrip("vV").split("."))

    @staticmethod
    def _say_v(match: re.Match[str]) -> str:
        return "" if before(match).lower().endswith("version ") else "version "
