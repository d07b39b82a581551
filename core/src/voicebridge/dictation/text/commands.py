"""Decide which words of a dictation are spoken commands.

The rules, documented for users in docs/dictation.md:

1. The user's own phrases are always commands.
2. Phrases that are rarely used otherwise ("question mark", "new paragraph") are commands in running text, except next to words that refer
   to them: "a new line of products", "the comma key".
3. Common words ("period", "dash") are commands if they are separated from the words on both sides by a pause, punctuation or another
   command; for "period" and "colon", two commas are not enough. They are also commands if other marks are spoken in the same dictation, or
   this one twice; "period" and "colon" then at the end of a sentence, and otherwise only if every sentence ends with a spoken mark. After a
   word that belongs to no noun, they are always commands there ("I will answer soon period").
4. Marks that are named in a list ("comma, colon and period") are words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from voicebridge.dictation.text.languages.language import (
    BULLET,
    CAPITALS,
    CAPITALS_ON,
    CLOSING,
    DELETE,
    MARKS,
    OPENING,
    SYMBOLS,
    Language,
    Needs,
)
from voicebridge.dictation.text.tokens import Gap, Token, gap, plain


@dataclass(frozen=True, slots=True)
class Command:
    """A possible command: the words from ``start`` up to ``end``."""

    start: int
    end: int
    signs: str
    """What it writes, as signs of :class:`Language`; empty if it writes ``text``."""
    text: str | None
    """What it writes literally: the user's own command."""
    needs: Needs | None
    """``None`` for the user's own commands, which have no requirements."""

    @property
    def is_mark(self) -> bool:
        """Whether it only writes a mark that follows a word."""
        return len(self.signs) == 1 and self.signs in MARKS

    @property
    def is_symbol(self) -> bool:
        """Whether it only writes a bracket, a quotation mark or a symbol, whose name is mentioned more often than used."""
        return len(self.signs) == 1 and self.signs not in MARKS | frozenset("-–—\n") | {DELETE}

    @property
    def has_mark(self) -> bool:
        """Whether it writes such a mark, possibly with a line break."""
        return not MARKS.isdisjoint(self.signs)


def commands_in(tokens: Sequence[Token], language: Language, built_in: bool, spoken: Mapping[str, str]) -> list[Command]:
    """The commands to execute, in order and without overlaps.

    Args:
        tokens: the dictation.
        language: the language of the phrases.
        built_in: whether the language's own phrases are commands.
        spoken: the user's own phrases, with what each writes.
    """
    words = [plain(token.core) for token in tokens]
    found = list(_phrases(tokens, words, language if built_in else Language(), spoken))
    return _Judge(tokens, words, language, found).verdict() if found else []


def _phrases(tokens: Sequence[Token], words: Sequence[str], language: Language, spoken: Mapping[str, str]) -> Iterator[Command]:
    """The possible commands: the longest phrase at each position."""
    built_in = {plain(phrase): value for phrase, value in language.phrases.items()}
    own = {plain(phrase): text for phrase, text in spoken.items()}
    longest: dict[str, int] = {}
    for phrase in (*built_in, *own):
        first, length = phrase.partition(" ")[0], len(phrase.split())
        longest[first] = max(length, longest.get(first, 0))
    place = 0
    while place < len(tokens):
        end = place + longest.get(words[place].partition(" ")[0], 0)
        command = None
        for stop in range(min(end, len(tokens)), place, -1):
            phrase = " ".join(words[place:stop])
            if any(gap(tokens[each], tokens[each + 1]) for each in range(place, stop - 1)):
                continue
            if phrase in own:
                command = Command(place, stop, "", own[phrase], built_in[phrase][1] if phrase in built_in else None)
            elif phrase in built_in:
                command = Command(place, stop, built_in[phrase][0], None, built_in[phrase][1])
            if command:
                yield command
                break
        place = command.end if command else place + 1


class _Judge:
    """Evaluates all possible commands together, because they depend on each other."""

    def __init__(self, tokens: Sequence[Token], words: Sequence[str], language: Language, found: Sequence[Command]) -> None:
        self._tokens, self._words, self._language, self._found = tokens, words, language, found
        self._lists = {name: frozenset(map(plain, getattr(language, name))) for name in _LISTS}
        self._carried: set[int] = set()
        self._starts = {command.start: number for number, command in enumerate(found)}
        self._ends = {command.end: number for number, command in enumerate(found)}
        self._named = {number for number, command in enumerate(found) if self._is_named(command)}
        spoken = [command for number, command in enumerate(found) if number not in self._named]
        self._often = Counter(map(self._phrase, spoken))
        self._often_signs = Counter(command.signs for command in spoken)
        self._speaks_marks = False

    def verdict(self) -> list[Command]:
        """Those that are commands."""
        talk = self._talked_about()
        candidates = [number for number in range(len(self._found)) if number not in talk | self._named]
        self._carry(candidates, lambda number: self._found[number].needs in (None, Needs.NOTHING))
        self._carry(candidates, self._is_apart)
        self._carry(candidates, self._is_usual)
        self._carry(candidates, self._is_apart)
        return [self._found[number] for number in sorted(self._carried)]

    def _carry(self, candidates: Sequence[int], test: Callable[[int], bool]) -> None:
        grows = True
        while grows:
            more = {number for number in candidates if number not in self._carried and test(number)}
            self._carried |= more
            self._speaks_marks = self._speaks_marks or any(
                self._found[number].has_mark or self._found[number].signs in SYMBOLS for number in more
            )
            grows = bool(more)

    def _token(self, place: int) -> Token | None:
        return self._tokens[place] if 0 <= place < len(self._tokens) else None

    def _gaps(self, command: Command) -> tuple[Gap, Gap]:
        before = gap(self._token(command.start - 1), self._tokens[command.start])
        return before, gap(self._tokens[command.end - 1], self._token(command.end))

    def _in(self, name: str, place: int) -> bool:
        return 0 <= place < len(self._words) and self._words[place] in self._lists[name]

    def _is_named(self, command: Command) -> bool:
        """Whether the adjacent words show that the command is only mentioned."""
        if command.needs is None or command.signs == DELETE:
            return False
        before, after = self._gaps(command)
        start, end = command.start, command.end
        if before is Gap.NONE and (self._in("before", start - 1) or self._belongs(start - 1)):
            return True
        if before is Gap.NONE and self._in("adjectives", start - 1) and gap(self._token(start - 2), self._token(start - 1)) is Gap.NONE:
            return self._in("before", start - 2)
        if after is Gap.NONE and self._in("after" if "\n" not in command.signs else "after_break", end):
            return True
        if command.signs in (",", ".") and before is after is Gap.NONE and self._is_number(start - 1) and self._is_number(end):
            return True
        if command.signs in (CAPITALS, CAPITALS_ON):  # "in all caps", "all caps."
            return (before is Gap.NONE and self._in("lower", start - 1)) or (after >= Gap.STOP and start > 0)
        if command.is_symbol and after is Gap.NONE and self._in("states", end) and not self._has_partner(command):
            return True
        return command.is_mark and start == 0 and after is Gap.NONE and end not in self._starts

    def _has_partner(self, command: Command) -> bool:
        """Whether an opening bracket is closed later, or a closing one was opened before."""
        if command.signs in OPENING:
            partner = CLOSING[OPENING.index(command.signs)]
            return any(each.signs == partner and each.start >= command.end for each in self._found)
        if command.signs in CLOSING:
            partner = OPENING[CLOSING.index(command.signs)]
            return any(each.signs == partner and each.end <= command.start for each in self._found)
        return False

    def _belongs(self, place: int) -> bool:
        return self._words[place].endswith(("'s", "'"))

    def _phrase(self, command: Command) -> str:
        return " ".join(self._words[command.start : command.end])

    def _is_number(self, place: int) -> bool:
        word = self._words[place]
        return word[-1:].isdigit() or self._in("numbers", place)

    def _sides(self, number: int) -> tuple[Gap, Gap]:
        """The separation on both sides, where an executed command counts as a pause."""
        command = self._found[number]
        before, after = self._gaps(command)
        place = command.start - 1
        while command.signs == DELETE and before is Gap.NONE and self._in("interjections", place):  # "No, scratch that."
            before = gap(self._token(place - 1), self._token(place))
            place -= 1
        before = Gap.PAUSE if self._ends.get(command.start) in self._carried else before
        return before, Gap.PAUSE if self._starts.get(command.end) in self._carried else after

    def _is_apart(self, number: int) -> bool:
        command = self._found[number]
        before, after = self._sides(number)
        if self._touches(number) and DELETE not in command.signs:
            return True
        return min(before, after) > Gap.NONE and (command.needs is Needs.APART or max(before, after) > Gap.COMMA)

    def _touches(self, number: int) -> bool:
        """Whether an executed command follows directly; "the trial period, new paragraph" may be about a trial period."""
        command = self._found[number]
        follows = self._starts.get(command.end) in self._carried
        return follows and self._gaps(command)[1] <= (Gap.NONE if command.signs == "." else Gap.COMMA)

    def _is_usual(self, number: int) -> bool:
        """Whether this dictation has spoken punctuation, or this command twice, so that it is allowed in running text."""
        command = self._found[number]
        before, after = self._sides(number)
        if before is not Gap.NONE:
            return False
        if command.signs == ":" and after <= Gap.COMMA and self._in("introducing", command.start - 1):
            return command.end < len(self._words)
        if command.signs == "/" and self._in("conjunctions", command.start - 1) and self._in("conjunctions", command.end):  # "and/or"
            return True
        if command.is_mark and after >= Gap.STOP and self._in("settled", command.start - 1):
            return True
        often = self._often[self._phrase(command)]
        if command.signs in ("“", "”"):
            return self._often_signs["“"] > 0 < self._often_signs["”"]
        if not self._speaks_marks and often < 2:
            return False
        if command.needs is Needs.ALONE or command.signs in (".", "?", "!"):
            return after >= Gap.STOP and not self._in("adjectives", command.start - 1) and self._ends_all(command)
        return command.signs not in (DELETE, BULLET, "\n", "\n\n") and not self._in("after_apart", command.end)

    def _ends_all(self, command: Command) -> bool:
        """Whether every sentence ends with this mark or another, and not twice with the same words ("the notice period")."""
        last = [place for place, token in enumerate(self._tokens) if re.search(r"[.!?…]", token.tail) or place == len(self._tokens) - 1]
        spoken = [each for number, each in enumerate(self._found) if number not in self._named]
        words = [self._words[each.start - 1] for each in spoken if each.start and self._phrase(each) == self._phrase(command)]
        return (self._speaks_marks or len(set(words)) == len(words)) and {place + 1 for place in last} <= {each.end for each in spoken}

    def _talked_about(self) -> set[int]:
        talk: set[int] = set()
        marks = [number for number, command in enumerate(self._found) if command.is_mark and number not in self._named]
        for one, other in pairwise(marks):
            first, second = self._found[one], self._found[other]
            between = second.start - first.end
            joined = between == 0 or (between == 1 and self._in("conjunctions", first.end))
            ends = {first.signs, second.signs} <= {"?", "!"}
            apart = any(gap(self._token(place - 1), self._token(place)) >= Gap.STOP for place in range(first.end, second.start + 1))
            if joined and not ends and not apart:
                # An ambiguous name before an unambiguous mark is a word: "the trial period full stop".
                is_word = between == 0 and first.needs is not Needs.NOTHING and self._gaps(first)[1] is Gap.NONE
                talk |= {one} if is_word else {one, other}
        return talk


_LISTS = (
    "before", "adjectives", "after", "after_break", "after_apart", "settled", "numbers", "states", "introducing", "conjunctions",
    "interjections", "lower",
)  # fmt: skip
